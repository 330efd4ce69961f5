"""The whole chain by the command line's functions: from four systems to one mail, once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from rapport import build, publish, warehouses
from rapport.demo.sink import Sink
from rapport.errors import RapportError
from rapport.report import commands
from rapport.report.mailing import holds
from rapport.report.periods import Period
from rapport.settings import Settings
from rapport.state import store, tables
from tests.support.simulated import Simulated, simulated

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    folder = tmp_path_factory.mktemp("company")
    with simulated(folder, 80, date(2025, 7, 1), date(2025, 12, 2), 3) as running:
        yield running


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    with Sink(tmp_path_factory.mktemp("outbox")) as sink:
        yield sink


@pytest.fixture(scope="module")
def built(company: Simulated, mailbox: Sink, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """All sources up to two days before the end, built and published once."""
    found = company.settings(tmp_path_factory.mktemp("var"), RAPPORT_SMTP_URL=mailbox.url)
    company.ingest(found, company.start, company.end - 2 * DAY)
    assert build.run(found) is not None
    return found


def marts(found: Settings, sql: str) -> list[dict[str, Any]]:
    with warehouses.open_marts(found) as reader:
        return reader.query(sql)


def _read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def _locked(found: Settings) -> bool:
    with store.open(found).begin() as connection:
        return connection.execute(select(tables.locks.c.name)).first() is not None


def totals(found: Settings) -> dict[str, Any]:
    return marts(
        found,
        "select (select count(*) from marts.dim_customers) as customers,"
        " (select count(*) from marts.fct_orders) as orders,"
        " (select sum(net_amount_reporting) from marts.fct_order_lines) as revenue,"
        " (select count(*) from marts.fct_sessions) as sessions",
    )[0]


def test_every_row_received_is_accounted_for(built: Settings) -> None:
    rows = marts(built, "select * from marts.ops_deliveries")
    assert len(rows) == sum(len(s.entities) for s in built.company.sources.values())
    for row in rows:
        parts = ("loaded", "quarantined", "superseded", "duplicates")
        assert row["received"] == sum(row[part] for part in parts), row


def test_revenue_of_orders_and_of_lines_is_the_same(built: Settings) -> None:
    both = marts(
        built,
        "select (select sum(net_amount_reporting) from marts.fct_orders) as orders,"
        " (select sum(net_amount_reporting) from marts.fct_order_lines where line_kind = 'sale')"
        " as lines",
    )[0]
    assert both["orders"] == both["lines"]
    assert both["orders"] > 0


def test_an_interval_run_again_doubles_nothing_and_needs_no_build(
    company: Simulated, built: Settings
) -> None:
    before = totals(built)
    company.ingest(built, company.start, company.end - 2 * DAY)
    assert build.decide(built) is None
    assert build.run(built, force=True) is not None
    assert totals(built) == before


def test_a_killed_build_blocks_nobody_and_the_next_one_heals(built: Settings) -> None:
    before = totals(built)
    code = "from rapport import build, settings; build.run(settings.load(), force=True)"
    environ = {**built.environ, "RAPPORT_COMPANY": str(built.company_dir)}
    child = subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not _locked(built) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _locked(built)
    time.sleep(2)  # in the middle of its first models
    with pytest.raises(RapportError, match="has held the lock"):
        build.run(built, force=True)
    child.kill()
    child.wait()
    assert build.run(built, force=True) is not None
    assert totals(built) == before


def test_the_report_is_mailed_once_however_often_it_is_sent(built: Settings, mailbox: Sink) -> None:
    first = commands.send(built, "executive")
    again = commands.send(built, "executive")
    mails = {str(mail["To"]): mail for mail in map(_read, mailbox.messages())}
    readers = [reader.address for reader in built.company.reports["executive"].recipients]
    assert sorted(mails) == sorted(readers) and len(mailbox.messages()) == len(readers) == 3
    assert first["sent"]
    assert not again["sent"]
    assert "November 2025" in mails["executives@aurora.example"]["subject"]
    assert "2025年11月" in mails["shanghai@aurora.example"]["subject"]
    for mail in mails.values():
        assert mail.get_body(("plain",)) is not None
        assert mail.get_body(("html",)) is not None


def test_a_failed_marts_gate_leaves_the_published_marts(
    company: Simulated, built: Settings, tmp_path: Path
) -> None:
    gate = tmp_path / "expectations" / "marts.py"
    gate.parent.mkdir()
    gate.write_text(
        "import great_expectations as gx\nimport great_expectations.expectations as gxe\n"
        "def dim_customers():\n"
        "    return gx.ExpectationSuite(name='x', expectations=[\n"
        "        gxe.ExpectTableRowCountToBeBetween(max_value=1, severity='critical')])\n"
    )
    ticket = build.decide(built, force=True)
    assert ticket is not None
    strict = built.model_copy(update={"company_dir": tmp_path})
    published = marts(built, "select * from marts.ops_publication")
    with pytest.raises(RapportError) as caught:
        build.gate(strict, ticket)
    build.release(built, ticket, failed=True)
    assert caught.value.code == "marts-gate-failed"
    assert "marts.dim_customers: table_row_count_to_be_between" in caught.value.what
    assert marts(built, "select * from marts.ops_publication") == published


def test_a_late_required_source_is_built_without_at_the_deadline_and_named(
    company: Simulated, built: Settings
) -> None:
    yesterday, today = company.end - 2 * DAY, company.end - DAY
    company.ingest(built, yesterday, today, "crm", "web")  # ERP and spend stay away
    assert build.decide(built) is None  # the as-of cannot move yet
    ticket = build.decide(built, deadline=today + timedelta(hours=6))
    assert ticket is not None
    assert (ticket["as_of"], ticket["late"]) == (f"{today:%Y-%m-%dT%H:%M:%SZ}", ["erp", "spend"])
    for step in (build.stage, build.identify, build.model, build.gate, build.publish):
        step(built, ticket)
    build.release(built, ticket, failed=False)
    stale = marts(built, "select source from marts.ops_sources where is_stale order by source")
    assert [row["source"] for row in stale] == ["erp", "spend"]
    november = Period("month", date(2025, 11, 1), date(2025, 12, 1))
    with warehouses.open_marts(built) as reader:
        why = holds.reason(built, store.open(built), reader, november)
    assert why is not None and (why.code, why.sources) == ("late", ("erp",))
    page = Path(commands.render(built, "executive")["page"]).read_text()
    assert "erp" in page.lower()
    company.ingest(built, yesterday, today, "erp", "spend")
    restated = build.run(built)  # the same as-of, now with all sources
    assert restated is not None
    assert restated["as_of"] == ticket["as_of"]
    assert marts(built, "select source from marts.ops_sources where is_stale") == []


@pytest.fixture(scope="module")
def early(company: Simulated, built: Settings) -> dict[str, Any]:
    """A build as of the night after the first order, and the publication before and after it."""
    before = marts(built, "select * from marts.ops_publication")
    ticket = build.run(built, as_of=datetime(2025, 7, 4, tzinfo=UTC))
    return {"before": before, "ticket": ticket} | {
        "after": marts(built, "select * from marts.ops_publication")
    }


def test_an_older_as_of_is_built_beside_and_never_replaces_the_marts(
    built: Settings, early: dict[str, Any]
) -> None:
    assert early["ticket"]["publication_id"] is None
    assert early["after"] == early["before"]
    with warehouses.open(built) as warehouse:
        latest = warehouse.read("select max(ordered_at) as at from candidate__20250704.fct_orders")
    assert latest["at"][0].as_py() < datetime(2025, 7, 4)


def test_of_one_customer_and_one_day_figures_are_right_or_null_with_a_reason(
    built: Settings, early: dict[str, Any]
) -> None:
    schema = f"candidate{early['ticket']['suffix']}"
    with warehouses.open(built) as warehouse:
        (buyer,) = warehouse.read(
            f"select stage, stage_reason from {schema}.dim_customers where is_customer"
        ).to_pylist()
        (predicted,) = warehouse.read(
            f"select * from {schema}.fct_customer_predictions"
        ).to_pylist()
        (risk,) = warehouse.read(f"select * from {schema}.rpt_churn_risk").to_pylist()
        kpis = warehouse.read(
            f"select kpi_id, value from {schema}.rpt_kpis where segment_kind = 'all'"
            " and period_kind = 'month' and period_start = cast('2025-07-01' as date)"
        ).to_pylist()
    assert buyer["stage"] == "new" and buyer["stage_reason"]
    assert predicted["value_12_months"] is None and predicted["reason"] and predicted["reason_zh"]
    assert risk["churn_probability_90_days"] is None and risk["missing_reason"]
    values = {row["kpi_id"]: row["value"] for row in kpis}
    assert values["orders"] == values["new_customers"] == 1
    assert values["average_order_value"] == values["net_revenue"] > 0
    assert values["repurchase_rate"] is None  # of nobody who had bought before


def test_rolling_back_restores_the_publication_before_and_sends_nothing(
    built: Settings,
) -> None:
    state = store.open(built)
    now = marts(built, "select publication_id from marts.ops_publication")[0]["publication_id"]
    mailed = commands.history(built, "executive")
    publish.rollback(built, state, None)
    back = marts(built, "select publication_id from marts.ops_publication")[0]["publication_id"]
    assert back < now
    assert commands.history(built, "executive") == mailed
    skipped = commands.send(built, "executive")["skipped"]
    assert sorted(skipped) == sorted(row["recipient"] for row in mailed)


def test_no_step_failed_unseen(built: Settings) -> None:
    with store.open(built).begin() as connection:
        failed = connection.execute(
            select(tables.runs.c.step, func.count())
            .where(tables.runs.c.status == "failed")
            .group_by(tables.runs.c.step)
        ).all()
    assert [tuple(row) for row in failed] == [("gate_marts", 1)]
