"""Attribution and strategies on a built company: rules, totals, and effects that another way gives
too."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from rapport.settings import Settings
from tests.support.warehouse import rows

Step = tuple[str, str]


def test_everybody_has_an_action_and_an_audience_or_the_reason_why_not(built: Settings) -> None:
    """Whom a join loses nobody would miss; whoever refused must not come back through one."""
    actions = rows(
        built,
        "select count(*) as all_rows, count(action) as with_action, count(reason) as with_reason,"
        " (select count(*) from candidate.dim_customers where not is_anonymous) as profiles"
        " from candidate.rpt_next_actions",
    )[0]
    assert len(set(actions.values())) == 1 and actions["profiles"] > 1_500
    counted = rows(
        built,
        "select sum(people) filter (where outcome = 'member') as members,"
        " sum(people) filter (where outcome = 'refused') as refused,"
        " (select count(*) from candidate.audiences) as rows,"
        " (select count(*) from candidate.audiences as members"
        " inner join intermediate.int_consents_current as consents"
        " on members.person_id = consents.person_id and members.channel = consents.channel"
        " where not consents.is_granted) as members_who_refused"
        " from candidate.rpt_audience_counts",
    )[0]
    assert counted["members"] == counted["rows"] > 20
    assert counted["refused"] > 0 and counted["members_who_refused"] == 0


def test_acquisition_cost_adds_up_over_channels_to_the_cent(built: Settings) -> None:
    """By quarter: spend and new customers of the channels are those of the whole."""
    found = rows(
        built,
        "select period_start, segment_kind, round(sum(numerator), 4) as spend,"
        " sum(denominator) as customers from candidate.rpt_kpis"
        " where kpi_id = 'acquisition_cost' and period_kind = 'quarter'"
        " group by period_start, segment_kind having sum(numerator) > 0",
    )
    by_kind: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for row in found:
        by_kind[row["segment_kind"]].add((row["period_start"], row["spend"], row["customers"]))
    assert by_kind["all"] == by_kind["channel"] and len(by_kind["all"]) == 4


def test_every_order_is_given_away_once(built: Settings) -> None:
    """Not only in total, as a test of every build holds it, but order by order."""
    assert not rows(
        built,
        "select orders.order_id, shares.attribution_model"
        " from candidate.fct_orders as orders left join candidate.fct_attributed_touches as shares"
        " on orders.order_id = shares.order_id"
        " group by orders.order_id, orders.net_amount_reporting, shares.attribution_model"
        " having coalesce(sum(order_share), 0) <> 1"
        " or sum(amount_reporting) <> orders.net_amount_reporting",
    )
    touched = rows(
        built,
        "select count(*) filter (where touches > 1) as by_several,"
        " count(*) filter (where touch_id is null) as by_none"
        " from candidate.fct_attributed_touches where attribution_model = 'last_touch'",
    )[0]
    assert touched["by_several"] > 20
    assert touched["by_none"] > 20


def test_effects_are_the_orders_lost_when_a_channel_is_taken_out(built: Settings) -> None:
    """Solved again from the paths, one channel taken out of the chain at a time."""
    month, year_before = date(2025, 9, 1), date(2024, 9, 1)
    paths: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for touch in rows(built, "select * from intermediate.int_touch_paths order by touch_number"):
        if year_before <= touch["ended_on"] < month:
            paths[touch["customer_id"], touch["path_number"]].append(touch)
    steps: dict[Step, int] = defaultdict(int)
    for path in paths.values():
        stations = ["start", *(touch["channel"] for touch in path)]
        stations.append("order" if path[0]["is_converted"] else "nothing")
        for step in pairwise(stations):
            steps[step] += 1
    expected = {
        channel: 1 - _orders(steps, channel) / _orders(steps, None)
        for channel in {touch["channel"] for path in paths.values() for touch in path}
    }
    effects = rows(
        built,
        "select channel, effect from intermediate.int_channel_effects"
        f" where month_start = date '{month}'",
    )
    assert len(effects) > 4
    assert {row["channel"]: row["effect"] / 10_000 for row in effects} == pytest.approx(
        expected, abs=0.51e-4
    )


def _orders(steps: dict[Step, int], without: str | None) -> float:
    """Chance that a path comes to an order, when those that come to a channel end there."""
    stations = sorted({step[0] for step in steps})
    chances = np.zeros((len(stations), len(stations)))
    ordered = np.zeros(len(stations))
    for row, station in enumerate(stations):
        total = sum(count for step, count in steps.items() if step[0] == station)
        if station == without:
            continue
        ordered[row] = steps.get((station, "order"), 0) / total
        for column, other in enumerate(stations):
            chances[row, column] = steps.get((station, other), 0) / total
    solved = np.linalg.solve(np.eye(len(stations)) - chances, ordered)
    return float(solved[stations.index("start")])
