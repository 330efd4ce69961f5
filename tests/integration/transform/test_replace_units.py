"""The incremental strategy `replace_units`: what stands is what a build from nothing gives."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from rapport import transform, warehouses
from rapport.settings import Settings
from tests.integration.transform.project import project as written

FACTS = "select * from raw.facts where happened < cast('{{ var(\"as_of\") }}' as timestamp)"
UNITS = """
select unit as unit_id, {{ content_of_unit(['unit', 'value', 'happened']) }} as content
from {{ ref('facts') }}
group by unit
"""
SUMMED = """
{{ config(
    materialized='incremental',
    incremental_strategy='replace_units',
    meta={'replace_from': 'units'},
) }}
select
    units.unit_id,
    units.content,
    sum(facts.value) as total,
    '{{ var("build_id") }}' as built_by
from (select * from {{ ref('units') }} as u where {{ is_changed_unit('u') }}) as units
inner join {{ ref('facts') }} as facts on units.unit_id = facts.unit
group by units.unit_id, units.content
"""
PLACED = """
{{ config(
    materialized='incremental',
    incremental_strategy='replace_units',
    meta={'replace_from': 'units', 'one_row': 'place = 1', 'part': 'part'},
) }}
select
    part,
    place,
    value,
    case when place = 1 then unit_id end as unit_id,
    case when place = 1 then content end as content
from (
    select
        units.unit_id,
        units.content,
        facts.value,
        facts.unit || cast(facts.happened as date) as part,
        row_number() over (
            partition by facts.unit, cast(facts.happened as date) order by facts.happened
        ) as place
    from (select * from {{ ref('units') }} as u where {{ is_changed_unit('u') }}) as units
    inner join {{ ref('facts') }} as facts on units.unit_id = facts.unit
) as placed
"""
FIRST = [("a", 1, "2025-01-01"), ("a", 2, "2025-01-02"), ("b", 5, "2025-01-02")]


@pytest.fixture
def project(engine_settings: Settings, tmp_path: Path) -> Settings:
    """Facts, the content of their units, and what is kept of them from build to build."""
    files = {"facts.sql": FACTS, "units.sql": UNITS, "summed.sql": SUMMED, "placed.sql": PLACED}
    models = "{+schema: kept, +materialized: table, facts: {+materialized: view}}"
    return written(engine_settings, tmp_path, files, models)


def build(
    settings: Settings, facts: list[tuple[str, int, str]], build_id: str, as_of: str = "2025-02-01"
) -> dict[str, tuple[int, str]]:
    """Total and build of each unit."""
    columns = {
        "unit": pa.array([unit for unit, _, _ in facts], pa.string()),
        "value": pa.array([value for _, value, _ in facts], pa.int64()),
        "happened": pa.array([day for _, _, day in facts], pa.string()).cast(pa.timestamp("us")),
    }
    with warehouses.open(settings) as warehouse:
        warehouse.execute("drop view if exists kept.facts")
        warehouse.write("raw", "facts", pa.table(columns))
    transform.run(settings, [], f"{as_of} 00:00:00", {"build_id": build_id})
    with warehouses.open(settings) as warehouse:
        found = warehouse.read("select unit_id, total, built_by from kept.summed").to_pylist()
    assert len({row["unit_id"] for row in found}) == len(found), "a unit stands twice"
    return {row["unit_id"]: (int(row["total"]), row["built_by"]) for row in found}


def test_units_that_changed_are_replaced_and_no_other(project: Settings) -> None:
    assert build(project, FIRST, "one") == {"a": (3, "one"), "b": (5, "one")}
    assert build(project, FIRST[::-1], "two") == {"a": (3, "one"), "b": (5, "one")}
    # A fact comes late, one is corrected in place, a unit is new.
    late = [*FIRST, ("a", 4, "2024-12-01"), ("c", 7, "2025-01-03")]
    assert build(project, late, "three") == {"a": (7, "three"), "b": (5, "one"), "c": (7, "three")}
    corrected = [("a", 1, "2025-01-01"), ("a", 3, "2025-01-02"), *late[2:]]
    assert build(project, corrected, "four")["a"] == (8, "four")
    # Deleted facts: of one unit some, of another all.
    left = [fact for fact in FIRST if fact[0] == "a"]
    assert build(project, left, "five") == {"a": (3, "five")}
    assert build(project, [], "six") == {}


def test_rows_that_do_not_tell_their_unit_go_with_their_part(project: Settings) -> None:
    def placed(facts: list[tuple[str, int, str]]) -> list[tuple[str, int, int]]:
        build(project, facts, "one")
        with warehouses.open(project) as warehouse:
            rows = warehouse.read("select part, place, value from kept.placed").to_pylist()
        return sorted((row["part"], row["place"], row["value"]) for row in rows)

    busy = [("a", 1, "2025-01-01"), ("a", 2, "2025-01-01 12:00:00"), ("b", 5, "2025-01-02")]
    stands = [("a2025-01-01", 1, 1), ("a2025-01-01", 2, 2), ("b2025-01-02", 1, 5)]
    assert placed(busy) == stands
    # Another day of the same unit is another part; then a row goes from the middle of one.
    later = [*busy, ("a", 3, "2025-01-03")]
    assert placed(later) == sorted([*stands, ("a2025-01-03", 1, 3)])
    assert placed(later[1:]) == [("a2025-01-01", 1, 2), ("a2025-01-03", 1, 3), stands[-1]]
    assert placed(busy[2:]) == stands[2:]


def test_the_as_of_moves_either_way(project: Settings) -> None:
    assert build(project, FIRST, "one", "2025-01-02") == {"a": (1, "one")}
    assert build(project, FIRST, "two", "2025-01-03") == {"a": (3, "two"), "b": (5, "two")}
    assert build(project, FIRST, "three", "2025-01-02") == {"a": (1, "three")}


def test_another_rule_replaces_all(project: Settings) -> None:
    build(project, FIRST, "one")
    model = project.project_dir / "dbt_project" / "models" / "summed.sql"
    model.write_text(SUMMED.replace("sum(facts.value)", "2 * sum(facts.value)"))
    transform.forget_parsed()
    assert build(project, FIRST, "two") == {"a": (6, "two"), "b": (10, "two")}
