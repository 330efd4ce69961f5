"""The right issue to the right reader at the right hour, or a word on why not; each once."""

from __future__ import annotations

import email
import email.policy
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport.company import Alerts, ReportConfig, Source
from rapport.errors import RapportError
from rapport.landing.zone import Interval
from rapport.report import charts, issue, ledger, plans, scheduled, sending
from rapport.report.render import Attachment, Rendered
from rapport.state import deliveries
from tests.unit.report import marts
from tests.unit.report.conftest import Office

ADA, GRACE, LI = "ada@example.org", "grace@example.org", "li@example.org"
OWNER = "owner@example.org"


DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take most of a rendering's time and are not what is tested here."""
    monkeypatch.setattr(charts, "picture", lambda *_: DOT)


@pytest.fixture
def hire(office: Office) -> Callable[..., Office]:
    """The office with other readers: `hire([...], schedule=..., ...)`."""

    def hired(recipients: list[Any], **config: Any) -> Office:
        config = {"schedule": "0 7 2 * *", **config}
        report = ReportConfig(recipients=recipients, **config)
        company = office.settings.company.model_copy(
            update={"reports": {"executive": report}, "alerts": Alerts(recipients=[OWNER])}
        )
        settings = office.settings.model_copy(update={"company": company})
        return replace(office, settings=settings)

    return hired


@pytest.fixture
def late(tmp_path: Path) -> marts.Reader:
    """Marts of which a required source is late."""
    return late_marts(tmp_path / "late.duckdb", True)


def late_marts(path: Path, is_late: bool) -> marts.Reader:
    reader = marts.fill(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.ops_sources set required = true, is_stale = ?", [is_late])
    return reader


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock."""
    return lambda moment: monkeypatch.setenv("RAPPORT_CLOCK", moment)


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Locales of the editions that were rendered, in order; `fr_FR` breaks."""
    seen: list[str] = []
    render = issue.render

    def counted(settings: Any, reader: Any, name: str, period: Any, form: Any) -> Any:
        seen.append(form.locale)
        if form.locale == "fr_FR":
            raise RapportError("report-template", "does not print", "report.mjml.j2, line 3")
        return render(settings, reader, name, period, form)

    monkeypatch.setattr(issue, "render", counted)
    return seen


def run(office: Office, reader: marts.Reader) -> list[sending.SentReport]:
    return scheduled.run(office.settings, office.state, reader, "executive")


def mails(office: Office, recipient: str) -> list[EmailMessage]:
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in office.sink.messages()
    ]
    return [message for message in found if message["To"] == recipient]  # type: ignore[misc]


def statuses(office: Office, kind: str = "report") -> dict[str, str]:
    return {row["recipient"]: row["status"] for row in ledger.rows(office.state, kind=kind)}


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_each_reader_gets_it_at_their_own_hour_and_all_from_one_publication(
    hire: Callable[..., Office], full: marts.Reader, tmp_path: Path, at: Callable[[str], None]
) -> None:
    office = hire([{"address": LI, "timezone": "Asia/Shanghai"}, ADA])
    at("2026-10-02T08:00:00Z")
    run(office, full)  # September, to both
    at("2026-11-01T23:30:00Z")  # past seven in Shanghai, past midnight in Berlin
    assert run(office, full)[-1].sent == [LI]
    newer = marts.fill(tmp_path / "newer.duckdb")
    with duckdb.connect(str(newer.path)) as connection:
        connection.execute("update marts.ops_publication set publication_id = 8")
    at("2026-11-02T06:00:00Z")
    (done,) = run(office, newer)
    assert (done.sent, done.publication_id) == ([ADA], 7)
    assert run(office, newer)[0].sent == []
    for who in (ADA, LI):
        assert [m["X-Rapport-Report"] for m in mails(office, who)] == [
            "executive 2026-09", "executive 2026-10",
        ]  # fmt: skip


def test_an_edition_is_rendered_once_for_all_its_readers_and_not_at_all_when_all_have_it(
    hire: Callable[..., Office], full: marts.Reader, renderings: list[str]
) -> None:
    office = hire([ADA, GRACE, {"address": LI, "locale": "zh_CN"}, "joan@example.org"])
    at_first = run(office, full)[0]
    assert len(at_first.sent) == 4
    assert renderings == ["en_GB", "zh_CN"]
    assert len(run(office, full)[0].skipped) == 4
    assert renderings == ["en_GB", "zh_CN"]


def test_a_broken_edition_stops_no_other_and_is_tried_again(
    hire: Callable[..., Office], full: marts.Reader, renderings: list[str]
) -> None:
    office = hire([{"address": LI, "locale": "fr_FR"}, ADA])
    with pytest.raises(RapportError, match="does not print"):
        run(office, full)
    assert statuses(office) == {ADA: "sent", LI: "failed"}
    with pytest.raises(RapportError, match="does not print"):
        run(office, full)
    assert statuses(office) == {ADA: "sent", LI: "failed"}
    assert renderings == ["fr_FR", "en_GB", "fr_FR"]


def test_whoever_has_no_slice_gets_nothing_and_the_owner_is_told_once(
    hire: Callable[..., Office], full: marts.Reader
) -> None:
    sliced = {"address": ADA, "rows": {"country": ["DE"]}}
    office = hire([sliced, GRACE, {"address": LI, "rows": {"country": []}}], sliced_by="country")
    for _ in range(2):
        run(office, full)
    assert statuses(office) == {ADA: "sent", GRACE: "invalid", LI: "invalid"}
    assert (mails(office, GRACE), mails(office, LI)) == ([], [])
    (told,) = mails(office, OWNER)
    assert GRACE in text_of(told) and LI in text_of(told)
    answers = {row["recipient"]: row["answer"] for row in ledger.rows(office.state)}
    assert answers[GRACE].startswith("recipient-invalid: the report is sliced by country")


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
    assert english["Subject"] == "Nordlicht Outdoor: report executive 2026-10 is delayed"
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


def test_a_report_that_has_nothing_to_tell_is_not_sent_where_that_is_wished(
    hire: Callable[..., Office], full: marts.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rendered, "is_empty", True)
    office = hire([ADA], only_if_results=True)
    assert run(office, full)[0].nothing_to_tell == [ADA]
    assert run(office, full)[0].nothing_to_tell == []
    assert statuses(office) == {ADA: "nothing-to-tell"}
    assert office.sink.messages() == []


def test_files_beside_the_mail_keep_their_kind_and_bytes(
    hire: Callable[..., Office], full: marts.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        Attachment("报告 2026-10.pdf", "application/pdf", b"%PDF-1.7\n\x00\xff"),
        Attachment("figures.csv", "text/csv; charset=utf-8", "a,b\r\nü,1\r\n".encode()),
    ]
    render = issue.render
    monkeypatch.setattr(issue, "render", lambda *a: replace(render(*a), attachments=files))
    office = hire([ADA])
    run(office, full)
    (message,) = mails(office, ADA)
    assert message.get_content_type() == "multipart/mixed"
    alternative, *beside = message.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain", "multipart/related",
    ]  # fmt: skip
    found = [(part.get_filename(), part.get_content_type()) for part in beside]
    assert found == [("报告 2026-10.pdf", "application/pdf"), ("figures.csv", "text/csv")]
    assert [part.get_payload(decode=True) for part in beside] == [one.content for one in files]


@pytest.mark.parametrize("page", [None, "https://x.example/leave"])
def test_a_reader_can_leave_by_the_buttons_of_mail_programs(
    hire: Callable[..., Office], full: marts.Reader, page: str | None
) -> None:
    office = hire([ADA])
    office = replace(office, settings=office.settings.model_copy(update={"unsubscribe_url": page}))
    run(office, full)
    (message,) = mails(office, ADA)
    by_mail = f"<mailto:{OWNER}?subject=unsubscribe%20executive>"
    assert message["Precedence"] == "bulk"
    if page:
        identity = message["Message-ID"][1:33]
        wanted = f"<https://x.example/leave?mail={identity}>, {by_mail}"
        assert " ".join(str(message["List-Unsubscribe"]).split()) == wanted
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    else:
        assert message["List-Unsubscribe"] == by_mail
        assert message["List-Unsubscribe-Post"] is None


def test_a_plan_says_what_would_be_done_and_does_nothing(
    hire: Callable[..., Office], full: marts.Reader, late: marts.Reader, at: Callable[[str], None]
) -> None:
    at("2026-11-02T06:00:00Z")
    office = hire([ADA, GRACE])
    sending.send(office.settings, office.state, full, only=ADA)

    def planned(reader: marts.Reader, **how: Any) -> list[tuple[Any, ...]]:
        found = plans.plan(office.settings, office.state, reader, "executive", **how)
        return [(row["recipient"], row["would"], row["because"]) for row in found]

    assert planned(full) == [(ADA, "leave", "sent"), (GRACE, "send", None)]
    assert planned(full, only=GRACE) == [(GRACE, "send", None)]
    held = [(ADA, "leave", "sent"), (GRACE, "hold", "late")]
    assert planned(late, by_calendar=True) == held
    assert len(office.sink.messages()) == 1


@pytest.mark.parametrize("form", [{"locale": "xx_XX"}, {"timezone": "Mars/Olympus"}])
def test_a_reader_of_no_known_language_or_time_zone_stops_nobody(
    hire: Callable[..., Office], late: marts.Reader, at: Callable[[str], None], form: dict[str, str]
) -> None:
    office = hire([{"address": LI, **form}, ADA], deadline_hours=0)
    at("2026-11-02T06:00:00Z")
    run(office, late)
    assert statuses(office) == {LI: "invalid"}
    assert len(mails(office, ADA)) == 1, "the notice of the delay"


def test_an_address_in_two_spellings_is_one_reader(
    hire: Callable[..., Office], full: marts.Reader
) -> None:
    office = hire([ADA, "Ada@Example.org"])
    assert run(office, full)[0].sent == [ADA]
