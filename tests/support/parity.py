"""Same input, same marts on every engine: compare what two engines published, row for row."""

from __future__ import annotations

import math
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from rapport.warehouses import MartsReader

# What a run took, and when, differs from run to run, not from engine to engine.
VOLATILE_TABLES = frozenset({"ops_runs"})
VOLATILE_COLUMNS = frozenset(
    {
        *("seconds", "started_at", "recorded_at", "bytes", "run_id", "known_at"),
        # hashes of the engine, which it compares with its own only
        *("facts_content", "customers_content", "amounts_content"),
    }
)
# Ratios are double, and the engines add up in other orders; everything else is exact.
RELATIVE_TOLERANCE = 1e-9
MAX_SHOWN = 5


def compare_marts(
    one: MartsReader, other: MartsReader, exclude: Collection[str] = VOLATILE_TABLES
) -> dict[str, int]:
    """Compare all published tables of two readers.

    Counts, keys, money, dates and texts must be equal, doubles within `RELATIVE_TOLERANCE`.

    Returns:
        rows compared, by table.

    Raises:
        AssertionError: naming each table that differs, with the first differing rows.
    """
    left, right = (sorted(set(reader.tables()) - set(exclude)) for reader in (one, other))
    assert left == right, f"tables only on one side: {sorted(set(left) ^ set(right))}"
    differences: list[str] = []
    rows = {table: _compare(table, one, other, differences) for table in left}
    assert not differences, "\n\n".join(differences)
    return rows


def _compare(table: str, one: MartsReader, other: MartsReader, differences: list[str]) -> int:
    sides = [reader.arrow(f"select * from marts.{table}") for reader in (one, other)]
    schemas = [{f.name: str(f.type) for f in side.schema} for side in sides]
    if schemas[0] != schemas[1]:
        differences.append(f"{table}: columns differ\n  {schemas[0]}\n  {schemas[1]}")
        return 0
    kinds = {name: kind for name, kind in schemas[0].items() if name not in VOLATILE_COLUMNS}
    exact = [name for name, kind in kinds.items() if kind != "double"]
    doubles = [name for name, kind in kinds.items() if kind == "double"]
    left, right = (
        sorted(side.select([*exact, *doubles]).to_pylist(), key=lambda row: _order(row, exact))
        for side in sides
    )
    if len(left) != len(right):
        keys = [{_order(row, exact) for row in rows} for rows in (left, right)]
        differences.append(
            f"{table}: {len(left)} rows against {len(right)}; only on the one side "
            f"{sorted(keys[0] - keys[1])[:MAX_SHOWN]}, only on the other "
            f"{sorted(keys[1] - keys[0])[:MAX_SHOWN]}"
        )
        return 0
    shown = []
    for a, b in zip(left, right, strict=True):
        wrong = [name for name in exact if a[name] != b[name]]
        wrong += [name for name in doubles if not _close(a[name], b[name])]
        if wrong:
            key = {name: a[name] for name in exact[:3]}
            shown.append(f"  {key}: " + ", ".join(f"{n} {a[n]!r} / {b[n]!r}" for n in wrong))
    if shown:
        differences.append(
            f"{table}: {len(shown)} of {len(left)} rows differ\n" + "\n".join(shown[:MAX_SHOWN])
        )
    return len(left)


def _order(row: dict[str, Any], columns: list[str]) -> tuple[str, ...]:
    """A key that sorts alike everywhere: by text, nulls last, decimals without trailing zeros."""
    return tuple(_text(row[name]) for name in columns)


def _text(value: Any) -> str:
    if value is None:
        return "\U0010ffff"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12)
