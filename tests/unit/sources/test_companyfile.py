"""company.yml belongs to people: what they wrote, comments and all, stays as it is."""

from __future__ import annotations

import pytest
import yaml

from rapport.errors import RapportError
from rapport.settings import REPO
from rapport.sources.companyfile import with_source

BLOCK = {
    "system": "sql",
    "kind": "erp",
    "connection": {"url": "env:X_URL"},
    "entities": ["orders"],
}
LAYOUTS = {
    "empty": "sources: {}\nfeeds: {}\n",
    "nothing": "sources:\nfeeds:\n",
    "block": (
        "sources:\n  crm:\n    system: hubspot  # ours\n\n# about feeds\nfeeds:\n"
        "  orders: [a]  # the old shop\n  parties:\n    - b  # people\n\n# the end\nname: X\n"
    ),
    "deep": "sources:\n    crm: {system: hubspot}\nfeeds:\n    orders:\n    - a\n    # last\n",
    "flow": "sources: {crm: {system: hubspot}}\nfeeds: {orders: [a], parties: [b]}\nname: X\n",
    "no line end": "feeds: {}\nsources:\n  crm:\n    entities: [a, b]",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_only_lines_are_added(text: str) -> None:
    """Every line that was there is there, in order; the block is where it belongs."""
    changed = with_source(text, "erp", BLOCK, {"orders": "new_orders", "returns": "new_returns"})
    before, after = yaml.safe_load(text), yaml.safe_load(changed)
    assert after["sources"] == {**(before["sources"] or {}), "erp": BLOCK}
    assert after["feeds"]["orders"] == [*(before["feeds"] or {}).get("orders", []), "new_orders"]
    assert after["feeds"]["returns"] == ["new_returns"]
    comments = [line.split("#")[1] for line in text.splitlines() if "#" in line]
    assert [line.split("#")[1] for line in changed.splitlines() if "#" in line] == comments


def test_the_demo_company_keeps_every_line() -> None:
    """A long file written by hand is the case that matters."""
    text = (REPO / "companies" / "demo" / "company.yml").read_text(encoding="utf-8")
    changed = with_source(text, "loyalty", BLOCK, {"touchpoints": "stg_loyalty__visits"})
    left = iter(changed.splitlines())
    assert all(line in left for line in text.splitlines())
    assert changed.index("  loyalty:") < changed.index("# Which models deliver each feed")


def test_a_model_that_is_named_already_is_not_named_twice() -> None:
    """A feed that lists a model twice doubles its rows."""
    text = "sources: {}\nfeeds:\n  orders: [a]\n"
    assert with_source(text, "erp", BLOCK, {"orders": "a"}).count("[a]") == 1


def test_an_alias_is_not_written_over() -> None:
    """What cannot be added to safely is refused, not mangled."""
    text = "base: &base {crm: {system: hubspot}}\nsources: *base\nfeeds: {}\n"
    with pytest.raises(RapportError) as error:
        with_source(text, "erp", BLOCK, {})
    assert error.value.code == "company-invalid"
