"""The simulated company obeys its own model: time, money, service, leads, campaigns, truth."""

from __future__ import annotations

import pandas as pd
import pytest

pytestmark = pytest.mark.xdist_group("simulate")

AFTER = "2026-03-01 00:00:00"


@pytest.mark.parametrize("table", ["customers", "orders", "returns", "invoices", "payments"])
def test_no_row_is_changed_after_the_end_or_before_it_was_made(made, table):
    rows = made.erp(table)
    assert rows["updated_at"].notna().all()
    assert (rows["updated_at"] < AFTER).all()
    assert (rows["updated_at"] >= "2025-01-15").all()
    if "created_at" in rows:
        assert (rows["updated_at"] >= rows["created_at"]).all()


def test_orders_run_in_order_of_time(made):
    orders, _ = made.clean
    for earlier, later in (
        ("ordered_at", "promised_at"),
        ("ordered_at", "shipped_at"),
        ("shipped_at", "delivered_at"),
        ("ordered_at", "cancelled_at"),
    ):
        both = orders[[earlier, later]].dropna()
        assert (both[earlier] <= both[later]).all()
    for column in ("ordered_at", "shipped_at", "delivered_at", "cancelled_at"):
        assert (orders[column].dropna() < AFTER).all()
    assert orders[orders["status"] == "delivered"]["delivered_at"].notna().all()
    assert orders[orders["status"].isin(["open", "cancelled"])]["delivered_at"].isna().all()


def test_orders_near_the_end_are_still_on_their_way(made):
    orders, _ = made.clean
    real = orders[(orders["order_type"] == "order") & (orders["status"].isin(["open", "shipped"]))]
    assert {"open", "shipped"} <= set(real["status"])
    # All but those that will be late by weeks were ordered in the last three.
    assert (real["ordered_at"] > "2026-02-07").mean() > 0.9


def test_lines_add_up(made):
    _, lines = made.clean
    net = lines["quantity"] * lines["unit_price"] - lines["discount_amount"]
    assert (net - lines["net_amount"]).abs().max() < 0.005
    assert (lines["unit_price"] <= lines["list_price"]).all()


def test_customers_exist_before_they_order(made):
    orders, _ = made.clean
    customers = made.erp("customers").set_index("customer_no")
    known = orders.dropna(subset=["customer_no"])
    created = customers.loc[known["customer_no"], "created_at"].to_numpy()
    assert (created <= known["ordered_at"].to_numpy()).all()


def test_exchange_rates_have_no_gaps(made):
    rates = made.erp("exchange_rates")
    assert set(rates["currency"]) == {"GBP", "USD", "CHF"}
    days = pd.date_range("2025-01-15", "2026-02-28").strftime("%Y-%m-%d")
    for _, rows in rates.groupby("currency"):
        assert set(days) <= set(rows["rate_date"])


def test_prices_change(made):
    prices = made.erp("product_prices")
    assert prices.groupby("product_id").size().max() >= 3
    current = prices.sort_values("valid_from").groupby("product_id")["list_price"].last()
    products = made.erp("products").set_index("product_id")["list_price"]
    assert (current.sort_index() == products.sort_index()).all()


def test_web_files_are_by_day_of_arrival(made):
    assert all(event["receivedAt"][:10] == event["file_day"] for event in made.events)
    assert len(list((made.folder / "web").glob("*.gz"))) == 410
    assert all("2025-01-15" <= event["timestamp"] < "2026-03-01" for event in made.events)


def test_online_orders_are_seen_on_the_site(made):
    bought = {
        event["properties"]["order_id"]: event["timestamp"]
        for event in made.events
        if event.get("event") == "Order Completed"
    }
    orders, _ = made.clean
    orders = orders.set_index("order_no")["ordered_at"]
    shared = [number for number in bought if number in orders.index]
    assert len(shared) > 800
    seen = pd.to_datetime([bought[number] for number in shared], format="ISO8601")
    gap = abs(seen.tz_localize(None) - pd.to_datetime(orders[shared]))
    # A device whose clock missed the change of time is an hour off.
    assert gap.max() <= pd.Timedelta(hours=1, seconds=1)


@pytest.mark.parametrize("kind", ["contacts", "deals", "tickets", "calls", "emails", "meetings"])
def test_crm_objects_are_made_before_they_are_changed(made, kind):
    rows = made.crm(kind)
    created = "createdate" if "createdate" in rows else "hs_createdate"
    modified = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
    assert len(rows) > 50
    assert (rows[modified] >= rows[created]).all()
    assert (rows[modified] < "2026-03-01").all()
    assert (rows[created] >= "2025-01-15").all()


def test_crm_objects_come_after_their_contact(made):
    contacts = made.crm("contacts").set_index("id")["createdate"]
    links = made.crm("associations")
    for kind, moment in (
        ("tickets", "createdate"),
        ("deals", "createdate"),
        ("calls", "hs_timestamp"),
    ):
        rows = made.crm(kind).set_index("id")[moment]
        mine = links[(links["from_type"] == kind) & (links["to_type"] == "contacts")]
        assert len(mine) == len(rows)
        assert (
            rows.loc[mine["from_id"]].to_numpy() >= contacts.loc[mine["to_id"]].to_numpy()
        ).all()


def by_person(made, system: str) -> pd.Series:
    records = made.truth("records")
    mine = records[records["system"] == system]
    return mine.set_index("record_id")["person_id"]


def test_late_deliveries_lead_to_tickets_and_tickets_to_low_scores(made):
    orders, _ = made.clean
    orders = orders[(orders["status"] == "delivered") & (orders["channel"] != "store")]
    person = orders["customer_no"].map(by_person(made, "erp"))
    late = orders["delivered_at"] > orders["promised_at"]
    assert 0.06 < late.mean() < 0.18
    contacts = by_person(made, "crm")
    links = made.crm("associations")
    tickets = links[links["from_type"] == "tickets"]["to_id"].astype(str).map(contacts)
    had_late = set(person[late])
    with_late = person[person.isin(had_late)].drop_duplicates().isin(set(tickets)).mean()
    without = person[~person.isin(had_late)].drop_duplicates().isin(set(tickets)).mean()
    assert with_late > 3 * without
    answers = made.crm("feedback_submissions")
    csat = answers[answers["hs_survey_type"] == "CSAT"]["hs_value"].astype(int)
    assert set(csat) == {1, 2, 3, 4, 5}
    assert csat.mean() < 3.6


def test_the_truth_tells_of_every_text_how_it_is_meant(made):
    truth = made.truth("texts").set_index(["kind", "record_id"])
    assert truth.index.is_unique
    tickets, answers = made.crm("tickets"), made.crm("feedback_submissions")
    answers = answers[answers["hs_content"].notna()]
    written = [("tickets", str(one)) for one in tickets["id"]]
    written += [("feedback_submissions", str(one)) for one in answers["id"]]
    assert set(written) == set(truth.index)
    csat = answers[answers["hs_survey_type"] == "CSAT"]
    tone = truth["tone"][[("feedback_submissions", str(one)) for one in csat["id"]]].to_numpy()
    score = csat["hs_value"].astype(int).to_numpy()
    assert set(tone[score <= 2]) <= {"negative", "neutral"} and "negative" in tone[score <= 2]
    assert set(tone[score >= 4]) <= {"positive", "neutral"} and "positive" in tone[score >= 4]
    assert {"en", "de"} <= set(truth["language"])


def test_trouble_makes_customers_leave(made):
    people = made.truth("people")
    customers = people[(people["kind"] == "customer") & (people["orders"] >= 1)]
    # Of one-time buyers, where nobody had more chances to leave than another.
    once = customers[customers["orders"] == 1]
    trouble = once["had_trouble"].astype(bool)
    left = ~once["is_alive"].astype(bool)
    assert left[trouble].mean() > left[~trouble].mean() + 0.05


def test_leads_answered_within_72_hours_convert_better(made):
    people = made.truth("people")
    leads = people[people["lead_at"].notna() & (people["lead_at"] < "2026-01-01")]
    waited = pd.to_datetime(leads["answered_at"]) - pd.to_datetime(leads["lead_at"])
    fast = waited <= pd.Timedelta(hours=72)
    bought = leads["kind"] == "customer"
    assert bought[fast].mean() == pytest.approx(0.40, abs=0.07)
    assert bought[~fast].mean() == pytest.approx(0.20, abs=0.07)


def test_the_crm_shows_the_answers_to_leads(made):
    people = made.truth("people")
    answered = people[people["answered_at"].notna()]["person_id"]
    contacts = by_person(made, "crm")
    links = made.crm("associations")
    worked = links[links["from_type"].isin(["calls", "emails", "meetings"])]
    assert set(answered) <= set(worked["to_id"].astype(str).map(contacts))


def test_campaigns_have_controls_and_their_effect_is_noted(made):
    effects = made.truth("campaign_effects").set_index("campaign_id")
    members = made.crm("campaign_members")
    control = members["is_control"] == "true"
    assert 0.2 < control.mean() < 0.3
    assert (members[control]["incentive_amount"].astype(float) == 0).all()
    strong, none = effects[effects["lift"] > 0.3], effects[effects["lift"] == 0]
    assert (strong["additional_margin"] > 0).all()
    assert (none["additional_margin"] == 0).all()
    assert set(members["campaign_id"]) <= set(effects.index)


def test_referrers_are_earlier_customers(made):
    people = made.truth("people").set_index("person_id")
    referred = people[people["referrer_person_id"].notna()]
    referrers = people.loc[referred["referrer_person_id"]]
    assert 0.02 < len(referred) / made.summary.customers < 0.1
    assert (referrers["first_order_at"].to_numpy() < referred["first_order_at"].to_numpy()).all()
    contacts = made.crm("contacts")
    assert contacts["referred_by_contact_id"].notna().sum() >= len(referred)


def test_the_truth_names_every_record_once(made):
    records = made.truth("records")
    people = set(made.truth("people")["person_id"])
    assert set(records["person_id"]) <= people
    for system, ids in (
        ("erp", made.erp("customers")["customer_no"]),
        ("crm", made.crm("contacts")["id"].astype(str)),
    ):
        mine = records[records["system"] == system]["record_id"]
        assert mine.is_unique
        assert set(mine) == set(ids)
    users = {event["userId"] for event in made.events} - {None}
    assert users <= set(records[records["system"] == "web_user"]["record_id"])


def test_prospects_of_all_kinds_exist(made):
    """Open deals, fresh carts, old leads and people nobody ever spoke to."""
    deals = made.crm("deals")
    assert (deals["hs_is_closed"] == "false").sum() >= 10
    people = made.truth("people")
    prospects = people[people["kind"] == "prospect"]
    assert (prospects["lead_at"] < "2025-06-01").any()
    assert (prospects["lead_at"] > "2026-02-15").any()
    assert prospects["lead_at"].isna().sum() > 30
    carts = [event for event in made.events if event.get("event") == "Product Added"]
    assert any(event["timestamp"] > "2026-02-20" for event in carts)
    assert made.summary.prospects > 800


def test_volumes_are_modest(made):
    orders = made.summary.orders / made.summary.customers
    assert 2.5 < orders < 4.5
    assert 25 < made.summary.web_events / made.summary.customers < 50


def test_the_first_visit_comes_by_the_channel_that_won_the_person(made):
    """Without that no attribution could be held against the truth."""
    records = made.truth("records")
    devices = records[records["system"] == "device"]
    devices = devices.drop_duplicates("record_id", keep=False).set_index("record_id")["person_id"]
    first = {}
    for event in sorted(made.events, key=lambda event: event["timestamp"]):
        person = devices.get(event["anonymousId"])
        if person is not None:
            first.setdefault(person, event["context"].get("campaign", {}).get("medium"))
    channel = made.truth("people").set_index("person_id")["acquisition_channel"]
    for won_by, medium in (("paid_search", "cpc"), ("email", "email"), ("direct", None)):
        media = [first[person] for person in first if channel[person] == won_by]
        assert len(media) > 30
        # A clock an hour behind puts another event first now and then.
        assert sum(found == medium for found in media) > 0.95 * len(media)
