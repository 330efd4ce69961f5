"""The rows of a real portal, as Fivetran landed them, put back into the API's shape."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.portal import Portal

FIRST, SECOND = "2024-03-01T12:00:00.000Z", "2024-03-02T12:00:00.000Z"
# Names of properties are hashed; this one has most rows, and values that look like stages.
STAGE_PROPERTY = "ky4p2Nx3U/ctHYnc+rKWvg=="
Row = dict[str, str]


def table(data: Path, name: str) -> list[Row]:
    """The rows of one of the CSV files."""
    with (data / "fivetran_hubspot" / f"{name}_data.csv").open(
        newline="", encoding="utf-8"
    ) as file:
        return list(csv.DictReader(file))


def fill(portal: Portal, data: Path) -> None:
    """The portal on its first day: before the contacts were merged."""
    for row in table(data, "contact"):
        portal.add(
            "contacts",
            {
                "id": int(row["id"]),
                "email": row["property_email"],
                "firstname": row["property_firstname"],
                "lastname": row["property_lastname"],
                "company": row["property_company"],
                "createdate": moment(row["property_createdate"]),
                "first_conversion_date": moment(row["property_first_conversion_date"]),
                "lastmodifieddate": FIRST,
            },
        )
    for row in table(data, "contact_merge_audit"):
        made = {"createdate": "2019-01-01T00:00:00.000Z", "lastmodifieddate": FIRST}
        portal.add("contacts", {"id": int(row["canonical_vid"]), **made})
    _deals(portal, data)
    for row in table(data, "ticket"):
        portal.add(
            "tickets",
            {
                "id": int(row["id"]),
                "hs_pipeline_stage": row["property_hs_pipeline_stage"],
                "createdate": moment(row["property_createdate"]),
                "closed_date": moment(row["property_closed_date"]),
                "hs_lastmodifieddate": FIRST,
            },
        )
    for row in table(data, "engagement_meeting"):
        times = {"hs_timestamp": moment(row["start_time"]), "hs_lastmodifieddate": FIRST}
        portal.add("meetings", {"id": int(row["engagement_id"]), **times})
    for row in table(data, "engagement_task"):
        portal.add(
            "tasks",
            {
                "id": int(row["engagement_id"]),
                "hs_createdate": moment(row["property_hs_createdate"]),
                "hs_timestamp": moment(row["property_hs_timestamp"]),
                "hubspot_owner_id": row["property_hubspot_owner_id"],
                "hs_lastmodifieddate": FIRST,
            },
        )
    for row in table(data, "owner"):
        owner = {"id": int(row["owner_id"]), "email": row["email"], "firstName": row["first_name"]}
        times = {"createdAt": moment(row["created_at"]), "updatedAt": moment(row["updated_at"])}
        portal.add("owners", {**owner, "lastName": row["last_name"], **times})
    portal.fault = _pipelines(data)


def merge(portal: Portal, data: Path) -> None:
    """The second day: survivors name the merged, which the portal no longer gives out."""
    run = portal.database.execute
    merges = [
        (int(row["id"]), "hs_merged_object_ids", row["property_hs_merged_object_ids"])
        for row in table(data, "contact")
    ]
    merges += [
        (
            int(row["canonical_vid"]),
            "hs_calculated_merged_vids",
            f"{row['vid_to_merge']}:{int(_parsed(row['timestamp']).timestamp() * 1000)}",
        )
        for row in table(data, "contact_merge_audit")
    ]
    for identity, name, value in merges:
        if value:
            change = f"update contacts set {name} = ?, lastmodifieddate = ? where id = ?"
            run(change, (value, SECOND, identity))
            for part in value.split(";"):
                run("delete from contacts where id = ?", (int(part.split(":")[0]),))


def moment(text: str) -> str | None:
    """A time of the CSV files as the API writes it."""
    return f"{_parsed(text).isoformat(timespec='milliseconds')}Z" if text else None


def _parsed(text: str) -> datetime:
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"{day} {time.rjust(8, '0') if '.' not in time else time}")


def _deals(portal: Portal, data: Path) -> None:
    """Deals of three tables: the deals, those with a stage, those with a property's history."""
    stages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in table(data, "deal_stage"):
        stages[row["deal_id"]].append((row["value"], str(moment(row["date_entered"]))))
    for row in table(data, "deal_property_history"):
        if row["name"] == STAGE_PROPERTY:
            stages[row["deal_id"]].append((row["value"], str(moment(row["timestamp"]))))
    deals: dict[str, dict[str, Any]] = {
        row["deal_id"]: {
            "hubspot_owner_id": row["owner_id"] or None,
            "createdate": moment(row["property_createdate"]),
        }
        for row in table(data, "deal")
    }
    for identity, entries in stages.items():
        entries.sort(key=lambda entry: entry[1])
        deals.setdefault(identity, {"createdate": entries[0][1]})
        deals[identity]["dealstage"] = entries[-1][0]
        portal.history("deals", int(identity), "dealstage", *entries)
    for identity, deal in deals.items():
        portal.add("deals", {"id": int(identity), **deal, "hs_lastmodifieddate": FIRST})


def _pipelines(data: Path) -> Any:
    """Answers the requests for pipelines with those of the portal."""
    found = {
        "deals": {
            row["stage_id"]: {"isClosed": row["is_closed"], "probability": row["probability"]}
            for row in table(data, "deal_pipeline_stage")
        },
        "tickets": {
            row["stage_id"]: {"isClosed": row["is_closed"], "ticketState": row["ticket_state"]}
            for row in table(data, "ticket_pipeline_stage")
        },
    }

    def answer(number: int, request: str) -> tuple[int, dict[str, Any], dict[str, str]] | None:
        kind = request.rsplit("/", 1)[1]
        if "/pipelines/" not in request:
            return None
        stages = [
            {"id": identity, "label": f"Stage {identity}", "metadata": metadata,
             "updatedAt": "2020-07-09T15:25:37.054Z"}
            for identity, metadata in found[kind].items()
        ]  # fmt: skip
        return 200, {"results": [{"id": "1", "label": "All", "stages": stages}]}, {}

    return answer
