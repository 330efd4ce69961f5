"""What is asked of a database for one interval of one entity."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from rapport import clock
from rapport.company import Entity
from rapport.connectors.sql.databases import Database, Found, table_of
from rapport.connectors.sql.explain import suggestion
from rapport.errors import RapportError

# What lies outside is a placeholder (0001-01-01, 9999-12-31): no interval will ever be asked there.
OLDEST, NEWEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
UNITS = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}


class Statements:
    """The statements of one interval [start, end) of an entity, over its table or query."""

    def __init__(
        self, database: Database, entity: Entity, start: datetime, end: datetime, where: str
    ) -> None:
        self.database, self.entity, self.where = database, entity, where
        self.start, self.end = start - timedelta(days=entity.lookback_days), end
        moments = {
            name: value if database.has_times else _text(value)
            for name, value in (("start", clock.naive(self.start)), ("end", clock.naive(end)))
        }
        bare, self.is_cut = relation_of(entity, moments, [], where)
        if self.is_cut and entity.deletes == "compare":
            raise RapportError(
                "query-invalid",
                "`deletes: compare` needs all keys, and the query cuts itself by :start or :end",
                where,
                "leave the cutting to `cursor:`, or remove `deletes: compare`",
            )
        found = database.columns(entity, bare, where)
        excluded = set(entity.fetch.get("exclude", []))
        self.columns = [column for column in found if column.name not in excluded]
        self.relation = relation_of(entity, moments, [column.name for column in found], where)[0]
        self._kinds = {column.name: column.kind for column in found}

    @property
    def cursor_names(self) -> str:
        """The cursor column, and the one used where it is empty."""
        other = self.entity.fetch.get("cursor_else")
        return f"{self.entity.cursor}{f' and {other}' if other else ''}"

    def rows(self, limit: int | None) -> sa.Select[Any]:
        """All columns of the interval's rows as text, ordered by key."""
        texts = (
            self.database.text(column, self.relation.c[column.name]).label(column.name)
            for column in self.columns
        )
        query = sa.select(*texts)
        if self._cursors:
            query = query.where(self._in_interval())
        # The same rows always land as the same bytes; several rows of a key by their cursor.
        order = [*self._keys(), *(column for column, _ in self._cursors)]
        return query.order_by(*order).limit(limit)

    def keys(self) -> sa.Select[Any]:
        """The keys of all rows that exist, as text, ordered."""
        keys = [
            self.database.text(self._found(column.name), column).label(name)
            for name, column in zip(self.entity.key, self._keys(), strict=True)
        ]
        return sa.select(*keys).order_by(*self._keys())

    def count_in_no_interval(self) -> sa.Select[Any] | None:
        """How many rows no interval would fetch; None where all rows are fetched anyway."""
        if not self._cursors or self.entity.fetch.get("cursor_empty") == "always":
            return None
        return sa.select(sa.func.count()).select_from(self.relation).where(self._in_none())

    @property
    def _cursors(self) -> list[tuple[sa.ColumnElement[Any], str]]:
        """Columns by which rows are cut, with their kinds; none where a query cuts itself."""
        names = (self.entity.cursor, self.entity.fetch.get("cursor_else"))
        if self.is_cut or not self.entity.cursor:
            return []
        unit = self.entity.fetch.get("cursor_unit")
        columns = {name: self._column(name, "`cursor:`") for name in names if name}
        return [(c, "integer" if unit else self._kinds[name]) for name, c in columns.items()]

    def _keys(self) -> list[sa.ColumnElement[Any]]:
        columns = self.entity.columns
        places = [columns[key].paths(key) if key in columns else [key] for key in self.entity.key]
        names = [next((n for n in names if n in self._kinds), names[0]) for names in places]
        return [self._column(name, "`key:`") for name in names]

    def _column(self, name: str, field: str) -> sa.ColumnElement[Any]:
        if name not in self._kinds:
            raise RapportError(
                "column-missing",
                f"The column {name} is not in the table",
                self.where,
                f"correct {field} of the entity; {suggestion(name, list(self._kinds))}",
            )
        return self.relation.c[name]

    def _found(self, name: str) -> Found:
        return next(column for column in self.columns if column.name == name)

    def _in_interval(self) -> sa.ColumnElement[bool]:
        within: list[sa.ColumnElement[bool]] = []
        earlier_empty: sa.ColumnElement[bool] = sa.true()
        for column, kind in self._cursors:
            start, end = self._bound(self.start, column, kind), self._bound(self.end, column, kind)
            within.append(sa.and_(earlier_empty, column >= start, column < end))
            earlier_empty = sa.and_(earlier_empty, self._outside(column, kind))
        if self.entity.fetch.get("cursor_empty") == "always":
            within.append(self._in_none())
        return sa.or_(*within)

    def _in_none(self) -> sa.ColumnElement[bool]:
        return sa.and_(*(self._outside(*cursor) for cursor in self._cursors))

    def _outside(self, column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[bool]:
        """Whether a cursor lies in no interval that anybody will ask for."""
        return sa.or_(
            self.database.in_no_interval(column, kind),
            column < self._bound(OLDEST, column, kind),
            column >= self._bound(NEWEST, column, kind),
        )

    def _bound(self, moment: datetime, column: sa.ColumnElement[Any], kind: str) -> Any:
        """A bound of the interval as a value of the cursor's own kind."""
        unit = self.entity.fetch.get("cursor_unit")
        if unit:
            return sa.literal(int(moment.timestamp() * UNITS[unit]))
        if kind in ("integer", "decimal", "double"):
            raise RapportError(
                "company-invalid",
                f"The cursor {column.key} is a number, and nothing says what of",
                self.where,
                f"give `fetch.cursor_unit` ({', '.join(UNITS)} since 1970), or name a cursor that "
                "is a time",
            )
        if kind == "zoned":
            return sa.literal(moment)
        local = moment.astimezone(self._zone()).replace(tzinfo=None)
        if kind == "date":
            return sa.literal(_first_day(local))
        return sa.literal(local if kind == "timestamp" else _text(local))

    def _zone(self) -> ZoneInfo:
        name = str(self.entity.fetch.get("cursor_timezone", "UTC"))
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise RapportError(
                "company-invalid",
                f"`fetch.cursor_timezone` is {name!r}, which is no time zone",
                self.where,
                "give a name of the IANA list, for instance Europe/Berlin",
            ) from None


def _first_day(moment: datetime) -> date:
    """The first day that begins at the moment or after it."""
    is_midnight = moment == datetime(moment.year, moment.month, moment.day)
    return moment.date() if is_midnight else moment.date() + timedelta(days=1)


def _text(moment: datetime) -> str:
    """An instant as ISO text compares with it: a midnight stands before its day's every form."""
    return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")


def relation_of(
    entity: Entity, moments: dict[str, Any], columns: list[str], where: str
) -> tuple[sa.FromClause, bool]:
    """What an entity is selected from, with these columns.

    Args:
        moments: values of `:start` and `:end` of a query.

    Returns:
        the table or query, and whether the query cuts itself by :start or :end.

    Raises:
        RapportError: `query-invalid` when it wants other parameters.
    """
    found: list[sa.ColumnClause[Any]] = [sa.column(name) for name in columns]
    if "query" not in entity.fetch:
        name, schema = table_of(entity)
        return sa.table(name, *found, schema=schema).alias("landed"), False
    query = sa.text(str(entity.fetch["query"]).strip().rstrip(";"))
    wanted = set(query.compile().params)
    if unknown := sorted(wanted - set(moments)):
        raise RapportError(
            "query-invalid",
            f"The query wants a parameter :{unknown[0]}, which nobody gives",
            where,
            "use :start and :end only; write a colon that begins none of them as \\:",
        )
    bound = query.bindparams(**{name: moments[name] for name in wanted})
    return bound.columns(*found).subquery("landed"), bool(wanted)
