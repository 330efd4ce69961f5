"""What the columns of a source hold, and how well its keys match those of the other sources."""

from __future__ import annotations

from typing import Any

import duckdb

from rapport import connectors
from rapport.company import Entity, Source
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.sources import keys, matching, sampling
from rapport.sources.keys import Key
from rapport.sources.matching import Match
from rapport.warehouses.base import quote

ROWS = 100_000
TOP = 5
_LONGEST_SHAPE = 24


def profile(
    settings: Settings,
    source: str,
    entity: str | None = None,
    rows: int = ROWS,
    against: str | None = None,
) -> dict[str, Any]:
    """Profile one entity or all of a source.

    Args:
        rows: at most this many rows an entity, always the same ones; of the entities compared
            with, all rows that are loaded (up to `keys.MAX_VALUES` values a column).
        against: `source` or `source.entity` to compare keys with; default all other sources.

    Returns:
        `entities`: one dict an entity with its columns, its matches and what is `left` out of them
        at the source; `partly`: what could not be
        compared with, or not whole, and why.

    Raises:
        RapportError: `source-unknown`, `entity-unknown`, or the source can be read nowhere.
    """
    mine = settings.source(source)
    wanted = entities_of(settings, mine, entity)
    with duckdb.connect() as database:
        entities, ours = list[dict[str, Any]](), dict[str, list[Key]]()
        for number, one in enumerate(wanted):
            data = sampling.put(settings, database, f"ours_{number}", mine, one, rows)
            entities.append(
                {
                    "entity": one.name,
                    "rows": data.used,
                    "of_rows": data.total,
                    "origin": data.origin,
                    "left": [*filter(None, [data.loss]), *_unfetched(settings, mine, one)],
                    "columns": columns(database, f"ours_{number}", one),
                }
            )
            ours[one.name] = keys.find(database, f"ours_{number}", source, one)
        theirs, partly = _others(settings, database, mine, against, rows)
        for described in entities:
            found = matching.best(database, ours[described["entity"]], theirs)
            described["matches"] = [_told(match) for match in found]
    return {"source": source, "entities": entities, "partly": partly}


def _unfetched(settings: Settings, source: Source, entity: Entity) -> list[str]:
    """Rows of a table that no interval would fetch, as its check says."""
    if "url" not in source.connection or not entity.cursor:
        return []
    alone = source.model_copy(update={"entities": {entity.name: entity}})
    try:
        findings = list(connectors.of(alone).check(settings.connection(source), alone))
    except RapportError:
        return []  # what is loaded can be looked at while the source is out of reach
    return [
        finding.says
        for finding in findings
        if finding.subject == "entity" and not finding.is_ok and not finding.is_warning
    ]


def _others(
    settings: Settings,
    database: duckdb.DuckDBPyConnection,
    mine: Source,
    against: str | None,
    rows: int,
) -> tuple[list[Key], dict[str, str]]:
    """Key-like columns of the other sources; and which could not be read, or not whole."""
    found: list[Key] = []
    partly: dict[str, str] = {}
    if against:
        name, _, entity = against.partition(".")
        other = settings.source(name)
        pairs = [(other, one) for one in entities_of(settings, other, entity or None)]
    else:
        others = [one for name, one in settings.company.sources.items() if name != mine.name]
        pairs = [(other, one) for other in others for one in other.entities.values()]
    for number, (other, one) in enumerate(pairs):
        table = f"theirs_{number}"
        place = f"{other.name}.{one.name}"
        try:
            data = sampling.put(settings, database, table, other, one, keys.MAX_VALUES, rows)
        except RapportError as error:
            partly[place] = f"not compared: {error.what}"
            continue
        if data.total is None or data.total > data.used:
            of = f" of {data.total}" if data.total else ""
            partly[place] = f"compared with {data.used} rows{of} only: more may match"
        found += keys.find(database, table, other.name, one)
        database.execute(f"drop table {table}")
    return found, partly


def entities_of(settings: Settings, source: Source, name: str | None) -> list[Entity]:
    """The entity of that name, or all of the source; `entity-unknown` where it has none such."""
    if name is None:
        return list(source.entities.values())
    return [settings.entity(source.name, name)]


def columns(
    database: duckdb.DuckDBPyConnection, table: str, entity: Entity
) -> list[dict[str, Any]]:
    """One dict a column: nulls, distincts, range, lengths, most frequent values, shapes."""
    there = [row[0] for row in database.execute(f"describe {table}").fetchall()]
    return [_column(database, table, name, entity.columns[name].type) for name in there]


def _column(
    database: duckdb.DuckDBPyConnection, table: str, name: str, type: str
) -> dict[str, Any]:
    value = quote(name)
    text = f"cast({value} as varchar)"
    row = database.execute(
        f"select count(*), count({value}), count(distinct {value}), cast(min({value}) as varchar), "
        f"cast(max({value}) as varchar), min(length({text})), max(length({text})) from {table}"
    ).fetchone()
    assert row is not None
    rows, filled, distinct, lowest, highest, shortest, longest = row
    top = database.execute(
        f"select {text}, count(*) as n from {table} where {value} is not null "
        f"group by 1 order by n desc, 1 limit {TOP}"
    ).fetchall()
    return {
        "column": name,
        "type": type,
        "nulls_pct": round(100 * (rows - filled) / rows, 1) if rows else None,
        "distinct": distinct,
        "min": lowest,
        "max": highest,
        "shortest": shortest,
        "longest": longest,
        "top": [{"value": shown, "rows": count} for shown, count in top],
        "shapes": _shapes(database, table, text, filled) if type == "text" else [],
    }


def _shapes(
    database: duckdb.DuckDBPyConnection, table: str, text: str, filled: int
) -> list[dict[str, Any]]:
    """Patterns of the values: every letter an A, every digit a 9."""
    rows = database.execute(
        rf"select left(regexp_replace(regexp_replace({text}, '\p{{L}}', 'A', 'g'), '[0-9]', '9', "
        rf"'g'), {_LONGEST_SHAPE}) as shape, count(*) as n from {table} where {text} is not null "
        f"group by shape order by n desc, shape limit {TOP}"
    ).fetchall()
    return [{"shape": shape, "pct": round(100 * n / filled, 1)} for shape, n in rows]


def _told(match: Match) -> dict[str, Any]:
    """A match as data, with its reason and its mend in words and as SQL."""
    ours = f"{match.ours.place}.{match.ours.column}"
    theirs = f"{match.theirs.place}.{match.theirs.column}"
    once = " and ".join(step.says for step in match.steps)
    says = f"{_pct(match.before)} of {ours} match {theirs} as they stand"
    if match.steps:
        says += f", {_pct(match.after)} once {once}"
    if match.carried:
        says += f" ({_pct(match.carried)} of the values carry it)"
    if match.is_chance:
        says += "; both are running numbers with different names, so this may be chance"
    return {
        "column": match.ours.column,
        "with": theirs,
        "match_pct": round(100 * match.before, 1),
        "match_pct_normalised": round(100 * match.after, 1),
        "says": says,
        "fixes": [
            {"model": f"stg_{key.place.replace('.', '__')}", "column": key.column, "sql": sql}
            for key, sql in ((match.ours, match.fix_ours), (match.theirs, match.fix_theirs))
            if sql
        ],
        "examples": [{"value": mine, "meets": other} for mine, other in match.examples],
        "unmatched": match.unmatched,
        "is_chance": match.is_chance,
    }


def _pct(share: float) -> str:
    return f"{100 * share:.1f} %"
