"""Exactly once, when the process that sends is killed: real processes, and a server that counts."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from rapport.demo.sink import Sink
from rapport.mailserver import Smtp
from rapport.report.mailing import ledger as books
from rapport.report.mailing import sending
from rapport.report.mailing.runs import SentReport, alone
from rapport.settings import REPO, Settings
from rapport.state import store
from tests.integration.mails.post import (
    ADA,
    GRACE,
    REPORT,
    Counting,
    ledger,
    letter,
    mails,
    office,
    post,
)

# What another process does: the same letters, and it stands still where it is told to.
CHILD = """
import sys, time
from pathlib import Path
from rapport.report.mailing import ledger
from rapport.mailserver import Smtp
from tests.integration.mails.post import ADA, GRACE, office, post

folder, port, place = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
begin = ledger.begin

def stopped(state, entry, owner):
    if place == "before the claim is final":
        stand_still()
    begun = begin(state, entry, owner)
    if place == "before the last dot":
        stand_still()
    return begun

def stand_still():
    print("here", flush=True)
    time.sleep(60)

ledger.begin = stopped
post(office(folder, Smtp(port=port)), ADA, GRACE)
"""


DOUBTFUL = [("before its answer", 1), ("before the last dot", 0)]


class Stopping(Counting):
    """Stands still at a command, for one connection; the test goes on when it has come there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.place = ""
        self.reached = threading.Event()

    async def _stand_still(self, place: str) -> None:
        if self.place == place:
            self.place = ""
            self.reached.set()
            await asyncio.sleep(60)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._stand_still("at the recipient")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        await self._stand_still("before its answer")
        return answer


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "outbox", handler=Stopping(tmp_path / "outbox")) as running:
        yield running


def kill_at(place: str, sink: Sink, folder: Path) -> Settings:
    """Let another process send, and kill it when it has come to a place."""
    server = sink._controller.handler
    server.place = place
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(sink.port), place],
        cwd=REPO, stdout=subprocess.PIPE, env={"PYTHONPATH": f"{REPO / 'src'}:{REPO}"},
    )  # fmt: skip
    try:
        if place.startswith("before the"):
            assert child.stdout is not None
            assert child.stdout.readline() == b"here\n"
        else:
            assert server.reached.wait(60)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    return office(folder, Smtp(port=sink.port))


@pytest.mark.parametrize("place", ["at the recipient", "before the claim is final"])
def test_killed_before_the_server_could_take_it_one_mail_arrives(
    place: str, sink: Sink, tmp_path: Path
) -> None:
    settings = kill_at(place, sink, tmp_path)
    assert ledger(settings)[ADA]["status"] == "claimed"
    assert mails(sink, ADA) == []
    assert post(settings, ADA, GRACE).sent == [ADA, GRACE]
    assert post(settings, ADA, GRACE).skipped == [ADA, GRACE]
    assert [len(mails(sink, who)) for who in (ADA, GRACE)] == [1, 1]


@pytest.mark.parametrize(("place", "arrived"), DOUBTFUL)
def test_killed_when_the_server_may_have_taken_it_nobody_sends_it_again_and_the_owner_knows(
    place: str, arrived: int, sink: Sink, tmp_path: Path
) -> None:
    settings = kill_at(place, sink, tmp_path)
    assert ledger(settings)[ADA]["status"] == "sending"
    for _ in range(2):
        outcome = post(settings, ADA, GRACE)
        assert outcome.in_doubt == [ADA]
        state = store.open(settings)
        with alone(settings, state, None, REPORT) as run:
            sending.tell_of_trouble(run, SentReport(REPORT, "2026-10"))
    assert ledger(settings)[ADA]["status"] == "uncertain"
    assert [len(mails(sink, who)) for who in (ADA, GRACE)] == [arrived, 1]
    (told,) = mails(sink, "owner@x.example")
    words = told.get_body(("plain",)).get_content()
    assert f"rapport report resend executive 2026-10 {ADA}" in words.replace("\n", " ")
    assert GRACE not in words


def test_two_runs_at_once_send_each_mail_once(sink: Sink, tmp_path: Path) -> None:
    settings = office(tmp_path, Smtp(port=sink.port))
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(sink.port), "nowhere"]
    environ = {"PYTHONPATH": f"{REPO / 'src'}:{REPO}"}
    both = [subprocess.Popen(command, cwd=REPO, env=environ) for _ in range(2)]
    assert [child.wait(60) for child in both] == [0, 0]
    assert [len(mails(sink, who)) for who in (ADA, GRACE)] == [1, 1]
    assert {row["status"] for row in ledger(settings).values()} == {"sent"}


def test_a_run_whose_claim_was_taken_over_withdraws_its_mail(sink: Sink, tmp_path: Path) -> None:
    settings = kill_at("at the recipient", sink, tmp_path)
    state = store.open(settings)
    with alone(settings, state, None, REPORT) as run:
        (envelope,) = run.address(letter(), [ADA])
        books.claim(state, [envelope], "somebody else")
        assert not books.begin(state, envelope, run.owner)
        assert books.begin(state, envelope, "somebody else")
