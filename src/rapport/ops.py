"""What the state store knows of a build's inputs, as tables in schema `ops` of the warehouse."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select

from rapport import clock
from rapport.settings import Settings
from rapport.state import deliveries as records
from rapport.state.store import State
from rapport.state.tables import deliveries, runs
from rapport.transform.project import rules
from rapport.warehouses import Warehouse

COUNTED = ("loaded", "superseded")  # deliveries whose rows are all accounted for
_TEXT, _INTEGER, _DOUBLE = pa.string(), pa.int64(), pa.float64()
_SCHEMAS = {
    "publication": [
        ("build_id", _TEXT),
        ("as_of", _TEXT),
        ("business_timezone", _TEXT),
        ("reporting_currency", _TEXT),
        ("company_name", _TEXT),
        ("known_at", _TEXT),
        ("rules", _TEXT),
    ],
    "sources": [
        ("source", _TEXT),
        ("kind", _TEXT),
        ("required", pa.bool_()),
        ("last_interval_end", _TEXT),
        ("is_stale", pa.bool_()),
        ("late_hours", _DOUBLE),
    ],
    "deliveries": [
        ("source", _TEXT),
        ("entity", _TEXT),
        ("received", _INTEGER),
        ("loaded", _INTEGER),
        ("quarantined", _INTEGER),
        ("superseded", _INTEGER),
        ("duplicates", _INTEGER),
    ],
    "quarantine": [
        ("source", _TEXT),
        ("entity", _TEXT),
        ("rule", _TEXT),
        ("interval_date", _TEXT),
        ("rows", _INTEGER),
    ],
    "gates": [
        ("gate", _TEXT),
        ("source", _TEXT),
        ("entity", _TEXT),
        ("severity", _TEXT),
        ("rule", _TEXT),
        ("outcome", _TEXT),
        ("failed_rows", _INTEGER),
        ("checked_rows", _INTEGER),
        ("interval_start", _TEXT),
        ("interval_end", _TEXT),
    ],
    "runs": [
        ("run_id", _TEXT),
        ("step", _TEXT),
        ("source", _TEXT),
        ("entity", _TEXT),
        ("interval_start", _TEXT),
        ("interval_end", _TEXT),
        ("rows", _INTEGER),
        ("bytes", _INTEGER),
        ("seconds", _DOUBLE),
        ("status", _TEXT),
        ("started_at", _TEXT),
    ],
}


def export(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    build_id: str,
    as_of: datetime,
    known_at: datetime,
    schema: str = "ops",
) -> None:
    """Write schema `ops` anew: publication, sources, deliveries, quarantine, gates, runs."""
    with state.begin() as connection:
        rows = {
            "publication": [_publication(settings, build_id, as_of, known_at)],
            "sources": sources(settings, connection, as_of),
            **_counted(connection),
            "gates": _gates(connection),
            "runs": [dict(row) for row in connection.execute(select(runs)).mappings()],
        }
    for table, fields in _SCHEMAS.items():
        names = [name for name, _ in fields]
        picked = [{name: _plain(row[name]) for name in names} for row in rows[table]]
        warehouse.write(schema, table, pa.Table.from_pylist(picked, schema=pa.schema(fields)))


def sources(settings: Settings, connection: Connection, as_of: datetime) -> list[dict[str, Any]]:
    """Each source with the end of its gated data and how far that lies before the as-of.

    Where data of later intervals are there too, `gap_until` says from when on.
    """
    found = []
    for source in settings.company.sources.values():
        end, beyond = records.reach(connection, source.name)
        late = (as_of - end).total_seconds() / 3600 if end else None
        found.append(
            {
                "source": source.name,
                "kind": source.kind,
                "required": source.required,
                "last_interval_end": clock.iso(end) if end else None,
                "gap_until": clock.iso(beyond) if beyond else None,
                "is_stale": late is None or late > 0,
                "late_hours": max(late, 0.0) if late is not None else None,
            }
        )
    return found


def _publication(
    settings: Settings, build_id: str, as_of: datetime, known_at: datetime
) -> dict[str, Any]:
    return {
        "build_id": build_id,
        "as_of": clock.iso(as_of),
        "business_timezone": settings.company.business_timezone,
        "reporting_currency": settings.company.reporting_currency,
        "company_name": settings.company.name,
        "known_at": clock.iso(known_at),
        "rules": rules(settings),
    }


def _counted(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    totals: dict[tuple[str, str], Counter[str]] = {}
    rules: Counter[tuple[str, str, str, str]] = Counter()
    counted = select(deliveries).where(deliveries.c.status.in_(COUNTED))
    for row in connection.execute(counted).mappings():
        place = (row["source"], row["entity"])
        total = totals.setdefault(place, Counter())
        for name, _ in _SCHEMAS["deliveries"][2:]:
            total[name] += row[name]
        if row["status"] == "superseded":  # none of its rows waits to be mended any more
            total["superseded"] += row["quarantined"]
            total["quarantined"] -= row["quarantined"]
            continue
        for rule, count in (row["rules"] or {}).items():
            rules[(*place, rule, row["interval_start"][:10])] += count
    return {
        "deliveries": [
            {"source": s, "entity": e, **{n: t[n] for n, _ in _SCHEMAS["deliveries"][2:]}}
            for (s, e), t in sorted(totals.items())
        ],
        "quarantine": [
            {"source": s, "entity": e, "rule": rule, "interval_date": day, "rows": count}
            for (s, e, rule, day), count in sorted(rules.items())
        ],
    }


def _gates(connection: Connection) -> list[dict[str, Any]]:
    """The outcome of every rule in the latest gated delivery of each entity."""
    return [
        {
            "gate": f"raw_{source}.{entity}",
            "source": source,
            "entity": entity,
            "severity": check["severity"],
            "rule": check["rule"],
            "outcome": "passed" if check["success"] else "failed",
            "failed_rows": check["unexpected"],
            "checked_rows": row["received"],
            "interval_start": row["interval_start"],
            "interval_end": row["interval_end"],
        }
        for (source, entity), row in sorted(records.latest_gated(connection).items())
        for check in row["checks"] or []
    ]


def _plain(value: Any) -> Any:
    """State-store instants as timestamps that both engines cast from text."""
    if isinstance(value, str) and len(value) == 20 and value.endswith("Z") and value[10] == "T":
        return value[:-1].replace("T", " ")
    return value
