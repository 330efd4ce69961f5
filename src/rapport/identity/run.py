"""The identity step: records in, customers out, the registry kept."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from sqlalchemy import Connection, select

from rapport import clock, log
from rapport.errors import RapportError
from rapport.identity import clusters, links, normalise, registry
from rapport.settings import Settings
from rapport.state.store import State
from rapport.state.tables import identity_changes
from rapport.warehouses import Warehouse

COLUMNS = (
    "record_key, source_role, first_name, last_name, full_name, email, phone, country_code, "
    "birth_date, cross_reference, party_kind, company_name, account_reference"
)
_TIMESTAMP = pa.timestamp("us")


@dataclass
class IdentityResult:
    """Figures of one run.

    Attributes:
        links: links that hold the clusters together, by rule.
        shared_keys: keys that too many records share, by kind.
        changes: history rows by kind.
        unresolved_references: records that refer to a record nobody has.
    """

    records: int = 0
    customers: int = 0
    links: dict[str, int] = field(default_factory=dict)
    shared_keys: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    unresolved_references: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Linked:
    """Records with their keys, links and clusters; positions are those of `record_keys`."""

    record_keys: pa.Array
    email: links.Keys
    phone: links.Keys
    kept: links.Links
    labels: links.Ints
    unresolved_references: int


def identify(
    settings: Settings,
    state: State,
    warehouse: Warehouse,
    as_of: datetime,
    dry_run: bool = False,
    suffix: str = "",
) -> IdentityResult:
    """Link the records of `intermediate.int_identity_records` and write schema `identity`.

    Run again with the same records it changes nothing.

    Args:
        as_of: the build's exclusive as-of, UTC; stands in the history.
        dry_run: read the registry without writing it (side builds at an older as-of).
        suffix: of the schemas read and written (side builds).

    Raises:
        RapportError: `identity-duplicate-records` when a record key stands twice.
    """
    started = time.perf_counter()
    records = warehouse.read(f"select {COLUMNS} from intermediate{suffix}.int_identity_records")
    records = records.sort_by("record_key").combine_chunks()
    _refuse_duplicates(records.column("record_key"))
    linked = link(
        records,
        as_of,
        max_records_per_key=int(_threshold(settings, "identity_max_records_per_key")),
        default_country=settings.company.vars.get("identity_default_country"),
    )
    moment = clock.iso(as_of)
    with state.begin() as connection:
        known = registry.load(connection)
        keys = pd.Index(linked.record_keys.to_pylist(), dtype=object)
        rules = _rules(linked)
        assignment = registry.assign(
            known,
            pd.Series(linked.labels, index=keys),
            pd.Series(rules, index=keys).map(_REASONS),
            moment,
        )
        if not dry_run:
            registry.save(connection, known, assignment, moment)
        history = _history(connection, moment)
        customers = registry.customers_after(known, assignment)
    ids = assignment.customer_ids
    minted_from = customers["minted_from"].reindex(ids.to_numpy()).to_numpy()
    rules = np.where(minted_from == ids.index.to_numpy(), "self", rules)
    outputs = {
        "record_customers": pa.table(
            {
                "record_key": linked.record_keys,
                "customer_id": pa.array(ids.to_list(), pa.string()),
                "link_rule": pa.array(rules.tolist(), pa.string()),
                "account_id": pa.array(_accounts(records, ids), pa.string()),
                "link_weight": pa.nulls(len(linked.record_keys), pa.float64()),
            }
        ),
        "identity_links": _links_table(linked),
        "identity_changes": history,
        "customer_aliases": _aliases(customers, history),
        "shared_keys": _shared_keys(linked),
        "record_keys": pa.table(
            {
                "record_key": linked.record_keys,
                "email_normalised": linked.email.values,
                "phone_e164": linked.phone.values,
            }
        ),
    }
    outputs |= {name: schema.empty_table() for name, schema in _UNUSED.items()}
    for name, table in outputs.items():
        warehouse.write(f"identity{suffix}", name, table)
    result = IdentityResult(
        records=len(linked.record_keys),
        customers=int(ids.nunique()),
        links=dict(Counter(links.RULES[rule] for rule in linked.kept.rule.tolist())),
        shared_keys=dict(Counter(outputs["shared_keys"]["key_kind"].to_pylist())),
        changes=assignment.changes["change_kind"].value_counts().to_dict(),
        unresolved_references=linked.unresolved_references,
        seconds=round(time.perf_counter() - started, 3),
    )
    log.get(as_of=moment).info("identified", **vars(result))
    return result


def link(
    records: pa.Table,
    as_of: datetime,
    max_records_per_key: int,
    default_country: str | None = None,
) -> Linked:
    """Link and cluster records, sorted by `record_key`; no state is read or written."""
    column = {name: records.column(name).combine_chunks() for name in records.column_names}
    record_keys = column["record_key"]
    email = links.keys(normalise.emails(column["email"]), links.EMAIL, max_records_per_key)
    phone = links.keys(
        normalise.phones(column["phone"], column["country_code"], default_country),
        links.PHONE,
        max_records_per_key,
    )
    is_web = pc.fill_null(pc.equal(column["source_role"], "web"), False)
    referring = links.references(
        record_keys, column["cross_reference"], is_web.to_numpy(zero_copy_only=False)
    )
    evidence = clusters.Evidence(
        clusters.valid_birth_dates(column["birth_date"], as_of.date()),
        [
            clusters.codes(normalise.names(column[name]))
            for name in ("first_name", "last_name", "full_name")
        ],
    )
    found = links.together(referring, email.links(), phone.links())
    labels, kept = clusters.cluster(len(records), found, [email, phone], evidence)
    known = pc.is_in(column["cross_reference"], value_set=record_keys, skip_nulls=True)
    lost = pc.sum(pc.and_(pc.is_valid(column["cross_reference"]), pc.invert(known))).as_py()
    return Linked(record_keys, email, phone, kept, labels, int(lost or 0))


_REASONS = {
    "self": "shares no key with another record",
    "email": "same e-mail address",
    "phone": "same phone number",
    "cross_reference": "one record names the other",
    "login": "logged in with the account",
}


def _rules(linked: Linked) -> Any:
    """The strongest rule that links each record to its cluster, `self` for none."""
    strongest = np.full(len(linked.labels), len(links.RULES))
    for side in (linked.kept.left, linked.kept.right):
        np.minimum.at(strongest, side, linked.kept.rule)
    return np.array([*links.RULES, "self"], dtype=object)[strongest]


def _accounts(records: pa.Table, ids: pd.Series) -> list[str | None]:
    """Customer id of the account that each record belongs to; an account's own records: theirs."""
    frame = records.select(
        ["record_key", "party_kind", "company_name", "country_code", "account_reference"]
    ).to_pandas()
    frame["customer_id"] = ids.to_numpy()
    frame["company"] = frame["company_name"].str.strip().str.lower() + "|" + frame["country_code"]
    is_account = frame["party_kind"] == "account"
    named = frame[is_account].groupby("company")["customer_id"].agg(["first", "nunique"])
    alone = named.loc[named["nunique"] == 1, "first"]
    own = frame.loc[is_account, "customer_id"].unique()
    found = frame["account_reference"].map(frame[is_account].set_index("record_key")["customer_id"])
    found = found.fillna(frame["company"].map(alone))
    found = found.where(~frame["customer_id"].isin(own), frame["customer_id"])
    return [value if isinstance(value, str) else None for value in found]


# What only a model fills: without one these tables are empty.
_UNUSED = {
    "review_pairs": pa.schema(
        {
            "left_key": pa.string(),
            "right_key": pa.string(),
            "match_weight": pa.float64(),
            "probability": pa.float64(),
            "kind": pa.string(),
            "reason": pa.string(),
        }
    ),
    "scenario_customers": pa.schema(
        {"scenario": pa.string(), "record_key": pa.string(), "customer_id": pa.string()}
    ),
    "identity_model": pa.schema(
        {
            "model_id": pa.string(),
            "trained_as_of": pa.string(),
            "trained_because": pa.string(),
            "records": pa.int64(),
            "threshold": pa.float64(),
            "stricter": pa.float64(),
            "looser": pa.float64(),
            "optimises": pa.string(),
            "blocking": pa.string(),
            "no_model_because": pa.string(),
        }
    ),
    "identity_blocking": pa.schema(
        {"rule": pa.string(), "pairs": pa.int64(), "chosen": pa.bool_(), "reason": pa.string()}
    ),
}


def _refuse_duplicates(record_keys: Any) -> None:
    counts = pc.value_counts(record_keys)
    twice = counts.filter(pc.greater(pc.struct_field(counts, "counts"), 1))
    if len(twice):
        raise RapportError(
            "identity-duplicate-records",
            f"{len(twice)} record keys stand more than once, for instance "
            f"{twice[0]['values'].as_py()!r}",
            "intermediate.int_identity_records",
            "let staging keep one version of each key (macro latest_version)",
        )


def _threshold(settings: Settings, name: str) -> Any:
    """A company's threshold, else the default of dbt_project.yml, where all of them stand."""
    if name in settings.company.vars:
        return settings.company.vars[name]
    path = settings.project_dir / "dbt_project" / "dbt_project.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["vars"][name]


def _links_table(linked: Linked) -> pa.Table:
    kept = linked.kept
    order = np.lexsort((kept.rule, kept.right, kept.left))
    kept = kept.where(order)
    none = pa.nulls(len(kept), pa.string())
    evidence = pc.if_else(
        pa.array(kept.rule == links.EMAIL),
        linked.email.values.take(pa.array(kept.left)),
        pc.if_else(
            pa.array(kept.rule == links.PHONE),
            linked.phone.values.take(pa.array(kept.left)),
            none,
        ),
    )
    return pa.table(
        {
            "left_key": linked.record_keys.take(pa.array(kept.left)),
            "right_key": linked.record_keys.take(pa.array(kept.right)),
            "rule": pa.array(links.RULES).take(pa.array(kept.rule)),
            "evidence": evidence,
            "weight": pa.nulls(len(kept), pa.float64()),
            "is_cut": pa.array(np.zeros(len(kept), bool)),
        }
    )


def _shared_keys(linked: Linked) -> pa.Table:
    rows = [
        (links.RULES[keys.rule], value, count)
        for keys in (linked.email, linked.phone)
        for value, count in sorted(keys.shared.items())
    ]
    kinds, values, counts = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "key_kind": pa.array(kinds, pa.string()),
            "key_value": pa.array(values, pa.string()),
            "records": pa.array(counts, pa.int64()),
        }
    )


def _history(connection: Connection, as_of: str) -> pa.Table:
    """All history up to the as-of."""
    columns = ["change_no", "as_of", *registry.CHANGE_COLUMNS]
    rows = connection.execute(
        select(*(identity_changes.c[name] for name in columns))
        .where(identity_changes.c.as_of <= as_of)
        .order_by(identity_changes.c.change_no)
    ).fetchall()
    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    table = pa.table(
        {
            name: pa.array(values, pa.int64() if name == "change_no" else pa.string())
            for name, values in zip(columns, by_column, strict=True)
        }
    )
    return table.set_column(1, "as_of", _moments(table["as_of"]))


def _aliases(customers: pd.DataFrame, history: pa.Table) -> pa.Table:
    """Every alias with the id in use and the as-of of the merge that made it one."""
    aliases = customers[customers["status"] == registry.ALIAS].sort_index()
    used = registry.Registry(customers=customers).resolve(aliases["alias_of"])
    merges = history.filter(pc.equal(history["change_kind"], "merged"))
    since = merges.group_by("previous_customer_id").aggregate([("as_of", "max")]).to_pydict()
    by_id = dict(zip(since["previous_customer_id"], since["as_of_max"], strict=True))
    return pa.table(
        {
            "alias_id": pa.array(aliases.index.to_list(), pa.string()),
            "customer_id": pa.array(used.to_list(), pa.string()),
            "since": pa.array([by_id.get(name) for name in aliases.index], _TIMESTAMP),
        }
    )


def _moments(text: Any) -> Any:
    return pc.strptime(text, format=clock.ISO, unit="us").cast(_TIMESTAMP)
