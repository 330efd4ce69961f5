"""Every KPI says in both languages what it is, and the page in docs says the same."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from rapport import transform
from rapport.report import declaration
from rapport.report.parts import Drivers, KpiTable, Tiles, Trend
from rapport.settings import REPO
from tests.conftest import bare_settings

GRAINS = ["day", "week", "month", "quarter", "year"]
SEGMENTS = ["country", "channel", "category", "stage", "tier"]


def _script() -> ModuleType:
    path = REPO / "scripts" / "kpi_catalogue.py"
    spec = importlib.util.spec_from_file_location("kpi_catalogue", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CATALOGUE = _script()
KPIS = CATALOGUE.definitions()


def test_the_page_is_not_stale() -> None:
    assert CATALOGUE.PAGE.read_text() == CATALOGUE.page(), "run scripts/kpi_catalogue.py"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi["id"])
def test_a_definition_is_whole(kpi: dict[str, Any]) -> None:
    """A name without its Chinese, or a grain that there is none of, would reach readers."""
    assert re.search("[\u4e00-\u9fff]", kpi["name_zh"] + kpi["explanation_zh"])
    assert kpi["grains"] == [grain for grain in GRAINS if grain in kpi["grains"]] != []
    assert kpi["segments"] == [kind for kind in SEGMENTS if kind in kpi["segments"]]
    assert kpi["unit"] in ("currency", "count", "share", "days", "hours", "ratio", "score")
    assert kpi["explanation"].strip().endswith(".") and kpi["explanation_zh"].strip()[-1] == "。"


def test_names_and_places_are_each_of_one_kpi() -> None:
    for part in ("name", "name_zh", "sort_order"):
        values = [kpi[part] for kpi in KPIS]
        assert len(values) == len(set(values)), part


@pytest.mark.parametrize("report", declaration.reports(REPO))
def test_reports_name_kpis_that_there_are_in_their_periods(report: str) -> None:
    """A row of dashes else."""
    declared = declaration.load(REPO, report)
    grains = {"week", "month"} if report == "executive" else {declared.period}
    told = {kpi["id"] for kpi in KPIS if grains & set(kpi["grains"])}
    named: set[str] = set()
    for section in declared.sections:
        if isinstance(section, Tiles | Drivers | KpiTable):
            named |= set(section.kpis)
        elif isinstance(section, Trend):
            named.add(section.kpi)
    assert named <= told


def test_a_formula_says_the_companys_own_days(tmp_path: Path) -> None:
    """A company that calls customers active for 60 days read of 90 in every explanation."""
    (tmp_path / "dbt_project.yml").write_text("name: company\nconfig-version: 2\n")
    bare = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    own = bare.company.model_copy(update={"vars": {"active_days": 60, "lead_response_hours": 4}})
    settings = bare.model_copy(update={"company": own})
    transform.run(settings, ["rpt_kpi_catalogue"], "2026-01-01 00:00:00")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        told = dict(
            connection.execute(
                "select kpi_id, formula || explanation_zh from candidate.rpt_kpi_catalogue"
            ).fetchall()
        )
    assert "an order in the 60 days before the end" in told["active_customers"]
    assert "新线索在4小时内" in told["lead_response_rate"]
