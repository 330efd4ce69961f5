"""What the rules that ship make of the tags and referrers that the web is full of."""

from __future__ import annotations

import csv
import re

import pytest

from rapport.settings import REPO

SEEDS = REPO / "dbt_project" / "seeds"
FIELDS = ("utm_medium", "utm_source", "campaign", "referrer_host")


def rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def channel(**visit: str) -> str:
    """The first rule in order all of whose patterns are found, as int_channel_origins does it."""
    for rule in sorted(rows("channel_rules"), key=lambda rule: int(rule["rule_order"])):
        asked = [field for field in FIELDS if rule[field]]
        if all(re.search(rule[field], visit.get(field, "")) for field in asked):
            return rule["channel"]
    return "direct"


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ({}, "direct"),
        ({"utm_medium": "cpc", "utm_source": "google"}, "paid_search"),
        ({"utm_medium": "cpc", "utm_source": "facebook"}, "paid_social"),
        ({"utm_medium": "paid_social", "utm_source": "meta"}, "paid_social"),
        ({"utm_medium": "cpm", "utm_source": "news"}, "display"),
        ({"utm_medium": "email", "referrer_host": "www.google.com"}, "email"),
        ({"utm_medium": "newsletter"}, "email"),
        ({"utm_medium": "affiliate"}, "affiliate"),
        ({"utm_medium": "poster"}, "other_campaign"),
        ({"utm_source": "flyer"}, "other_campaign"),
        ({"campaign": "spring"}, "direct"),
        ({"referrer_host": "www.google.co.uk"}, "organic_search"),
        ({"referrer_host": "cn.bing.com"}, "organic_search"),
        ({"referrer_host": "m.baidu.com"}, "organic_search"),
        ({"referrer_host": "com.google.android.googlequicksearchbox"}, "organic_search"),
        ({"referrer_host": "mail.google.com"}, "email"),
        ({"referrer_host": "l.facebook.com"}, "social"),
        ({"referrer_host": "t.co"}, "social"),
        ({"referrer_host": "netflix.com"}, "referral"),
        ({"referrer_host": "also.example.org"}, "referral"),
        ({"referrer_host": "blog.example.org"}, "referral"),
    ],
)
def test_a_visit_has_the_channel_that_a_marketer_expects(
    visit: dict[str, str], expected: str
) -> None:
    assert channel(**visit) == expected


def test_rules_give_channels_that_have_a_name_and_places_of_their_own() -> None:
    rules = rows("channel_rules")
    places = [rule["rule_order"] for rule in rules]
    assert len(set(places)) == len(places)
    named = {row["channel"] for row in rows("marketing_channels")}
    assert {rule["channel"] for rule in rules} <= named
