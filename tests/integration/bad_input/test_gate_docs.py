"""What the gates found can be read in a browser, without the internet, also when they held."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rapport import alerts, quarantine
from rapport.errors import RapportError
from rapport.gates import docs
from rapport.settings import Settings
from tests.integration.bad_input.conftest import ORDERS, Shop, orders

GATE = """
import great_expectations as gx
import great_expectations.expectations as gxe

def orders():
    return gx.ExpectationSuite(name="raw_shop.orders", expectations=[
        gxe.ExpectColumnValuesToBeBetween(
            column="amount", min_value=0, severity="critical", notes="Returns have their own file."
        ),
        gxe.ExpectColumnValuesToMatchRegex(column="customer", regex="^[A-Z]", severity="warning"),
        gxe.ExpectTableRowCountToBeBetween(max_value=1000, severity="warning"),
    ])
"""


@pytest.fixture
def gated(tmp_path: Path) -> Shop:
    """A shop of which one day is loaded and the next is held."""
    shop = Shop(tmp_path, "orders", {**ORDERS, "gate": "raw_shop.orders"})
    (shop.company_file.parent / "expectations").mkdir()
    (shop.company_file.parent / "expectations" / "raw_shop.py").write_text(GATE)
    shop.deliver(1, orders(*range(50)))
    shop.deliver(2, orders(1, 2, amount="-1"))
    shop.ingest(1)
    with pytest.raises(RapportError):
        shop.ingest(2)
    return shop


def read(settings: Settings, page: str) -> str:
    return (settings.gate_docs.parent / page).read_text()


def test_the_index_names_each_entity_its_interval_and_its_status(gated: Shop) -> None:
    index = read(gated.settings, "index.html")
    assert '<a href="shop/orders.html">orders</a>' in index
    assert "2024-03-02T00:00:00Z to 2024-03-03T00:00:00Z" in index
    assert '<td class="bad">held</td>' in index
    assert "amount: to_be_between" in index


def test_the_page_of_an_entity_puts_its_rules_and_counts_in_words(gated: Shop) -> None:
    page = read(gated.settings, "shop/orders.html")
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "values must be greater than or equal to 0" in words
    assert "2 unexpected values found" in words
    assert "amount: to_be_between critical Returns have their own file." in words
    assert "2 of 2 rows (100.0 %) break a rule" in words
    assert "values must match this regular expression: ^[A-Z]" in words


def test_the_pages_load_nothing_from_the_internet(gated: Shop) -> None:
    for page in ("index.html", "shop/orders.html"):
        loaded = re.findall(r'(?:src|href)="([^"#]+)"', read(gated.settings, page))
        assert [target for target in loaded if "://" in target] == []


def test_a_count_stands_beside_the_rule_it_was_counted_by_not_that_of_today(gated: Shop) -> None:
    gate = gated.company_file.parent / "expectations" / "raw_shop.py"
    gate.write_text(GATE.replace("min_value=0", "min_value=1000"))
    docs.build(gated.settings, {("shop", "orders")})
    page = read(gated.settings, "shop/orders.html")
    assert "greater than or equal to 0" in " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "1000." not in page


def test_every_held_day_and_every_day_with_rows_set_aside_is_listed(gated: Shop) -> None:
    gated.deliver(3, orders(3, 4, 5) + "6,Ann,ten,2024-03-03 12:00:00\n")
    gated.ingest(3)
    index = read(gated.settings, "index.html")
    below = index[index.index("All intervals that are held or have rows set aside") :]
    assert below.count("<tr><td>shop</td>") == 2
    assert "2024-03-02T00:00:00Z" in below and "2024-03-03T00:00:00Z" in below
    assert "2 of 2 rows (100.0 %) break a rule" in below


def test_a_value_of_another_type_counts_as_a_broken_rule_of_the_entity(gated: Shop) -> None:
    gated.deliver(3, orders(3, 4, 5) + "6,Ann,ten,2024-03-03 12:00:00\n")
    gated.ingest(3)
    index = read(gated.settings, "index.html")
    kept, total = re.findall(r'<td class="number">(\d+) of (\d+)</td>', index)[0]
    assert int(kept) == int(total) - 1
    assert "<td>amount: is no decimal</td>" in index


def test_replay_shows_on_the_pages_what_it_changed(gated: Shop) -> None:
    gate = gated.company_file.parent / "expectations" / "raw_shop.py"
    gate.write_text(GATE.replace("min_value=0", "min_value=-5"))
    quarantine.replay(gated.settings)
    index = read(gated.settings, "index.html")
    assert '<td class="good">loaded</td>' in index
    assert "All intervals that are held" not in index


def test_a_failure_mail_of_a_gate_names_the_pages(gated: Shop) -> None:
    failure = alerts.Failure("entity-held", "The gate holds it", "mend it")
    body = alerts.compose(gated.settings, failure).get_body(("plain",))
    assert body is not None
    assert str(gated.settings.gate_docs) in body.get_content()
    other = alerts.compose(gated.settings, alerts.Failure("source-down", "It is down", "wait"))
    assert "gate_docs" not in other.as_string()
