"""Late rows, changed rows, deleted rows: what a source says afterwards, and nothing lost by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rapport.errors import RapportError
from tests.integration.intervals.conftest import Erp

EVERYTHING = "order_no, status, _is_deleted"


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Erp]:
    """Makes the shop with a warehouse on each engine."""
    url = None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
    return lambda **entity: Erp(tmp_path, url, **entity)


def test_a_row_written_late_below_the_cursor_is_found_by_the_look_back(
    make: Callable[..., Erp],
) -> None:
    erp = make(lookback_days=2)
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.ingest(1)
    erp.ingest(2)
    erp.put("o2", "placed", "2024-03-01 23:59:00")  # its transaction was committed after midnight
    erp.put("o3", "placed", "2024-03-03 08:00:00")

    erp.ingest(3)

    assert erp.rows() == [("o1", "placed"), ("o2", "placed"), ("o3", "placed")]
    last = erp.deliveries()[-1]
    assert (last["received"], last["loaded"], last["duplicates"]) == (3, 2, 1)
    erp.check_accounts()


def test_a_late_row_is_found_by_fetching_its_interval_again(make: Callable[..., Erp]) -> None:
    erp = make()
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.ingest(1)
    erp.put("o2", "placed", "2024-03-01 23:59:00")
    erp.ingest(2)
    assert erp.rows() == [("o1", "placed")]

    erp.ingest(1)

    assert erp.rows() == [("o1", "placed"), ("o2", "placed")]
    erp.check_accounts()


def test_an_earlier_version_stays_when_its_interval_is_fetched_again(
    make: Callable[..., Erp],
) -> None:
    erp = make()
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.put("o2", "placed", "2024-03-01 11:00:00")
    erp.ingest(1)
    erp.put("o1", "cancelled", "2024-03-03 09:00:00")
    erp.ingest(3)
    both = [("o1", "cancelled"), ("o1", "placed"), ("o2", "placed")]
    assert erp.rows() == both

    for _ in range(2):  # the source no longer has the first version: it stays all the same
        erp.ingest(1)
        assert erp.rows() == both
        erp.check_accounts()


def test_a_row_deleted_at_the_source_gets_a_tombstone_and_may_come_back(
    make: Callable[..., Erp],
) -> None:
    erp = make(deletes="compare")
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.put("o2", "placed", "2024-03-01 11:00:00")
    erp.ingest(1)
    erp.remove("o1")
    erp.ingest(2)
    gone = [("o1", "placed", False), ("o1", "placed", True), ("o2", "placed", False)]
    assert erp.rows(EVERYTHING) == gone
    erp.ingest(3)
    assert erp.rows(EVERYTHING) == gone  # once is enough

    erp.put("o1", "placed again", "2024-03-04 10:00:00")
    erp.ingest(4)

    assert erp.rows(EVERYTHING) == sorted([*gone, ("o1", "placed again", False)])
    erp.check_accounts()


def test_an_old_interval_fetched_again_deletes_nothing(make: Callable[..., Erp]) -> None:
    erp = make(deletes="compare")
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.put("o2", "placed", "2024-03-02 10:00:00")
    erp.ingest(1)
    erp.ingest(2)
    erp.remove("o1")

    erp.ingest(1)  # when o1 went is not known, but it was there on the 2nd

    assert erp.rows(EVERYTHING) == [("o1", "placed", False), ("o2", "placed", False)]


def test_a_source_that_lost_most_of_its_keys_is_held_not_believed(
    make: Callable[..., Erp],
) -> None:
    erp = make(deletes="compare")
    for number in range(30):
        erp.put(f"o{number:02d}", "placed", "2024-03-01 10:00:00")
    erp.ingest(1)
    for number in range(20):
        erp.remove(f"o{number:02d}")

    with pytest.raises(RapportError) as caught:
        erp.ingest(2)

    assert caught.value.code == "entity-held"
    assert len(erp.rows()) == 30


def test_a_column_that_says_deleted_is_believed(make: Callable[..., Erp]) -> None:
    erp = make(deleted_by="removed_at")
    erp.put("o1", "placed", "2024-03-01 10:00:00")
    erp.ingest(1)
    erp.put("o1", "placed", "2024-03-02 10:00:00", removed="2024-03-02 10:00:00")
    erp.ingest(2)
    assert erp.rows(EVERYTHING) == [("o1", "placed", False), ("o1", "placed", True)]
