"""Records of the simulated company in the shape of int_identity_records, and who they are.

Straight from the files that `rapport simulate` writes: CRM contacts, ERP customers and web users
with the address they signed in with. The dirt stays as it is; only staging's reading of types is
repeated here.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_CONTACTS = """
    select id as record_id, 'person' as party_kind, firstname as first_name,
        lastname as last_name, company as company_name, email, phone, address as street, city,
        zip as postal_code, country as country_code, date_of_birth as birth_date
    from contacts
"""
_CUSTOMERS = """
    select customer_no as record_id,
        case when is_company then 'account' else 'person' end as party_kind, first_name,
        last_name, name as full_name, company_name, email, phone, street, city, postal_code,
        country_code, birth_date
    from customers
"""


def records(folder: Path) -> tuple[pa.Table, dict[str, str]]:
    """Records, and by record_key the customer that the record is of.

    Args:
        folder: as `rapport simulate` wrote it.
    """
    parts = [
        _read(folder / "crm" / "crm.sqlite", _CONTACTS, "crm"),
        _read(folder / "erp" / "erp.sqlite", _CUSTOMERS, "erp"),
        _web_users(folder / "web"),
    ]
    table = pa.concat_tables(parts, promote_options="default")
    truth = pq.read_table(folder / "truth" / "records.parquet")
    system = pc.replace_substring(truth["system"], "web_user", "web")
    keys = pc.binary_join_element_wise(system, truth["record_id"], "|")
    people = dict(zip(keys.to_pylist(), truth["person_id"].to_pylist(), strict=True))
    known = table.filter(pc.is_in(table["record_key"], pa.array(list(people), pa.string())))
    return known.sort_by("record_key"), {
        key: people[key] for key in known["record_key"].to_pylist()
    }


def _read(path: Path, query: str, role: str) -> pa.Table:
    with sqlite3.connect(path) as connection:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description]
        columns = list(zip(*cursor.fetchall(), strict=True))
    found = {
        name: pa.array([None if v is None else str(v) for v in values], pa.string())
        for name, values in zip(names, columns, strict=True)
    }
    return _with_keys(found, role)


def _web_users(folder: Path) -> pa.Table:
    """The last address of each user id; days and events of a day stand in their order."""
    emails: dict[str, str] = {}
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                if '"traits"' in line and (event := json.loads(line)).get("userId"):
                    email = (event.get("traits") or {}).get("email")
                    emails[event["userId"]] = email or emails.get(event["userId"], "")
    kinds = ["person"] * len(emails)
    return _with_keys(
        {
            "record_id": pa.array(list(emails), pa.string()),
            "party_kind": pa.array(kinds, pa.string()),
            "email": pa.array([email or None for email in emails.values()], pa.string()),
        },
        "web",
    )


def _with_keys(columns: dict[str, Any], role: str) -> pa.Table:
    keys = pc.binary_join_element_wise(role, columns["record_id"], "|")
    roles = pa.array([role] * len(keys), pa.string())
    return pa.table({"record_key": keys, "source_system": roles, "source_role": roles} | columns)
