"""Value tiers are drawn where the contract says, and nobody moves on one build's whim."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from rapport.state.tables import value_builds, value_tier_moves
from rapport.value import history, tiers
from rapport.value.baskets import Baskets
from rapport.value.facts import Facts
from tests.support.shop import END, Shop, row, rows, table


def assigned(values: list[float], margins: list[float] | None = None) -> list[str | None]:
    ids = np.array([f"c{place:03}" for place in range(len(values))], dtype=object)
    margin = np.array(margins or [0.0] * len(values))
    return list(tiers.assign(ids, np.array(values, dtype=float), margin))


def test_bounds_are_reached_by_the_fewest() -> None:
    """50 of 100 is half, so that the next one is core; what reaches a bound is within it."""
    assert assigned([50, 20, 10, 10, 5, 3, 2]) == [
        "top", "core", "core", "growth", "growth", "tail", "tail",
    ]  # fmt: skip
    assert assigned([49, 21, 30]) == ["top", "core", "top"]


def test_a_currency_of_many_digits_has_the_same_tiers() -> None:
    """A year's margin of 400 million dollars is 10,000,000,000,000 dong."""
    assert assigned([4e12, 3e12, 2e12, 1e12]) == ["top", "top", "core", "growth"]
    assert assigned([4e13, 3e13, 2e13, 1e13]) == ["top", "top", "core", "growth"]


def test_equal_values_go_by_margin_to_date_and_then_by_id() -> None:
    assert assigned([25, 25, 25, 25], [1, 9, 5, 5]) == ["core", "top", "top", "core"]
    assert assigned([25, 25, 25, 25]) == ["top", "top", "core", "core"]


def test_who_is_worth_nothing_is_in_the_tail_and_the_unknown_nowhere() -> None:
    assert assigned([10, 0, -5, np.nan]) == ["top", "tail", "tail", None]
    assert assigned([0, -1]) == ["tail", "tail"]
    assert assigned([]) == []


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
def test_the_top_makes_half_and_would_not_without_its_last(values: list[int]) -> None:
    found = assigned([float(value) for value in values])
    top = sorted((v for v, tier in zip(values, found, strict=True) if tier == "top"), reverse=True)
    assert 2 * sum(top) >= sum(values)
    assert 2 * sum(top[:-1]) < sum(values)
    order = sorted(zip(values, found, strict=True), key=lambda one: -one[0])
    places = [tiers.TIERS.index(tier or "") for _, tier in order]
    assert places == sorted(places)


def hold(held: dict[str, str], seen: dict[str, str], **now: str | None) -> tiers.Held:
    return tiers.hold(held, seen, np.array(list(now), dtype=object), list(now.values()))


def test_a_move_counts_when_seen_by_two_builds_in_a_row() -> None:
    first = hold({"a": "top"}, {}, a="core", b="tail")
    assert first == tiers.Held({"b": "tail"}, {"a": "core"})
    assert hold({"a": "top"}, first.seen, a="core").moved == {"a": "core"}
    assert hold({"a": "top"}, first.seen, a="growth") == tiers.Held({}, {"a": "growth"})
    assert hold({"a": "top"}, first.seen, a="top") == tiers.Held({}, {})
    assert hold({"a": "top"}, first.seen, a=None) == tiers.Held({}, {})


ROWS = rows()
BIG = [row("c0001", END + timedelta(1), 500.0), row("c0001", END + timedelta(2), 500.0)]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, table(ROWS))


def moves(shop: Shop) -> list[tuple[str, str]]:
    """Customers moved after their first tier, with the day."""
    first: set[str] = set()
    found = []
    for one in sorted(shop.rows("tier_moves"), key=lambda one: one["moved_as_of"]):
        if one["customer_id"] in first:
            found.append((one["customer_id"], str(one["moved_as_of"].date())))
        first.add(one["customer_id"])
    return found


def stored(shop: Shop) -> list[str]:
    with shop.state.begin() as connection:
        return [
            repr(each)
            for one in (value_tier_moves, value_builds)
            for each in connection.execute(sa.select(one).order_by(*one.primary_key))
        ]


def test_a_move_is_dated_by_the_second_build_and_once(shop: Shop) -> None:
    shop.build()
    shop.facts = table(ROWS + BIG)
    shop.build(END + timedelta(2))
    before = {one["customer_id"]: one["value_tier"] for one in shop.rows("customers")}
    shop.build(END + timedelta(2))
    assert moves(shop) == []  # the same as-of twice is one build
    shop.build(END + timedelta(3))
    found = moves(shop)
    assert ("c0001", str(END + timedelta(4))) in found
    (now,) = shop.rows("customers", customer_id="c0001")
    assert now["value_tier"] != before["c0001"]
    kept = stored(shop)
    shop.build(END + timedelta(3))
    assert moves(shop) == found and stored(shop) == kept


def test_a_side_build_leaves_no_trace(shop: Shop) -> None:
    shop.build()
    kept = stored(shop)
    shop.facts = table(ROWS + BIG)
    for later in (2, 3):
        shop.build(END + timedelta(later), dry_run=True)
    assert stored(shop) == kept


def test_month_ends_are_fitted_once_and_again_when_their_facts_change(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[date] = []
    plain = history.Method.tiers

    def noted(self: history.Method, facts: Facts, month_end: date) -> object:
        fitted.append(month_end)
        return plain(self, facts, month_end)

    monkeypatch.setattr(history.Method, "tiers", noted)
    shop.build()
    assert fitted == history.month_ends(END + timedelta(1), 3)
    first = shop.written["tier_months"].sort_by(
        [("month_end", "ascending"), ("customer_id", "ascending")]
    )
    fitted.clear()
    shop.facts = table([*ROWS, row("c0001", END + timedelta(1), 30.0), row("a-new", END, 5.0)])
    shop.build(END + timedelta(1))
    assert fitted == [date(2025, 7, 1)]  # the month that is over now; none of the others
    fitted.clear()
    shop.facts = table([*ROWS, row("c0001", date(2025, 5, 20), 30.0), row("a-new", END, 5.0)])
    shop.build(END + timedelta(1))
    assert fitted == [date(2025, 6, 1), date(2025, 7, 1)]
    months = {one["month_end"] for one in shop.rows("tier_months")}
    assert months <= set(history.month_ends(END + timedelta(2), 3))
    early = [one for one in first.to_pylist() if one["month_end"] == date(2025, 5, 1)]
    assert early
    assert shop.rows("tier_months", month_end=date(2025, 5, 1)) == early


def test_month_ends_lie_before_the_day() -> None:
    assert history.month_ends(date(2025, 3, 1), 2) == [date(2025, 1, 1), date(2025, 2, 1)]
    assert history.month_ends(date(2025, 3, 2), 2) == [date(2025, 2, 1), date(2025, 3, 1)]


def test_own_margin_is_shrunk_toward_that_of_the_categories_bought() -> None:
    """By hand: purchases of 100 each, weight 1 purchase = 100.

    Tea: margin 30 of 100, Cups 80 of 200; all 110 of 300. Rates: Tea (30 + 36.67) / 200 = 1/3,
    Cups (80 + 36.67) / 300 = 0.3889. a: (30 + 33.33) / 200; b: (80 + 38.89) / 300.
    """
    facts = Facts.of(
        table(
            [
                row("a", END, 100.0, margin_reporting=30.0),
                row("b", END, 100.0, margin_reporting=60.0, category_name="Cups"),
                row("b", END - timedelta(1), 100.0, margin_reporting=20.0, category_name="Cups"),
            ]
        )
    )
    rates = Baskets(facts, 1.0, 1.0).margin_rate
    np.testing.assert_allclose(rates, [(30 + 100 / 3) / 200, (80 + 350 / 9) / 300])


def test_what_comes_back_lowers_margin_and_net_revenue() -> None:
    back = row("a", END, 0.0, orders=0, net_amount_reporting=-50.0, margin_reporting=-20.0)
    sold = row("a", END - timedelta(3), 100.0)
    baskets = Baskets(Facts.of(table([sold, back])), 0.0, 1.0)
    np.testing.assert_allclose(baskets.margin_rate, [0.2])
    np.testing.assert_allclose(baskets.kept_share, [0.5])


def test_shares_of_sales_add_up_whoever_bought_what() -> None:
    facts = Facts.of(table(ROWS))
    total = sum(share for share, _ in Baskets(facts, 5.0, 3.0).sales_shares())
    np.testing.assert_allclose(total, np.ones(facts.ids.size))


def test_what_came_back_on_a_day_of_purchase_was_not_in_the_purchase() -> None:
    """Whoever exchanges cups for tea is not known to like cups."""
    days = [END - timedelta(days) for days in (3, 2, 1)]
    back = {"category_name": "Cups", "net_amount_reporting": -20.0, "margin_reporting": -8.0}
    bought = [row("c0001", day, 20.0) for day in days]
    returned = [row("c0001", day, 0.0, **back) for day in days]
    baskets = Baskets(Facts.of(table(bought + returned)), 5.0, 3.0)
    shares = [float(share[0]) for share, _ in baskets.purchase_shares()]
    assert shares == [0, 1]  # cups, tea
