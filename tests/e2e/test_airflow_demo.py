"""The real chain, run by a real Airflow on a small simulated company, and what may happen to it.

It is run again, a day is run again by Airflow's backfill, a source is down.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from rapport import clock, warehouses
from rapport.demo import processes, runs
from rapport.demo.harness import Stage, chain
from rapport.demo.progress import Progress
from rapport.errors import RapportError
from rapport.state import store
from rapport.state.tables import deliveries, publications

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.xdist_group("airflow")]

CUSTOMERS, MONTHS = 200, 4
WAIT_SECONDS = 300


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Airflow, CRM and mail server, running until the last test of this file is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAPPORT_VAR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("RAPPORT_COMPANY", raising=False)
        made = Stage(CUSTOMERS, MONTHS, None, Progress(StringIO()))
        try:
            made.start()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def first(stage: Stage) -> list[dict[str, Any]]:
    """The runs of the first time through the chain."""
    return chain(stage)


def test_the_chain_ends_with_a_report_in_the_mailbox(
    stage: Stage, first: list[dict[str, Any]]
) -> None:
    """Ingest, build, publish and report, joined by Assets alone."""
    assert {run["state"] for run in first} == {"success"}
    assert _by_asset(first, "build_customers") and _by_asset(first, "send_executive_report")
    with warehouses.open_marts(stage.settings) as marts:
        publication = marts.publication
        customers = marts.query("select count(*) as n from marts.dim_customers where is_customer")
    assert clock.iso(_instant(publication["as_of"])) == stage.world.day_end
    assert customers[0]["n"] > CUSTOMERS / 2
    mails = _mails(stage, "executives@aurora.example")
    assert len(mails) == 1
    assert {part.get_content_type() for part in mails[0].walk()} >= {"text/plain", "text/html"}


def test_no_report_of_the_first_run_is_told_to_be_late(
    stage: Stage, first: list[dict[str, Any]]
) -> None:
    """A build before the last day is loaded would hold back the daily reports, and say so."""
    assert len(_by_asset(first, "build_customers")) >= 1
    assert not _mails(stage, "data-team@aurora.example")


def test_an_ingest_run_covers_its_data_interval(first: list[dict[str, Any]]) -> None:
    """A zero-length interval would fetch nothing, and nobody would notice."""
    for run in first:
        if run["dag_id"].startswith("ingest_"):
            assert run["data_interval_end"] > run["data_interval_start"]


def test_a_second_run_doubles_nothing(stage: Stage, first: list[dict[str, Any]]) -> None:
    """The same intervals are replaced; nothing new means no build and no second mail."""
    before = _facts(stage)
    again = chain(stage)
    assert {run["state"] for run in again} == {"success"}
    assert _facts(stage) == before


def test_a_day_run_again_by_airflows_backfill_changes_nothing(
    stage: Stage, first: list[dict[str, Any]]
) -> None:
    """Backfill is how a data engineer mends a day; it must be harmless on a sound one."""
    before = _facts(stage)
    day = stage.world.day[0].strftime("%Y-%m-%d")
    since = clock.now() - timedelta(seconds=1)
    with runs.unpaused(stage.airflow, ["ingest_erp", "build_customers", "send_executive_report"]):
        program = Path(sys.executable).with_name("airflow")
        command = [program, "backfill", "create", "--dag-id", "ingest_erp"]
        command += ["--from-date", day, "--to-date", day, "--reprocess-behavior", "completed"]
        answer = subprocess.run(
            command, env=stage.airflow.environ(), capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr[-2000:]
        found = _wait(lambda: _ended(stage, since, "backfill"))
        runs.follow(stage.airflow, runs.dag_ids(stage.airflow), since, stage.progress)
    assert [run["state"] for run in found] == ["success"]
    assert _facts(stage) == before


def test_a_source_that_is_down_is_told_with_its_page_of_the_runbook(
    stage: Stage, first: list[dict[str, Any]]
) -> None:
    """The mail says what happened and what to do; readers keep what was published."""
    before = _facts(stage)
    told = len(_mails(stage, "data-team@aurora.example"))
    processes.stop([stage.systems.groups[0].pid])
    since = clock.now() - timedelta(seconds=1)
    runs.trigger(stage.airflow, "ingest_crm", *stage.world.day)
    down = pytest.raises(RapportError, match="source-down")
    with runs.unpaused(stage.airflow, ["ingest_crm"]), down:
        runs.follow(stage.airflow, ["ingest_crm"], since, stage.progress)
    mails = _mails(stage, "data-team@aurora.example")[told:]
    texts = [mail.get_body(("plain",)).get_content() for mail in mails]
    telling = [text for text in texts if "docs/runbook/source-down.md" in text]
    assert len(telling) == 1, "one cause, one mail"
    for part in ("HubSpot", "What to do", "ingest_crm"):
        assert part in telling[0]
    assert stage.systems.token not in "".join(texts)
    assert _facts(stage) == before


def test_maintenance_leaves_a_backup_and_the_published_marts(
    stage: Stage, first: list[dict[str, Any]]
) -> None:
    """It runs every day; it must remove nothing that is still in use."""
    before = _facts(stage)
    since = clock.now() - timedelta(seconds=1)
    runs.trigger(stage.airflow, "maintain_warehouse", *stage.world.day)
    with runs.unpaused(stage.airflow, ["maintain_warehouse"]):
        found = runs.follow(stage.airflow, ["maintain_warehouse"], since, stage.progress)
    assert {task["state"] for run in found for task in run["tasks"]} == {"success"}
    assert len(list((stage.settings.var_dir / "backups").glob("state-*.tar.gz"))) == 1
    assert _facts(stage) == before


def _facts(stage: Stage) -> dict[str, Any]:
    """What must not change when nothing new has come."""
    state = store.open(stage.settings)
    with state.begin() as connection:
        accounts = connection.execute(
            select(
                deliveries.c.source,
                deliveries.c.entity,
                func.count(),
                func.sum(deliveries.c.received),
                func.sum(deliveries.c.loaded),
                func.sum(deliveries.c.quarantined),
            )
            .group_by(deliveries.c.source, deliveries.c.entity)
            .order_by(deliveries.c.source, deliveries.c.entity)
        ).all()
        published = connection.execute(select(func.count()).select_from(publications)).scalar_one()
    state.close()
    with warehouses.open_marts(stage.settings) as marts:
        tables = ("dim_customers", "fct_orders", "fct_order_lines", "fct_sessions", "rpt_kpis")
        rows = {t: marts.query(f"select count(*) as n from marts.{t}")[0]["n"] for t in tables}
        revenue = marts.query(
            "select sum(net_amount_reporting) as total from marts.fct_order_lines"
        )[0]["total"]
    return {
        "deliveries": [tuple(row) for row in accounts],
        "publications": published,
        "rows": rows,
        "revenue": revenue,
        "reports": len(_mails(stage, "executives@aurora.example")),
    }


def _mails(stage: Stage, recipient: str) -> list[Any]:
    found = sorted(stage.systems.outbox.glob("*.eml"))
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
    return [mail for mail in mails if recipient in str(mail["To"])]


def _by_asset(found: list[dict[str, Any]], dag: str) -> list[dict[str, Any]]:
    return [run for run in found if run["dag_id"] == dag and run["run_type"] == "asset_triggered"]


def _ended(stage: Stage, since: Any, run_type: str) -> list[dict[str, Any]]:
    found = runs.runs(stage.airflow, ["ingest_erp"], since)
    return [run for run in found if run["run_type"] == run_type and run["state"] in runs.ENDED]


def _wait(ready: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := ready():
            return found
        time.sleep(1)
    raise AssertionError(f"nothing happened within {WAIT_SECONDS} s")


def _instant(value: Any) -> Any:
    return clock.parse(value) if isinstance(value, str) else value
