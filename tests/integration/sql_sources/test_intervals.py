"""Rows that an interval's edge, an empty cursor or a deletion would lose, on real databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapport.errors import RapportError
from tests.integration.sql_sources.conftest import Erp

DAY = datetime(2024, 3, 1, tzinfo=UTC)
EDGES = [
    "2024-02-29 23:59:59",
    "2024-03-01 00:00:00",
    "2024-03-01 12:00:00",
    "2024-03-01 23:59:59",
    "2024-03-02 00:00:00",
]
TIMES = {"sqlite": "text", "postgresql": "timestamp", "mariadb": "datetime"}


def type_of_times(erp: Erp) -> str:
    return TIMES[erp.url.partition(":")[0].partition("+")[0]]


def fill(erp: Erp, kind: str, *values: object) -> None:
    """Table `orders` with a row a value of its cursor."""
    erp.execute(f"create table orders (order_no int primary key, changed {kind} null, made {kind})")
    for number, value in enumerate(values):
        shown = "null" if value is None else f"'{value}'"
        erp.execute(f"insert into orders (order_no, changed) values ({number}, {shown})")


def numbers(erp: Erp, spec: dict[str, Any] | None = None, **interval: Any) -> list[int]:
    cursor = {"key": ["order_no"], "cursor": "changed"}
    return [int(row["order_no"]) for row in erp.land({**cursor, **(spec or {})}, **interval)]


def test_row_on_the_edge_of_two_intervals_lands_in_the_later_alone(erp: Erp) -> None:
    fill(erp, type_of_times(erp), *EDGES)

    assert numbers(erp) == [1, 2, 3]
    assert numbers(erp, start=DAY + timedelta(days=1), end=DAY + timedelta(days=2)) == [4]
    assert numbers(erp, start=DAY, end=DAY + timedelta(hours=12)) == [1]
    assert numbers(erp, start=DAY + timedelta(hours=12)) == [2, 3]


def test_days_without_a_time_of_day_are_in_the_interval_that_they_begin_in(erp: Erp) -> None:
    fill(erp, "date", "2024-02-29", "2024-03-01", "2024-03-02")

    assert numbers(erp) == [1]
    assert numbers(erp, end=DAY + timedelta(hours=12)) == [1]
    assert numbers(erp, start=DAY - timedelta(hours=12), end=DAY) == []


def test_lookback_fetches_what_came_late(erp: Erp) -> None:
    fill(erp, type_of_times(erp), *EDGES)

    assert numbers(erp, {"lookback_days": 0.5}) == [0, 1, 2, 3]


def test_time_in_a_zone_is_cut_at_the_same_instant(postgres: Erp) -> None:
    fill(postgres, "timestamptz", "2024-03-01 00:59:59+01", "2024-03-01 01:00:00+01")

    assert numbers(postgres) == [1]


def test_local_times_are_cut_by_their_own_zone(erp: Erp) -> None:
    fill(erp, type_of_times(erp), "2024-03-01 00:30:00", "2024-03-01 01:00:00", *EDGES[-1:])

    assert numbers(erp, {"fetch": {"cursor_timezone": "Europe/Berlin"}}) == [1, 2]


@pytest.mark.parametrize(("unit", "factor"), [("seconds", 1), ("milliseconds", 1000)])
def test_cursor_in_epoch_units_is_cut_like_a_time(erp: Erp, unit: str, factor: int) -> None:
    first = int(DAY.timestamp()) * factor
    fill(erp, "bigint", first - 1, first, first + 86_400 * factor)

    assert numbers(erp, {"fetch": {"cursor_unit": unit}}) == [1]


def test_epoch_in_a_column_without_a_type_is_no_empty_cursor(sqlite: Erp) -> None:
    sqlite.execute("create table orders (order_no integer primary key, changed)")
    sqlite.execute(f"insert into orders values (1, {int(DAY.timestamp())}), (2, 1)")

    assert numbers(sqlite, {"fetch": {"cursor_unit": "seconds"}}) == [1]


def test_number_as_cursor_without_a_unit_is_refused_not_guessed(erp: Erp) -> None:
    fill(erp, "bigint", 1)

    with pytest.raises(RapportError) as caught:
        numbers(erp)

    assert caught.value.code == "company-invalid"
    assert "cursor_unit" in caught.value.todo


def test_row_with_an_empty_cursor_is_refused_or_fetched_but_never_lost(erp: Erp) -> None:
    fill(erp, type_of_times(erp), EDGES[1], None, None)
    erp.execute("update orders set made = '2024-03-01 10:00:00' where order_no = 1")
    erp.execute("update orders set made = '2024-03-02 10:00:00' where order_no = 2")

    with pytest.raises(RapportError) as caught:
        numbers(erp)
    assert caught.value.code == "cursor-empty"
    assert "2 rows" in caught.value.what
    assert erp.zone.manifest(erp.place) is None

    assert numbers(erp, {"fetch": {"cursor_else": "made"}}) == [0, 1]
    assert numbers(erp, {"fetch": {"cursor_empty": "always"}}) == [0, 1, 2]

    erp.execute("update orders set made = null where order_no = 2")
    with pytest.raises(RapportError) as caught:
        numbers(erp, {"fetch": {"cursor_else": "made"}})
    assert "1 rows have no time in changed and made" in caught.value.what


@pytest.mark.parametrize(
    ("database", "kind", "value"),
    [
        ("mariadb", "datetime", "0000-00-00 00:00:00"),
        pytest.param("postgres", "timestamp", "infinity", marks=pytest.mark.postgres),
        pytest.param("postgres", "timestamp", "9999-12-31 00:00:00", marks=pytest.mark.postgres),
        ("sqlite", "text", "01.03.2024"),
        ("sqlite", "text", "9999-12-31"),
        ("sqlite", "text", "0001-01-01 00:00:00"),
        ("mariadb", "date", "9999-12-31"),
    ],
)
def test_cursor_that_no_interval_can_hold_counts_as_empty(
    request: pytest.FixtureRequest, database: str, kind: str, value: str
) -> None:
    erp: Erp = request.getfixturevalue(database)
    fill(erp, kind, EDGES[1], value)

    with pytest.raises(RapportError) as caught:
        numbers(erp)

    assert caught.value.code == "cursor-empty"
    assert numbers(erp, {"fetch": {"cursor_empty": "always"}}) == [0, 1]


def test_keys_of_all_rows_land_beside_the_changed_ones(erp: Erp) -> None:
    fill(erp, type_of_times(erp), *EDGES)

    assert numbers(erp, {"deletes": "compare"}) == [1, 2, 3]
    assert erp.landed("keys") == [{"order_no": str(number)} for number in range(5)]
    assert erp.manifest()["rows"] == 3


def test_preview_stops_at_its_limit_and_asks_for_no_more(erp: Erp) -> None:
    fill(erp, type_of_times(erp), *EDGES)

    assert numbers(erp, {"deletes": "compare"}, limit=2) == [1, 2]
    assert erp.landed("keys") == []


def test_own_query_is_given_the_interval_and_may_not_be_cut_twice(erp: Erp) -> None:
    fill(erp, type_of_times(erp), *EDGES)
    query = "select order_no, changed from orders where changed >= :start and changed < :end;"

    assert numbers(erp, {"fetch": {"query": query}}) == [1, 2, 3]
    assert numbers(erp, {"fetch": {"query": "select * from orders where order_no % 2 = 1"}}) == [
        *(1, 3),
    ]
    with pytest.raises(RapportError) as caught:
        numbers(erp, {"fetch": {"query": query}, "deletes": "compare"})
    assert caught.value.code == "query-invalid"


def test_view_lands_like_a_table_and_excluded_columns_stay_there(erp: Erp) -> None:
    fill(erp, type_of_times(erp), *EDGES)
    erp.execute("create view recent as select * from orders where order_no > 2")

    landed = erp.land({"key": ["order_no"], "fetch": {"table": "recent", "exclude": ["made"]}})

    assert [list(row) for row in landed] == [["order_no", "changed"]] * 2


def test_a_time_zone_that_is_none_is_told_and_no_traceback(erp: Erp) -> None:
    fill(erp, type_of_times(erp), EDGES[1])
    with pytest.raises(RapportError) as caught:
        numbers(erp, {"fetch": {"cursor_timezone": "Mars/X"}})
    assert caught.value.code == "company-invalid"
    assert "Mars/X" in caught.value.what
