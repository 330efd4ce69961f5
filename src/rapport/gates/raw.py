"""The raw gate: one delivery in, accepted Parquet and quarantined rows out, each row accounted for.

received = accepted + quarantined + superseded (an older version of a key in the same delivery)
         + duplicates (the same row again in the delivery, or loaded by an earlier interval).

    received    rows read, cast, validated, mended or rejected, a batch at a time
    settle      repeats and versions; rows of the interval's earlier deliveries that stay
    deletions   keys that are gone at the source
    sets        rules about the delivery as a whole
    drift       columns that are new, missing, renamed or of another type
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

import duckdb

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.gates import deletions, scratch, sets, settle, suites, typing
from rapport.gates.drift import Drift
from rapport.gates.findings import Findings
from rapport.gates.known import Known
from rapport.gates.received import Received
from rapport.gates.rejects import Rejects
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings

NOTHING_KNOWN = Known()


def run(
    settings: Settings, zone: Zone, interval: Interval, known: Known = NOTHING_KNOWN
) -> dict[str, Any]:
    """Gate the interval's present delivery and commit the outcome as its `gate.json`.

    Running it again gives the stored outcome while neither delivery, rules nor mends have
    changed; a delivery that was held is judged anew.

    Args:
        known: what the delivery is compared with, see `known.of`.

    Returns:
        the outcome: status (`gated` or `held`), counts, rules, checks, accepted files.

    Raises:
        RapportError: `nothing-landed` when the interval has no delivery.
    """
    entity = settings.entity(interval.source, interval.entity)
    manifest = zone.manifest(interval)
    if manifest is None:
        raise RapportError(
            "nothing-landed", "The interval has no delivery", str(interval), "extract it first"
        )
    rules = _fingerprint(settings, entity, known)
    present = zone.gate_result(interval)
    if present and present["rules_version"] == rules and present["status"] == "gated":
        return present
    # Rows gated anew under other rules or mends are another load to whatever reads them.
    load_id = f"{manifest['version']}.{rules}"
    outcome = _Gate(settings, zone, interval, entity, manifest, known, load_id).outcome()
    outcome |= {"version": manifest["version"], "rules_version": rules, "load_id": load_id}
    outcome |= {"interval_start": manifest["interval_start"]}
    outcome |= {"interval_end": manifest["interval_end"]}
    zone.commit_json(f"{interval.folder}/gate.json", outcome)
    return outcome


def _fingerprint(settings: Settings, entity: Entity, known: Known) -> str:
    source = b""
    if entity.gate:
        source = suites.module_path(settings, entity.gate)[0].read_bytes()
    mends = json.dumps(dict(known.mends), sort_keys=True) if known.mends else ""
    return hashlib.sha256(entity.model_dump_json().encode() + source + mends.encode()).hexdigest()[
        :16
    ]


class _Gate:
    """One run of the gate over one delivery."""

    def __init__(
        self,
        settings: Settings,
        zone: Zone,
        interval: Interval,
        entity: Entity,
        manifest: dict[str, Any],
        known: Known,
        load_id: str,
    ) -> None:
        self.zone, self.interval, self.entity = zone, interval, entity
        self.manifest, self.known, self.load_id = manifest, known, load_id
        self.folder = f"{manifest['folder']}/g-{uuid.uuid4().hex[:12]}"
        suite = suites.load(settings, entity.gate) if entity.gate else None
        self.validator = suites.Validator(suite) if suite else None
        self.findings = Findings()
        self.drift = Drift(settings, zone, interval.source, entity, manifest, known, self.findings)

    def outcome(self) -> dict[str, Any]:
        """Read, cast, validate, and write both halves; hold the entity where a rule says so."""
        with tempfile.TemporaryDirectory() as folder:
            rejected = Rejects(Path(folder) / "rejected.parquet")
            with scratch.database(self.zone, Path(folder)) as database:
                missing = self.drift.missing(database)
                rows = Received(
                    self.zone,
                    self.manifest,
                    self.entity,
                    self.validator,
                    self.known.mends,
                    rejected,
                    self.findings,
                )
                if missing:
                    self._note_missing(missing)
                    return self._document(missing, rows, settle.Settled(), [])
                staged = Path(folder) / "staged.parquet"
                rows.stage(database, staged)
                settled = self._settle(database, staged, rows)
                self.drift.tell_rounded(rows)
                held = self._held(rows)
                files = [] if held else [self._write(database, staged, settled)]
            rejected.publish(self.zone, self.folder)
        return self._document(held, rows, settled, files)

    def _settle(
        self, database: duckdb.DuckDBPyConnection, staged: Path, rows: Received
    ) -> settle.Settled:
        """Settle the rows against each other and what is loaded; judge the set."""
        entity, known, findings = self.entity, self.known, self.findings
        settled = settle.drop(database, self.zone, entity, staged, known.earlier)
        is_compared = known.history is not None and self._source_keys(database, rows.rejects)
        settled.carried = settle.carry(
            database,
            self.zone,
            entity,
            known.own,
            self.manifest["version"],
            known.own_version,
            keep_tombstones=not is_compared,
        )
        if is_compared and known.history:
            found = deletions.compare(database, self.zone, entity, known.history, self._meta())
            settled.tombstones, settled.back = found.gone, found.back
            sets.deletions(findings, entity, found.live, found.gone)
        sets.volume(findings, entity, rows.count, known.volumes)
        sets.freshness(findings, entity, database, self.interval)
        sets.references(findings, entity, database, self.zone, known)
        sets.duplicates(findings, entity, rows.count, settled)
        return settled

    def _source_keys(self, database: duckdb.DuckDBPyConnection, rejected: Rejects) -> bool:
        """Whether the keys that the source holds are known, so that the gone ones are."""
        entity, doubt = self.entity, ""
        if not entity.key or not deletions.source_keys(database, self.zone, entity, self.manifest):
            doubt = "the delivery brought no file of the source's keys"
        elif (
            not entity.cursor
            and rejected.count
            and not deletions.add_quarantined(database, entity, rejected.path)
        ):
            doubt = "rows that cannot be read may hold any key; mend them"
        if doubt:
            text = f"keys were not compared with those loaded: {doubt}"
            self.findings.note("set: deletions", "warning", False, 0, text)
        return not doubt

    def _meta(self) -> dict[str, str]:
        """Values of the columns that landing adds, as text."""
        return {
            "_source": self.interval.source,
            "_interval_start": self.manifest["interval_start"],
            "_interval_end": self.manifest["interval_end"],
            "_loaded_at": self.manifest["extracted_at"],
            "_load_id": self.load_id,
        }

    def _write(
        self, database: duckdb.DuckDBPyConnection, staged: Path, settled: settle.Settled
    ) -> str:
        path = f"{self.folder}/accepted/part-00000.parquet"
        with self.zone.write(path) as stream:
            settled.bytes = settle.write(database, self.entity, staged, self._meta(), stream)
        return path

    def _held(self, rows: Received) -> str | None:
        """Why the entity does not pass, or None."""
        bad, limit = rows.rejects.count, self.entity.quarantine_max_pct
        share = 100 * bad / rows.count if rows.count else 0.0
        detail = f"{share:.2f} % of {rows.count} rows, at most {limit:g} %"
        self.findings.note("set: quarantined share", "critical", share <= limit, bad, detail)
        if emptied := self.drift.emptied(rows):  # it is why a rule for the column fails each row
            self._note_missing(emptied)
            return emptied
        if share > limit:
            worst = ", ".join(
                f"{rule} ({count})" for rule, count in rows.rejects.rules.most_common(3)
            )
            return (
                f"{bad} of {rows.count} rows ({share:.1f} %) break a rule, "
                f"more than the {limit:g} % allowed: {worst}{self.drift.retyped(rows.rejects)}"
            )
        broken = self.findings.broken_set_rule()
        return f"{broken['rule']}: {broken['detail']}" if broken else None

    def _note_missing(self, detail: str) -> None:
        """A column that holds the entity is a check that failed, to readers of the reports too."""
        self.findings.note("columns: missing", "critical", False, 1, detail)

    def _document(
        self, held: str | None, rows: Received, settled: settle.Settled, files: list[str]
    ) -> dict[str, Any]:
        return {
            "status": "held" if held else "gated",
            "reason": held,
            "folder": self.folder,
            "accepted_files": files,
            "received": rows.count or self.manifest["rows"],
            "accepted": settled.accepted,
            "quarantined": rows.rejects.count,
            "superseded": settled.superseded,
            "duplicates": settled.repeats + settled.seen_before,
            "mended": rows.mended,
            "carried": settled.carried,
            "tombstones": settled.tombstones,
            "back": settled.back,
            "bytes": settled.bytes,
            "rules": dict(sorted(rows.rejects.rules.items())),
            "checks": self.findings.documents(),
            "expectations": self.findings.expectations,
            "described": typing.rules(self.entity),
            "fields": self.drift.fields(rows),
        }
