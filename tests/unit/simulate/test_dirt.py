"""Each rate of dirt is what the brief fixed, measured from the files alone."""

from __future__ import annotations

from collections import Counter
from math import sqrt

import pandas as pd
import pytest

from rapport.simulate.rates import Rates

pytestmark = pytest.mark.xdist_group("simulate")


def close(count: float, of: int, rate: float) -> bool:
    """Within four standard errors of a share, so that one run in thousands would fail by chance."""
    return abs(count / of - rate) <= 4 * sqrt(rate * (1 - rate) / of) + 1 / of


def test_the_defaults_are_those_of_the_brief():
    assert Rates() == Rates(
        erp_without_crm=0.12,
        email_missing_one_side=0.15,
        email_other=0.14,
        name_typo=0.08,
        email_typo=0.03,
        name_variant=0.06,
        phone_missing=0.35,
        birth_date_missing=0.40,
        moved=0.05,
        crm_duplicate=0.06,
        erp_duplicate=0.03,
        household_mailbox=0.02,
        shared_device=0.01,
        role_mailbox=0.002,
        event_duplicate=0.01,
        event_late=0.02,
        event_bot=0.04,
        erp_impossible=0.005,
    )


def main_records(made, system: str) -> pd.DataFrame:
    records = made.truth("records")
    records = records[
        (records["system"] == system) & ~records["is_duplicate"].fillna(False).astype(bool)
    ]
    return records.set_index("person_id")


def test_customers_without_a_contact_and_e_mails_that_differ(made):
    people = made.truth("people")
    customers = people[people["kind"] == "customer"]["person_id"]
    erp, crm = main_records(made, "erp"), main_records(made, "crm")
    both = customers[customers.isin(crm.index)]
    assert close(len(customers) - len(both), len(customers), 0.12)
    missing = ~erp.loc[both, "has_email"].astype(bool) | ~crm.loc[both, "has_email"].astype(bool)
    assert close(missing.sum(), len(both), 0.15)
    assert close(erp.loc[both, "is_other_email"].astype(bool).sum(), len(both), 0.14)
    assert close(crm.loc[both, "moved"].astype(bool).sum(), len(both), 0.05)


@pytest.mark.parametrize("system", ["erp", "crm"])
def test_rates_of_written_records(made, system):
    records = made.truth("records")
    mine = records[records["system"] == system]
    people = mine["person_id"].nunique()
    rate = {"erp": 0.03, "crm": 0.06}[system]
    assert close(mine["is_duplicate"].sum(), people, rate)
    assert close(mine["name_typo"].sum(), len(mine), 0.08)
    assert close(mine["name_variant"].sum(), len(mine), 0.06)
    with_mail = mine[mine["has_email"].astype(bool)]
    assert close(with_mail["email_typo"].sum(), len(with_mail), 0.03)
    assert close(len(mine) - mine["has_phone"].sum(), len(mine), 0.35)


def test_names_and_birth_dates_are_as_the_truth_says(made):
    """The flags are not only set: what stands in the ERP differs where and only where they are."""
    customers = made.erp("customers").set_index("customer_no")
    people = made.truth("people").set_index("person_id")
    records = made.truth("records")
    records = records[records["system"] == "erp"].set_index("record_id")
    rows = customers.loc[records.index]
    true = people.loc[records["person_id"]]
    same = (rows["first_name"].to_numpy() == true["first_name"].to_numpy()) & (
        rows["last_name"].to_numpy() == true["last_name"].to_numpy()
    )
    flagged = (records["name_typo"] | records["name_variant"]).to_numpy(dtype=bool)
    assert same[~flagged].all()
    assert (~same[flagged]).mean() > 0.97
    private = rows[rows["is_company"] == 0]
    assert close(private["birth_date"].isna().sum(), len(private), 0.40)


def test_shared_and_role_mailboxes(made):
    people = made.truth("people")
    role = people["email"].str.contains("@markthalle-")
    assert close(role.sum(), len(people), 0.002)
    counts = people[~role]["email"].value_counts()
    assert close(counts[counts > 1].sum(), len(people), 0.02)
    assert counts.max() == 2


def test_phones_are_written_in_many_ways(made):
    phones = made.crm("contacts")["phone"].dropna()
    starts = Counter(phone[:1] if phone[0] in "+(" else phone[:2] for phone in phones)
    assert {"+", "(", "00"} <= set(starts)
    assert phones.str.contains("[ /-]").mean() > 0.3


def test_events_twice_late_and_from_bots(made):
    events = made.events
    ids = Counter(event["messageId"] for event in events)
    assert close(sum(n - 1 for n in ids.values()), len(ids), 0.01)
    assert max(ids.values()) == 2
    agents = [event["context"]["userAgent"] for event in events]
    bots = sum("bot" in agent.lower() or "python" in agent for agent in agents)
    assert bots / len(events) == pytest.approx(0.04, abs=0.008)
    first = made.waits.groupby("messageId")["seconds"].min()
    assert close((first > 300).sum(), len(first), 0.02)
    assert first.max() < 3 * 86_400 + 3600 + 2


def test_bots_view_many_pages(made):
    events = made.events
    by_device = Counter(
        event["anonymousId"] for event in events if "bot" in event["context"]["userAgent"].lower()
    )
    assert sum(by_device.values()) / len(by_device) > 20


def test_shared_devices(made):
    records = made.truth("records")
    users = records[records["system"] == "device"].groupby("record_id")["person_id"].nunique()
    assert close((users > 1).sum(), len(users), 0.01)
    assert users.max() in (3, 4)


@pytest.mark.parametrize(
    "table", ["customers", "orders", "order_lines", "returns", "invoices", "payments"]
)
def test_impossible_values(made, table):
    noted = made.truth("impossible_rows")
    noted = noted[noted["table_name"] == table]
    assert close(len(noted), len(made.erp(table)), 0.005)


def test_impossible_values_stand_where_the_truth_says(made):
    lines = made.erp("order_lines")
    noted = made.truth("impossible_rows")
    noted = set(noted[noted["table_name"] == "order_lines"]["row_key"])
    bad = (lines["quantity"] <= 0) | (lines["unit_price"] < 0) | lines["product_id"].isna()
    key = lines["order_no"] + "|" + lines["line_no"].astype(str)
    assert set(key[bad]) == noted
    orders = made.erp("orders")
    assert orders["customer_no"].isna().any()
    assert (orders["ordered_at"] > "2900").any()


def test_the_raw_key_matches_about_sixty_percent(made):
    orders, customers, contacts = made.erp("orders"), made.erp("customers"), made.crm("contacts")
    ordered = set(orders[orders["order_type"] == "order"]["customer_no"].dropna())
    mine = customers[customers["customer_no"].isin(ordered)]
    known = set(contacts["email"].dropna().str.strip().str.lower())
    share = mine["email"].str.strip().str.lower().isin(known).mean()
    assert 0.56 <= share <= 0.64
    assert share == pytest.approx(made.summary.raw_match_share, abs=0.002)


def test_schemas_change_over_time(made):
    with_screen = [("screen" in event["context"], event["timestamp"]) for event in made.events]
    changed = min(moment for has, moment in with_screen if has)
    assert all(has == (moment >= changed) for has, moment in with_screen)
    headers = [
        path.read_text(encoding="utf-8").splitlines()[0]
        for path in sorted((made.folder / "spend").glob("*.csv"))
    ]
    assert headers[0].endswith("clicks")
    assert headers[-1].endswith("clicks,video_views")
    assert headers == sorted(headers, key=len)


def test_names_of_many_alphabets(made):
    names = set(made.crm("contacts")["lastname"].dropna())
    assert any("\u4e00" <= name[0] <= "\u9fff" for name in names)
    assert {"Müller", "Núñez"} <= names
