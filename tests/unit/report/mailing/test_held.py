"""A report that cannot go out is told of once to each, and says why it was late when it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from rapport.company import Source
from rapport.landing.zone import Interval
from rapport.report.mailing import ledger, scheduled
from rapport.state import deliveries
from tests.unit.report import marts
from tests.unit.report.conftest import Office
from tests.unit.report.mailing.desk import (
    ADA,
    GRACE,
    LI,
    OWNER,
    late_marts,
    mails,
    run,
    text_of,
)

DAYS = ((11, 1), (11, 30), (12, 2))


def test_a_held_report_is_told_once_to_each_and_goes_out_saying_why_it_was_late(
    hire: Callable[..., Office], late: marts.Reader, tmp_path: Path, at: Callable[[str], None]
) -> None:
    office = hire([ADA, {"address": LI, "locale": "zh_CN"}], deadline_hours=3)
    for moment in ("2026-11-02T06:00:00Z", "2026-11-02T08:00:00Z"):
        at(moment)
        assert run(office, late)[0].held == "late"
    assert len(mails(office, OWNER)) == 1
    assert "is held" in mails(office, OWNER)[0]["Subject"]
    assert (mails(office, ADA), mails(office, LI)) == ([], [])
    for _ in range(2):
        at("2026-11-02T09:00:00Z")
        run(office, late)
    (english,), (chinese,) = mails(office, ADA), mails(office, LI)
    assert english["Subject"] == "Nordlicht Outdoor: Executive report, October 2026, is delayed"
    assert "have not arrived" in text_of(english) and "no earlier one" in text_of(english)
    assert "将晚些送达" in chinese["Subject"] and "尚未送达" in text_of(chinese)
    assert len(mails(office, OWNER)) == 1
    complete = late_marts(tmp_path / "complete.duckdb", False)
    at("2026-11-02T12:00:00Z")
    for _ in range(2):
        run(office, complete)
    for who, mark in ((ADA, "[delayed] "), (LI, "【迟发】")):
        notice, report = mails(office, who)
        assert report["Subject"].startswith(mark)
        assert notice["Message-ID"] != report["Message-ID"]
    page = mails(office, ADA)[1].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "This report comes late because the data of" in page
    assert "This report comes late because the data of" in text_of(mails(office, ADA)[1])
    assert {row["kind"] for row in ledger.rows(office.state)} == {"held", "delayed", "report"}


def test_a_reader_whose_hour_comes_after_the_delay_is_not_told_of_one(
    hire: Callable[..., Office], late: marts.Reader, tmp_path: Path, at: Callable[[str], None]
) -> None:
    office = hire([ADA, {"address": GRACE, "timezone": "America/New_York"}])
    at("2026-10-03T08:00:00Z")
    run(office, late_marts(tmp_path / "september.duckdb", False))
    at("2026-11-02T06:30:00Z")
    run(office, late)
    complete = late_marts(tmp_path / "complete.duckdb", False)
    at("2026-11-02T08:00:00Z")
    run(office, complete)
    at("2026-11-02T12:00:00Z")
    run(office, complete)
    assert mails(office, ADA)[-1]["Subject"].startswith("[delayed] ")
    assert not any("delayed" in message["Subject"] for message in mails(office, GRACE))


def test_marts_that_stop_before_the_period_ends_hold_the_report(
    hire: Callable[..., Office], full: marts.Reader, at: Callable[[str], None]
) -> None:
    office = hire([ADA])
    at("2026-12-02T06:00:00Z")
    assert run(office, full)[0].held == "behind"
    assert "stop at 2 Nov 2026" in text_of(mails(office, OWNER)[0]).replace("\n", " ")


def test_before_the_deadlines_build_is_done_a_late_source_is_named_already(
    hire: Callable[..., Office], full: marts.Reader, at: Callable[[str], None]
) -> None:
    """The owner is told once: not that nobody knows why."""
    office = hire([ADA])
    sources = {
        name: Source(name=name, system="sql", kind="erp", required=True, entities={})
        for name in ("crm", "erp")
    }
    company = office.settings.company.model_copy(update={"sources": sources})
    settings = office.settings.model_copy(update={"company": company})
    start, yesterday, today = (datetime(2026, *day, tzinfo=UTC) for day in DAYS)
    with office.state.begin() as connection:
        deliveries.record_gated(connection, "erp", start, today, {}, [])
        deliveries.record_gated(connection, "crm", start, yesterday, {}, [])
    at("2026-12-02T06:00:00Z")
    assert run(replace(office, settings=settings), full)[0].held == "late"
    assert "the data of crm have not arrived" in text_of(mails(office, OWNER)[0])


def test_of_a_late_source_it_is_said_where_its_data_stop(
    hire: Callable[..., Office], late: marts.Reader, at: Callable[[str], None]
) -> None:
    office = hire([ADA])
    with duckdb.connect(str(late.path)) as connection:
        connection.execute("update marts.ops_sources set last_interval_end = '2026-10-30 23:00:00'")
    at("2026-11-02T06:00:00Z")
    run(office, late)
    told = text_of(mails(office, OWNER)[0]).replace("\n", " ")
    assert "the figures stop at 31 Oct 2026, 00:00" in told


def test_a_late_optional_source_is_waited_for_until_a_readers_hour_and_then_named(
    hire: Callable[..., Office], tmp_path: Path
) -> None:
    office, reader = hire([ADA]), late_marts(tmp_path / "optional.duckdb", True)
    with duckdb.connect(str(tmp_path / "optional.duckdb")) as connection:
        connection.execute("update marts.ops_sources set required = false")
    how = (office.settings, office.state, reader, "executive")
    assert scheduled.run(*how, on_publication=True)[0].held == "optional"
    assert office.sink.messages() == []
    assert scheduled.run(*how)[0].sent == [ADA]
    assert ledger.rows(office.state, kind="held") == []


def test_a_source_that_a_gate_holds_is_named_as_the_reason(
    hire: Callable[..., Office], late: marts.Reader, at: Callable[[str], None]
) -> None:
    office = hire([ADA])
    source = Source(name="erp", system="sql", kind="erp", required=True, entities={})
    company = office.settings.company.model_copy(update={"sources": {"erp": source}})
    settings = office.settings.model_copy(update={"company": company})
    start = datetime(2026, 11, 1, tzinfo=UTC)
    interval = Interval("erp", "orders", start, start + timedelta(days=1))
    with office.state.begin() as connection:
        deliveries.landed(connection, interval, {"version": "v1", "rows": 1, "bytes": 1})
        held = {"version": "v1", "received": 1, "accepted": 0, "quarantined": 1, "superseded": 0}
        held |= {"duplicates": 0, "reason": "all rows broken", "rules": {}, "checks": []}
        held |= {"accepted_files": [], "status": "held", "carried": {}}
        deliveries.gated(connection, interval, held)
    at("2026-11-02T06:00:00Z")
    assert run(replace(office, settings=settings), late)[0].held == "gate"
    assert "checks of the data held back what erp delivered" in text_of(mails(office, OWNER)[0])


def test_before_a_build_could_be_ready_nobody_is_told(
    hire: Callable[..., Office], full: marts.Reader, at: Callable[[str], None]
) -> None:
    office = hire(
        [{"address": LI, "timezone": "Asia/Shanghai"}], schedule="0 7 * * *", period="day"
    )
    at("2026-11-02T23:30:00Z")  # of November 2, which is just over in Berlin
    assert run(office, full)[0].held == "behind"
    assert office.sink.messages() == []
