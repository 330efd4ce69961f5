"""An error that nobody foresaw is a sentence on the terminal, and whole in a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from rapport import clock, transform
from rapport.cli import app
from rapport.cli.printing import explained
from rapport.errors import RapportError
from rapport.report import commands
from tests.conftest import bare_settings


def test_an_unforeseen_error_is_a_sentence_and_its_traceback_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORT_VAR", str(tmp_path))

    with pytest.raises(typer.Exit) as ended, explained():
        clock.parse(None)  # type: ignore[arg-type]

    assert ended.value.exit_code == 1
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "(clock.py, line " in shown and "this is a fault of Rapport" in shown
    log = tmp_path / "log" / "errors.log"
    assert str(log) in shown and "docs/runbook/unexpected-error.md" in shown
    assert "Traceback (most recent call last)" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_written_is_no_fault_of_rapport(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, explained():
        (tmp_path / "nowhere" / "rows.jsonl").write_text("")

    assert ended.value.exit_code == 1
    shown = capsys.readouterr().err
    assert f"No such file or directory ({tmp_path / 'nowhere' / 'rows.jsonl'})" in shown
    assert "docs/runbook/path-unusable.md" in shown and "fault of Rapport" not in shown


def test_a_reader_that_has_seen_enough_is_no_fault_of_rapport(tmp_path: Path) -> None:
    told = subprocess.run(
        f"{sys.executable} -c 'from rapport.cli import main; main()' source list | true",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "RAPPORT_VAR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
    )
    assert "Error" not in told.stderr


def test_a_report_that_never_was_has_no_empty_history(tmp_path: Path) -> None:
    with pytest.raises(RapportError, match="no report called 'nosuch'"):
        commands.history(bare_settings(tmp_path, "duckdb:///unused"), "nosuch")


def test_help_of_dbt_is_given_no_options_of_a_command(tmp_path: Path) -> None:
    assert transform.command(bare_settings(tmp_path, "duckdb:///unused"), ["--help"]) == 0


def test_a_command_that_ends_with_a_status_of_its_own_is_let_be() -> None:
    with pytest.raises(typer.Exit) as ended, explained():
        raise typer.Exit(3)
    assert ended.value.exit_code == 3


def test_an_unforeseen_error_carries_no_secret_of_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAPPORT_VAR", str(tmp_path))
    monkeypatch.setenv("RAPPORT_DEMO_ERP_URL", "postgresql://erp:hunter2@db/erp")

    with pytest.raises(typer.Exit), explained():
        raise ValueError("cannot open postgresql://erp:hunter2@db/erp")

    told = capsys.readouterr().err + (tmp_path / "log" / "errors.log").read_text()
    assert "hunter2" not in told
    assert "cannot open ***" in told


def test_an_interval_that_does_not_pass_ends_the_step_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script would go on to build with what is not there."""
    monkeypatch.setenv("RAPPORT_VAR", str(tmp_path))
    day = ["--from", "2026-01-01", "--to", "2026-01-02"]
    answer = CliRunner().invoke(app, ["finish", "erp", *day])
    assert '"emit": false' in answer.stdout
    assert answer.exit_code == 1
