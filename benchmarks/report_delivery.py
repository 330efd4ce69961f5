"""Render and deliver the executive report to many readers of many editions, beside a floor.

    python -m benchmarks.report_delivery [--marts FILE] [--readers 1000] [--editions 20]

The marts are a published file (default: the company's own, as `make demo` leaves it). Each edition
sees the rows of one country or channel; half of them are in English and half in Chinese, and no
reader has got anything before. The mail server is real, in another process, and throws the mails
away. The floor is smtplib handing over the same bytes, with no ledger. At most 120 s and 1 GB on 2
cores.
"""

from __future__ import annotations

import argparse
import multiprocessing
import smtplib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from benchmarks.memory import Peak
from rapport import settings as settings_module
from rapport.company import Alerts, ReportConfig
from rapport.demo.sink import Sink
from rapport.mailserver import Smtp
from rapport.report import issue
from rapport.report.mailing import delivery, ledger, sending
from rapport.settings import Settings
from rapport.state import store
from rapport.warehouses.duckdb import DuckDBMarts

LIMIT_SECONDS = 120.0
LIMIT_MEGABYTES = 1000.0
NAME = "executive"
LOCALES = ("en_GB", "zh_CN")


def main() -> None:
    """Print seconds and megabytes of each part; exit with 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marts", type=Path, default=None)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--editions", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, mail_server(Path(folder)) as port:
        path = asked.marts or settings_module.load().marts_path
        forms = editions(path, asked.editions)
        loaded = company(Path(folder), port, asked.readers, forms)
        spent, sizes = watched()
        state = store.open(loaded)
        with DuckDBMarts(path) as marts, Peak() as peak:
            began = time.perf_counter()
            done = sending.send(loaded, state, marts, name=NAME)
            taken = time.perf_counter() - began
            spent = dict(spent)  # of this run alone
        assert len(done.sent) == asked.readers, done.failed
        began = time.perf_counter()
        with DuckDBMarts(path) as again:
            assert len(sending.send(loaded, state, again, name=NAME).skipped) == asked.readers
        repeated = time.perf_counter() - began
        mails = [row["recipient"] for row in ledger.rows(state, NAME, kind="report")]
        state.close()
        least = floor(port, mails, sizes)
    megabytes = sum(sizes) / len(sizes) / 1e6
    print(f"{len(mails):,} readers, {asked.editions} editions, {megabytes:.2f} MB a mail")
    print(f"render     {spent['render']:7.1f} s, {spent['render'] / asked.editions:.2f} an edition")
    print(f"send       {spent['send']:7.1f} s, {1000 * spent['send'] / len(mails):.1f} ms a mail")
    print(f"  floor    {least:7.1f} s, smtplib with the same bytes, without a ledger")
    print(
        f"all        {taken:7.1f} s (limit {LIMIT_SECONDS:.0f}), {len(mails) / taken:.0f} mails/s"
    )
    print(f"once more  {repeated:7.1f} s, when all have it")
    print(f"memory     {peak.megabytes:7.0f} MB (limit {LIMIT_MEGABYTES:.0f}), server included")
    if taken > LIMIT_SECONDS or peak.megabytes > LIMIT_MEGABYTES:
        raise SystemExit(1)


def editions(path: Path, wanted: int) -> list[dict[str, Any]]:
    """Forms of readers: slices of the marts, every other one in Chinese."""
    with DuckDBMarts(path) as marts:
        found = marts.query(
            "select distinct segment_kind, segment from marts.rpt_kpis "
            "where segment_kind in ('country', 'channel') order by segment_kind desc, segment"
        )
    if len(found) < wanted:
        raise SystemExit(f"the marts have {len(found)} slices, {wanted} editions were asked for")
    return [
        {"locale": LOCALES[n % 2], "rows": {row["segment_kind"]: [row["segment"]]}}
        for n, row in enumerate(found[:wanted])
    ]


def company(folder: Path, port: int, readers: int, forms: list[dict[str, Any]]) -> Settings:
    """The loaded company with these readers; all that is written lies in the folder."""
    loaded = settings_module.load()
    recipients: list[Any] = [
        {"address": f"reader{n}@bench.example", **forms[n % len(forms)]} for n in range(readers)
    ]
    reports = {NAME: ReportConfig(recipients=recipients)}
    changed = {"reports": reports, "alerts": Alerts()}
    return loaded.model_copy(
        update={
            "company": loaded.company.model_copy(update=changed),
            "var_dir": folder,
            "state_url": f"sqlite:///{folder / 'state.sqlite'}",
            "smtp": Smtp(port=port, per_connection=readers),
        }
    )


def watched() -> tuple[dict[str, float], list[int]]:
    """Seconds in rendering (archive included) and in sending; and the sizes of the mails."""
    spent = {"render": 0.0, "send": 0.0}
    sizes: list[int] = []

    def timed(part: str, work: Any) -> Any:
        def wrapper(*args: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*args)
            finally:
                spent[part] += time.perf_counter() - began

        return wrapper

    issue.render = timed("render", issue.render)
    issue.keep = timed("render", issue.keep)
    deliver = timed("send", delivery.deliver)

    def counted(server: Any, state: Any, envelopes: Any, owner: str, open_to: Any) -> Any:
        sizes.extend(len(envelope.content) for envelope in envelopes)
        return deliver(server, state, envelopes, owner, open_to)

    delivery.deliver = cast(Any, counted)
    return spent, sizes


def floor(port: int, recipients: list[str], sizes: list[int]) -> float:
    """Seconds that smtplib needs for as many mails of the same sizes over one connection."""
    line = b"x" * 74 + b"\r\n"
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for recipient, size in zip(recipients, sizes, strict=True):
            server.sendmail("rapport@localhost", [recipient], line * (size // len(line)))
    return time.perf_counter() - began


class Bin:
    """Takes every mail and keeps none."""

    async def handle_DATA(  # noqa: N802, the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Say that it was taken."""
        return "250 OK"


@contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """A mail server in another process; yields its port."""
    port = Sink(folder / "outbox").port
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    server = spawn.Process(target=serve, args=(port, ready), daemon=True)
    server.start()
    try:
        if not ready.wait(60):
            raise RuntimeError("the mail server did not start")
        yield port
    finally:
        server.terminate()
        server.join()


def serve(port: int, ready: Any) -> None:
    """Run the mail server until the process is ended."""
    Controller(Bin(), hostname="127.0.0.1", port=port, ready_timeout=20).start()
    ready.set()
    time.sleep(3600)


if __name__ == "__main__":
    main()
