"""The wire to real mail servers: "not now", "never", and lines that go dead."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from rapport.demo.sink import Sink
from rapport.mailserver import Smtp
from rapport.report.mailing import smtp as wire
from tests.integration.mails.post import ADA, GRACE, JOAN, Counting, ledger, mails, office, post


def counting(folder: Path, answers: dict[str, list[str]], **smtp: Any) -> tuple[Sink, Any]:
    handler = Counting(folder / "outbox", answers)
    sink = Sink(folder / "outbox", handler=handler)
    found = {"port": sink.port, "retry_seconds": 0.05, **smtp}
    return sink, office(folder, Smtp(**found))


def test_a_greylisted_mail_is_accepted_within_the_same_run(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {ADA: ["450 4.2.0 greylisted", "451 not yet"]})
    with sink:
        outcome = post(settings, ADA, GRACE)
    assert (outcome.sent, outcome.failed) == ([GRACE, ADA], {})
    assert [len(mails(sink, who)) for who in (ADA, GRACE)] == [1, 1]
    row = ledger(settings)[ADA]
    assert (row["status"], row["attempts"], row["answer"]) == ("sent", 3, "250 Message written")


def test_one_that_is_refused_for_good_stops_nobody_and_is_not_tried_again(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {GRACE: ["550 5.1.1 no such user"] * 9})
    with sink:
        outcome = post(settings, ADA, GRACE, JOAN)
        again = post(settings, ADA, GRACE, JOAN)
        handler = sink._controller.handler
    assert (outcome.sent, outcome.refused) == ([ADA, JOAN], {GRACE: "550 5.1.1 no such user"})
    assert (again.skipped, list(again.refused)) == ([ADA, JOAN], [GRACE])
    assert handler.asked == {ADA: 1, GRACE: 1, JOAN: 1}
    row = ledger(settings)[GRACE]
    assert (row["status"], row["answer"]) == ("refused", "550 5.1.1 no such user")


def test_a_refused_sender_is_not_held_against_the_readers(tmp_path: Path) -> None:
    class Strict(Counting):
        async def handle_MAIL(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
        ) -> str:
            return "553 5.7.1 sender not allowed"

    with Sink(tmp_path / "outbox", handler=Strict(tmp_path / "outbox")) as sink:
        settings = office(tmp_path, Smtp(port=sink.port))
        outcome = post(settings, ADA, GRACE)
    assert set(outcome.failed) == {ADA, GRACE} and not outcome.refused
    assert {row["status"] for row in ledger(settings).values()} == {"failed"}


def test_a_server_that_closes_in_the_middle_gets_each_mail_once(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {GRACE: ["421 4.3.2 shutting down"]})
    with sink:
        outcome = post(settings, ADA, GRACE, JOAN)
    assert sorted(outcome.sent) == [ADA, GRACE, JOAN]
    assert [len(mails(sink, who)) for who in (ADA, GRACE, JOAN)] == [1, 1, 1]


@pytest.mark.parametrize(("per_connection", "connections"), [(100, 1), (2, 3)])
def test_a_connection_serves_many_mails_and_no_more_than_allowed(
    tmp_path: Path, per_connection: int, connections: int
) -> None:
    sink, settings = counting(tmp_path, {}, per_connection=per_connection)
    with sink:
        post(settings, *(f"reader{n}@x.example" for n in range(5)))
        assert sink._controller.handler.connections == connections


def test_no_more_mails_a_minute_than_the_server_wants(tmp_path: Path) -> None:
    sink, settings = counting(tmp_path, {}, per_minute=600)
    with sink:
        began = time.perf_counter()
        post(settings, ADA, GRACE, JOAN)
        assert time.perf_counter() - began >= 0.2


def test_a_line_that_goes_dead_after_the_mail_is_a_doubt_and_no_second_mail(
    tmp_path: Path,
) -> None:
    class Dropping(Counting):
        async def handle_DATA(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            answer = await super().handle_DATA(server, session, envelope)
            if envelope.rcpt_tos == [ADA]:
                assert server.transport
                server.transport.close()
            return answer

    with Sink(tmp_path / "outbox", handler=Dropping(tmp_path / "outbox")) as sink:
        settings = office(tmp_path, Smtp(port=sink.port, retry_seconds=0.01))
        outcome = post(settings, ADA, GRACE)
        again = post(settings, ADA, GRACE)
        assert len(mails(sink, ADA)) == 1
    assert (outcome.in_doubt, outcome.sent) == ([ADA], [GRACE])
    assert (again.in_doubt, again.skipped) == ([ADA], [GRACE])
    assert ledger(settings)[ADA]["status"] == "uncertain"


def test_a_silent_server_is_given_up_after_the_time_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp = Smtp(port=silent.getsockname()[1], timeout_seconds=0.2, retries=0)
        outcome = post(office(tmp_path, smtp), ADA)
    assert "timed out" in outcome.failed[ADA]


def test_a_server_that_is_gone_keeps_nobody_waiting(tmp_path: Path) -> None:
    closed = Sink(tmp_path / "outbox")  # a free port with nobody behind it
    began = time.perf_counter()
    outcome = post(
        office(tmp_path, Smtp(port=closed.port, retries=3, retry_seconds=60)), ADA, GRACE
    )
    assert set(outcome.failed) == {ADA, GRACE} and not outcome.is_shut
    assert time.perf_counter() - began < 30


def test_a_server_that_is_busy_at_the_door_is_tried_again_within_the_run(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, Sink(tmp_path / "outbox") as sink:
        threading.Thread(target=_busy_then_open, args=(door, sink.port), daemon=True).start()
        smtp = Smtp(port=door.getsockname()[1], retry_seconds=0.05)
        outcome = post(office(tmp_path, smtp), ADA, GRACE)
    assert (outcome.sent, outcome.failed) == ([ADA, GRACE], {})


def _busy_then_open(door: socket.socket, port: int) -> None:
    line, _ = door.accept()
    with line:
        line.sendall(b"421 4.3.2 too many connections\r\n")
    line, _ = door.accept()
    inside = socket.create_connection(("127.0.0.1", port))
    back = threading.Thread(target=_pump, args=(inside, line), daemon=True)
    back.start()
    _pump(line, inside)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)


def test_lines_that_begin_with_a_dot_arrive_as_they_were(tmp_path: Path) -> None:
    received: list[bytes] = []

    class Keeping(Counting):
        async def handle_DATA(  # noqa: N802
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            received.append(envelope.original_content or b"")
            return "250 OK"

    content = b"Subject: x\r\n\r\n.\r\n..two\r\nend\r\n"
    with (
        Sink(tmp_path / "outbox", handler=Keeping(tmp_path / "outbox")) as sink,
        wire.Session(Smtp(port=sink.port)) as session,
    ):
        session.send(ADA, content)
    assert received == [content]
