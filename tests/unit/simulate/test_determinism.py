"""The same seed gives the same bytes; chunks only bound memory; bad arguments are told clearly."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.simulate import company
from rapport.simulate.company import simulate

PERIOD = (date(2025, 9, 1), date(2025, 12, 31))


def fingerprint(folder: Path) -> dict[str, str]:
    """A digest of every file; of databases, of their rows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".sqlite":
            connection = sqlite3.connect(path)
            content = "\n".join(connection.iterdump()).encode()
            connection.close()
        elif path.is_file():
            content = path.read_bytes()
        else:
            continue
        found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def test_the_same_seed_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(company, "CHUNK", 60)
    first = simulate(150, *PERIOD, 3, tmp_path / "a")
    second = simulate(150, *PERIOD, 3, tmp_path / "b")
    assert first == second
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def test_another_seed_gives_another_company(tmp_path):
    simulate(60, *PERIOD, 3, tmp_path / "a")
    simulate(60, *PERIOD, 4, tmp_path / "b")
    one, two = fingerprint(tmp_path / "a"), fingerprint(tmp_path / "b")
    assert one["erp/erp.sqlite"] != two["erp/erp.sqlite"]


def test_chunks_keep_keys_unique_and_files_readable(tmp_path, monkeypatch):
    monkeypatch.setattr(company, "CHUNK", 50)
    told: list[str] = []
    summary = simulate(120, *PERIOD, 3, tmp_path, progress=told.append)
    assert len(told) == 3
    connection = sqlite3.connect(tmp_path / "erp" / "erp.sqlite")
    count, distinct = connection.execute(
        "select count(*), count(distinct email) from customers where email not like '%markthalle%'"
    ).fetchone()
    connection.close()
    assert summary.erp_customers >= count >= distinct > 0.8 * count


def test_a_second_run_replaces_the_first(tmp_path):
    simulate(60, *PERIOD, 3, tmp_path)
    before = fingerprint(tmp_path)
    simulate(60, *PERIOD, 3, tmp_path)
    assert fingerprint(tmp_path) == before


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(RapportError) as refusal:
        simulate(60, *PERIOD, 3, tmp_path)
    assert refusal.value.code == "simulate-folder"
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_too_small_a_company_is_refused(tmp_path):
    with pytest.raises(RapportError) as refusal:
        simulate(5, *PERIOD, 3, tmp_path)
    assert refusal.value.code == "simulate-arguments"
