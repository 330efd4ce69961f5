"""Records for identity tests, by hand or drawn by hypothesis from few values, so that they meet."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

_TEXT = (
    "record_key source_system source_role record_id party_kind first_name last_name full_name "
    "company_name email phone street city postal_code country_code cross_reference region "
    "national_id tax_id account_reference"
).split()
RECORD_SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXT]
    + [("birth_date", pa.date32())]
    + [(name, pa.timestamp("us")) for name in ("created_at", "updated_at")]
)


def record(record_key: str, **values: Any) -> dict[str, Any]:
    """A row of int_identity_records; what is not given is null."""
    system, _, name = record_key.partition("|")
    return {
        **dict.fromkeys(RECORD_SCHEMA.names),
        "record_key": record_key,
        "source_system": system,
        "source_role": system,
        "record_id": name,
        "party_kind": "person",
        **values,
    }


_EMAILS = st.sampled_from([None, *(f"{name}@firma.at" for name in "abcdef")])
_PHONES = st.sampled_from([None, None, *(f"+4366412345{i:02}" for i in range(4))])
_BIRTHS = st.sampled_from(
    [None, None, date(1980, 1, 12), date(1980, 1, 21), date(1955, 11, 23), date(2001, 7, 7)]
)


@st.composite
def records(draw: Any, least: int = 0, most: int = 14) -> list[dict[str, Any]]:
    """Rows with distinct keys whose addresses, numbers, dates and references coincide often."""
    keys = [f"{system}|{number}" for system in ("crm", "erp", "web") for number in range(6)]
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, min_size=least, max_size=most))
    return [
        record(
            key,
            email=draw(_EMAILS),
            phone=draw(_PHONES),
            birth_date=draw(_BIRTHS),
            first_name=draw(st.sampled_from([None, "Anna", "Hans"])),
            cross_reference=draw(st.sampled_from([None, None, None, *keys])),
        )
        for key in chosen
    ]
