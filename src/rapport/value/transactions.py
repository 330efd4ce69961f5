"""Transactions of any CSV or Parquet file to one row a customer, set-based in DuckDB."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapport.errors import RapportError
from rapport.value.compressed import Floats, Histories

_CSV = "read_csv($1, header = true, all_varchar = true, encoding = '{}')"
_ENCODINGS = ("utf-8", "latin-1")  # the second reads any bytes, so it comes last

# Tried in this order; a column is read by one format as a whole, never value by value.
_FORMATS = ("%Y%m%d", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M")
# 03/04/2026 is a day in March or in April: read only when but one of each pair fits all values.
_AMBIGUOUS = (("%d/%m/%Y", "%m/%d/%Y"), ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"))


@dataclass(frozen=True)
class Counts:
    """Rows read and what became of them; `returns` are days on which nothing but returns stand."""

    rows: int
    without_customer: int
    without_date: int
    without_amount: int
    returns: int
    customers: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True)
class Customers:
    """One row a customer who bought up to the end of observation, by customer id.

    Args:
        ids: customers, (n,), in ascending order.
        repeats, recency_days, age_days: the purchase history, (n,) each.
        spend_purchases: repeat purchase days of positive value, (n,).
        spend_mean: their mean value, (n,); NaN without any.
        later: purchase days after the end, up to the end of the holdout, (n,).
        before: repeat purchase days in a stretch as long before the end: the naive forecast, (n,).
        earlier: the same in the stretch before that, (n,).
    """

    ids: NDArray[np.object_]
    repeats: NDArray[np.int64]
    recency_days: Floats
    age_days: Floats
    spend_purchases: NDArray[np.int64]
    spend_mean: Floats
    later: NDArray[np.int64] | Floats
    before: NDArray[np.int64] | Floats
    earlier: NDArray[np.int64] | Floats

    def histories(self) -> Histories:
        """The purchase histories, compressed."""
        return Histories.of(self.repeats, self.recency_days, self.age_days)


class Transactions:
    """Purchases of customers by day; the file is read once and summarised as of any day.

    Args:
        path: a CSV (also compressed), a Parquet file, or a pattern of several.
        customer, date, amount: names of the columns.
        date_format: of DuckDB's strptime; default: ISO or one that fits all values.

    Raises:
        RapportError: `transactions-unreadable`, `transactions-columns`, `transactions-values`.
    """

    def __init__(
        self, path: Path, customer: str, date: str, amount: str, date_format: str | None = None
    ) -> None:
        import duckdb

        self._path = path
        self._database = duckdb.connect()
        self._database.execute("set enable_progress_bar = false")  # it would stand in the JSON
        self._read({"customer": customer, "day": date, "amount": amount})
        self._days(date, date_format)
        self._amounts(amount)
        self.counts = self._bought()

    def customers(self, end: date, holdout_end: date | None = None) -> Customers:
        """Histories up to the day `end`, included, and purchases after it up to `holdout_end`."""
        until = holdout_end or end
        period = until - end
        found = self._database.execute(
            """
            with first_days as (
                select customer, min(day) as first_day
                from bought
                where day <= $last_day
                group by customer
            )
            select
                customer as ids,
                count(*) filter (day > first_day and day <= $last_day) as repeats,
                (max(day) filter (day <= $last_day) - first_day)::double as recency_days,
                ($last_day - first_day)::double as age_days,
                count(*) filter (day > first_day and day <= $last_day and amount > 0)
                    as spend_purchases,
                coalesce(
                    sum(amount) filter (day > first_day and day <= $last_day and amount > 0)::double
                        / count(*) filter (day > first_day and day <= $last_day and amount > 0),
                    'nan'
                )::double as spend_mean,
                count(*) filter (day > $last_day and day <= $until) as later,
                count(*) filter (day > first_day and day > $since and day <= $last_day) as "before",
                count(*) filter (day > first_day and day > $before_that and day <= $since)
                    as earlier,
            from bought
            inner join first_days using (customer)
            group by customer, first_day
            order by customer
            """,
            {
                "last_day": end,
                "until": until,
                "since": end - period,
                "before_that": end - 2 * period,
            },
        ).fetchnumpy()
        return Customers(**{name: np.asarray(column) for name, column in found.items()})

    def _read(self, columns: dict[str, str]) -> None:
        import duckdb

        if not glob.glob(str(self._path)):
            raise RapportError(
                "transactions-unreadable",
                "there is no such file",
                str(self._path),
                "check the path",
            )
        is_parquet = ".parquet" in self._path.suffixes
        readers = ["read_parquet($1)"] if is_parquet else [_CSV.format(code) for code in _ENCODINGS]
        for reader in readers:
            try:
                self._lines(reader, columns)
            except duckdb.Error as error:
                said = " ".join(str(error).split())
                if reader != readers[-1] and "utf-8" in said.lower():
                    continue
                raise RapportError(
                    "transactions-unreadable",
                    f"no {'Parquet' if is_parquet else 'CSV'} that can be read: {said[:200]}",
                    str(self._path),
                    "hand over a CSV with a header line, or a Parquet file",
                ) from None
            return

    def _lines(self, reader: str, columns: dict[str, str]) -> None:
        """The three columns as text; an empty one is null."""
        path = [str(self._path)]
        there = [
            row[0] for row in self._database.execute(f"describe from {reader}", path).fetchall()
        ]
        if missing := [name for name in columns.values() if name not in there]:
            raise RapportError(
                "transactions-columns",
                f"no column {', '.join(missing)}",
                f"{self._path} has {', '.join(there)}",
                "name the columns with --customer, --date and --amount",
            )
        named = ", ".join(
            f"nullif(trim({_name(column)}::varchar), '') as {name}"
            for name, column in columns.items()
        )
        self._database.execute(
            f"create table lines as select row_number() over () as line, {named} from {reader}",
            path,
        )

    def _days(self, column: str, date_format: str | None) -> None:
        if date_format:
            read = _strptime(date_format)
            is_read = not self._unread("day", read)
        else:
            reads = ["try_cast(day as timestamp)", *map(_strptime, _FORMATS)]
            read = next((read for read in reads if not self._unread("day", read)), "")
            is_read = bool(read)
        for pair in () if is_read or date_format else _AMBIGUOUS:
            fitting = [read for read in map(_strptime, pair) if not self._unread("day", read)]
            if len(fitting) == 2:
                raise RapportError(
                    "transactions-values",
                    f"the dates of {column} can be read day first and month first",
                    str(self._path),
                    "say which with --date-format, for instance %d/%m/%Y",
                )
            if fitting:
                read, is_read = fitting[0], True
        if not is_read:
            line, text = self._unread("day", read or "try_cast(day as timestamp)")[0]
            raise RapportError(
                "transactions-values",
                f"{text!r} in column {column} is no date that fits the others",
                f"{self._path}, data row {line}",
                "write dates as 2026-01-31, or name their form with --date-format",
            )
        self._database.execute(f"alter table lines alter day type date using ({read})::date")

    def _amounts(self, column: str) -> None:
        if unread := self._unread("amount", "try_cast(amount as double)"):
            line, text = unread[0]
            raise RapportError(
                "transactions-values",
                f"{text!r} in column {column} is no number",
                f"{self._path}, data row {line}",
                "write amounts as 1234.50, without currency and thousands separators",
            )
        self._database.execute(
            """
            alter table lines alter amount type decimal(28, 6) using
                try_cast(amount::double as decimal(28, 6))
            """
        )

    def _unread(self, column: str, read: str) -> list[tuple[int, str]]:
        """The first value that this expression cannot read; nothing when it reads all."""
        return self._database.execute(
            f"select line, {column} from lines where {column} is not null and {read} is null "
            "order by line limit 1"
        ).fetchall()

    def _bought(self) -> Counts:
        """One row a customer and day with a purchase; a day's returns lower its value."""
        self._database.execute(
            """
            create table days as
            select
                customer,
                day,
                sum(amount) as amount,
                bool_or(amount is null or amount >= 0) as is_bought,
            from lines
            where customer is not null and day is not null
            group by customer, day
            """
        )
        self._database.execute(
            "create table bought as select customer, day, amount from days where is_bought"
        )
        row = self._database.execute(
            """
            select
                count(*),
                count(*) filter (customer is null),
                count(*) filter (day is null),
                count(*) filter (amount is null),
                (select count(*) from days where not is_bought),
                (select count(distinct customer) from bought),
                (select min(day) from bought),
                (select max(day) from bought),
            from lines
            """
        ).fetchone()
        assert row is not None
        self._database.execute("drop table lines")
        self._database.execute("drop table days")
        return Counts(*row)


def _strptime(form: str) -> str:
    return f"try_strptime(day, {_quoted(form)})"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
