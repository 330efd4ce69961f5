"""Link the records of one or two files from nothing and measure the clusters."""

from __future__ import annotations

import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity import clusters, decide
from rapport.identity.evaluate.metrics import measures
from rapport.identity.evaluate.reading import parsed_map, read
from rapport.identity.linkage import blocking, scoring, training
from rapport.identity.linkage.model import Model
from rapport.identity.prepare import prepare
from rapport.warehouses.duckdb import count

# No record of an evaluation is younger than this; a fixed day gives the same result any day.
LATEST_BIRTH = date(2100, 1, 1)
# A file in which fewer records than this have a likely twin holds each entity once.
MOST_TWINS = 0.01
_MEMORY = "4GB"


def evaluate(
    records: Path,
    columns: str | None,
    records2: Path | None = None,
    truth_column: str | None = None,
    truth_from_id: str | None = None,
    id_column: str | None = None,
    within: bool = False,
    seed: int = 1,
    max_records_per_key: int = 10,
) -> dict[str, Any]:
    """Link and measure; the truth is read beside the records and not looked at before the end.

    Args:
        records, records2: CSV or Parquet; with two of them records are linked across.
        columns: the map, `meaning=column+column,...`; a second file has the same columns.
        truth_column, truth_from_id: where the truth is; without it nothing is measured.
        within: with two files link within each of them as well.
        seed: of the samples that the model is trained on.
        max_records_per_key: an e-mail, phone or id of more records links nobody.

    Returns:
        the report, as shown.
    """
    seconds: dict[str, float] = {}
    with _timed(seconds, "read"):
        paths = [records, *([records2] if records2 else [])]
        mapped = parsed_map(columns, records)
        parts = [
            read(path, mapped, str(number), id_column, truth_column, truth_from_id)
            for number, path in enumerate(paths, 1)
        ]
        raw = pa.concat_tables([part.records for part in parts])
    with _timed(seconds, "normalise"):
        prepared = prepare(raw, LATEST_BIRTH)
    is_across = len(parts) == 2 and not within
    found, facts = _linked(prepared, is_across, seed, max_records_per_key, seconds)
    report = {
        "records": len(prepared),
        **facts,
        "seconds": seconds | {"in_all": round(sum(seconds.values()), 2)},
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if all(part.truth is not None for part in parts):
        report["quality"] = _quality(prepared, found, raw, parts, is_across)
    return report


def _quality(
    prepared: pa.Table, found: clusters.Clusters, raw: pa.Table, parts: list[Any], is_across: bool
) -> dict[str, float | int]:
    """Measures over the records whose truth is known."""
    truth = pa.concat_arrays([part.truth.cast(pa.string()) for part in parts])
    place = pc.index_in(prepared["record_key"], value_set=raw["record_key"])
    expected = truth.take(place.combine_chunks())
    known = pc.is_valid(expected)
    sides = prepared["source_system"].filter(known).to_pylist() if is_across else None
    labels = pa.array(found.labels).filter(known)
    return measures(labels.to_pylist(), expected.filter(known).to_pylist(), sides)


def _linked(
    prepared: pa.Table,
    is_across: bool,
    seed: int,
    max_records_per_key: int,
    seconds: dict[str, float],
) -> tuple[clusters.Clusters, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")  # it would stand in the JSON
        connection.execute(f"set memory_limit = '{_MEMORY}'")
        connection.execute(f"set temp_directory = '{folder}'")
        connection.register("prepared", prepared)
        connection.execute("create temp table records as from prepared")
        with _timed(seconds, "train"):
            model = training.train(connection, "records", max_records_per_key, seed)
        with _timed(seconds, "block"):
            features = training.disarmed(connection, model.chosen_rules, "records")
            keys = blocking.block_keys(connection, model.chosen_rules, features)
            pairs = blocking.pairs(connection, model.chosen_rules, keys)
            candidates = count(connection, pairs)
        with _timed(seconds, "score"):
            scored = scoring.score(connection, model, features, pairs)
            scoring.close(connection, model, features, scored)
        with _timed(seconds, "cluster"):
            once = _free_of_twins(connection, model, scored) if is_across else ()
            if is_across:
                _drop_within(connection, scored)
            tables = decide.links(connection, model, scored, "records")
            links, apart = (
                connection.execute(f"from {name} order by all").fetch_arrow_table()
                for name in tables
            )
            at = model.threshold.chosen
            found = clusters.cluster(prepared, links, apart, at, once, model.strong_keys)
    return found, _facts(model, candidates, once, found)


def _facts(
    model: Model, candidates: int, once: tuple[str, ...], found: clusters.Clusters
) -> dict[str, Any]:
    return {
        "model": model.model_id,
        "no_model": model.reason,
        "threshold": model.threshold.chosen,
        "optimises": model.threshold.optimises,
        "expected": dict(model.threshold.expected),
        "strong_keys": list(model.strong_keys),
        "files_without_twins": list(once),
        "pairs_scored": candidates,
        "blocking": [
            {"rule": rule.name, "pairs": rule.pairs, "chosen": rule.is_chosen, "why": rule.reason}
            for rule in model.rules
        ],
        "links": dict(sorted(Counter(found.kept["rule"].to_pylist()).items())),
        "cuts": dict(sorted(Counter(found.cuts["reason"].to_pylist()).items())),
    }


def _free_of_twins(
    connection: duckdb.DuckDBPyConnection, model: Model, scored: str
) -> tuple[str, ...]:
    """Files whose records hardly ever match another of the same file."""
    rows = connection.execute(
        f"""
        with twins as (
            select distinct l.source_system, l.record_key
            from {scored}
            inner join records as l on l.record_key = left_key
            inner join records as r on r.record_key = right_key
            where l.source_system = r.source_system and match_weight >= {model.threshold.chosen}
        )
        select source_system
        from (select source_system, count(*) as n from records group by all)
        left join (select source_system, count(*) as twins from twins group by all)
            using (source_system)
        where coalesce(twins, 0) < {MOST_TWINS} * n
        order by 1
        """
    ).fetchall()
    return tuple(row[0] for row in rows)


def _drop_within(connection: duckdb.DuckDBPyConnection, scored: str) -> None:
    connection.execute(
        f"delete from {scored} where split_part(left_key, '|', 1) = split_part(right_key, '|', 1)"
    )


@contextmanager
def _timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[phase] = round(time.perf_counter() - started, 2)
