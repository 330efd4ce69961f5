"""Intervals never overlap: whatever is asked for, in whatever order, no row is held twice."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime

import pytest

from rapport import ingest
from rapport.errors import RapportError
from tests.integration.intervals.conftest import DAY, ORDERS, Erp, march


def fill(erp: Erp, days: range) -> None:
    for number in days:
        erp.put(f"o{number:02d}", "placed", f"2024-03-{number:02d} 10:00:00")


def test_a_day_backfilled_inside_a_first_load_doubles_nothing(erp: Erp) -> None:
    fill(erp, range(1, 11))
    erp.ingest(1, 11)

    erp.ingest(5)

    assert [row[0] for row in erp.rows()] == [f"o{number:02d}" for number in range(1, 11)]
    assert erp.spans() == ["01-11"]


def test_a_stretch_over_loaded_days_fetches_them_and_what_was_missing(erp: Erp) -> None:
    fill(erp, range(1, 9))
    erp.ingest(2)
    erp.ingest(5)

    erp.ingest(1, 9)

    assert erp.spans() == ["01-02", "02-03", "03-05", "05-06", "06-09"]
    assert len(erp.rows()) == 8
    erp.check_accounts()


def test_a_first_load_is_cut_into_pieces_and_goes_on_where_it_was_interrupted(erp: Erp) -> None:
    fill(erp, range(1, 9))
    pieces = ingest.history(erp.settings, "erp", march(1), march(9), "day")
    for _ in range(3):
        next(pieces)
    pieces.close()  # the process is killed after three days
    assert len(erp.rows()) == 3

    done = list(ingest.history(erp.settings, "erp", march(1), march(9), "day", resume=True))

    assert [piece["from"][:10] for piece in done] == [f"2024-03-0{n}" for n in range(4, 9)]
    assert len(erp.rows()) == 8
    assert len(erp.deliveries()) == 8


def test_a_piece_that_fails_leaves_the_earlier_ones_and_says_how_to_go_on(erp: Erp) -> None:
    fill(erp, range(1, 4))
    pieces = ingest.history(erp.settings, "erp", march(1), march(4), "day")
    next(pieces)
    erp.file.rename(erp.file.with_suffix(".away"))

    with pytest.raises(RapportError) as caught:
        next(pieces)

    assert "--resume" in caught.value.todo
    assert len(erp.rows()) == 1


def test_months_are_cut_at_their_first_day(erp: Erp) -> None:
    start, end = datetime(2023, 12, 15, tzinfo=UTC), datetime(2024, 2, 10, tzinfo=UTC)
    done = list(ingest.history(erp.settings, "erp", start, end))
    assert [(piece["from"][:10], piece["to"][:10]) for piece in done] == [
        ("2023-12-15", "2024-01-01"),
        ("2024-01-01", "2024-02-01"),
        ("2024-02-01", "2024-02-10"),
    ]


def test_a_source_that_is_not_there_is_not_to_be_gone_on_with(erp: Erp) -> None:
    with pytest.raises(RapportError) as caught:
        list(ingest.history(erp.settings, "nosuch", march(1), march(2)))
    assert caught.value.code == "source-unknown" and "--resume" not in caught.value.todo


def test_an_interval_that_is_not_over_is_refused(erp: Erp) -> None:
    with pytest.raises(RapportError) as caught:
        ingest.interval(erp.settings, "erp", march(1), datetime(2100, 1, 1, tzinfo=UTC))
    assert caught.value.code == "interval-invalid"
    assert "not over yet" in caught.value.what


def test_an_overlap_planned_before_the_other_was_recorded_is_refused(erp: Erp) -> None:
    fill(erp, range(1, 4))
    erp.ingest(1, 4)
    with pytest.raises(RapportError) as caught:
        ingest.extract(erp.settings, "erp", "orders", march(2), march(3))
    assert caught.value.code == "interval-overlaps"
    assert "2024-03-01T00:00:00Z to 2024-03-04T00:00:00Z" in caught.value.what


def test_intervals_run_side_by_side_lose_and_double_nothing(erp: Erp) -> None:
    fill(erp, range(1, 7))
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            ingest.interval(erp.settings, "erp", march(number), march(number) + DAY)
        except BaseException as error:
            failures.append(error)

    # Each day twice: other days of the entity, and the same day, at the same time.
    threads = [threading.Thread(target=run, args=[number]) for number in [*range(1, 7)] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert [row[0] for row in erp.rows()] == [f"o{number:02d}" for number in range(1, 7)]
    assert len(erp.spans()) == 6
    erp.check_accounts()


def test_a_source_of_which_nothing_came_is_not_announced(erp: Erp) -> None:
    erp.describe(required=False)
    erp.file.rename(erp.file.with_suffix(".away"))
    with pytest.raises(RapportError, match="no database file"):
        erp.ingest(1)
    assert erp.spans() == []


def test_resuming_takes_up_what_was_held(erp: Erp) -> None:
    fill(erp, range(1, 3))
    extra = {**ORDERS, "required": False, "fetch": {"table": "returns"}}
    erp.describe(also={"returns": extra})
    first = list(ingest.history(erp.settings, "erp", march(1), march(2), "day"))
    assert first[0]["held"] == ["returns"]
    with sqlite3.connect(erp.file) as database:
        database.execute("create table returns as select * from orders")

    done = list(ingest.history(erp.settings, "erp", march(1), march(2), "day", resume=True))

    assert [piece["held"] for piece in done] == [[]]
    assert list(ingest.history(erp.settings, "erp", march(1), march(2), resume=True)) == []
