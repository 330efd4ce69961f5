"""SQLite: types of values, not of columns, and text that is not always what it says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from rapport.connectors.sql.databases import Database, Found
from rapport.errors import RapportError


class SQLite(Database):
    """A file, read only, in one transaction."""

    has_times = False

    def connect_args(self) -> dict[str, Any]:
        path = Path(self.url.database or "")
        if (
            not str(path).startswith("file:") and not path.is_file()
        ):  # SQLite would make an empty one
            raise RapportError(
                "source-down",
                f"There is no database file {path.name}",
                str(path.parent),
                "correct the path in `connection.url`, or have the file put there",
            )
        return {}

    def prepare(self, session: sa.Connection) -> None:
        session.exec_driver_sql("pragma query_only = on")

    def begin(self) -> None:
        self.session.exec_driver_sql("begin")

    def found(self, name: str, declared: sa.types.TypeEngine[Any]) -> Found:
        found = super().found(name, declared)
        return replace(found, kind="text") if found.kind in ("date", "timestamp") else found

    def batches(self, statement: sa.Select[Any]) -> Iterator[pa.RecordBatch]:
        driver: Any = self.session.connection.driver_connection
        sql, done = self.sql(statement), 0
        try:
            for batch in self._batches(driver.execute(sql)):
                done += len(batch)
                yield batch
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            # Bytes that are no UTF-8 land visibly (`\xe9`). Reading all text so takes half as long
            # again, so it begins where they are met; the snapshot gives the same rows again.
            driver.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
            cursor = driver.execute(sql)
            for _ in range(done):
                next(cursor)
            yield from self._batches(cursor)

    def _batches(self, cursor: sqlite3.Cursor) -> Iterator[pa.RecordBatch]:
        return self.fetched(cursor.fetchmany, cursor.description)
