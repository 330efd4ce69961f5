"""Which entity could deliver which feed, by the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from rapport.sources.facts import Found


@dataclass(frozen=True)
class Proposal:
    """A feed that an entity could deliver.

    Attributes:
        columns: column of the feed -> SQL or a Jinja call that gives it.
        missing: columns without which the feed is of no use, and that were not found.
        assumed: what was taken for granted and wants a look.
    """

    feed: str
    entity: str
    columns: dict[str, str]
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether all is there that the feed cannot do without."""
        return not self.missing


@cache
def _known() -> Mapping[str, Any]:
    text = resources.files("rapport.sources").joinpath("feeds.yml").read_text(encoding="utf-8")
    known: Mapping[str, Any] = yaml.safe_load(text)
    return known


def propose(source: str, kind: str, currency: str, found: Iterable[Found]) -> list[Proposal]:
    """The best entity for each feed, complete ones first.

    Args:
        kind: of the source; a CRM and an ERP both deliver parties.
        currency: the company's, for amounts of which no column tells the currency.
    """
    entities = list(found)
    best = []
    for feed in _known():
        tried = [p for one in entities if (p := _try(source, kind, currency, feed, one))]
        if tried:
            best.append(max(tried, key=lambda p: (p.is_complete, len(p.columns))))
    return sorted(best, key=lambda proposal: not proposal.is_complete)


def needed(found: Iterable[Found], proposals: Iterable[Proposal]) -> dict[str, str]:
    """The entities without which the source is not to be announced, each with the reason.

    Those that deliver a feed; where none is known, one of the most rows, with a key if any has one.
    """
    feeds: dict[str, list[str]] = {}
    for proposal in proposals:
        feeds.setdefault(proposal.entity, []).append(proposal.feed)
    if feeds:
        return {entity: f"delivers {' and '.join(names)}" for entity, names in feeds.items()}
    main = max(found, key=lambda one: (not one.trouble, bool(one.entity.key), one.rows))
    return {main.entity.name: "no feed is known, and of those with a key it has the most rows"}


def _try(source: str, kind: str, currency: str, feed: str, one: Found) -> Proposal | None:
    known = _known()[feed]
    named = re.search(known["entities"], one.entity.name, re.IGNORECASE)
    if not named:
        return None
    key = one.entity.key
    columns = {} if known.get("of_no_system") else {"source_system": f"'{source}'"}
    assumed: list[str] = []
    for column, names in known["columns"].items():
        if value := _value(names, one, key):
            columns[column] = value
    gross, discount = columns.get("list_amount"), columns.get("discount_amount")
    if gross and discount and columns.get("net_amount") == gross:
        # Both are quantity times the same price, which is the one before the discount.
        product = gross.removesuffix(" }}")
        columns["net_amount"] = f"{product} ~ ' - coalesce({discount}, 0)' }}}}"
        assumed.append(f"{discount} is money off the whole line, and the price is that before it")
    for column, value in known.get("constants", {}).items():
        columns.setdefault(column, value.format(kind=kind, currency=currency))
        if columns[column] == f"'{currency}'":
            assumed.append(f"no column tells the currency: all amounts are taken to be {currency}")
        elif column == "party_kind":
            assumed.append("every row is taken to be a person, no company")
    missing = tuple(
        " or ".join(needed.split("|"))
        for needed in known["needs"]
        if not any(column in columns for column in needed.split("|"))
    )
    if 2 * len(missing) > len(known["needs"]):
        return None
    ids = tuple(column for column in known["key"] if column in columns)
    return Proposal(feed, one.entity.name, columns, missing, tuple(assumed), ids)


def _value(names: list[str], one: Found, key: list[str]) -> str | None:
    """The first of the names that the entity has; `key` and `key2` are its key's columns."""
    for name in names:
        shape, _, wanted = name.rpartition(":")
        if wanted == "key":
            wanted = key[0] if len(key) == 1 else ""
        elif wanted == "key2":
            wanted = key[1] if len(key) > 1 else ""
        parts = wanted.split("*")
        if all(part in one.columns for part in parts):
            return _SHAPES["*" if len(parts) > 1 else shape].format(*parts)
    return None


# How a column is put into the feed's words: SQL, or a call of a macro.
_SHAPES = {
    "": "{}",
    "*": "{{{{ product('{}', '{}') }}}}",
    "lower": "lower({})",
    "upper": "upper({})",
    "country": "{{{{ country_code('{}') }}}}",
    "birth": "{{{{ possible_birth_date('{}') }}}}",
    "status": "{{{{ order_status('{}') }}}}",
}
