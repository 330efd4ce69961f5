"""Transactions of any CSV or Parquet file to one row a customer, set-based in DuckDB."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapport.value.compressed import Floats, Histories
from rapport.value.transactions import read


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
        date_format: of DuckDB's strptime, or one of `dates.NAMED`; default: ISO or one that fits
            all values.
        decimal_sign: of amounts in text, `.` or `,`; default: the one that fits all values.

    Attributes:
        counts: rows and what became of them.
        seconds: wall-clock time of the reading.

    Raises:
        RapportError: `transactions-unreadable`, `transactions-columns`, `transactions-values`;
            `clv-arguments` where there is no such form of dates.
    """

    def __init__(
        self,
        path: Path,
        customer: str,
        date: str,
        amount: str,
        date_format: str | None = None,
        decimal_sign: str | None = None,
    ) -> None:
        import duckdb

        started = time.perf_counter()
        self._database = duckdb.connect()
        self._database.execute("set enable_progress_bar = false")  # it would stand in the JSON
        columns = {"customer": customer, "day": date, "amount": amount}
        read.load(self._database, path, columns, date_format, decimal_sign)
        self.counts = self._bought()
        self.seconds = time.perf_counter() - started

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

    def longest_silence(self) -> tuple[date, date] | None:
        """The two days with a purchase that have most days without any between them."""
        found: tuple[date, date] | None = self._database.execute(
            """
            with days as (select distinct day from bought)
            select lag(day) over (order by day) as before, day
            from days
            qualify before is not null
            order by day - before desc, day
            limit 1
            """
        ).fetchone()
        return found

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
