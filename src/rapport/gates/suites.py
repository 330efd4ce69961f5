"""Find and run the Great Expectations suites in `expectations/`, of the project or the company."""

from __future__ import annotations

import importlib.util
import logging
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rapport.errors import RapportError
from rapport.settings import Settings

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # noqa: TID251 no telemetry
logging.getLogger("great_expectations").setLevel(logging.WARNING)  # else it tells of its folders
_ROW_EXPECTATIONS = (
    "expect_column_values_",
    "expect_column_pair_values_",
    "expect_select_column_values_",
    "expect_multicolumn_",
)


@dataclass(frozen=True)
class Check:
    """The outcome of one expectation."""

    rule: str
    severity: str  # critical | warning
    success: bool
    unexpected: int
    rows: frozenset[Any]  # values of the index column of the rows that failed
    detail: str
    is_about_rows: bool  # else it judges the set
    expectation: dict[str, Any]  # its configuration, as Great Expectations takes it back

    def document(self) -> dict[str, Any]:
        """The outcome without the rows, as it is kept in manifests and the state store."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "success": self.success,
            "unexpected": self.unexpected,
            "detail": self.detail,
        }


def module_path(settings: Settings, gate: str) -> tuple[Path, str]:
    """File and function of a gate `module.function`; the company's own file wins.

    Raises:
        RapportError: `gate-missing`.
    """
    module, _, function = gate.partition(".")
    for folder in (settings.company_dir, settings.project_dir):
        path = folder / "expectations" / f"{module}.py"
        if path.exists():
            return path, function
    raise RapportError(
        "gate-missing",
        f"There is no gate module {module}.py",
        gate,
        f"add expectations/{module}.py to the company folder, or remove `gate:` from the entity",
    )


def load(settings: Settings, gate: str) -> Any:
    """The `ExpectationSuite` that a gate's function returns.

    Raises:
        RapportError: `gate-missing` when module or function is not there, `gate-broken` when it
            cannot be run.
    """
    path, function = module_path(settings, gate)
    spec = importlib.util.spec_from_file_location(f"rapport_gate_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise RapportError("gate-missing", "The gate module cannot be loaded", str(path))
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # it is a person's program: anything may happen in it
        raise _broken(path, error) from error
    make: Callable[[], Any] | None = getattr(module, function, None)
    if make is None:
        raise RapportError(
            "gate-missing",
            f"The gate module has no function {function}()",
            str(path),
            f"add `def {function}() -> gx.ExpectationSuite`",
        )
    try:
        return make()
    except Exception as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> RapportError:
    """The error that names the line of a gate's module that cannot be run."""
    steps = traceback.extract_tb(error.__traceback__)
    line = next((step.lineno for step in reversed(steps) if step.filename == str(path)), None)
    told = " ".join(str(error).split())
    if isinstance(error, SyntaxError) and error.filename == str(path):
        line, told = error.lineno, error.msg
    return RapportError(
        "gate-broken",
        f"The gate module cannot be run: {type(error).__name__}: {told[:300]}",
        f"{path}, line {line}" if line else str(path),
        "correct this line, then run the interval again",
    )


@cache
def _whole_frame() -> Any:
    """The batch definition that takes any frame; its ephemeral context is made once a process."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


class Validator:
    """Validates frames against one suite."""

    def __init__(self, suite: Any) -> None:
        self.suite = suite
        self.definition = _whole_frame()

    def validate(self, frame: Any, index: str, name_rows: bool = True) -> list[Check]:
        """Run the suite on a frame.

        The failing rows are asked for only where a critical expectation failed: naming them
        costs many times the plain answer (45 s for the 500,000 rows of one warning).

        Args:
            frame: the rows.
            index: the column that names a row.
            name_rows: whether the caller wants the failing rows at all; else they are counted.
        """
        batch = self.definition.get_batch(batch_parameters={"dataframe": frame})
        result = batch.validate(self.suite, result_format="BOOLEAN_ONLY")
        failed = [item for item in result.results if not item.success]
        if failed:
            counted = {"result_format": "BASIC", "partial_unexpected_count": 0}
            named = {"result_format": "COMPLETE", "unexpected_index_column_names": [index]}
            is_critical = any(_severity(item) == "critical" for item in failed)
            result = batch.validate(
                self.suite, result_format=named if name_rows and is_critical else counted
            )
        return [_check(item, index) for item in result.results]


def _severity(item: Any) -> str:
    severity = item.expectation_config.severity
    return str(getattr(severity, "value", severity) or "critical")


def _check(item: Any, index: str) -> Check:
    config = item.expectation_config
    column = config.kwargs.get("column") or config.kwargs.get("column_A") or ""
    if trouble := _exception(item.exception_info or {}):
        raise RapportError(
            "gate-broken",
            f"The expectation {config.type} cannot be evaluated: {trouble[:300]}",
            str(column),
            "correct the expectation: most often it names a column that is not there",
        )
    result = item.result or {}
    failing = result.get("unexpected_index_list") or []
    return Check(
        rule=rule_name(config),
        severity=_severity(item),
        success=bool(item.success),
        unexpected=int(result.get("unexpected_count") or 0),
        rows=frozenset(entry[index] for entry in failing),
        detail=_notes(config.notes) or str(result.get("observed_value") or ""),
        is_about_rows=config.type.startswith(_ROW_EXPECTATIONS),
        expectation=_configuration(config),
    )


def rule_name(config: Any) -> str:
    """The short name of an expectation, from its configuration: `amount: to_be_between`."""
    column = config.kwargs.get("column") or config.kwargs.get("column_A") or ""
    rule = config.type.removeprefix("expect_").removeprefix("column_").removeprefix("values_")
    return f"{column}: {rule}" if column else str(rule)


def _configuration(config: Any) -> dict[str, Any]:
    """An expectation as JSON, without the batch that it was run on."""
    document: dict[str, Any] = config.to_json_dict()
    document["kwargs"].pop("batch_id", None)
    return document


def _notes(notes: Any) -> str:
    return " ".join(notes) if isinstance(notes, list) else str(notes or "")


def _exception(info: dict[str, Any]) -> str | None:
    """The message of an exception; GX nests it by metric or gives it flat."""
    entries = [info, *(value for value in info.values() if isinstance(value, dict))]
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "unknown")
    return None


def functions(path: Path) -> list[str]:
    """Names of the public functions of a gate module, in the order they stand there.

    Raises:
        RapportError: `gate-broken` when it is no Python.
    """
    import ast

    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except SyntaxError as error:
        raise _broken(path, error) from error
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
