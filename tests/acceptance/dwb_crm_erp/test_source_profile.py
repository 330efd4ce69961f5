"""On day one, with nothing loaded, `rapport source profile` sees why CRM and ERP do not match.

The rates are those that figures.py works out of the files.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport import settings
from rapport.sources.profile import profile
from tests.acceptance.dwb_crm_erp.conftest import SALES_END
from tests.acceptance.dwb_crm_erp.figures import work_out

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def profiled(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The ERP against the CRM, with nothing loaded: entity -> what was found."""
    environ = {
        "RAPPORT_VAR": str(tmp_path_factory.mktemp("profile")),
        "DWB_CRM_FOLDER": str(data / "dwb_crm_erp" / "source_crm"),
        "DWB_ERP_FOLDER": str(data / "dwb_crm_erp" / "source_erp"),
    }
    loaded = settings.load(Path(__file__).parent / "company", environ)
    found = profile(loaded, "erp", against="crm")
    assert not list(Path(environ["RAPPORT_VAR"]).rglob("*.parquet"))
    return {entity["entity"]: entity for entity in found["entities"]}


@pytest.mark.parametrize(
    ("entity", "says", "sql"),
    [
        (
            "birth_dates",
            "the prefix NAS is dropped (59.7 % of the values carry it)",
            "case when left(cid, 3) = 'NAS' then substr(cid, 4) else cid end",
        ),
        ("locations", "hyphens are dropped", "replace(cid, '-', '')"),
    ],
)
def test_the_reason_of_a_bad_match_is_found_with_its_fix(
    profiled: dict[str, Any], data: Path, entity: str, says: str, sql: str
) -> None:
    told = work_out(data, SALES_END)["matches"][f"erp.{entity}"]
    (match,) = profiled[entity]["matches"]
    assert match["with"] == "crm.customers.cst_key"
    assert Decimal(str(match["match_pct"])) == told["matched_raw_pct"]
    assert Decimal(str(match["match_pct_normalised"])) == told["matched_normalised_pct"]
    assert match["says"].endswith(says)
    assert match["fixes"] == [{"model": f"stg_erp__{entity}", "column": "cid", "sql": sql}]


def test_the_figures_are_those_of_the_issue(profiled: dict[str, Any]) -> None:
    rates = {
        name: (match["match_pct"], match["match_pct_normalised"])
        for name in ("birth_dates", "locations")
        for match in profiled[name]["matches"]
    }
    assert rates == {"birth_dates": (40.3, 100.0), "locations": (0.0, 100.0)}


def test_columns_are_profiled_over_all_rows(profiled: dict[str, Any]) -> None:
    births = profiled["birth_dates"]
    cid, born = births["columns"][0], births["columns"][1]
    assert (births["rows"], births["of_rows"], births["origin"]) == (18_484, 18_484, "preview")
    assert cid["distinct"] == 18_484
    assert {shape["shape"]: shape["pct"] for shape in cid["shapes"]} == {
        "AAAAA99999999": 59.7,
        "AA99999999": 40.3,
    }
    assert born["max"] == "9999-11-20"
