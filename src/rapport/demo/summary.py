"""What came of a demo, read from the state store, the marts and Airflow's task instances."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from rapport import clock, warehouses
from rapport.settings import Settings
from rapport.state import store
from rapport.state.tables import builds, deliveries, mail_ledger

Runs = list[dict[str, Any]]

# The key as it stands in both systems, before anything is normalised.
RAW_MATCH = """
with buyers as (
    select distinct customers.customer_no, customers.email
    from raw.erp__customers as customers
    inner join raw.erp__orders as orders on customers.customer_no = orders.customer_no
),
contacts as (select distinct email from raw.crm__contacts where email <> '')
select
    count(distinct buyers.customer_no) as buyers,
    count(distinct case when contacts.email is not null then buyers.customer_no end) as matched
from buyers
left join contacts on buyers.email = contacts.email
"""
FINAL_MATCH = """
select value, base_count from marts.rpt_kpis
where kpi_id = 'match_rate' and segment_kind = 'all' and value is not null
order by period_end desc, period_kind limit 1
"""
STAGES = """
select stage, sum(profiles) as profiles from marts.rpt_stage_mix
where month_end = (select max(month_end) from marts.rpt_stage_mix) and profile_kind <> 'device'
group by stage
having sum(profiles) > 0
order by profiles desc, stage
"""


def text(
    settings: Settings, runs: Runs, steps: Sequence[tuple[str, float]], since: datetime
) -> list[str]:
    """The lines of the summary.

    Args:
        runs: Airflow's runs with their task instances, see `runs.follow`.
        steps: names and seconds of the demo's own steps.
        since: start of this demo, to tell this run's mails from earlier ones.
    """
    return [
        "",
        *_rows(settings),
        *_results(settings),
        *_gates(settings),
        *_seconds(runs, steps),
        *_mail(settings, since),
        *_places(settings),
    ]


def save(path: Path, runs: Runs, steps: Sequence[tuple[str, float]]) -> None:
    """Keep the step times for `python -m benchmarks.demo_steps`."""
    tasks = [
        {
            "dag": run["dag_id"],
            "run": run["dag_run_id"],
            "task": task["task_id"],
            "seconds": task["duration"],
        }
        for run in runs
        for task in run["tasks"]
        if _ran(task)
    ]
    path.write_text(json.dumps({"steps": list(steps), "tasks": tasks}, indent=1) + "\n")


def _rows(settings: Settings) -> list[str]:
    columns = ("received", "loaded", "quarantined", "superseded", "duplicates")
    state = store.open(settings)
    with state.begin() as connection:
        found = connection.execute(
            select(
                deliveries.c.source, *(func.sum(deliveries.c[name]).label(name) for name in columns)
            )
            .group_by(deliveries.c.source)
            .order_by(deliveries.c.source)
        ).all()
    state.close()
    head = f"  {'':10}" + "".join(f"{name:>13}" for name in columns)
    lines = [f"  {row[0]:10}" + "".join(f"{int(n or 0):>13,}" for n in row[1:]) for row in found]
    return ["Rows by source", head, *lines, ""]


def _results(settings: Settings) -> list[str]:
    with warehouses.open(settings) as warehouse:
        raw = warehouse.read(RAW_MATCH).to_pylist()[0]
    with warehouses.open_marts(settings) as marts:
        final = marts.query(FINAL_MATCH)
        stages = marts.query(STAGES)
        publication = marts.publication
    before = raw["matched"] / raw["buyers"] if raw["buyers"] else 0.0
    after = f"{float(final[0]['value']):.1%}" if final else "unknown"
    everyone = sum(int(row["profiles"]) for row in stages) or 1
    mix = [
        f"{row['stage']} {int(row['profiles']):,} ({int(row['profiles']) / everyone:.0%})"
        for row in stages
    ]
    return [
        f"Match rate of ERP customers with orders ({raw['buyers']:,}) to CRM contacts",
        f"  same e-mail as typed: {before:.1%}; after unification: {after}",
        "",
        "Lifecycle stages of known people",
        *(f"  {', '.join(mix[i : i + 4])}" for i in range(0, len(mix), 4)),
        "",
        f"Publication {publication['publication_id']}, as of {publication['as_of']} UTC",
        "",
    ]


def _gates(settings: Settings) -> list[str]:
    state = store.open(settings)
    with state.begin() as connection:
        rows = connection.execute(
            select(deliveries.c.source, deliveries.c.status, deliveries.c.checks).where(
                deliveries.c.status != "superseded"
            )
        ).all()
        last = connection.execute(
            select(builds.c.detail)
            .where(builds.c.status == "published")
            .order_by(builds.c.finished_at.desc())
        ).first()
    state.close()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for source, status, checks in rows:
        counts[source][0] += len(checks or [])
        counts[source][1] += sum(not _passed(check) for check in checks or [])
        counts[source][2] += status == "held"
    marts = (last[0] or {}).get("gate", []) if last else []
    lines = [
        f"  raw_{source}: {checks} checks, {missed} with findings, {held} entities held"
        for source, (checks, missed, held) in sorted(counts.items())
    ]
    missed = sum(not _passed(check) for check in marts)
    return ["Gates", *lines, f"  marts: {len(marts)} checks, {missed} with findings", ""]


def _passed(check: dict[str, Any]) -> bool:
    outcome = check.get("outcome", check.get("success"))
    return outcome is True or str(outcome).lower() in {"passed", "ok", "success", "true"}


def _seconds(runs: Runs, steps: Sequence[tuple[str, float]]) -> list[str]:
    lines = [f"  {name:34}{seconds:7.1f}" for name, seconds in steps]
    for run in runs:
        spent: dict[str, float] = defaultdict(float)
        for task in filter(_ran, run["tasks"]):
            spent[task["task_id"]] += task["duration"]
        name = run["dag_id"] + (" (skipped)" if _is_skipped(run) else "")
        parts = ", ".join(f"{task} {seconds:.1f}" for task, seconds in spent.items())
        lines.append(f"    {name:32}{_wall(run):7.1f}   {parts}")
    return ["Seconds", *lines, ""]


def _ran(task: dict[str, Any]) -> bool:
    """Whether it took time; Airflow gives a duration to skipped tasks as well."""
    return task["state"] in {"success", "failed"} and task["duration"] is not None


def _is_skipped(run: dict[str, Any]) -> bool:
    return any(task["state"] == "skipped" for task in run["tasks"] if task["task_id"] == "stage")


def _wall(run: dict[str, Any]) -> float:
    if not run["start_date"] or not run["end_date"]:
        return 0.0
    return (clock.parse(run["end_date"]) - clock.parse(run["start_date"])).total_seconds()


def _mail(settings: Settings, since: datetime) -> list[str]:
    state = store.open(settings)
    with state.begin() as connection:
        rows = (
            connection.execute(
                select(mail_ledger)
                .where(mail_ledger.c.kind == "report")
                .order_by(mail_ledger.c.period)
            )
            .mappings()
            .all()
        )
    state.close()
    lines = []
    for row in rows:
        when = (
            "sent now"
            if row["updated_at"] >= clock.iso(since)
            else "sent by an earlier run, not again"
        )
        status = when if row["status"] == "sent" else row["status"]
        lines.append(f"  {row['report']} report of {row['period']} to {row['recipient']}: {status}")
    return ["Mail", *(lines or ["  none was due"]), ""]


def _reader(mail: Path) -> str:
    """Whom a mail in the outbox is for, by its name `<number>-<recipient>.eml`."""
    return mail.stem.partition("-")[2]


def _places(settings: Settings) -> list[str]:
    var = settings.var_dir
    readers = [who for report in settings.company.reports.values() for who in report.recipients]
    sent = sorted((var / "outbox").glob("*.eml"))
    mails = [path for path in sent if readers and _reader(path) == readers[0].address]
    places = {
        "the mail": mails[-1] if mails else var / "outbox",
        "all mails": var / "outbox",
        "report archive": settings.archive_dir / "index.html",
        "published marts": f"{settings.marts_path} (select * from marts.rpt_kpis)",
        "private warehouse": settings.warehouse_path,
        "landing zone": settings.landing_url.removeprefix("file://"),
        "state store": settings.state_url.removeprefix("sqlite:///"),
        "Airflow's files": var / "airflow",
    }
    if settings.engine != "duckdb":
        del places["private warehouse"]
        places["published marts"] = "schema marts of the PostgreSQL warehouse"
    return [
        "Where it is",
        *(f"  {name:18}{place}" for name, place in places.items()),
        "  Airflow's page with these runs: make up",
    ]
