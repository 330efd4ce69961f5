"""A new company with a CRM in SQLite and an ERP as CSV files, not connected yet."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rapport import settings
from rapport.settings import Settings
from rapport.sources.add import add
from rapport.sources.init import init

PEOPLE = 60


@dataclass
class Shop:
    """A company folder, and the environment that its sources are reached by."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def load(self) -> Settings:
        """The settings as they are now."""
        return settings.load(self.folder, self.environ)

    def add(self, name: str, system: str, **arguments: Any) -> dict[str, Any]:
        """`rapport source add`."""
        return add(self.load(), name, system, **arguments)

    def files(self) -> Mapping[str, str]:
        """Everything in the company folder, to see that nothing has changed."""
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="utf-8")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A company made by `rapport init`; its CRM's numbers lack the ERP's prefix."""
    folder = tmp_path / "acme"
    environ = {
        "RAPPORT_VAR": str(tmp_path / "var"),
        "ACME_CRM_URL": f"sqlite:///{tmp_path / 'crm.sqlite'}",
        "ACME_ERP_PATH": str(tmp_path / "erp"),
    }
    init(folder, "Acme", environ=environ)
    _crm(tmp_path / "crm.sqlite")
    _erp(tmp_path / "erp")
    return Shop(folder, environ)


def _crm(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute(
            "create table contacts (id integer primary key, full_name text, email text, "
            "erp_no text, created_at timestamp not null, updated_at timestamp not null)"
        )
        database.executemany(
            "insert into contacts values (?, ?, ?, ?, ?, ?)",
            [
                (n, f"Secret Person{n}", f"p{n}@secret.example", str(10_000 + n), *_stamps(n))
                for n in range(1, PEOPLE + 1)
            ],
        )


def _stamps(n: int) -> tuple[str, str]:
    day = date(2025, 1, 1) + timedelta(days=n)
    return f"{day} 09:00:00", f"{day} 10:00:00"


def _erp(folder: Path) -> None:
    folder.mkdir()
    customers = [[f"ERP-{10_000 + n}", f"Secret Person{n}", "2025-01-01"] for n in range(1, 61)]
    lines = [[f"SO{n}", k, "P1", k, "9.90"] for n in range(1, PEOPLE + 1) for k in (1, 2)]
    for name, header, rows in (
        ("customers", "Customer No,Name,created_at", [*customers, ["", "Nobody", "2025-01-01"]]),
        ("lines", "order_no,line_no,sku,quantity,unit_price", lines),
    ):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header.split(","), *rows])
