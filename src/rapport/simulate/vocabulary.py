"""Names, places and words of the simulated company, read from vocabulary.yml beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Country:
    """One country customers live in.

    `first` and `last` hold `name` or `name:ascii`, `nick` holds `name:nickname`, `cities` hold
    `city|first postal code`; `mobile_digits` follow one of the `mobile_prefixes`.
    """

    code: str
    name: str
    share: float
    currency: str
    vat: float
    timezone: str
    locale: str
    first: list[str]
    last: list[str]
    nick: list[str]
    streets: list[str]
    cities: list[str]
    calling_code: str
    mobile_prefixes: list[str]
    mobile_digits: int
    domains: list[str]


_FILE: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("vocabulary.yml").read_text(encoding="utf-8")
)


def _listed(text: str) -> list[str]:
    return text.split(", ")


def _country(entry: dict[str, Any]) -> Country:
    lists = ("streets", "cities", "mobile_prefixes", "domains")
    names = _FILE["name_pools"][entry["names"]]
    values: dict[str, Any] = {key: value for key, value in entry.items() if key != "names"}
    values |= {key: _listed(entry[key]) for key in lists}
    values |= {key: _listed(text) for key, text in names.items()}
    return Country(**values)


COUNTRIES: tuple[Country, ...] = tuple(_country(entry) for entry in _FILE["countries"])
COMPANY_HEADS = _listed(_FILE["company_heads"])
COMPANY_TAILS = _listed(_FILE["company_tails"])
LEGAL_FORMS = _listed(_FILE["legal_forms"])
ROLES = _listed(_FILE["roles"])
PRODUCT_WORDS = _listed(_FILE["product_words"])
SEARCHES: list[str] = _FILE["searches"]
BROWSERS: list[tuple[str, str]] = [(entry["device"], entry["agent"]) for entry in _FILE["browsers"]]
BOTS: list[str] = _FILE["bots"]

CATEGORIES: tuple[tuple[str, str, float, float], ...] = (
    ("Coffee", "Pantry", 0.24, 16.0),
    ("Tea", "Pantry", 0.12, 12.0),
    ("Chocolate", "Pantry", 0.12, 9.0),
    ("Cookware", "Kitchen", 0.14, 58.0),
    ("Tableware", "Kitchen", 0.12, 34.0),
    ("Small appliances", "Kitchen", 0.09, 119.0),
    ("Textiles", "Home", 0.10, 29.0),
    ("Candles", "Home", 0.07, 18.0),
)
"""(name, parent, share of demand, typical list price in EUR)"""

STORES = (
    ("S01", "Berlin Mitte", "Berlin", "DE"),
    ("S02", "Hamburg Altona", "Hamburg", "DE"),
    ("S03", "München Zentrum", "München", "DE"),
    ("S04", "Zürich Niederdorf", "Zürich", "CH"),
    ("S05", "Paris Marais", "Paris", "FR"),
    ("S06", "London Soho", "London", "GB"),
)

OWNERS = (
    ("Mara", "Lindner"),
    ("Jonas", "Petersen"),
    ("Aylin", "Yıldız"),
    ("Chloé", "Marchand"),
    ("Tom", "Ashworth"),
    ("Giulia", "Ferri"),
    ("陈", "晓明"),
    ("Søren", "Madsen"),
)

CHANNELS: tuple[tuple[str, str, float], ...] = (
    ("organic_search", "ORGANIC_SEARCH", 0.26),
    ("paid_search", "PAID_SEARCH", 0.20),
    ("paid_social", "PAID_SOCIAL", 0.16),
    ("direct", "DIRECT_TRAFFIC", 0.13),
    ("email", "EMAIL_MARKETING", 0.08),
    ("store", "OFFLINE", 0.12),
    ("referral", "REFERRALS", 0.05),
)
"""(ERP acquisition channel, CRM analytics source, share)"""
