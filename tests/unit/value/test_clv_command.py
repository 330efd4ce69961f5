"""`rapport clv fit` as a person runs it: on good files, on poor ones, and on files too small."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import Result
from pyarrow import csv, parquet
from typer.testing import CliRunner

from rapport.cli import app

FIRST = date(2025, 1, 1)
LAST = date(2026, 1, 31)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 customers who leave after a while, one row a purchase."""
    random = np.random.default_rng(1)
    who, on, worth = [], [], []
    for number in range(400):
        day = FIRST + timedelta(days=int(random.integers(0, 120)))
        rate, level = random.gamma(1.5, 1 / 30), random.gamma(4, 1 / 60)
        end = min(LAST, day + timedelta(days=int(random.exponential(250))))
        while day <= end:
            who.append(f"c{number:03}")
            on.append(day)
            worth.append(round(random.gamma(6.0) / level, 2))
            day += timedelta(days=max(1, int(random.exponential(1 / rate))))
    path = tmp_path_factory.mktemp("shop") / "shop.csv"
    csv.write_csv(pa.table({"customer": who, "day": on, "amount": worth}), path)
    return path


@pytest.fixture
def runner() -> CliRunner:
    """Runs the command in this process."""
    return CliRunner()


def _run(runner: CliRunner, path: Path, *more: str) -> Result:
    names = ("--customer", "customer", "--date", "day", "--amount", "amount")
    return runner.invoke(app, ["clv", "fit", "--transactions", str(path), *names, *more])


def _document(runner: CliRunner, path: Path, *more: str) -> dict[str, Any]:
    result = _run(runner, path, "--json", *more)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _with_amounts(shop: Path, folder: Path, amounts: Callable[[int], Any]) -> Path:
    """The same purchases of other amounts, made for as many as there are."""
    rows = csv.read_csv(shop)
    path = folder / "amounts.csv"
    csv.write_csv(rows.set_column(2, "amount", pa.array(amounts(rows.num_rows))), path)
    return path


def test_a_holdout_is_checked_by_every_model_and_the_naive_rule(
    runner: CliRunner, shop: Path, tmp_path: Path
) -> None:
    """The document that other programs read, and the customers' rows."""
    out = tmp_path / "customers.parquet"
    found = _document(runner, shop, "--calibration-end", "2025-09-30", "--out", str(out))
    assert [model["model"] for model in found["models"]] == ["bg_nbd", "mbg_nbd", "pareto_nbd"]
    assert "alpha_weeks" in found["models"][0]["parameters"]
    assert "log_likelihood_weeks" in found["models"][0]
    assert found["reason"] is None and found["chosen"]["because"]
    holdout = found["holdout"]
    assert (holdout["kind"], holdout["days"]) == ("outer", 123)
    assert holdout["beats_naive"] and abs(holdout["chosen"]["total_error"]) < 0.2
    assert len(holdout["deciles"]) == 10
    assert found["spend"]["buyers"] > 50
    value = found["forecast"]["value_12_months"]
    assert 0 < value["low"] < value["expected"] < value["high"]
    rows = parquet.read_table(out)
    assert rows.num_rows == found["customers"]
    total = np.sum(rows["purchases_365_days"].to_numpy())
    assert total == pytest.approx(found["forecast"]["purchases_365_days"]["expected"])


@pytest.mark.parametrize("stray", ["1900-01-01", "2099-12-31"])
def test_a_date_that_is_none_is_not_taken_for_most_of_the_history(
    runner: CliRunner, shop: Path, tmp_path: Path, stray: str
) -> None:
    """After one of 2099 everybody had left, and three purchases were expected of 400 customers."""
    path = tmp_path / "stray.csv"
    path.write_text(shop.read_text() + f'"c000",{stray},5\n')
    result = _run(runner, path)
    assert result.exit_code == 1
    assert stray in result.output and "nothing was bought between" in result.output


def test_without_a_holdout_the_inner_one_is_shown(runner: CliRunner, shop: Path) -> None:
    """Errors are never shown of days that the model saw."""
    found = _document(runner, shop, "--unit", "month")
    assert (found["holdout"]["kind"], found["holdout"]["days"]) == ("inner", 90)
    assert all(model["holdout"] is None for model in found["models"])
    assert "alpha_months" in found["models"][0]["parameters"]


def test_a_person_reads_words_and_figures(runner: CliRunner, shop: Path) -> None:
    """Parameters, errors, the naive rule, the choice and its reason, seconds."""
    result = _run(runner, shop, "--calibration-end", "2025-09-30")
    assert result.exit_code == 0, result.output
    for said in ("alpha_weeks", "log-likelihood", "same as last period", "Chosen: ", "seconds"):
        assert said in result.output


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no purchases"),
        ([("a", "2026-01-01", 5.0)], "1 customers, 100 needed"),
        ([(f"c{n}", "2026-01-01", 5.0) for n in range(200)], "0 days of history, 90 needed"),
        (
            [(f"c{n}", f"2025-{1 + n % 12:02}-01", 5.0) for n in range(200)],
            "0 customers who bought again, 50 needed",
        ),
        ([("a", "2026-01-01", -5.0), ("b", "2026-01-02", -5.0)], "no purchases"),
    ],
)
def test_too_few_data_give_a_reason_and_no_figures(
    runner: CliRunner, tmp_path: Path, rows: list[tuple[str, str, float]], said: str
) -> None:
    """No orders, one customer, one day, nobody again, returns only: null, never 0 or a crash."""
    path = tmp_path / "few.csv"
    lines = ["customer,day,amount", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    found = _document(runner, path)
    assert said in found["reason"]
    assert found["models"] == []
    assert found["forecast"] is found["chosen"] is found["holdout"] is found["spend"] is None
    assert "No forecast" in _run(runner, path).output


def test_free_purchases_are_forecast_without_a_value(
    runner: CliRunner, shop: Path, tmp_path: Path
) -> None:
    """All amounts 0: how often is known, how much is not."""
    free = _with_amounts(shop, tmp_path, lambda purchases: np.zeros(purchases))
    found = _document(runner, free)
    assert found["spend"] is None and "0 customers with a repeat purchase" in found["spend_reason"]
    assert found["forecast"]["value_12_months"]["expected"] is None
    assert found["forecast"]["purchases_365_days"]["expected"] > 0


def test_a_total_that_leaves_customers_out_says_how_many(
    runner: CliRunner, shop: Path, tmp_path: Path
) -> None:
    """With spends too unlike for a mean of all, one-time buyers have no value."""
    random = np.random.default_rng(1)
    wild = _with_amounts(
        shop, tmp_path, lambda purchases: np.round(10 * random.pareto(0.5, purchases) + 1, 2)
    )
    without = _document(runner, wild)["forecast"]["customers_without_value"]
    assert without > 0
    assert f"leaves out {without} customers" in _run(runner, wild).output
    assert "leaves out" not in _run(runner, shop).output


def test_a_spend_that_is_the_same_for_all_is_said_not_to_determine_the_model(
    runner: CliRunner, shop: Path, tmp_path: Path
) -> None:
    """As is said of the purchase models: p and q at their bounds mean nothing."""
    same = _with_amounts(shop, tmp_path, lambda purchases: np.full(purchases, 9.99))
    said = next(line for line in _run(runner, same).output.splitlines() if "Spend:" in line)
    assert "not determined: p, q" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--unit", "fortnight"), "no unit of time"),
        (("--calibration-end", "soon"), "is no day"),
        (("--holdout-end", "2025-12-01"), "no beginning"),
        (("--calibration-end", "2024-01-01"), "not between the first purchase"),
        (("--calibration-end", "2027-01-01"), "not between the first purchase"),
        (("--calibration-end", "2025-06-01", "--holdout-end", "2027-01-01"), "last purchase is of"),
        (("--out", "customers.xlsx"), "neither .parquet nor .csv"),
        (("--decimal", ";"), "say . or ,"),
    ],
)
def test_options_that_do_not_fit_are_explained(
    runner: CliRunner, shop: Path, options: tuple[str, ...], said: str
) -> None:
    """One sentence, status 1."""
    result = _run(runner, shop, *options)
    assert result.exit_code == 1
    assert said in result.output and "clv-arguments" in result.output
