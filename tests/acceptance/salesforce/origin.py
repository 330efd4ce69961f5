"""The two samples as an org: Fivetran's tables under API names, and the e-bike shop's records.

Fivetran's tables are an org's objects with names in snake case and the times of its own syncing;
the shop's files are what the API takes and gives, but for ids and times, which an org sets.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.salesforce_server import Org, stamp

TABLES = {
    "Account": "sf_account_data", "Contact": "sf_contact_data", "Lead": "sf_lead_data",
    "Opportunity": "sf_opportunity_data", "Task": "sf_task_data", "Event": "sf_event_data",
    "User": "sf_user_data",
}  # fmt: skip
IMPORTED_AT = "2019-06-01 09:00"  # when the shop's files came into the org


def rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """Rows of one of Fivetran's tables, as text."""
    with (folder / "fivetran_salesforce" / f"{table}.csv").open(encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    """Records of one of the shop's files."""
    found: dict[str, Any] = json.loads((folder / "salesforce_ebikes" / f"{name}.json").read_text())
    return list(found["records"])


def fill(org: Org, folder: Path) -> None:
    """Put both samples into an org."""
    for kind, table in TABLES.items():
        for row in rows(folder, table):
            fields = {_api_name(name): name for name in row if not name.startswith("_fivetran")}
            for field in fields:
                org.fields[kind].setdefault(field, "string")
            values = {
                field: _value(row[name], org.fields[kind][field])
                for field, name in fields.items()
                if row[name]
            }
            synced = row["_fivetran_synced"][:19]
            org.rows.setdefault(kind, []).append(
                {"SystemModstamp": stamp(synced), "CreatedDate": stamp(synced), **values}
            )
    for row in rows(folder, "sf_opportunity_history_data"):
        org.add(
            "OpportunityHistory", row["_fivetran_start"], OpportunityId=row["id"],
            StageName=row["stage_name"], IsDeleted=row["is_deleted"] == "true",
        )  # fmt: skip
    _fill_shop(org, folder)


def _fill_shop(org: Org, folder: Path) -> None:
    org.fields["Product_Family__c"] = {
        "Id": "id", "Name": "string", "SystemModstamp": "datetime", "CreatedDate": "datetime",
    }  # fmt: skip
    org.fields["Product__c"] = {
        **org.fields["Product_Family__c"], "IsDeleted": "boolean",
        "Product_Family__c": "reference", "Category__c": "picklist", "MSRP__c": "currency",
    }  # fmt: skip
    for record in records(folder, "Accounts"):
        org.add("Account", IMPORTED_AT, **_without_attributes(record))
    families = {
        f"@{record['attributes']['referenceId']}": org.add(
            "Product_Family__c", IMPORTED_AT, **_without_attributes(record)
        )
        for record in records(folder, "Product_Family__cs")
    }
    for record in records(folder, "Product__cs"):
        family = families[record["Product_Family__c"]]
        values = {**_without_attributes(record), "Product_Family__c": family}
        org.add("Product__c", IMPORTED_AT, **values)


def _without_attributes(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "attributes"}


def _api_name(name: str) -> str:
    """`system_modstamp` is SystemModstamp, `notes_c` is the company's own Notes__c."""
    own = name.endswith("_c")
    camel = "".join(part.capitalize() for part in name.removesuffix("_c").split("_"))
    return f"{camel}__c" if own else camel


def _value(text: str, type_: str) -> Any:
    if re.fullmatch("(?i)true|false", text):
        return text.lower() == "true"
    if type_ == "datetime":
        return stamp(text)
    if type_ == "date":
        return datetime.fromisoformat(text).date().isoformat()
    return float(text) if type_ in ("currency", "percent") else text
