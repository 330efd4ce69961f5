"""The raw gate: one delivery in, accepted Parquet and quarantined rows out, each row accounted for.

received = accepted + quarantined + superseded (an older version of a key in the same delivery)
         + duplicates (the same row again in the same delivery).
"""

from __future__ import annotations

import difflib
import hashlib
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.gates import suites, typing
from rapport.landing import read
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings

QUARANTINE_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("rules", pa.list_(pa.string())),
        ("original", pa.string()),
    ]
)


def run(settings: Settings, zone: Zone, interval: Interval) -> dict[str, Any]:
    """Gate the interval's present delivery and commit the outcome as its `gate.json`.

    Running it again gives the stored outcome while neither delivery nor rules have changed.

    Returns:
        the outcome: status (`gated` or `held`), counts, rules, checks, accepted files.

    Raises:
        RapportError: `nothing-landed` when the interval has no delivery.
    """
    entity = settings.source(interval.source).entities[interval.entity]
    manifest = zone.manifest(interval)
    if manifest is None:
        raise RapportError(
            "nothing-landed", "The interval has no delivery", str(interval), "extract it first"
        )
    rules = _fingerprint(settings, entity)
    present = zone.gate_result(interval)
    if present and present["rules_version"] == rules:
        return present
    outcome = _Gate(settings, zone, interval, entity, manifest).outcome()
    outcome |= {"version": manifest["version"], "rules_version": rules}
    outcome |= {"interval_start": manifest["interval_start"]}
    outcome |= {"interval_end": manifest["interval_end"]}
    zone.commit_json(f"{interval.folder}/gate.json", outcome)
    return outcome


def _fingerprint(settings: Settings, entity: Entity) -> str:
    source = b""
    if entity.gate:
        source = suites.module_path(settings, entity.gate)[0].read_bytes()
    return hashlib.sha256(entity.model_dump_json().encode() + source).hexdigest()[:16]


class _Gate:
    """One run of the gate over one delivery."""

    def __init__(
        self,
        settings: Settings,
        zone: Zone,
        interval: Interval,
        entity: Entity,
        manifest: dict[str, Any],
    ) -> None:
        self.zone, self.interval, self.entity, self.manifest = zone, interval, entity, manifest
        self.folder = f"{manifest['folder']}/g-{uuid.uuid4().hex[:12]}"
        suite = suites.load(settings, entity.gate) if entity.gate else None
        self.validator = suites.Validator(suite) if suite else None
        self.received = 0
        self.quarantine: list[pa.Table] = []
        self.rules: Counter[str] = Counter()
        self.checks: dict[str, dict[str, Any]] = {}

    def outcome(self) -> dict[str, Any]:
        """Read, cast, validate, and write both halves; hold the entity where a rule says so."""
        missing = self._missing_columns()
        if missing:
            return self._document("held", reason=missing)
        with tempfile.TemporaryDirectory() as scratch:
            staged = Path(scratch) / "staged.parquet"
            self._stage(staged)
            files, kept = self._settle(staged)
        self._write_quarantine()
        return self._document("held" if (held := self._held()) else "gated", held, files, **kept)

    def _missing_columns(self) -> str | None:
        """The first required column that a file lacks, as a sentence; notes columns it has anew."""
        for item in self.manifest["files"]:
            found = item.get("columns", self.manifest["columns"])
            if found is None or item["format"] == "jsonl":
                continue
            name = item["path"].rsplit("/", 1)[1]
            if missing := self._missing_in(found, name):
                return missing
        return None

    def _missing_in(self, found: list[str], file: str) -> str | None:
        wanted = {c.path or name: c for name, c in self.entity.columns.items()}
        new = [column for column in found if column not in wanted]
        if new and self.entity.fetch.get("new_columns") != "ignore":
            self._note("columns: new", "warning", len(new), f"not read: {', '.join(new)} ({file})")
        for name, column in wanted.items():
            if name in found or not column.required:
                continue
            close = difflib.get_close_matches(name, new or found, n=1, cutoff=0.5)
            hint = f"; {close[0]} looks like it, renamed" if close else ""
            sample = ", ".join(found[:12])
            return f"column {name} is missing{hint} (columns received in {file}: {sample})"
        return None

    def _stage(self, staged: Path) -> None:
        """Cast and validate in batches over all files; what passes goes to `staged`."""
        with (
            duckdb.connect() as database,
            pq.ParquetWriter(staged, typing.schema(self.entity)) as writer,
        ):
            for batch in _gathered(self._rows()):
                good, bad = typing.cast(database, batch, self.entity)
                self._reject(bad)
                writer.write_table(self._validated(database, batch, good))

    def _rows(self) -> Iterator[pa.Table]:
        """Rows of all files, numbered over the delivery; broken lines go to quarantine."""
        for item in sorted(self.manifest["files"], key=lambda entry: entry["path"]):
            path, malformed, rows = item["path"], list[read.Malformed](), 0
            opener = partial(self.zone.open, path)
            for batch in read.batches(opener, path, item["format"], self.entity, malformed):
                numbers = pa.compute.add(batch[read.ROW], self.received)
                names = pa.array([path.rsplit("/", 1)[1]] * len(batch), pa.string())
                rows += len(batch)
                yield batch.append_column(typing.ROW_NUMBER, numbers).append_column(
                    typing.FILE, names
                )
            if malformed:
                self._reject(_lines_as_rejects(path, malformed))
            self.received += rows + len(malformed)

    def _validated(
        self, database: duckdb.DuckDBPyConnection, batch: pa.Table, good: pa.Table
    ) -> pa.Table:
        if self.validator is None or len(good) == 0:
            return good
        import pandas as pd

        frame = good.to_pandas(types_mapper=pd.ArrowDtype)
        failing: dict[int, list[str]] = {}
        for check in self.validator.validate(frame, typing.ROW_NUMBER):
            self._add(check)
            if check.severity == "critical" and check.is_about_rows:
                for number in check.rows:
                    failing.setdefault(int(number), []).append(check.rule)
        if not failing:
            return good
        numbers = pa.array(sorted(failing), pa.int64())
        rules = pa.array([sorted(failing[n]) for n in sorted(failing)], pa.list_(pa.string()))
        self._reject(typing.originals(database, batch, numbers).append_column("rules", rules))
        return good.filter(
            pa.compute.invert(pa.compute.is_in(good[typing.ROW_NUMBER], value_set=numbers))
        )

    def _add(self, check: suites.Check) -> None:
        known = self.checks.get(check.rule)
        document = check.document()
        if known:
            document["unexpected"] += known["unexpected"]
            document["success"] = known["success"] and check.success
        self.checks[check.rule] = document

    def _note(self, rule: str, severity: str, count: int, detail: str, ok: bool = False) -> None:
        self.checks[rule] = {
            "rule": rule,
            "severity": severity,
            "success": ok,
            "unexpected": count,
            "detail": detail,
        }

    def _reject(self, bad: pa.Table) -> None:
        """Put rows (columns file, row, rules, original) into quarantine."""
        if len(bad) == 0:
            return
        for rules in bad["rules"].to_pylist():
            self.rules.update(rules[:1])  # a row is counted once, under its first rule
        self.quarantine.append(bad.select(QUARANTINE_SCHEMA.names).cast(QUARANTINE_SCHEMA))

    def _settle(self, staged: Path) -> tuple[list[str], dict[str, int]]:
        """Drop repeats and older versions inside the delivery; write the accepted half."""
        path = f"{self.folder}/accepted/part-00000.parquet"
        with duckdb.connect() as database:
            counts = typing.rank(database, staged, self.entity)
            extra = {
                "_source": self.interval.source,
                "_interval_start": self.manifest["interval_start"],
                "_interval_end": self.manifest["interval_end"],
                "_loaded_at": self.manifest["extracted_at"],
                "_load_id": self.manifest["version"],
            }
            with self.zone.write(path) as stream:
                size = typing.write_accepted(database, self.entity, extra, stream)
        return [path], {**counts, "bytes": size}

    def _write_quarantine(self) -> None:
        if not self.quarantine:
            return
        path = f"{self.folder}/quarantine/part-00000.parquet"
        with self.zone.write(path) as stream:
            pq.write_table(pa.concat_tables(self.quarantine), stream)

    def _held(self) -> str | None:
        share = 100 * self._quarantined / self.received if self.received else 0.0
        limit = self.entity.quarantine_max_pct
        self._note(
            "set: quarantined share",
            "critical",
            self._quarantined,
            f"{share:.2f} % of {self.received} rows, at most {limit:g} %",
            share <= limit,
        )
        if share > limit:
            worst = ", ".join(f"{rule} ({count})" for rule, count in self.rules.most_common(3))
            return (
                f"{self._quarantined} of {self.received} rows ({share:.1f} %) break a rule, "
                f"more than the {limit:g} % allowed: {worst}"
            )
        failed = [
            check["rule"]
            for check in self.checks.values()
            if not check["success"]
            and check["severity"] == "critical"
            and check["rule"].startswith(("table", "set"))
        ]
        return f"the set breaks {failed[0]}" if failed else None

    @property
    def _quarantined(self) -> int:
        return sum(len(table) for table in self.quarantine)

    def _document(
        self,
        status: str,
        reason: str | None = None,
        files: list[str] | None = None,
        **counts: int,
    ) -> dict[str, Any]:
        held = status == "held"
        return {
            "status": status,
            "reason": reason,
            "folder": self.folder,
            "accepted_files": [] if held else files or [],
            "received": self.received or self.manifest["rows"],
            "accepted": counts.get("accepted", 0),
            "quarantined": self._quarantined,
            "superseded": counts.get("superseded", 0),
            "duplicates": counts.get("duplicates", 0),
            "bytes": counts.get("bytes", 0),
            "rules": dict(sorted(self.rules.items())),
            "checks": [self.checks[rule] for rule in sorted(self.checks)],
        }


def _gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Put small tables together, so that a thousand small files cost like one large one."""
    waiting: list[pa.Table] = []
    for table in tables:
        if waiting and (
            table.schema != waiting[0].schema
            or sum(map(len, waiting)) + len(table) > read.BATCH_ROWS
        ):
            yield pa.concat_tables(waiting)
            waiting = []
        waiting.append(table)
    if waiting:
        yield pa.concat_tables(waiting)


def _lines_as_rejects(path: str, malformed: list[read.Malformed]) -> pa.Table:
    return pa.table(
        {
            "file": [path.rsplit("/", 1)[1]] * len(malformed),
            "row": [line.row for line in malformed],
            "rules": [[line.reason] for line in malformed],
            "original": [line.text for line in malformed],
        }
    )


def quarantined(zone: Zone, outcome: dict[str, Any]) -> pa.Table:
    """The quarantined rows of a gate outcome: file, row, rules, original (JSON or the line)."""
    path = f"{outcome['folder']}/quarantine/part-00000.parquet"
    if not zone.exists(path):
        return QUARANTINE_SCHEMA.empty_table()
    with zone.open(path) as stream:
        return pq.read_table(stream)
