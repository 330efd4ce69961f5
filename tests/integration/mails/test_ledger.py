"""The ledger of mails on both state stores, and what the command line shows of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapport.cli import app
from rapport.demo.sink import Sink
from rapport.mailserver import Smtp
from rapport.report.mailing import ledger as books
from rapport.report.mailing.runs import alone
from rapport.settings import Settings
from rapport.state import store
from tests.integration.mails.post import (
    ADA,
    GRACE,
    JOAN,
    PERIOD,
    REPORT,
    Counting,
    ledger,
    letter,
    mails,
    office,
    post,
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    found = office(tmp_path, Smtp(retries=0))
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
        found = found.model_copy(update={"state_url": url})
    return found


def test_each_status_is_kept_and_forbids_or_allows_another_try(
    settings: Settings, tmp_path: Path
) -> None:
    answers = {GRACE: ["451 not now"], JOAN: ["550 5.1.1 no such user"]}
    handler = Counting(tmp_path / "outbox", answers)
    with Sink(tmp_path / "outbox", handler=handler) as sink:
        smtp = settings.smtp.model_copy(update={"port": sink.port})
        found = settings.model_copy(update={"smtp": smtp})
        state = store.open(found)
        with alone(found, state, None, REPORT) as run:
            (lost,) = run.address(letter(), ["lost@x.example"])
            books.claim(state, [lost], run.owner)
            assert books.begin(state, lost, run.owner)
            assert not books.begin(state, lost, run.owner), "sent twice by the same run"
        first = post(found, ADA, GRACE, JOAN, "lost@x.example")
        again = post(found, ADA, GRACE, JOAN, "lost@x.example")
        assert [len(mails(sink, who)) for who in (ADA, GRACE, JOAN)] == [1, 1, 0]
    assert (first.sent, list(first.failed), list(first.refused)) == ([ADA], [GRACE], [JOAN])
    assert (again.sent, again.skipped, list(again.refused)) == ([GRACE], [ADA], [JOAN])
    assert first.in_doubt == again.in_doubt == ["lost@x.example"]
    rows = ledger(found)
    assert {who: (row["status"], row["attempts"]) for who, row in rows.items()} == {
        ADA: ("sent", 1), GRACE: ("sent", 2), JOAN: ("refused", 1),
        "lost@x.example": ("uncertain", 1),
    }  # fmt: skip
    assert books.issued(state, REPORT, PERIOD) == 7
    assert books.issued(state, REPORT, PERIOD, "another edition") is None
    assert {row["recipient"] for row in books.untold(state, REPORT)} == {JOAN, "lost@x.example"}


def test_the_history_shows_the_servers_words_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "550 5.7.1 <grace@x.example>: Recipient address rejected: this is a longer story"
    handler = Counting(tmp_path / "outbox", {GRACE: [words]})
    with Sink(tmp_path / "outbox", handler=handler) as sink:
        post(office(tmp_path, Smtp(port=sink.port)), ADA, GRACE)
    monkeypatch.setenv("RAPPORT_VAR", str(tmp_path))
    shown = CliRunner().invoke(app, ["report", "history", REPORT, "--period", PERIOD])
    assert shown.exit_code == 0, shown.output
    assert words in shown.output
    assert [line.split()[3] for line in shown.output.splitlines()[1:]] == ["sent", "refused"]
    other = CliRunner().invoke(app, ["report", "history", REPORT, "--period", "2026-09"])
    assert ADA not in other.output


@pytest.mark.parametrize("address", ["@x.example", "ada@@x.example", "ada@x.", "<ada@x>"])
def test_an_address_that_nothing_can_be_made_of_stops_nobody_else(
    settings: Settings, tmp_path: Path, address: str
) -> None:
    """Python's parser has an error of its own for these, which took the whole report down."""
    with Sink(tmp_path / "outbox") as sink:
        smtp = settings.smtp.model_copy(update={"port": sink.port})
        found = settings.model_copy(update={"smtp": smtp})
        outcome = post(found, address, ADA)
    assert outcome.sent == [ADA]
    assert ledger(found)[address]["status"] == "invalid"
