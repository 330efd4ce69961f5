"""The received rows of a delivery, batch by batch: read, cast, validated, mended or rejected."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapport.company import Entity
from rapport.gates import suites, typing
from rapport.gates.findings import Findings
from rapport.gates.rejects import Rejects
from rapport.landing import read
from rapport.landing.zone import Zone

_GATHERED_BYTES = 64 << 20  # a batch of rows with large cells stays within the gate's memory


@dataclass(frozen=True)
class _Mend:
    """A rejected row for which a mended one is known."""

    file: str
    row: int
    number: int
    original: str
    mended: dict[str, Any]


class Received:
    """Stages what passes and keeps account of the rest.

    Attributes:
        count: rows received, lines that are no rows among them.
        read: the others.
        mended: rejected rows that passed as they were mended.
        filled: by column, the rows read that have a value there, whether they pass or not.
        rounded: by decimal column, how many values had more digits than it keeps, and one of them.
    """

    def __init__(
        self,
        zone: Zone,
        manifest: Mapping[str, Any],
        entity: Entity,
        validator: suites.Validator | None,
        mends: Mapping[str, str],
        rejects: Rejects,
        findings: Findings,
    ) -> None:
        self.zone, self.manifest, self.entity, self.validator = zone, manifest, entity, validator
        self.mends, self.rejects, self.findings = mends, rejects, findings
        self.count = self.read = self.mended = 0
        self.filled: Counter[str] = Counter()
        self.rounded: dict[str, tuple[int, str]] = {}
        self._waiting: list[_Mend] = []

    def stage(self, database: duckdb.DuckDBPyConnection, staged: Path) -> None:
        """Write the typed rows that pass to a Parquet file, in their order."""
        with pq.ParquetWriter(staged, typing.schema(self.entity)) as writer:
            for batch in _gathered(self._rows()):
                good, bad = self._judged(database, batch)
                self._reject(bad)
                writer.write_table(self._with_mended(database, good))
            if self._waiting:
                none = typing.schema(self.entity).empty_table()
                writer.write_table(self._with_mended(database, none))
        self.rejects.close()

    def _rows(self) -> Iterator[pa.Table]:
        """Rows of all data files, numbered over the delivery; broken lines are rejected."""
        items = (item for item in self.manifest["files"] if item["format"] != "keys")
        for item in sorted(items, key=lambda entry: str(entry["path"])):
            path, before = item["path"], self.count
            name, malformed = path.rsplit("/", 1)[1], list[read.Malformed]()
            opener = partial(self.zone.open, path)
            told = 0
            for batch in read.batches(opener, path, item["format"], self.entity, malformed):
                self.count += len(batch)
                self.read += len(batch)
                for column in self.entity.columns.keys() & set(batch.column_names):
                    self.filled[column] += len(batch) - batch[column].null_count
                yield batch.append_column(
                    typing.ROW_NUMBER, pc.add(batch[read.ROW], before)
                ).append_column(typing.FILE, pa.repeat(pa.scalar(name), len(batch)))
                told = self._reject_lines(name, malformed, told, before)
            self._reject_lines(name, malformed, told, before)

    def _reject_lines(
        self, file: str, malformed: list[read.Malformed], told: int, before: int
    ) -> int:
        """Reject lines that are no rows, but for the first `told`, which were so before.

        Returns:
            how many lines the list still holds: it is cut to its last one, which is what the
            reader looks back at, so that it does not grow with the file.
        """
        new = malformed[told:]
        self.count += len(new)
        lines = {
            "file": [file] * len(new),
            "row": [line.row for line in new],
            "original": [line.text for line in new],
            typing.ROW_NUMBER: [line.row + before for line in new],
            "rules": [[line.reason] for line in new],
        }
        if new:
            self._reject(pa.table(lines))
        del malformed[:-1]
        return len(malformed)

    def _judged(
        self, database: duckdb.DuckDBPyConnection, batch: pa.Table
    ) -> tuple[pa.Table, pa.Table]:
        """Typed rows that pass, and the others."""
        good, uncast = typing.cast(database, batch, self.entity)
        for column, (count, example) in typing.rounded(database, batch, self.entity).items():
            before, first = self.rounded.get(column, (0, example))
            self.rounded[column] = before + count, first
        good, broken = self._validated(database, batch, good)
        return good, pa.concat_tables([uncast, broken]) if len(broken) else uncast

    def _validated(
        self, database: duckdb.DuckDBPyConnection, batch: pa.Table, good: pa.Table
    ) -> tuple[pa.Table, pa.Table]:
        nothing = good.slice(0, 0)
        if self.validator is None or len(good) == 0:
            return good, nothing
        import pandas as pd

        frame = good.to_pandas(types_mapper=pd.ArrowDtype)
        failing: dict[int, list[str]] = {}
        for check in self.validator.validate(frame, typing.ROW_NUMBER):
            self.findings.add(check)
            if check.severity == "critical" and check.is_about_rows:
                for number in check.rows:
                    failing.setdefault(int(number), []).append(check.rule)
        if not failing:
            return good, nothing
        numbers = pa.array(sorted(failing), pa.int64())
        rules = pa.array([sorted(failing[n]) for n in sorted(failing)], pa.list_(pa.string()))
        broken = typing.originals(database, batch, numbers).append_column("rules", rules)
        return good.filter(pc.invert(pc.is_in(good[typing.ROW_NUMBER], value_set=numbers))), broken

    def _reject(self, bad: pa.Table) -> None:
        """Reject rows, but for those that were mended: they wait for their second judgement."""
        if not self.mends or len(bad) == 0:
            self.rejects.add(bad)
            return
        is_final = []
        for row in bad.to_pylist():
            mended = self.mends.get(digest(row["original"]))
            is_final.append(mended is None)
            if mended is not None:
                place = (row["file"], row["row"], row[typing.ROW_NUMBER])
                self._waiting.append(_Mend(*place, row["original"], json.loads(mended)))
        self.rejects.add(bad.filter(pa.array(is_final)))

    def _with_mended(self, database: duckdb.DuckDBPyConnection, good: pa.Table) -> pa.Table:
        """The rows with the mended ones that now pass among them, by their numbers."""
        if not self._waiting:
            return good
        waiting, self._waiting = {mend.number: mend for mend in self._waiting}, []
        passed, bad = self._judged(database, _as_landed(list(waiting.values()), self.entity))
        self.mended += len(passed)
        if len(bad):
            first = [waiting[number].original for number in bad[typing.ROW_NUMBER].to_pylist()]
            at = bad.schema.get_field_index("original")
            self.rejects.add(bad.set_column(at, "original", pa.array(first, pa.string())))
        return pa.concat_tables([good, passed]).sort_by(typing.ROW_NUMBER)


def digest(original: str) -> str:
    """What a mend is found by: the SHA-256 of a rejected row's original content."""
    return hashlib.sha256(original.encode()).hexdigest()


def _as_landed(mends: list[_Mend], entity: Entity) -> pa.Table:
    """Mended rows as a batch of text, as if they had been read so.

    They are named as the entity's columns, for they may be of files that name them otherwise.
    """
    landed = [typing.landed_names(list(mend.mended), entity) for mend in mends]
    columns: dict[str, Any] = {
        name: pa.array(
            [
                _text(mend.mended.get(names[name] or name))
                for mend, names in zip(mends, landed, strict=True)
            ],
            pa.string(),
        )
        for name in entity.columns
    }
    columns[read.ROW] = pa.array([mend.row for mend in mends], pa.int64())
    columns[typing.ROW_NUMBER] = pa.array([mend.number for mend in mends], pa.int64())
    columns[typing.FILE] = pa.array([mend.file for mend in mends], pa.string())
    return pa.table(columns)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Put small tables together, so that a thousand small files cost like one large one."""
    waiting: list[pa.Table] = []
    for table in tables:
        if waiting and (
            table.schema != waiting[0].schema
            or sum(map(len, waiting)) + len(table) > read.BATCH_ROWS
            or sum(part.nbytes for part in waiting) > _GATHERED_BYTES
        ):
            yield pa.concat_tables(waiting)
            waiting = []
        waiting.append(table)
    if waiting:
        yield pa.concat_tables(waiting)
