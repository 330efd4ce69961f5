"""Run the dbt project for one company, as a library call.

dbt parses the project once with what the company fixes (feeds, systems, thresholds) and keeps that
on disk; what changes with each build (as-of, build id) is given when the models run. So a build
never pays for a full parse, which dbt would do whenever a var changes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rapport import log
from rapport.settings import Settings
from rapport.transform import checks
from rapport.transform.failures import FAILED, failed, unusable
from rapport.transform.project import company_vars, database, environment, rules, written

__all__ = [
    "command",
    "environment",
    "forget_parsed",
    "parse",
    "run",
    "unit_tests",
]

_lock = threading.RLock()
_manifests: dict[tuple[str, ...], tuple[Any, list[checks.Check]]] = {}
_rendered: dict[tuple[str, ...], dict[str, str]] = {}


def run(
    settings: Settings,
    select: Sequence[str],
    as_of: datetime | str,
    extra_vars: Mapping[str, Any] | None = None,
    exclude: Sequence[str] = (),
    full_refresh: bool = False,
) -> list[dict[str, Any]]:
    """Build models and seeds in the order of their dependencies, then ask their data tests.

    Args:
        select: dbt selectors; empty means all.
        as_of: exclusive instant of the build; text is UTC.
        extra_vars: dbt vars beside those of the company, such as `build_id` or `schema_suffix`.
        exclude: dbt selectors to leave out.
        full_refresh: build incremental models from nothing.

    Returns:
        one dict a node: model, kind, status, seconds, rows (of a model, where the engine tells;
        of a test, the failing ones) and message. Tests come last.

    Raises:
        RapportError: `models-failed`, naming the models and tests that failed and why;
            `dbt-unusable` when the project cannot be parsed or the warehouse not be opened.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    arguments += ["--indirect-selection", "buildable"]
    for flag, selectors in (("--select", select), ("--exclude", exclude)):
        if selectors:
            arguments += [flag, *selectors]
    if full_refresh:
        arguments.append("--full-refresh")
    run_vars = {"as_of": _instant(as_of), "rules": rules(settings)}
    return _invoke(settings, arguments, {**(extra_vars or {}), **run_vars})


def unit_tests(settings: Settings, select: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Run dbt's unit tests; the models they read must have been built once."""
    wanted = [f"{name},test_type:unit" for name in select] or ["test_type:unit"]
    return _invoke(settings, ["test", "--select", *wanted], {})


def parse(settings: Settings) -> None:
    """Read the whole project and the company's models.

    Raises:
        RapportError: `dbt-unusable` with dbt's own words on what is wrong where.
    """
    with _lock, environment(settings):
        _manifest(settings, company_vars(settings, {}))


def forget_parsed() -> None:
    """Forget what this process has parsed, after project files were edited under it."""
    with _lock:
        _manifests.clear()
        _rendered.clear()


def command(settings: Settings, arguments: Sequence[str]) -> int:
    """Run any dbt command as typed, with the company's package, target and vars.

    Returns:
        the exit code.
    """
    from dbt.cli.main import dbtRunner

    with _lock, environment(settings):
        flags = _flags(settings, company_vars(settings, {}))
        given = {argument.split("=")[0] for argument in arguments}
        for quiet in ("--log-level", "--log-level-file"):
            del flags[quiet]
        if arguments and arguments[0].startswith("-"):  # `--help`, `--version`: no command's
            flags = {}
        extra = [
            part for name, value in flags.items() if name not in given for part in (name, value)
        ]
        try:
            outcome = dbtRunner().invoke([*arguments, *extra] if arguments else ["--help"])
        finally:
            _let_go(settings)
        if outcome.exception is not None:
            raise unusable(settings, outcome.exception)
        return 0 if outcome.success else 1


def _instant(as_of: datetime | str) -> str:
    if isinstance(as_of, datetime):
        moment = as_of.astimezone(UTC) if as_of.tzinfo else as_of
        return moment.strftime("%Y-%m-%d %H:%M:%S")
    return as_of.replace("T", " ").removesuffix("Z")


def _invoke(
    settings: Settings, arguments: list[str], extra_vars: dict[str, Any]
) -> list[dict[str, Any]]:
    with _lock, environment(settings):
        fixed = company_vars(settings, extra_vars)
        manifest, tests = _manifest(settings, fixed)
        flags = _arguments(settings, {**fixed, **extra_vars})
        results = _results(settings, manifest, [*arguments, *flags])
        built = {r.node.unique_id for r in results if str(r.status) == "success"}

        todo = checks.due(tests, manifest, built)
        answers = (
            checks.ask(settings, todo, _queries(settings, manifest, tests, flags)) if todo else []
        )
        rows = [*map(_row, results), *map(_answered, answers)]
        log.get(step="dbt").info(
            " ".join(arguments[:1]),
            nodes=len(rows),
            seconds=round(sum(row["seconds"] for row in rows), 1),
            failed=[row["model"] for row in rows if row["status"] in FAILED],
        )
        if any(row["status"] in FAILED for row in rows):
            raise failed(settings, results, answers)
        return rows


def _queries(
    settings: Settings, manifest: Any, tests: Sequence[checks.Check], flags: list[str]
) -> dict[str, str]:
    """The query of each test by its name. All are rendered at once, since dbt needs longer to
    start than to render them, and kept for the next part of the same build.
    """
    if (build := (*database(settings), *flags)) not in _rendered:
        command = ["compile", "--no-introspect", "--no-populate-cache"]
        # What is rendered would be the greater part of dbt's log.
        command += [*flags, "--log-level-file", "none", "--inline", checks.together(tests)]
        (result,) = _results(settings, manifest, command)
        _rendered.clear()
        _rendered[build] = checks.apart(tests, str(result.node.compiled_code))
    return _rendered[build]


def _results(settings: Settings, manifest: Any, arguments: list[str]) -> list[Any]:
    """Run a command of dbt; its results, one a node."""
    from dbt.cli.main import dbtRunner

    try:
        outcome = dbtRunner(manifest=manifest).invoke(arguments)
    finally:
        _let_go(settings)
    if outcome.exception is not None:
        raise _told(settings, outcome.exception)
    return list(getattr(outcome.result, "results", None) or [])


def _told(settings: Settings, error: BaseException | None) -> BaseException:
    """dbt catches everything; Airflow's time limit and Ctrl-C are no words of dbt's."""
    return error if error and not isinstance(error, Exception) else unusable(settings, error)


def _manifest(settings: Settings, fixed: dict[str, Any]) -> tuple[Any, list[checks.Check]]:
    """The parsed project without its plain tests, and those. Within a process it is kept; on disk
    dbt keeps what it can use again.

    Of the warehouse it holds no more than engine and name of the database.
    """
    from dbt.cli.main import dbtRunner

    key = (
        str(settings.project_dir),
        str(settings.company_dir),
        *database(settings),
        json.dumps(fixed, sort_keys=True),
    )
    if key not in _manifests:
        outcome = dbtRunner().invoke(["parse", *_arguments(settings, fixed)])
        _let_go(settings)
        if not outcome.success:
            raise _told(settings, outcome.exception)
        parsed: Any = outcome.result
        # A past reading has raw tables of its own, whatever models read them.
        for source in parsed.sources.values():
            if source.schema == "raw":
                source.schema += str(fixed.get("raw_suffix", ""))
        _manifests[key] = parsed, checks.take_out(parsed)
    manifest, tests = _manifests[key]
    for node in manifest.nodes.values():
        # What a run with another as-of has compiled must not be taken for done.
        if "extra_ctes_injected" in vars(node):
            node.compiled, node.extra_ctes, node.extra_ctes_injected = False, [], False
    return manifest, tests


def _flags(settings: Settings, all_vars: dict[str, Any]) -> dict[str, str]:
    project = settings.project_dir / "dbt_project"
    return {
        "--project-dir": str(project),
        "--profiles-dir": str(project),
        "--log-path": str(settings.dbt_dir / "logs"),
        "--log-level": "none",
        "--log-level-file": "info",
        "--log-format-file": "text",
        "--vars": written(all_vars),
    }


def _arguments(settings: Settings, all_vars: dict[str, Any]) -> list[str]:
    flags = _flags(settings, all_vars)
    # Nobody reads dbt's own artifacts, and each command would write the whole project into them.
    return [
        "--no-use-colors",
        "--no-write-json",
        *(part for pair in flags.items() for part in pair),
    ]


def _let_go(settings: Settings) -> None:
    """Close dbt's connections: on DuckDB it would hold the file until the process ends."""
    from dbt.adapters.factory import reset_adapters

    reset_adapters()
    if settings.engine == "duckdb":
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        held: Any = DuckDBConnectionManager._ENV
        if held is not None:
            held.close()
        DuckDBConnectionManager.close_all_connections()


def _row(result: Any) -> dict[str, Any]:
    response = result.adapter_response or {}
    affected = response.get("rows_affected")
    return {
        "model": result.node.name,
        "kind": str(result.node.resource_type),
        "status": str(result.status),
        "seconds": round(result.execution_time, 3),
        "rows": result.failures if result.failures is not None else affected,
        "message": result.message,
    }


def _answered(answer: checks.Answer) -> dict[str, Any]:
    return {
        "model": answer.name,
        "kind": "test",
        "status": "pass" if answer.is_good else "error" if answer.error else "fail",
        "seconds": round(answer.seconds, 3),
        "rows": answer.rows,
        "message": answer.error or None,
    }
