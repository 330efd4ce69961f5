"""One run of the identity step on an open workspace, from records to ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from rapport import clock, log
from rapport.errors import RapportError
from rapport.identity import changes, claims, decisions, increments, registry, store, workspace
from rapport.identity.changes import Counts
from rapport.identity.linkage import training
from rapport.identity.linkage.model import Model
from rapport.identity.results import IdentityResult
from rapport.identity.workspace import Workspace
from rapport.state.store import State
from rapport.warehouses import Warehouse

# What identity looks at, of `int_identity_records`; a column that is not there counts as empty.
COLUMNS = """
record_key source_system source_role party_kind first_name last_name full_name company_name
email phone street city postal_code region country_code birth_date national_id tax_id
cross_reference account_reference
""".split()


@dataclass(frozen=True)
class Policy:
    """What a company decides about identity.

    Attributes:
        max_records_per_key: more records than this with one e-mail, phone or id: it links nobody.
        default_country: ISO 3166 alpha-2 code for phones of records without a country.
        one_per_source: systems that hold each customer once.
    """

    max_records_per_key: int
    default_country: str | None = None
    one_per_source: Sequence[str] = ()


@dataclass(frozen=True)
class Past:
    """What a build had of identity, for a reading of that past.

    Attributes:
        changes: number of the last change of the registry.
        model: id of the model in use; None where there was none.
        known_at: decisions by hand made later do not count, ISO text.
    """

    changes: int
    model: str | None
    known_at: str


@dataclass
class Trained:
    """The model in use, since which as-of and why, and whether this run trained it."""

    model: Model
    as_of: str
    reason: str
    is_new: bool = False


class Step:
    """One run.

    Args:
        work: the workspace, open.
        as_of: the build's exclusive as-of, UTC.
        result: figures, filled in.
        dry_run: the state store is read only.
        past: take registry, model and decisions as they were then; only with `dry_run`.
    """

    def __init__(
        self,
        state: State,
        work: Workspace,
        policy: Policy,
        as_of: datetime,
        result: IdentityResult,
        dry_run: bool,
        past: Past | None = None,
    ) -> None:
        self.past = past
        self.state, self.work, self.policy = state, work, policy
        self.as_of, self.result, self.dry_run = as_of, result, dry_run
        self.columns: list[str] = []
        self.trained: Trained | None = None
        self.written = ""  # what stands in the warehouse, if only increments were made since

    def read(self, warehouse: Warehouse, schema: str) -> None:
        """Take the records of `int_identity_records`; as `take` otherwise."""
        there = warehouse.columns(schema, "int_identity_records")
        columns = ", ".join(name for name in COLUMNS if name in there)
        self.take(warehouse.read(f"select {columns} from {schema}.int_identity_records"))

    def take(self, records: pa.Table) -> None:
        """Take records in any order, with any of `COLUMNS`; refuse a key that stands twice.

        Raises:
            RapportError: `identity-duplicate-records`.
        """
        self.columns = [name for name in COLUMNS if name in records.column_names]
        self.work.table("identity_incoming", records.select(self.columns))
        twice = self.work.connection.execute(
            "select record_key, count(*) over () from identity_incoming "
            "group by record_key having count(*) > 1 order by 1 limit 1"
        ).fetchone()
        if twice:
            raise RapportError(
                "identity-duplicate-records",
                f"{twice[1]} record keys stand more than once, for instance {twice[0]!r}",
                "intermediate.int_identity_records",
                "let staging keep one version of each key (macro latest_version)",
            )

    def run(self) -> Trained:
        """Bring workspace and registry up to date; returns the model in use."""
        counts = Counts()
        with self.work.transaction():
            revision, fresh = self._begin()
            trained = self._link(counts)
            self.trained = trained
            with self.result.phase("registry"):
                self._renew(trained, revision, fresh)
        self.result.model = trained.model.model_id
        self.result.work = vars(counts)
        return trained

    def _begin(self) -> tuple[str, bool]:
        """Read the state store; returns the registry's revision and whether it was read anew."""
        work = self.work
        with self.state.begin() as connection:
            revision = store.revision(connection)
            if self.past:
                saved = store.model(connection, self.past.model) if self.past.model else None
                known = decisions.in_force(connection, self.past.known_at)
            else:
                saved = store.active_model(connection)
                known = decisions.in_force(connection)
            is_other = bool(self.past) or not work.fact("policy")
            is_other = is_other or revision != work.fact("revision")
            if is_other:
                store.load(work.connection, connection)
            if self.past:
                registry.rewind(work.connection, self.past.changes)
        if saved:
            self.trained = Trained(Model.from_json(saved[0]), saved[1], saved[2])
        self._decide(known)
        policy = workspace.policy(
            self.policy.max_records_per_key,
            self.policy.default_country,
            list(self.policy.one_per_source),
        )
        if work.fact("policy") != policy:
            self.result.from_nothing = (
                "rules or versions changed" if work.fact("policy") else "no workspace"
            )
        elif not self.trained or work.fact("model") != self.trained.model.model_id:
            self.result.from_nothing = "another model"
        moment = clock.iso(self.as_of)
        if not (is_other or self.result.from_nothing or work.fact("as_of") > moment):
            self.written = work.fact("written")
        work.note(policy=policy, as_of=moment, written="")
        return revision, is_other

    def _decide(self, known: list[decisions.Decision]) -> None:
        """Make `hand` what was decided; `identity_hand_news` has the records of what is new."""
        valid, overruled = decisions.consistent(known)
        for decision, *chain in overruled:
            log.get().warning(
                "decision by hand overruled by newer ones",
                decision=str(decision),
                newer=[str(other) for other in chain],
            )
        self.result.overruled_decisions = len(overruled)
        self.work.decided([(d.left_key, d.right_key, d.kind, d.words) for d in valid])

    def _link(self, counts: Counts) -> Trained:
        """Link what changed; all of it where there is no model, or where it fits no more."""
        work, result = self.work, self.result
        before = self.as_of.date()
        anew = bool(result.from_nothing)
        with result.phase("prepare"):
            if anew:
                work.clear()
            changes.compare(work, before, self.columns[1:], counts)
            changes.prepare_news(work, before, self.policy.default_country)
        records, filled = training.filled(work.connection, "prepared")
        trained = self.trained
        reasons = trained.model.drift(records, filled) if trained else ["first build"]
        if trained and not reasons:
            with result.phase("link"):
                increments.link(work, trained.model, self.policy.one_per_source, anew, counts)
            reasons = trained.model.drift(records, filled, increments.levels(work, trained.model))
            if not reasons:
                return trained
        self.written = ""
        result.from_nothing = f"model trained: {'; '.join(reasons)}"
        with result.phase("train"):
            model = training.train(work.connection, "prepared", self.policy.max_records_per_key)
        with result.phase("link"):
            increments.link(work, model, self.policy.one_per_source, True, counts)
        # Later builds compare with all pairs scored, not with the sample that trained the model.
        measured = {**model.facts, "levels": increments.levels(work, model)}
        model = replace(model, facts=measured)
        return Trained(model, clock.iso(self.as_of), "; ".join(reasons), is_new=True)

    def _renew(self, trained: Trained, revision: str, fresh: bool) -> None:
        """Give ids, and write them to the state store unless that is to be read only."""
        work = self.work
        before = work.count("registry_changes")
        with self.state.begin() as connection:
            claims.see(work, connection, fresh, forgetful=self.past is not None)
        claims.renew(work, trained.model, clock.iso(self.as_of), fresh)
        self.result.changes = dict(
            work.connection.execute(
                "select change_kind, count(*) from written_changes group by 1 order by 1"
            ).fetchall()
        )
        if self.dry_run:
            last = self.past.changes if self.past else before
            work.connection.execute("delete from registry_changes where change_no > ?", [last])
            return
        with self.state.begin() as connection:
            after = store.save(work.connection, connection, revision)
            if trained.is_new:
                store.save_model(
                    connection,
                    trained.model.model_id,
                    trained.model.to_json(),
                    trained.as_of,
                    trained.reason,
                )
        work.note(revision=after, model=trained.model.model_id)
