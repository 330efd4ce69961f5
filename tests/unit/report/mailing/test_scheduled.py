"""The right issue to the right reader at the right hour, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport.errors import RapportError
from rapport.report import issue
from rapport.report.mailing import ledger, plans, sending
from rapport.report.render import Attachment, Rendered
from tests.unit.report import marts
from tests.unit.report.conftest import Office
from tests.unit.report.mailing.desk import (
    ADA,
    GRACE,
    LI,
    OWNER,
    mails,
    run,
    statuses,
    text_of,
)


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


@pytest.mark.parametrize(
    ("locale", "words"), [("fr_FR", "does not print"), ("it_IT", "nobody thought of this")]
)
def test_a_broken_edition_stops_no_other_and_is_tried_again(
    hire: Callable[..., Office], full: marts.Reader, renderings: list[str], locale: str, words: str
) -> None:
    office = hire([{"address": LI, "locale": locale}, ADA])
    for _ in range(2):
        with pytest.raises((RapportError, ZeroDivisionError), match=words):
            run(office, full)
        assert statuses(office) == {ADA: "sent", LI: "failed"}
    assert renderings == [locale, "en_GB", locale]
    (answer,) = (row["answer"] for row in ledger.rows(office.state) if row["recipient"] == LI)
    assert words in answer and "hush" not in answer


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
