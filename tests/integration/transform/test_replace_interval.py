"""The incremental strategy `replace_interval`, run by dbt on a project of two models."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from rapport import transform, warehouses
from rapport.settings import Settings
from tests.integration.transform.project import project as written

DAY = datetime(2025, 1, 1)
LANDED = "select * from raw.landed"
KEPT = """
{{ config(
    materialized='incremental',
    incremental_strategy='replace_interval',
    meta={'replace_from': 'landed'},
) }}
select
    value,
    _source,
    _interval_start,
    _interval_end,
    {{ load_key() }} as _load_key,
    '{{ var("build_id") }}' as built_by
from {{ ref('landed') }}
where {{ in_replaced_interval(ref('landed')) }}
"""


@pytest.fixture
def project(engine_settings: Settings, tmp_path: Path) -> Settings:
    """Two models, the one of which keeps what the other reads."""
    files = {"landed.sql": LANDED, "kept.sql": KEPT}
    return written(
        engine_settings, tmp_path, files, "{+schema: kept, landed: {+materialized: view}}"
    )


def land(settings: Settings, deliveries: dict[int, tuple[str, list[str]]]) -> None:
    """Replace the landed table: day -> (load id, values)."""
    rows = [
        {
            "value": value,
            "_source": "web",
            "_interval_start": DAY + timedelta(days=day),
            "_interval_end": DAY + timedelta(days=day + 1),
            "_load_id": load_id,
        }
        for day, (load_id, values) in deliveries.items()
        for value in values
    ]
    schema = pa.schema(
        [
            ("value", pa.string()),
            ("_source", pa.string()),
            ("_interval_start", pa.timestamp("us")),
            ("_interval_end", pa.timestamp("us")),
            ("_load_id", pa.string()),
        ]
    )
    with warehouses.open(settings) as warehouse:
        warehouse.execute("drop view if exists kept.landed")
        warehouse.write("raw", "landed", pa.Table.from_pylist(rows, schema=schema))


def build(settings: Settings, build_id: str) -> list[tuple[str, str]]:
    transform.run(settings, [], "2025-02-01 00:00:00", {"build_id": build_id})
    with warehouses.open(settings) as warehouse:
        found = warehouse.read("select value, built_by from kept.kept").to_pylist()
    return sorted((row["value"], row["built_by"]) for row in found)


def test_each_build_replaces_what_was_loaded_anew_and_nothing_else(project: Settings) -> None:
    land(project, {0: ("a", ["a1", "a2"]), 1: ("b", ["b1", "b2"]), 2: ("c", ["c1"])})
    first = [(value, "one") for value in ("a1", "a2", "b1", "b2", "c1")]
    assert build(project, "one") == first
    assert build(project, "two") == first, "nothing was loaded, so nothing may be rewritten"

    # Day 1 comes again with fewer rows, day 3 is new.
    land(
        project,
        {0: ("a", ["a1", "a2"]), 1: ("b'", ["b2"]), 2: ("c", ["c1"]), 3: ("d", ["d1"])},
    )
    third = [("a1", "one"), ("a2", "one"), ("b2", "three"), ("c1", "three"), ("d1", "three")]
    assert build(project, "three") == third

    # Day 3 comes again and is empty: delete+insert would keep its old row.
    land(project, {0: ("a", ["a1", "a2"]), 1: ("b'", ["b2"]), 2: ("c", ["c1"])})
    assert build(project, "four") == third[:-1]


def test_a_change_of_the_model_rebuilds_all_of_it(project: Settings) -> None:
    land(project, {0: ("a", ["a1"]), 1: ("b", ["b1"])})
    build(project, "one")
    model = project.project_dir / "dbt_project" / "models" / "kept.sql"
    model.write_text(KEPT.replace("    value,", "    upper(value) as value,"))
    transform.forget_parsed()
    assert build(project, "two") == [("A1", "two"), ("B1", "two")]
