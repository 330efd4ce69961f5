"""The same rows in another order give the same marts, to the last bit.

Guards against sums of doubles, whose last digits depend on which row comes first: two builds of the
same facts would differ, and a closed month would be restated for nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from rapport.settings import Settings

SCHEMAS = ("intermediate", "candidate")


def test_models_give_the_same_rows_in_whatever_order_theirs_come(
    built: Settings, tmp_path: Path
) -> None:
    file = tmp_path / built.warehouse_path.name  # the models name the database by it
    shutil.copy(built.warehouse_path, file)
    folder = built.dbt_dir / "target" / "compiled"
    with duckdb.connect(str(file)) as warehouse:
        tables = warehouse.execute(
            "select table_schema, table_name from information_schema.tables "
            f"where table_type = 'BASE TABLE' and table_schema in {SCHEMAS} order by all"
        ).fetchall()
        models = {path.stem: path for path in folder.rglob("models/**/*.sql")}
        checked = [
            (f'"{schema}"."{name}"', f"({models[name].read_text(encoding='utf-8')})")
            for schema, name in tables
            if name in models and "{{" not in models[name].read_text(encoding="utf-8")
        ]
        before = [_content(warehouse, table, table) for table, _ in checked]
        for schema, name in tables:
            warehouse.execute(
                f'create or replace table "{schema}"."{name}" as from "{schema}"."{name}" as rows '
                "order by hash(rows) desc"
            )
        after = [_content(warehouse, table, sql) for table, sql in checked]
    differ = {
        table: [column for column in one if one[column] != other[column]]
        for (table, _), one, other in zip(checked, before, after, strict=True)
        if one != other
    }
    assert differ == {}
    assert len(checked) > 200


def _content(warehouse: duckdb.DuckDBPyConnection, table: str, rows: str) -> dict[str, int]:
    """A number for each column of a table, of whatever order its rows are."""
    columns = [row[0] for row in warehouse.execute(f"describe {table}").fetchall()]
    sums = ", ".join(f'sum(hash("{column}")::hugeint)' for column in columns)
    found = warehouse.execute(f"select {sums} from {rows} as rows").fetchall()
    return dict(zip(columns, found[0], strict=True))
