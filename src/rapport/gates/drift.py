"""Columns that are new, missing, renamed, emptied or of another type: what to tell a person.

Only the entity with the fault is held. Nothing needs to be extracted again: once the line named is
changed, the gate reads what was received anew.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any

import duckdb
import pyarrow as pa

from rapport.company import Entity
from rapport.company.writing import flow
from rapport.gates import described, settle
from rapport.gates.findings import Findings
from rapport.gates.known import Known
from rapport.gates.received import Received
from rapport.gates.rejects import Rejects
from rapport.gates.typing import landed_names, typed
from rapport.landing import read
from rapport.landing.read import customs, delimited, paths, streams
from rapport.landing.zone import Zone
from rapport.settings import Settings
from rapport.warehouses.base import quote

SAMPLE_ROWS = 1000  # rows of a file that are looked at to tell what a column or key holds
MIN_ROWS = 20  # fewer rows may well leave a column empty by chance
USUAL_SHARE = 0.9  # what fewer rows have (the id of a form) may well be absent for a day
_NAMED_ALIKE = 0.5
_THOUSANDS = "numbers with thousands marks"
_COMMA = "numbers with a decimal comma"
_DATES = "dates written otherwise"
_TYPES_TRIED = ("integer", "decimal", "date", "timestamp", "boolean")


class Drift:
    """Compares what a delivery holds with what the entity declares and what came before."""

    def __init__(
        self,
        settings: Settings,
        zone: Zone,
        source: str,
        entity: Entity,
        manifest: dict[str, Any],
        known: Known,
        findings: Findings,
    ) -> None:
        self.settings, self.zone, self.source, self.entity = settings, zone, source, entity
        self.manifest, self.known, self.findings = manifest, known, findings

    def missing(self, database: duckdb.DuckDBPyConnection) -> str | None:
        """The first required column that a file lacks, as a sentence; new ones are reported."""
        for item in self.manifest["files"]:
            found = item.get("columns", self.manifest["columns"])
            if found is not None and item["format"] not in ("jsonl", "access_log", "keys"):
                reason = self._missing_in(database, item, found)
                if reason:
                    return reason
        self._tell_new(sorted(self._keys - set(self._before.get("found", self._keys))), "keys")
        return None

    def retyped(self, rejects: Rejects) -> str:
        """Where most rows fail for one column's type: what it holds now, and the line to change."""
        rule = rejects.rules.most_common(1)[0][0]
        column, _, kind = rule.partition(": is no ")
        if kind != getattr(self.entity.columns.get(column), "type", None):
            return ""
        rows = [(row, self._value(row["original"], column)) for row in rejects.examples[rule]]
        shown = "; ".join(
            f"{row['file']} row {row['row']}: {value[:40]!r}" for row, value in rows[:3]
        )
        values = [value for _, value in rows]
        looks = _kind(values)
        now = " now" if self.known.before else ""
        line = described.line(self.settings, self.source, self.entity, column)
        return (
            f". Column {column} of {self.entity.name} is declared {kind}, its values look like "
            f"{looks}{now} ({shown}); {self._option(looks, kind, values)}to take it so, change "
            f"columns.{column} in {line} and, where its staging model (stg_{self.source}__"
            f"{self.entity.name}.sql, or the system's own) casts it, that too"
        )

    def _option(self, looks: str, kind: str, values: list[str]) -> str:
        """The option of `fetch` that reads values written so, as the first half of a sentence."""
        if all(item["format"] not in delimited.DELIMITERS for item in self.manifest["files"]):
            return ""
        option = ""
        if looks == _DATES and kind == "date":
            option = 'date_format: "%d.%m.%Y"'
        elif looks in (_THOUSANDS, _COMMA) and kind in ("integer", "decimal", "double"):
            option = f'decimal: "{_decimal_mark(values)}"'
        place = f"sources/{self.source}.yml"
        return (
            f"to read them as {kind}, say how they are written (such as `{option}`) under "
            f"`fetch` of the entity in {place}; "
            if option
            else ""
        )

    def tell_rounded(self, rows: Received) -> None:
        """Report decimals that had more digits than they keep, and the line to change."""
        for column, (count, example) in sorted(rows.rounded.items()):
            line = described.line(self.settings, self.source, self.entity, column)
            detail = (
                f"{count} values had more than the four digits behind the point that a decimal "
                f"keeps (such as {example[:40]}), and were rounded. If they matter, declare "
                f"columns.{column} as double in {line}, and gate and load the interval again"
            )
            self.findings.note(f"columns: {column} rounded", "warning", False, count, detail)

    def emptied(self, rows: Received) -> str | None:
        """A required path that no row of JSON lines has any more although earlier ones had it."""
        has_lines = any(item["format"] == "jsonl" for item in self.manifest["files"])
        if not has_lines or rows.read < MIN_ROWS:
            return None
        had = set(self._before.get("filled", []))
        for name, column in self.entity.columns.items():
            if column.required and name in had and not rows.filled[name]:
                places = column.paths(name)
                new = sorted(self._keys - set(self._before.get("found", [])))
                root = paths.root(places[-1])
                close = difflib.get_close_matches(root, new, n=1, cutoff=_NAMED_ALIKE)
                wanted = [*places, close[0] + places[-1].removeprefix(root)] if close else None
                hint = (
                    f"; {close[0]} is new and looks like it, renamed: set `path: {flow(wanted)}`"
                    if close
                    else ""
                )
                line = described.line(self.settings, self.source, self.entity, name, wanted)
                return (
                    f"column {name} ({' or '.join(places)}) has no value in any of {rows.read} "
                    f"rows, earlier deliveries had it{hint}. Change `path` of columns.{name} in "
                    f"{line}, or say `required: false` there"
                )
        return None

    def fields(self, rows: Received) -> dict[str, list[str]]:
        """What the next delivery is compared with: top-level keys, and columns usually filled."""
        enough = USUAL_SHARE * rows.read
        filled = [name for name, count in rows.filled.items() if count >= enough > 0]
        return {"found": sorted(self._keys), "filled": sorted(filled)}

    def _missing_in(
        self, database: duckdb.DuckDBPyConnection, item: dict[str, Any], found: list[str]
    ) -> str | None:
        columns = self.entity.columns
        wanted = {name: column.paths(name) for name, column in columns.items()}
        file = item["path"].rsplit("/", 1)[1]
        new = [column for column in found if column not in itertools.chain(*wanted.values())]
        self._tell_new(new, file)
        absent = [name for name, places in wanted.items() if not set(places) & set(found)]
        name = next((name for name in absent if columns[name].required), None)
        if name is None:
            return None
        close, hint = self._renamed(database, item, name, new)
        if not close and len(absent) == len(new) == 1:
            close, hint = new[0], f"{new[0]} is the only new column; if it is that, renamed"
        path = [*wanted[name], close] if close else None
        todo = f"; {hint}: set `path: {flow(path)}`" if path else ""
        line = described.line(self.settings, self.source, self.entity, name, path)
        return (
            f"column {' or '.join(wanted[name])} is missing{todo} (columns received in {file}: "
            f"{', '.join(found[:12])}). The line to change: columns.{name} in {line}"
        )

    def _tell_new(self, new: list[str], where: str) -> None:
        if not new or self.entity.fetch.get("new_columns") == "ignore":
            return
        line = described.line(self.settings, self.source, self.entity, None)
        detail = (
            f"not read: {', '.join(new)} ({where}); they are landed. To read one, add it to the "
            f"entity's columns in {line}, and gate and load the interval again"
        )
        self.findings.note("columns: new", "warning", False, len(new), detail)

    def _renamed(
        self,
        database: duckdb.DuckDBPyConnection,
        item: dict[str, Any],
        name: str,
        new: list[str],
    ) -> tuple[str, str]:
        """Which new column holds what the missing one held, by values and by name, and why."""
        rows, landed = self._sample(item), self.entity.columns[name].paths(name)[-1]
        fitting = []
        for column in (c for c in new if rows is not None and c in rows.column_names):
            fits, seen = self._likeness(database, rows, column, name)
            alike = difflib.SequenceMatcher(None, landed.lower(), column.lower()).ratio()
            if fits and (alike >= _NAMED_ALIKE or seen >= _NAMED_ALIKE):
                fitting.append((seen, alike, column))
        if not fitting:
            return "", ""
        seen, _, best = max(fitting)
        values = f", {100 * seen:.0f} % of its values were in {landed} before" if seen else ""
        return best, f"{best} looks like it, renamed{values}"

    def _likeness(
        self, database: duckdb.DuckDBPyConnection, rows: pa.Table, column: str, name: str
    ) -> tuple[bool, float]:
        """Whether a sample is of the missing column's type, and which share was seen before."""
        kind = self.entity.columns[name].type
        value = typed(quote(column), kind, rows.schema.field(column).type)
        database.register("sample", customs.plain(rows, self.entity, {name: column}))
        filled, cast, *_ = database.execute(
            f"select count({quote(column)}), count({value}) from sample"
        ).fetchall()[0]
        before = (self._document_before or {}).get("accepted_files") or []
        if not filled or cast < filled or not before:
            return cast == filled, 0.0
        stored = settle.stored(database, self.zone, self.entity, before)
        (seen,) = database.execute(
            f"select count(*) from sample where {value} in (select {quote(name)} from {stored})"
        ).fetchall()[0]
        return True, seen / filled

    def _sample(self, item: dict[str, Any]) -> pa.Table | None:
        """The first rows of a file."""
        opener = partial(self.zone.open, item["path"])
        batches = read.batches(opener, item["path"], item["format"], self.entity, [])
        first: pa.Table | None = next(iter(batches), None)
        return first.slice(0, SAMPLE_ROWS) if first is not None else None

    @cached_property
    def _keys(self) -> set[str]:
        """Top-level keys in the first lines of every file of JSON lines, declared or not."""
        places = (c.paths(name) for name, c in self.entity.columns.items())
        declared = {paths.root(path) for path in itertools.chain.from_iterable(places)}
        return set(itertools.chain.from_iterable(self._documents())) - declared

    def _documents(self) -> Iterator[dict[str, Any]]:
        for item in self.manifest["files"]:
            if item["format"] != "jsonl":
                continue
            with streams.plain(partial(self.zone.open, item["path"]), item["path"]) as lines:
                for line in itertools.islice(lines, SAMPLE_ROWS):
                    try:
                        document = json.loads(line)
                    except (ValueError, RecursionError):
                        continue  # the reader rejects such a line by its number
                    if isinstance(document, dict):
                        yield document

    @cached_property
    def _document_before(self) -> dict[str, Any] | None:
        """What the gate made of the interval before."""
        return self.zone.read_json(f"{self.known.before}/gate.json") if self.known.before else None

    @property
    def _before(self) -> dict[str, Any]:
        return dict((self._document_before or {}).get("fields") or {})

    def _value(self, original: str, column: str) -> str:
        """A column's value in a rejected row."""
        row = json.loads(original)
        landed = landed_names(list(row), self.entity)[column]
        return str(row.get(landed or column))


def _decimal_mark(values: list[str]) -> str:
    """What parts the decimals: before one or two last digits, else what does not part thousands."""
    tails = [found[1] for value in values if (found := re.search(r"([.,])\d{1,2}\s*$", value))]
    if tails:
        return str(tails[0])
    return "." if any("," in value for value in values) else ","


def _kind(values: list[str]) -> str:
    """What a handful of values look like, in words."""
    text = pa.table({"value": pa.array(values, pa.string())})
    with duckdb.connect() as database:
        database.execute("set TimeZone = 'UTC'")
        database.register("sample", text)
        for kind in _TYPES_TRIED:
            fits = typed("value", kind, pa.string())
            if database.execute(f"select bool_and({fits} is not null) from sample").fetchone() == (
                True,
            ):
                return kind
        patterns = {
            _THOUSANDS: r"^\s*[+-]?\d{1,3}([ ,.'’]\d{3})+([.,]\d+)?\s*$",
            _COMMA: r"^\s*[+-]?(\d+|\d{1,3}([ .'’]\d{3})+),\d+\s*$",
            _DATES: r"^\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b.*$",
            "amounts with a unit": r"^\s*\D{0,3}\s?[+-]?[\d.,]+\s?\D{0,3}\s*$",
        }
        for words, pattern in patterns.items():
            query = "select bool_and(regexp_matches(value, ?)) from sample"
            if database.execute(query, [pattern]).fetchone() == (True,):
                return words
    return "text"
