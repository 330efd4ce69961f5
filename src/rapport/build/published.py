"""What stands published when a build begins: what it compares itself with."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from rapport import warehouses
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.warehouses import MartsReader, Warehouse

SCHEMA = "published"
_TEXT, _WHOLE, _REAL = pa.string(), pa.int64(), pa.float64()
_DAY, _MOMENT = pa.date32(), pa.timestamp("us")

# What is taken over, by name: the mart that it stands in, its columns, and which rows. Devices have
# no history that could be restated: they go over to whoever logs in.
_TAKEN: Mapping[str, tuple[str, Mapping[str, pa.DataType], str]] = {
    "kpis": (
        "rpt_kpis",
        {
            "kpi_id": _TEXT,
            "period_kind": _TEXT,
            "period_start": _DAY,
            "period_end": _DAY,
            "value": _REAL,
        },
        "where segment_kind = 'all' and not is_partial",
    ),
    "stage_changes": (
        "fct_stage_changes",
        {"customer_id": _TEXT, "facts_before": _DAY, "to_stage": _TEXT},
        "where customer_id in (select customer_id from marts.dim_customers "
        "where profile_kind <> 'device')",
    ),
    "fact_days": (
        "ops_fact_days",
        {
            "fact": _TEXT,
            "fact_date": _DAY,
            "facts_content": _TEXT,
            "customers_content": _TEXT,
            "amounts_content": _TEXT,
        },
        "",
    ),
    "restatements": (
        "rpt_restatements",
        {
            "restatement_id": _TEXT,
            "previous_publication_id": _WHOLE,
            "previous_as_of": _MOMENT,
            "restated_as_of": _MOMENT,
            **dict.fromkeys(("subject", "kpi_id", "old_stage", "new_stage", "period_kind"), _TEXT),
            "period_start": _DAY,
            "period_end": _DAY,
            "old_value": _REAL,
            "new_value": _REAL,
            "customers": _WHOLE,
            **dict.fromkeys(("cause", "causes", "reason", "reason_zh"), _TEXT),
        },
        "",
    ),
}
_PUBLICATION = {
    "publication_id": _WHOLE,
    "as_of": _MOMENT,
    "rules": _TEXT,
    "identity_changes": _WHOLE,
}


def take(settings: Settings, warehouse: Warehouse, is_side: bool = False, suffix: str = "") -> None:
    """Write schema `published`: what readers see at this moment, as far as a build compares it.

    Before the first publication its tables are empty, and in a side build, which restates nothing.

    Args:
        suffix: of the schema written (side builds).
    """
    tables = {name: pa.schema(columns).empty_table() for name, (_, columns, _) in _TAKEN.items()}
    tables["publication"] = pa.schema(_PUBLICATION).empty_table()
    if not is_side:
        try:
            with warehouses.open_marts(settings) as reader:
                tables |= _taken(reader)
        except RapportError as error:
            if error.code != "marts-missing":
                raise
    for name, table in tables.items():
        warehouse.write(f"{SCHEMA}{suffix}", name, table)


def _taken(reader: MartsReader) -> dict[str, pa.Table]:
    """The tables that the publication has; an older Rapport's has not all of them."""
    there = set(reader.tables())
    found = {
        name: reader.arrow(f"select {', '.join(columns)} from marts.{mart} {rows}")
        for name, (mart, columns, rows) in _TAKEN.items()
        if mart in there
    }
    known = reader.publication
    changes = reader.query("select max(change_no) as last from marts.fct_identity_changes")
    row = {
        **{name: known.get(name) for name in _PUBLICATION},
        "identity_changes": changes[0]["last"] or 0,
    }
    found["publication"] = pa.Table.from_pylist([row], schema=pa.schema(_PUBLICATION))
    return found
