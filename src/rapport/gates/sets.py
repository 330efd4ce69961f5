"""Rules about a delivery as a whole: volume, freshness, references, duplicates, deletions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median

import duckdb

from rapport import clock
from rapport.company import Entity, SetRule
from rapport.errors import RapportError
from rapport.gates.findings import Findings
from rapport.gates.known import Known
from rapport.gates.scratch import parquet
from rapport.gates.settle import Settled
from rapport.landing.zone import Interval, Zone
from rapport.warehouses.base import quote

# A median of fewer deliveries, or of fewer rows, moves by half from day to day by chance alone.
MIN_COMPARABLE = 3
MIN_MEDIAN_ROWS = 20
# Of fewer keys half may well be gone in a day.
MIN_LIVE_KEYS = 20


def volume(findings: Findings, entity: Entity, received: int, usual: Sequence[int]) -> None:
    """Rows received against the median of the same weekdays before; not where those are few."""
    rule = entity.checks.volume
    if rule is None or len(usual) < MIN_COMPARABLE or median(usual) < MIN_MEDIAN_ROWS:
        return
    share = 100 * received / median(usual)
    _note(
        findings,
        "volume",
        rule,
        rule.min_pct <= share <= rule.max_pct,
        received,
        f"{received} rows, {share:.0f} % of the {median(usual):g} usual on this weekday "
        f"(the {len(usual)} before); {rule.min_pct:g} to {rule.max_pct:g} % may be",
    )


def freshness(
    findings: Findings, entity: Entity, database: duckdb.DuckDBPyConnection, interval: Interval
) -> None:
    """Age of the newest row that stays, at the interval's end; an empty delivery has none."""
    rule, column = entity.checks.freshness, entity.event_time or entity.cursor
    if rule is None or column not in entity.columns:
        return
    row = database.execute(
        f"select max(try_cast({quote(column)} as timestamp)) from settled"
    ).fetchone()
    newest: datetime | None = row[0] if row else None
    if newest is None:
        return
    hours = (clock.naive(interval.end) - newest).total_seconds() / 3600
    _note(
        findings,
        "freshness",
        rule,
        hours <= rule.max_hours,
        0 if hours <= rule.max_hours else 1,
        f"the newest {column} is {clock.iso(newest)}, {hours:.1f} hours before the interval's "
        f"end; at most {rule.max_hours:g} may be",
    )


def references(
    findings: Findings,
    entity: Entity,
    database: duckdb.DuckDBPyConnection,
    zone: Zone,
    known: Known,
) -> None:
    """Share of rows whose value is a key of another entity, among those that have a value.

    Entities are gated in the order in which the company folder lists them: what is referred to
    stands before what refers to it, so that its rows of the same interval are known.

    Raises:
        RapportError: `gate-broken` when `to` names no column of a loaded entity.
    """
    for column, rule in entity.checks.references.items():
        target, _, key = rule.to.partition(".")
        if column not in entity.columns or not key:
            raise _wrong(entity, column, rule.to)
        files = known.referenced.get(target, ())
        keys = f"select null as {quote(key)} where false"
        if files:
            keys = f"select {quote(key)} from {parquet(zone, files)} where not _is_deleted"
        try:
            database.execute(
                f"create or replace temp table missing as select value, rows from ("
                f"select cast({quote(column)} as varchar) as value, count(*) as rows "
                f"from settled where {quote(column)} is not null group by 1) as found "
                f"anti join (select distinct cast({quote(key)} as varchar) as value "
                f"from ({keys})) as keys using (value)"
            )
        except duckdb.BinderException:
            raise _wrong(entity, column, rule.to) from None
        total = _number(database, f"select count({quote(column)}) from settled")
        missing = _number(database, "select coalesce(sum(rows), 0) from missing")
        if total == 0:
            continue
        first = database.execute("select value from missing order by rows desc, 1 limit 3")
        examples = ", ".join(repr(value) for (value,) in first.fetchall())
        share = 100 * (total - missing) / total
        _note(
            findings,
            f"reference {column}",
            rule,
            share >= rule.min_pct,
            missing,
            f"{share:.2f} % of {total} values of {column} are a {rule.to}, at least "
            f"{rule.min_pct:g} % must be" + (f"; not known: {examples}" if examples else ""),
        )


def duplicates(findings: Findings, entity: Entity, received: int, settled: Settled) -> None:
    """Share of rows that repeat another row or key of the delivery."""
    rule = entity.checks.duplicates
    if rule is None or received == 0:
        return
    found = settled.repeats + settled.superseded
    share = 100 * found / received
    _note(
        findings,
        "duplicates",
        rule,
        share <= rule.max_pct,
        found,
        f"{found} of {received} rows ({share:.2f} %) repeat a row or key, "
        f"at most {rule.max_pct:g} % may",
    )


def deletions(findings: Findings, entity: Entity, live: int, gone: int) -> None:
    """Share of known keys that are gone at once; not where few are known."""
    rule = entity.checks.deletions
    if rule is None or live < MIN_LIVE_KEYS:
        return
    share = 100 * gone / live
    _note(
        findings,
        "deletions",
        rule,
        share <= rule.max_pct,
        gone,
        f"{gone} of {live} known keys ({share:.1f} %) are gone at the source, at most "
        f"{rule.max_pct:g} % may be at once: most likely the export is partial",
    )


def _note(findings: Findings, name: str, rule: SetRule, ok: bool, count: int, detail: str) -> None:
    findings.note(f"set: {name}", rule.severity, ok, count, f"{detail}. {rule.reason}")


def _wrong(entity: Entity, column: str, to: str) -> RapportError:
    return RapportError(
        "gate-broken",
        f"checks.references of {entity.name} says that {column} refers to {to}, and one of them "
        "is no column",
        f"{entity.name}.checks.references",
        "name a column of the entity, and what it refers to as `entity.column` of the same source",
    )


def _number(database: duckdb.DuckDBPyConnection, query: str) -> int:
    row = database.execute(query).fetchone()
    return int(row[0]) if row else 0
