"""The rows of a report's queries, for one reader's part of the company and in one language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from rapport.errors import RapportError
from rapport.report import slices
from rapport.report.declaration import Declaration
from rapport.report.formats import clean

CELL = 600  # characters of a text that a mail may show; an address of a record is shorter
MOST_ROWS = 20_000  # a mail that needs more is none; a CSV of more no spreadsheet likes


class Reader(Protocol):
    """What a report needs of `rapport.warehouses.MartsReader`."""

    @property
    def publication(self) -> dict[str, Any]:
        """The row of `ops_publication`."""

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of one query."""


def as_of(publication: dict[str, Any]) -> datetime:
    """The as-of of a row of `ops_publication`, UTC."""
    return utc(publication["as_of"])


def utc(moment: datetime) -> datetime:
    """A moment of the marts, which is UTC where it has no zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def today(publication: dict[str, Any]) -> date:
    """The business day of that instant."""
    return as_of(publication).astimezone(ZoneInfo(publication["business_timezone"])).date()


class Queries:
    """Runs `queries/<name>.sql` once each.

    Args:
        rows: what the readers may see, values by dimension; empty for everything.
        values: what stands for `:name`; a period's are added by `bind`.
        language: of the readers; a column `name_zh` takes the place of `name` for Chinese ones.
    """

    def __init__(
        self,
        declaration: Declaration,
        reader: Reader,
        engine: str,
        rows: slices.Rows = (),
        values: Mapping[str, Any] | None = None,
        language: str = "en",
    ) -> None:
        self.declaration = declaration
        self.slices = slices.load(declaration.folder.parent)
        self.slice = rows
        self._reader = reader
        self._engine = engine
        self._language = language
        kind, value = self.slices.segment(rows)
        self._values = {"segment_kind": kind, "segment": value, **(values or {})}
        self._known: dict[str, list[dict[str, Any]]] = {}

    @property
    def publication(self) -> dict[str, Any]:
        """The one row of `ops_publication`.

        Raises:
            RapportError: `nothing-published` before the first publication.
        """
        try:
            found = self._reader.publication
        except IndexError:
            found = {}
        if not found:
            raise RapportError(
                "nothing-published", "The marts have not been published yet",
                todo="run the build first: `rapport build`, or the DAG build_customers",
            )  # fmt: skip
        return found

    def bind(self, **values: Any) -> None:
        """Give more values that queries may name."""
        self._values |= values

    def __call__(self, name: str) -> list[dict[str, Any]]:
        """Rows of a query.

        Raises:
            RapportError: `report-query` when it is refused, or fails on the marts.
            Unsliced: when it reads a mart that cannot be cut to the readers' rows.
        """
        if name not in self._known:
            self._known[name] = [self._told(row) for row in self._run(name, self.slice)]
        return self._known[name]

    def whole(self, name: str) -> list[dict[str, Any]]:
        """Rows of a query on the calendar or on data alone, which are the same for every reader."""
        return self._run(name, ())

    def may(self, name: str) -> list[dict[str, Any]]:
        """Rows of a query, none where the readers may not see what it tells."""
        try:
            return self(name)
        except slices.Unsliced:
            return []

    def _run(self, name: str, rows: slices.Rows) -> list[dict[str, Any]]:
        file = self.declaration.query_file(name)
        sql = slices.prepare(
            file.read_text(encoding="utf-8"), str(file), self.slices, rows, self._values,
            self._engine, MOST_ROWS,
        )  # fmt: skip
        try:
            return self._reader.query(sql)
        except Exception as error:
            raise RapportError(
                "report-query",
                f"The query fails on the marts: {str(error).splitlines()[0][:300]}",
                str(file),
                "correct the query, or build with the models of this Rapport",
            ) from error

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row in the readers' language, its texts made harmless."""
        suffix = f"_{self._language}"
        told = {}
        for column, value in row.items():
            translated = row.get(column + suffix) or value
            told[column] = clean(translated, CELL) if isinstance(translated, str) else translated
        return told
