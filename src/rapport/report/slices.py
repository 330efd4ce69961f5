"""A report's query cut down to the rows that its readers may see, on published marts alone.

The SQL is taken apart by sqlglot. Whatever is not one select on marts is refused, and for readers
of a part every mart is replaced by a subquery of their rows: no query can leak by forgetting a
`where`. Which column tells what stands in `reports/slices.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError

from rapport.errors import RapportError

SCHEMA = "marts"
WRITTEN_IN = "duckdb"  # and translated for other engines
CUSTOMERS = "dim_customers"
FORBIDDEN = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Anonymous, exp.Lock, exp.Parameter)

Rows = Sequence[tuple[str, Sequence[str]]]


class Unsliced(Exception):
    """A mart cannot be cut by what the reader's rows are told apart by.

    Attributes:
        dimension: for instance `owner`.
    """

    def __init__(self, mart: str, dimension: str) -> None:
        super().__init__(f"{mart} cannot be cut by {dimension}")
        self.dimension = dimension


@dataclass(frozen=True)
class Slices:
    """`reports/slices.yml`.

    Attributes:
        uncut: marts that nobody may read who sees a part alone.
    """

    marts: dict[str, dict[str, str]]
    segments: dict[str, dict[str, Any]]
    neutral: list[str]
    uncut: set[str]

    @property
    def known(self) -> set[str]:
        """Marts that the file speaks of."""
        return {*self.marts, *self.segments, *self.neutral}

    def segment(self, rows: Rows) -> tuple[str, str]:
        """Kind and value of the segment that stands for these rows, `all` of everybody."""
        if len(rows) == 1 and len(rows[0][1]) == 1:
            return rows[0][0], rows[0][1][0]
        return "all", "all"


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Slices:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Slices(**{**raw, "uncut": set(raw["uncut"])})


def load(reports: Path) -> Slices:
    """The slices of `reports/`."""
    path = reports / "slices.yml"
    return _read(path, path.stat().st_mtime_ns)


def prepare(
    sql: str, where: str, slices: Slices, rows: Rows, values: Mapping[str, Any], engine: str,
    most: int | None = None,
) -> str:  # fmt: skip
    """The query with its values in place, for one engine and the reader's rows.

    Args:
        where: file of the query, for messages.
        rows: what the reader may see, values by dimension; empty for everything.
        values: what stands for `:name`.
        most: rows to give at most, where the query has no limit of its own.

    Raises:
        RapportError: `report-query` when it is not one select on marts, or lacks a value.
        Unsliced: when it reads a mart that cannot be cut.
    """
    query = check(sql, where).copy()
    for mark in list(query.find_all(exp.Placeholder)):
        name = str(mark.this or "")
        if name not in values:
            known = ", ".join(f":{each}" for each in sorted(values))
            raise _refused(f"it names :{name}, which has no value", where, f"use one of {known}")
        mark.replace(_literal(values[name]))
    inner = {cte.alias for cte in query.find_all(exp.CTE)}
    for table in list(query.find_all(exp.Table)):
        if table.name in inner and not table.db:
            continue
        name, alias = table.name, table.alias or table.name
        condition = _condition(name, slices, rows)
        whole = exp.table_(name, db=SCHEMA)
        if condition is None:
            table.set("db", exp.to_identifier(SCHEMA))
            continue
        cut = exp.select("*").from_(whole).where(condition)
        table.replace(cut.subquery(alias))
    if most and not query.args.get("limit"):
        query = query.limit(most)
    return query.sql(dialect=engine, comments=False)


@lru_cache(maxsize=256)
def check(sql: str, where: str) -> exp.Query:
    """Take a query apart.

    Raises:
        RapportError: `report-query` when it is anything but one select on published marts.
    """
    try:
        found = [each for each in sqlglot.parse(sql, read=WRITTEN_IN) if each is not None]
    except SqlglotError as error:
        raise _refused(f"it cannot be read: {str(error).splitlines()[0]}", where) from None
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise _refused("it is not one select", where)
    for node in found[0].walk():
        if isinstance(node, FORBIDDEN):
            raise _refused(f"a query may not use {node.sql()[:80]!r}", where)
        if isinstance(node, exp.CTE) and node.alias.startswith(("dim_", "fct_", "rpt_", "ops_")):
            raise _refused(f"{node.alias!r} is named like a mart", where, "name it otherwise")
        if isinstance(node, exp.Table) and not _is_mart(node):
            raise _refused(f"{node.sql()[:80]!r} is no published mart", where)
    return found[0]


def marts(sql: str, where: str) -> set[str]:
    """The marts that a query reads."""
    query = check(sql, where)
    inner = {cte.alias for cte in query.find_all(exp.CTE)}
    return {t.name for t in query.find_all(exp.Table) if t.db or t.name not in inner}


def _is_mart(table: exp.Table) -> bool:
    return (
        isinstance(table.this, exp.Identifier)
        and table.db in ("", SCHEMA)
        and not table.catalog
        and not table.args.get("joins")
    )


def _condition(mart: str, slices: Slices, rows: Rows) -> exp.Condition | None:
    """What holds for the reader's rows of a mart; None where all may be read."""
    if not rows or mart in slices.neutral:
        return None
    if mart in slices.segments:
        rule = slices.segments[mart]
        kind, value = slices.segment(rows)
        if kind not in rule["kinds"]:
            raise Unsliced(mart, rows[0][0])
        pairs = ((rule["kind"], kind), (rule["value"], value))
        return exp.and_(*(exp.column(name).eq(text) for name, text in pairs))
    columns = slices.marts.get(mart, {})
    return exp.and_(*(_holds(mart, columns, slices, *each) for each in rows))


def _holds(
    mart: str, columns: Mapping[str, str], slices: Slices, dimension: str, values: Sequence[str]
) -> exp.Condition:
    if dimension in columns:
        return _among(columns[dimension], values)
    of_customer = slices.marts[CUSTOMERS].get(dimension)
    if "via" not in columns or of_customer is None:
        raise Unsliced(mart, dimension)
    mine = exp.select("customer_id").from_(exp.table_(CUSTOMERS, db=SCHEMA))
    return exp.column(columns["via"]).isin(query=mine.where(_among(of_customer, values)))


def _among(column: str, values: Sequence[str]) -> exp.Condition:
    if not values:
        return exp.false()
    return exp.column(column).isin(*(exp.Literal.string(value) for value in values))


def _literal(value: Any) -> exp.Expr:
    if value is None:
        return exp.null()
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    return exp.convert(value)


def _refused(what: str, where: str, todo: str = "") -> RapportError:
    return RapportError(
        "report-query", f"The query is refused: {what}", where,
        todo or "write one select on marts, with functions that every engine has",
    )  # fmt: skip
