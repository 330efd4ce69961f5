"""The step of a build that says what customers write about, and how they feel.

What is learned from scored comments is learned from those before the as-of's month, so that it is
the same all month; of each day only the new texts are then looked at.
"""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from rapport import clock, log
from rapport.settings import Settings
from rapport.state.store import State
from rapport.voice.checking import Verdict
from rapport.voice.hearing import Asked, Hearing, fingerprint, hear
from rapport.voice.tone import TONES, Model
from rapport.voice.words import Words
from rapport.warehouses import Warehouse

_METHOD = "1"  # another way to tell gets another number, and so all texts are looked at again
# What 3,000 comments do not hold is rare; more would cost seconds in each month's first build.
_MAX_COMMENTS = 3_000
_FIT = pa.schema([("basis", pa.string())])


def listen(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    as_of: datetime,
    dry_run: bool = False,
    suffix: str = "",
) -> int:
    """Tell the texts of `int_voice_texts` and write schema `voice`. It keeps no state.

    Args:
        as_of: the build's exclusive as-of, UTC.
        dry_run: without effect, as no state is kept.
        suffix: of the schemas read and written (side builds).

    Returns:
        the number of different texts.
    """
    started = time.perf_counter()
    source, schema = f"intermediate{suffix}.int_voice_texts", f"voice{suffix}"
    asked = _asked(settings, warehouse, suffix)
    zone = ZoneInfo(settings.company.business_timezone)
    month = as_of.astimezone(zone).date().replace(day=1)
    comments = warehouse.read(
        "select text_key, min(text) as text, "
        "sum(case when opinion < 0 then 1 else 0 end) as blames, "
        "sum(case when opinion = 0 then 1 else 0 end) as middles, "
        "sum(case when opinion > 0 then 1 else 0 end) as praises "
        f"from {source} where opinion is not null and said_date < cast('{month}' as date) "
        f"group by text_key order by text_key limit {_MAX_COMMENTS}"
    )
    basis = fingerprint(comments, asked, _METHOD)
    is_known = _basis(warehouse, schema) == basis
    if is_known:
        hearing = _recalled(warehouse, schema, asked)
        new = f" where not exists (select 1 from {schema}.texts as told where told.text_key"
        fresh = _texts(warehouse, f"{source} as said{new} = said.text_key)")
        gone = warehouse.read(
            f"select text_key from {schema}.texts as told where not exists "
            f"(select 1 from {source} as said where said.text_key = told.text_key)"
        )["text_key"]
        if len(fresh) or len(gone):
            warehouse.patch(schema, "texts", "text_key", gone, _told(hearing, fresh))
    else:
        # Until all is written nothing is known: a build that dies here begins anew.
        warehouse.write(schema, "fit", _FIT.empty_table())
        hearing = hear(comments, asked)
        fresh = _texts(warehouse, source)
        warehouse.write(schema, "texts", _told(hearing, fresh))
        warehouse.write(schema, "quality", hearing.quality())
        warehouse.write(schema, "weights", _weights(hearing.model))
        warehouse.write(schema, "verdicts", _verdicts(hearing))
        warehouse.write(schema, "fit", pa.table({"basis": [basis]}, schema=_FIT))
    log.get(as_of=clock.iso(as_of)).info(
        "customers heard",
        new_texts=len(fresh),
        comments=len(comments),
        is_learned_anew=not is_known,
        models={language: verdict.model for language, verdict in hearing.tones.items()},
        seconds=round(time.perf_counter() - started, 3),
    )
    return len(fresh)


def _asked(settings: Settings, warehouse: Warehouse, suffix: str) -> Asked:
    rows = warehouse.read(
        f"select meaning, words from intermediate{suffix}.voice_words order by meaning, language"
    )
    return Asked(
        Words.of([*rows.to_pylist(), *settings.threshold("voice_words")]),
        settings.threshold("voice_languages"),
        int(settings.threshold("voice_min_comments")),
        int(settings.threshold("voice_min_checked")),
    )


def _texts(warehouse: Warehouse, source: str) -> pa.Table:
    return warehouse.read(f"select text_key, min(text) as text from {source} group by text_key")


def _told(hearing: Hearing, texts: pa.Table) -> pa.Table:
    texts = texts.sort_by("text_key")
    return hearing.tell(texts["text_key"].to_pylist(), texts["text"].to_pylist())


def _basis(warehouse: Warehouse, schema: str) -> str | None:
    if "fit" not in warehouse.tables(schema):
        return None
    found = warehouse.read(f"select basis from {schema}.fit")["basis"].to_pylist()
    return found[0] if found else None


def _weights(model: Model | None) -> pa.Table:
    """Weights by their place, a column a tone; no rows where nothing was learned."""
    values = np.empty((len(TONES), 0)) if model is None else model.weights
    places = {"place": pa.array(np.arange(values.shape[1]), pa.int64())}
    return pa.table(
        {**places, **{tone: pa.array(own) for tone, own in zip(TONES, values, strict=True)}}
    )


def _verdicts(hearing: Hearing) -> pa.Table:
    rows = [
        {"kind": kind, "language": language, "model": verdict.model}
        for kind, verdicts in (("tone", hearing.tones), ("topic", hearing.topics))
        for language, verdict in verdicts.items()
    ]
    return pa.Table.from_pylist(
        rows, pa.schema([(name, pa.string()) for name in ("kind", "language", "model")])
    )


def _recalled(warehouse: Warehouse, schema: str, asked: Asked) -> Hearing:
    """The hearing that the last build wrote down."""
    weights = warehouse.read(f"select {', '.join(TONES)} from {schema}.weights order by place")
    model = Model(np.array([weights[tone].to_numpy() for tone in TONES])) if len(weights) else None
    rows = warehouse.read(f"select kind, language, model from {schema}.verdicts").to_pylist()
    tones, topics = (
        {row["language"]: Verdict(row["model"]) for row in rows if row["kind"] == kind}
        for kind in ("tone", "topic")
    )
    return Hearing(asked, model, tones, topics)
