"""The next category: what is told, what the naive rule says, and which of them came true."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from rapport.value import categories
from rapport.value.baskets import Baskets
from rapport.value.facts import Facts
from rapport.value.words import missed_more
from tests.support.shop import row, table

TODAY = date(2025, 3, 31)


def on(days_ago: int, customer_id: str, category: str | None, sales: float = 10.0) -> Any:
    return row(customer_id, TODAY - timedelta(days_ago), sales) | {"category_name": category}


BEFORE = [
    on(90, "ann", "Tea"),
    on(60, "ann", "Tea"),
    on(30, "ann", "Cups"),
    on(40, "bob", "Cups", 5.0),
    on(40, "bob", "Tea", 50.0),
    on(20, "cyd", None),
    # What only came back was not bought.
    on(10, "bob", "Cups", 0.0) | {"net_amount_reporting": -5.0},
]
NAMES = ["Cups", "Tea"]


def names(places: Any) -> list[str | None]:
    return [None if place < 0 else NAMES[place] for place in places]


def test_most_of_a_customers_purchases_outweigh_the_last_one() -> None:
    facts = Facts.of(table(BEFORE))
    assert names(categories.likeliest(Baskets(facts, 5, 0.5))) == ["Tea", "Tea", "Tea"]
    assert names(categories.last(facts)) == ["Cups", "Tea", None]


def test_the_next_purchase_decides_and_no_later_one() -> None:
    after = [
        on(-1, "ann", "Cups"),
        on(-2, "ann", "Tea"),
        on(-3, "bob", "Tea"),
        on(-3, "bob", "Cups"),
        on(-4, "new", "Tea"),
    ]
    facts = Facts.of(table(BEFORE + after))
    seen, later = facts.until(TODAY), facts.within(TODAY + timedelta(1), TODAY + timedelta(90))
    buyers = seen.buyers(TODAY)
    told = categories.borne_out(categories.likeliest(Baskets(seen, 5, 0.5)), buyers, later)
    assert told.tolist() == [False, True]  # ann, bob; cyd did not come back, new was not known
    assert categories.borne_out(categories.last(seen), buyers, later).tolist() == [True, True]


@pytest.mark.parametrize(
    ("share", "naive", "says"),
    [(0.5, 0.4, None), (0.5, 0.5, None), (0.4, 0.5, "40.0 %"), (None, None, "nobody")],
)
def test_what_the_last_purchase_tells_better_is_not_told(
    share: float | None, naive: float | None, says: str | None
) -> None:
    found = missed_more(share, naive)
    assert (found is None) == (says is None)
    if found and says:
        assert says in found.en and found.zh
