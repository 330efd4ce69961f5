"""A bicycle wholesaler's Salesforce org, told in two parts: January, then up to 10 February."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapport import ingest, settings, warehouses
from rapport.settings import Settings
from rapport.state import store
from tests.support.salesforce_server import CLIENT_ID, CLIENT_SECRET, Org

COMPANY = Path(__file__).parent / "company"
NEW_YEAR, FEBRUARY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
END = datetime(2026, 2, 10, tzinfo=UTC)
Ids = dict[str, str]


def northwind_org() -> Org:
    """The org, still empty, with the fields that it has beyond the standard."""
    org = Org()
    org.fields["Account"]["IsPersonAccount"] = "boolean"
    org.fields["Contact"]["VIP_Level__c"] = "picklist"
    org.fields["CampaignMember"]["Held_Out__c"] = "boolean"
    return org


def tell_january(org: Org) -> Ids:
    """What happened up to 1 February; returns the ids of who and what comes up again."""
    who: Ids = {"olga": org.add("User", "2025-06-01", Name="Olga Owner", IsActive=True)}
    for name, closed, won in [
        ("Prospecting", False, False), ("Proposal", False, False),
        ("Closed Won", True, True), ("Closed Lost", True, False),
    ]:  # fmt: skip
        org.add("OpportunityStage", "2025-06-01", ApiName=name, IsClosed=closed, IsWon=won)
    who |= _people(org, who["olga"])
    who |= _deals(org, who)
    who |= _campaign(org, who)
    return who


def _people(org: Org, olga: str) -> Ids:
    shop = org.add("Account", "2026-01-02", Name="Wheelworks", OwnerId=olga)
    private = org.add("Account", "2026-01-02", Name="Pia Private", IsPersonAccount=True)

    def contact(at: str, first: str, last: str, account: str, **more: Any) -> str:
        mail = f"{first.lower()}@wheelworks.example"
        names = {"FirstName": first, "LastName": last, "Email": mail, "AccountId": account}
        return org.add("Contact", at, **names, OwnerId=olga, **more)

    def lead(at: str, first: str, last: str, source: str) -> str:
        return org.add(
            "Lead", at, FirstName=first, LastName=last, Company="Velo & Sons", LeadSource=source,
            Email=f"{first.lower()}@velo.example", IsConverted=False, OwnerId="00G-a-queue",
        )  # fmt: skip

    return {
        "shop": shop,
        "ada": contact(
            "2026-01-05 09:00", "Ada", "Lovelace", shop, Phone="+49 30 901820",
            MobilePhone="+49 151 23456789", MailingCountry="Germany", VIP_Level__c="gold",
        ),
        "pia": contact("2026-01-05 10:00", "Pia", "Private", private),
        "gone": contact("2026-01-06 09:00", "Gone", "Girl", shop),
        "back": contact("2026-01-07 09:00", "Back", "Again", shop),
        "lena": lead("2026-01-10 08:00", "Lena", "Lead", "Web"),
        "bea": lead("2026-01-11 08:00", "Bea", "Bought", "Purchased List"),
    }  # fmt: skip


def _deals(org: Org, who: Ids) -> Ids:
    def deal(at: str, name: str, stage: str, close: str, **more: Any) -> str:
        return org.add(
            "Opportunity", at, Name=name, StageName=stage, CloseDate=close, OwnerId=who["olga"],
            **{"IsClosed": False, "IsWon": False, **more},
        )  # fmt: skip

    won = deal("2026-01-06 10:00", "Spring", "Proposal", "2026-01-31", ContactId=who["ada"])
    lost = deal(
        "2026-01-08 10:00", "Old", "Closed Lost", "2026-01-20", IsClosed=True, Amount=90,
        ContactId=who["pia"],
    )  # fmt: skip
    binned = deal("2026-01-09 10:00", "Test", "Prospecting", "2026-03-01")
    for at, stage in [
        ("2026-01-06 10:00", "Prospecting"),
        ("2026-01-07 10:00", "Prospecting"),  # another amount
        ("2026-01-12 10:00", "Proposal"),
        ("2026-01-13 10:00", "Prospecting"),  # and back
        ("2026-01-15 10:00", "Proposal"),
    ]:
        org.add("OpportunityHistory", at, OpportunityId=won, StageName=stage)
    return {"won": won, "lost": lost, "binned": binned}


def _campaign(org: Org, who: Ids) -> Ids:
    spring = org.add("Campaign", "2026-01-20", Name="Spring", Type="Email")

    def member(at: str, **values: Any) -> str:
        return org.add("CampaignMember", at, CampaignId=spring, **values)

    return {
        "spring": spring,
        "treated": member("2026-01-21 09:00", ContactId=who["ada"], Held_Out__c=False),
        "control": member("2026-01-21 09:00", LeadId=who["lena"], Held_Out__c=True),
    }


def tell_february(org: Org, who: Ids) -> Ids:
    """The days up to 10 February, in the org that January left."""
    org.change("Contact", who["gone"], "2026-02-03 12:00", IsDeleted=True)
    org.change("Opportunity", who["binned"], "2026-02-04 12:00", IsDeleted=True)
    org.change(
        "Opportunity", who["won"], "2026-02-02 14:00",
        StageName="Closed Won", IsClosed=True, IsWon=True, Amount=1200.5,
    )  # fmt: skip
    org.add(
        "OpportunityHistory", "2026-02-02 14:00", OpportunityId=who["won"], StageName="Closed Won"
    )
    otto = org.add("Lead", "2026-02-01 08:00", LastName="Otto", LeadSource="Phone Inquiry")
    came = {"otto": otto, **_conversion(org, who)}
    return {**came, **_talks(org, {**who, **came}), **_case(org, who)}


def _conversion(org: Org, who: Ids) -> Ids:
    at = "2026-02-05 11:00"
    contact = org.add(
        "Contact", at, FirstName="Lena", LastName="Lead", AccountId=who["shop"],
        Email="lena.private@mail.example", OwnerId=who["olga"],
    )  # fmt: skip
    deal = org.add(
        "Opportunity", at, Name="Lena", StageName="Prospecting", CloseDate="2026-04-01",
        IsClosed=False, IsWon=False, OwnerId=who["olga"],
    )  # fmt: skip
    org.change(
        "Lead", who["lena"], at, IsConverted=True, ConvertedDate="2026-02-05",
        ConvertedContactId=contact, ConvertedOpportunityId=deal,
    )  # fmt: skip
    org.change("CampaignMember", who["control"], at, ContactId=contact)
    return {"lena_contact": contact, "lena_deal": deal}


def _talks(org: Org, who: Ids) -> Ids:
    def task(at: str, person: str, *, is_closed: bool = True, **more: Any) -> str:
        done = {"CompletedDateTime": f"{at[:10]}T{at[11:]}:00.000+0000"} if is_closed else {}
        return org.add(
            "Task", at, WhoId=who[person], IsClosed=is_closed, OwnerId=who["olga"], **done, **more
        )

    def mail(at: str, activity: str, incoming: bool, reply_to: str | None = None) -> str:
        return org.add(
            "EmailMessage", at, ActivityId=activity, Incoming=incoming, Status="3",
            MessageDate=f"{at[:10]}T{at[11:]}:00.000+0000", ReplyToEmailMessageId=reply_to,
        )  # fmt: skip

    def event(at: str, person: str, **more: Any) -> str:
        start = f"{at[:10]}T{at[11:]}:00.000+0000"
        values = {"IsChild": False, "IsRecurrence": False, "OwnerId": who["olga"], **more}
        return org.add(
            "Event", "2026-02-01 07:00", WhoId=who[person], StartDateTime=start, **values
        )

    call: Any = {"TaskSubtype": "Call"}
    ids = {
        "rang_otto": task(
            "2026-02-01 10:00", "otto", CallType="Outbound", CallDisposition="Connected", **call
        ),
        "ada_rang": task("2026-02-02 09:00", "ada", CallType="Inbound", **call),
        "old_style": task("2026-02-02 10:00", "pia", TaskSubtype="Task", Type="Call"),
        "sent": task("2026-02-03 08:00", "ada", TaskSubtype="Email"),
        "received": task("2026-02-03 16:00", "ada", is_closed=False, TaskSubtype="Email"),
        "met": event("2026-02-04 09:00", "ada", Type="Meeting"),
    }
    task("2026-02-02 11:00", "ada", CallType="Internal", **call)
    task("2026-02-02 12:00", "ada", TaskSubtype="Task")
    task("2026-02-02 13:00", "ada", is_closed=False, **call)
    first = mail("2026-02-03 07:59", ids["sent"], incoming=False)
    mail("2026-02-03 15:58", ids["received"], incoming=True, reply_to=first)
    event("2026-02-04 09:00", "ada", IsChild=True)
    event("2026-02-20 09:00", "ada")
    return ids


def _case(org: Org, who: Ids) -> Ids:
    case = org.add(
        "Case", "2026-02-06 09:00", ContactId=who["ada"], Type="Problem", Priority="High",
        Status="Closed", Subject="A wheel is bent", ClosedDate="2026-02-08T15:00:00.000+0000",
    )  # fmt: skip
    return {"case": case}


def northwind(org: Org, var: Path, folder: Path = COMPANY, **environ: str) -> Settings:
    """Settings of the company on this org, keeping everything in `var`."""
    return settings.load(
        folder,
        {
            "RAPPORT_VAR": str(var),
            "SALESFORCE_URL": org.url,
            "SALESFORCE_CLIENT_ID": CLIENT_ID,
            "SALESFORCE_CLIENT_SECRET": CLIENT_SECRET,
            **environ,
        },
    )


def loaded(found: Settings, sql: str) -> list[dict[str, Any]]:
    """Rows of a query on the warehouse, its raw tables brought up to date."""
    state = store.open(found)
    with warehouses.open(found) as warehouse:
        warehouse.refresh_raw(ingest.raw_tables(found, state))
        return list(warehouse.read(sql).to_pylist())
