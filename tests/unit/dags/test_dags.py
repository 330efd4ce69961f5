"""The DAGs keep the house rules: thin, patient, and joined by Assets alone."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rapport import alerts, settings
from rapport.settings import REPO
from tests.unit.dags.conftest import dag_files

COMPANY = settings.load(REPO / "companies" / "demo", {}).company
INGEST = {f"ingest_{source}" for source in COMPANY.sources}
FILES = sorted((REPO / "dags").glob("*.py"))


def test_every_source_has_its_ingest_dag_and_the_rest_is_there(dags: dict[str, Any]) -> None:
    """A source that is in the company folder but in no DAG would never be fetched."""
    reports = {f"send_{name}_report" for name in ("executive", "lifecycle", "sales", "quality")}
    assert set(dags) == INGEST | reports | {"build_customers", "maintain_warehouse"}


def test_every_task_tries_again_with_growing_waits_and_is_stopped_in_time(
    dags: dict[str, Any],
) -> None:
    """A task without a time-out hangs for ever; one without retries fails at each hiccup."""
    for dag in dags.values():
        for task in dag.tasks:
            if task.task_id == "fail_run":  # does nothing but turn the run red
                continue
            values = {name: _default(task, name) for name in ("retries", "execution_timeout")}
            assert values["retries"] >= 1, (dag.dag_id, task.task_id)
            assert values["execution_timeout"] <= timedelta(hours=2), (dag.dag_id, task.task_id)
            assert _default(task, "retry_exponential_backoff"), (dag.dag_id, task.task_id)
            assert _default(task, "on_failure_callback"), (dag.dag_id, task.task_id)


def test_ingest_runs_on_data_intervals_of_a_day(dags: dict[str, Any]) -> None:
    """A plain cron preset gives a zero-length interval, so each run would fetch nothing."""
    for dag_id in INGEST:
        schedule = dags[dag_id].schedule
        assert type(schedule).__name__ == "CronDataIntervalTimetable"
        assert dags[dag_id].catchup is False
        assert dags[dag_id].max_active_runs == 1


def test_the_build_waits_for_any_raw_asset_or_the_deadline(dags: dict[str, Any]) -> None:
    """An AND over assets would stall on one source that stays away."""
    schedule = dags["build_customers"].schedule
    assert type(schedule).__name__ == "AssetOrTimeSchedule"
    assert type(schedule.asset_condition).__name__ == "AssetAny"
    names = {asset.name for asset in schedule.asset_condition.objects}
    assert names == {f"raw_{source}" for source in COMPANY.sources}


@pytest.mark.parametrize("dag_id", ["build_customers", "send_executive_report"])
def test_the_first_tick_of_a_new_dag_is_not_lost_when_its_file_is_read_at_that_moment(
    dags: dict[str, Any], dag_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The DAG processor was faster than the scheduler, and the first deadline built nothing."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger

    dag = DagSerialization.from_dict(DagSerialization.to_dict(dags[dag_id]))
    monkeypatch.setattr(trigger, "utcnow", lambda: datetime(2026, 11, 29, tzinfo=UTC))
    tick = dag.next_dagrun_info(last_automated_run_info=None).run_after
    for seconds, is_lost in ((0.5, False), (600, True)):
        moment = tick + timedelta(seconds=seconds)
        monkeypatch.setattr(trigger, "utcnow", lambda moment=moment: moment)
        then = dag.next_dagrun_info(last_automated_run_info=None).run_after
        assert (then > tick) is is_lost


def test_only_the_last_step_of_a_chain_emits_an_asset(dags: dict[str, Any]) -> None:
    """An Asset before the gate would build on rows that did not pass it."""
    emitters = {
        (dag.dag_id, task.task_id): {outlet.name for outlet in task.outlets}
        for dag in dags.values()
        for task in dag.tasks
        if getattr(task, "outlets", None)
    }
    expected = {(f"ingest_{name}", "finish"): {f"raw_{name}"} for name in COMPANY.sources}
    assert emitters == {**expected, ("build_customers", "publish"): {"marts"}}


def test_the_build_releases_its_lock_whatever_happens(dags: dict[str, Any]) -> None:
    """A failed build that kept the lock would stop all later ones."""
    release = dags["build_customers"].get_task("release")
    assert release.is_teardown
    assert [task.task_id for task in dags["build_customers"].tasks if task.is_setup] == ["decide"]


def test_a_run_that_fails_without_a_word_of_its_tasks_is_told(dags: dict[str, Any]) -> None:
    """A task whose process is killed calls nothing back."""
    assert all(dag.on_failure_callback is alerts.on_run_failure for dag in dags.values())


def test_decide_reads_no_data_interval() -> None:
    """A run that an Asset set off has none; Airflow would give the wall clock."""
    text = (REPO / "dags" / "build_customers.py").read_text()
    assert "data_interval" not in ast.unparse(_without_docstrings(ast.parse(text)))


def test_every_dag_tells_what_it_is_for(dags: dict[str, Any]) -> None:
    """The page shows the file's docstring."""
    assert all(dag.doc_md and len(dag.doc_md) > 80 for dag in dags.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_dag_files_only_wire(path: Path) -> None:
    """Short files, imports of airflow.sdk only, nothing heavy and no clock while parsed."""
    text = path.read_text()
    assert len(text.splitlines()) < 90
    tree = ast.parse(text)
    for node in tree.body:  # what is imported while the file is parsed
        if isinstance(node, ast.ImportFrom):
            assert node.module in {
                "airflow.sdk", "rapport", "assets", "dag_defaults", "datetime", "typing", "pathlib",
            }, f"{path.name} imports {node.module}"  # fmt: skip
    assert "now(" not in text and "Variable" not in text


@pytest.mark.parametrize("path", dag_files(), ids=lambda path: path.stem)
def test_a_dag_has_the_name_of_its_file(path: Path, dags: dict[str, Any]) -> None:
    """One DAG a file, or one factory of DAGs that differ only by configuration."""
    factories = {"ingest_sources": INGEST, "send_reports": {"send_executive_report"}}
    names = factories.get(path.stem, {path.stem})
    assert names <= set(dags)


def test_nothing_under_src_imports_airflow() -> None:
    """`src/rapport` must run without Airflow, on the command line and in tests."""
    for path in (REPO / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "airflow" for name in names), path


def _default(task: Any, name: str) -> Any:
    """A task's value; a mapped task keeps it among its partial arguments."""
    return task.partial_kwargs[name] if hasattr(task, "partial_kwargs") else getattr(task, name)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    tree.body = [node for node in tree.body if not isinstance(node, ast.Expr)]
    return tree
