"""Campaign effects against what is true, on a hundred simulated companies."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy import stats

from rapport import settings, transform
from rapport.settings import REPO, Settings
from tests.support.campaigns import Campaigns, campaigns

MODELS = ("int_campaign_outcomes", "int_campaign_effects")
# Four campaigns, of different effects, have their 90 days over in this time.
SPAN = date(2024, 1, 1), date(2025, 2, 28)
TABLES = """
create or replace table warehouse.intermediate.int_hubspot_campaign_members_described as
select
    'crm' as source_system, campaign as source_campaign_id, campaign as campaign_name,
    customer as source_contact_id, joined_at, is_control, 0::decimal(18, 4) as incentive_amount
from members;
create or replace table warehouse.intermediate.int_parties_identified as
select distinct 'crm|' || customer as record_key, customer as customer_id from members;
create or replace table warehouse.candidate.fct_order_lines as
select
    customer as customer_id, revenue_at,
    net_amount as net_amount_reporting, cost_amount as cost_amount_reporting
from lines;
create or replace table warehouse.intermediate.int_order_days as
select
    customer_id, order_date,
    lead(order_date) over (partition by customer_id order by order_date) as next_order_date
from (
    select distinct customer as customer_id, revenue_at::date as order_date
    from lines where net_amount > 0
);
create or replace table warehouse.intermediate.int_stage_stays as
select
    '' as customer_id, '' as stage, current_date as first_boundary, current_date as last_boundary
where false;
"""


class Effects:
    """The effect models of dbt, as compiled, on any campaigns."""

    def __init__(self, found: Settings) -> None:
        assert transform.command(found, ["compile", "--select", *MODELS]) == 0
        compiled = {path.stem: path for path in found.dbt_dir.rglob("compiled/**/*.sql")}
        self.sql = {model: compiled[model].read_text("utf-8") for model in MODELS}
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as warehouse")
        self.connection.execute("create schema warehouse.intermediate")
        self.connection.execute("create schema warehouse.candidate")

    def of(self, found: Campaigns, shuffled: int | None = None) -> dict[str, dict[str, Any]]:
        """Rows of int_campaign_effects by campaign, the input in another order if told."""
        for name, rows in (("members", found.members), ("lines", found.lines)):
            if shuffled is not None:
                rows = rows.take(np.random.default_rng(shuffled).permutation(len(rows)))
            self.connection.register(name, rows)
        self.connection.execute(TABLES)
        for model, sql in self.sql.items():
            self.connection.execute(
                f"create or replace table warehouse.intermediate.{model} as {sql}"
            )
        rows = self.connection.execute("from warehouse.intermediate.int_campaign_effects")
        return {row["campaign_id"][4:]: row for row in rows.fetch_arrow_table().to_pylist()}


@pytest.fixture(scope="module")
def effects(tmp_path_factory: pytest.TempPathFactory) -> Effects:
    values = {"RAPPORT_VAR": str(tmp_path_factory.mktemp("effects"))}
    return Effects(settings.load(REPO / "companies" / "demo", values))


@pytest.mark.slow
def test_true_effects_lie_in_their_intervals(effects: Effects) -> None:
    """Narrower intervals are worth nothing if they miss the truth more often than they say."""
    held: dict[str, list[bool]] = defaultdict(list)
    widths = []
    for seed in range(100):
        found = campaigns(3_000, *SPAN, seed)
        rows = effects.of(found)
        for name, true in list(found.effects.items())[:4]:
            row = rows[name]
            held[name[:-8]].append(abs(row["effect"] - true) <= row["half_width"])
            widths.append(row["half_width"] / row["plain_half_width"])
    assert len(held) == 4
    for name, inside in held.items():
        assert 90 <= sum(inside) <= 99, name
    assert np.median(widths) < 0.95


@pytest.mark.slow
def test_neither_the_order_of_rows_nor_threads_move_an_effect(effects: Effects) -> None:
    found = campaigns(3_000, *SPAN, 1)
    once = effects.of(found)
    effects.connection.execute("set threads = 1")
    again = effects.of(found, shuffled=5)
    effects.connection.execute("reset threads")
    assert once == again


@pytest.mark.slow
def test_effects_are_those_of_the_formulas(effects: Effects) -> None:
    """Worked out again by least squares and a sandwich, from the rows of the outcomes."""
    rows = effects.of(campaigns(3_000, *SPAN, 2))
    outcomes = effects.connection.execute(
        "select campaign_id, is_control, margin::double, previous_margin::double"
        " from warehouse.intermediate.int_campaign_outcomes"
    ).fetchnumpy()
    campaign, control, margin, previous = outcomes.values()
    for name, row in rows.items():
        if not row["is_adjusted"]:
            continue
        here = campaign == f"crm|{name}"
        treated = (~control[here]).astype(float)
        design = np.column_stack([np.ones(here.sum()), treated, previous[here]])
        inverse = np.linalg.inv(design.T @ design)
        line = inverse @ design.T @ margin[here]
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
        parts = ((design @ inverse)[:, 1] * (margin[here] - design @ line) / (1 - leverage)) ** 2
        of_arms = [(parts[treated == arm].sum(), (treated == arm).sum() - 1) for arm in (0, 1)]
        degrees = parts.sum() ** 2 / sum(part**2 / free for part, free in of_arms)
        assert row["effect"] == pytest.approx(line[1], rel=1e-9, abs=1e-9)
        expected = stats.t.ppf(0.975, degrees) * parts.sum() ** 0.5
        assert row["half_width"] == pytest.approx(expected, rel=1e-4)
