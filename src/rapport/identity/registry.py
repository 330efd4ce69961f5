"""Customer ids that stay: who keeps an id, who gets a new one, and why.

An id belongs to the cluster that holds the record it was minted from; where that record is gone,
to the cluster that holds most of its records. A cluster that several ids belong to keeps the
oldest, the others become its aliases. A cluster without an id takes back the alias minted from
one of its records, else a new id is minted from its smallest record key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from rapport.state.tables import identity_changes, identity_customers, identity_records

CHUNK = 50_000
ACTIVE, ALIAS = "active", "alias"
CHANGE_COLUMNS = ["change_kind", "customer_id", "record_key", "previous_customer_id", "reason"]
_CUSTOMER_COLUMNS = ["customer_id", "status", "alias_of", "minted_from", "since_as_of"]


@dataclass
class Registry:
    """What the state store knows.

    Attributes:
        records: customer id by record key, as written when it last changed.
        customers: rows of `identity_customers`, indexed by customer id.
    """

    records: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))
    customers: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=_CUSTOMER_COLUMNS[1:], dtype=object)
    )

    def resolve(self, ids: pd.Series) -> pd.Series:
        """Ids with aliases followed to the id that is in use."""
        aliases = self.customers["alias_of"].dropna()
        found = ids
        while len(aliases) and found.isin(aliases.index).any():
            found = found.map(aliases).where(found.isin(aliases.index), found)
        return found


@dataclass
class Assignment:
    """Who is who now, and what that changes in the registry."""

    customer_ids: pd.Series
    changes: pd.DataFrame
    records: pd.Series
    customers: pd.DataFrame


def assign(registry: Registry, clusters: pd.Series, reasons: pd.Series, as_of: str) -> Assignment:
    """Give every cluster its customer id.

    Args:
        registry: what was known before; not changed.
        clusters: cluster number by record key, sorted by key.
        reasons: by record key, the sentence for the history if its id changes.
        as_of: the build's as-of, ISO text.

    Returns:
        ids by record key; the history rows; records and customers to be written.
    """
    frame = clusters.rename("cluster").to_frame()
    frame["position"] = range(len(frame))  # keys are sorted, and numbers compare quicker
    frame["old"] = registry.resolve(registry.records.reindex(frame.index))
    owned = _owners(registry, frame)
    ids, retired = _survivors(registry, owned)
    revived = _revived(registry, frame, ids)
    minted = _minted(registry, frame, set(ids.index) | set(revived.index))
    frame["new"] = frame["cluster"].map(
        pd.concat([ids, revived, minted["customer_id"]]).astype(object)
    )
    changes = _changes(frame, reasons, retired, set(revived) | set(minted["customer_id"]), minted)
    moved = frame.index[frame["new"] != registry.records.reindex(frame.index)]
    return Assignment(
        customer_ids=frame["new"],
        changes=changes,
        records=frame.loc[moved, "new"],
        customers=_customer_rows(registry, retired, revived, minted, as_of),
    )


def _owners(registry: Registry, frame: pd.DataFrame) -> pd.DataFrame:
    """The one cluster that each id in use belongs to: columns customer_id, cluster."""
    known = frame.dropna(subset=["old"])
    parts = (
        known.groupby(["old", "cluster"], sort=False)
        .agg(records=("position", "size"), first=("position", "min"))
        .reset_index()
        .rename(columns={"old": "customer_id"})
    )
    origin = registry.customers["minted_from"].reindex(parts["customer_id"])
    home = frame["cluster"].reindex(origin.to_numpy()).to_numpy()
    parts["is_home"] = parts["cluster"].to_numpy() == home
    parts = parts.sort_values(
        ["customer_id", "is_home", "records", "first"], ascending=[True, False, False, True]
    )
    return parts.drop_duplicates("customer_id")[["customer_id", "cluster"]]


def _survivors(registry: Registry, owned: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Oldest id by cluster, and for every other id the one that it becomes an alias of."""
    ages = registry.customers[["since_as_of", "minted_from"]]
    owned = owned.join(ages, on="customer_id").sort_values(
        ["cluster", "since_as_of", "minted_from", "customer_id"]
    )
    survivors = owned.drop_duplicates("cluster").set_index("cluster")["customer_id"]
    others = owned[owned.duplicated("cluster")].set_index("customer_id")["cluster"]
    return survivors, others.map(survivors)


def _revived(registry: Registry, frame: pd.DataFrame, ids: pd.Series) -> pd.Series:
    """Aliases taken back by clusters that have no id and hold the record they came from."""
    aliases = registry.customers[registry.customers["status"] == ALIAS]
    aliases = aliases[aliases["minted_from"].isin(frame.index)]
    home = frame["cluster"].reindex(aliases["minted_from"].to_numpy()).to_numpy()
    found = aliases.assign(cluster=home).reset_index(names="customer_id")
    found = found[~found["cluster"].isin(ids.index)]
    found = found.sort_values(["cluster", "since_as_of", "minted_from"])
    return found.drop_duplicates("cluster").set_index("cluster")["customer_id"]


def _minted(registry: Registry, frame: pd.DataFrame, served: set[int]) -> pd.DataFrame:
    """New ids by cluster, with the record key that each is minted from."""
    fresh = frame[~frame["cluster"].isin(served)].drop_duplicates("cluster")
    firsts = pd.Series(fresh.index, index=fresh["cluster"])  # keys are sorted
    taken = set(registry.customers.index)
    ids = []
    for key in firsts:
        salt, candidate = 0, _hashed(key)
        while candidate in taken:
            salt += 1
            candidate = _hashed(f"{key}#{salt}")
        taken.add(candidate)
        ids.append(candidate)
    return pd.DataFrame({"customer_id": ids, "minted_from": firsts}, dtype=object)


def _hashed(text: str) -> str:
    return "c" + hashlib.sha256(text.encode()).hexdigest()[:16]


def _changes(
    frame: pd.DataFrame,
    reasons: pd.Series,
    retired: pd.Series,
    begun: set[str],
    minted: pd.DataFrame,
) -> pd.DataFrame:
    """One row a record whose customer changed, by record key."""
    changed = frame[frame["old"].isna() | (frame["old"] != frame["new"])]
    origins = set(minted["minted_from"])
    is_new = changed["old"].isna()
    kind = pd.Series("moved", index=changed.index, dtype=object)
    kind[changed["new"].isin(begun)] = "split"
    kind[changed["old"].map(retired) == changed["new"]] = "merged"
    kind[is_new] = "joined"
    kind[is_new & changed.index.isin(origins)] = "minted"
    rows = pd.DataFrame(
        {
            "change_kind": kind,
            "customer_id": changed["new"],
            "record_key": changed.index,
            "previous_customer_id": changed["old"].where(~is_new, None),
            "reason": reasons.reindex(changed.index),
        }
    )
    rows.loc[(kind == "minted").to_numpy(), "reason"] = "first seen"
    rows.loc[(kind == "split").to_numpy(), "reason"] = "no longer linked to its former customer"
    return rows.reset_index(drop=True)


def _customer_rows(
    registry: Registry,
    retired: pd.Series,
    revived: pd.Series,
    minted: pd.DataFrame,
    as_of: str,
) -> pd.DataFrame:
    known = registry.customers
    aliases = known.loc[retired.index].assign(status=ALIAS, alias_of=retired)
    back = known.loc[list(revived)].assign(status=ACTIVE, alias_of=None)
    new = pd.DataFrame(
        {
            "status": ACTIVE,
            "alias_of": None,
            "minted_from": minted["minted_from"].to_numpy(),
            "since_as_of": as_of,
        },
        index=pd.Index(minted["customer_id"].to_numpy(), dtype=object),
        dtype=object,
    )
    return pd.concat([part for part in (aliases, back, new) if len(part)] or [new]).rename_axis(
        "customer_id"
    )


def customers_after(registry: Registry, assignment: Assignment) -> pd.DataFrame:
    """All customers as the registry has them once the assignment is saved."""
    new = assignment.customers
    kept = registry.customers[~registry.customers.index.isin(new.index)]
    return pd.concat([part for part in (kept, new) if len(part)] or [new])


def load(connection: Connection) -> Registry:
    """The registry as it stands."""
    records = connection.execute(
        select(identity_records.c.record_key, identity_records.c.customer_id)
    ).fetchall()
    columns = [identity_customers.c[name] for name in _CUSTOMER_COLUMNS]
    customers = connection.execute(select(*columns)).fetchall()
    return Registry(
        pd.Series([row[1] for row in records], index=[row[0] for row in records], dtype=object),
        pd.DataFrame(customers, columns=_CUSTOMER_COLUMNS, dtype=object).set_index("customer_id"),
    )


def save(connection: Connection, known: Registry, assignment: Assignment, as_of: str) -> None:
    """Write what changed against `known`; nothing when nothing did."""
    customers = assignment.customers.reset_index()[_CUSTOMER_COLUMNS]
    _replace(connection, identity_customers, "customer_id", customers, known.customers.index)
    records = assignment.records.rename("customer_id").rename_axis("record_key").reset_index()
    records["since_as_of"] = as_of
    _replace(connection, identity_records, "record_key", records, known.records.index)
    last = connection.execute(select(func.max(identity_changes.c.change_no))).scalar() or 0
    changes = assignment.changes.assign(as_of=as_of)
    changes.insert(0, "change_no", range(last + 1, last + 1 + len(changes)))
    for rows in _chunks(changes):
        connection.execute(insert(identity_changes), rows)


def _replace(
    connection: Connection, table: Any, key: str, frame: pd.DataFrame, known: pd.Index
) -> None:
    gone = frame.loc[frame[key].isin(known), [key]].rename(columns={key: "replaced"})
    for rows in _chunks(gone):
        connection.execute(delete(table).where(table.c[key] == bindparam("replaced")), rows)
    for rows in _chunks(frame):
        connection.execute(insert(table), rows)


def _chunks(frame: pd.DataFrame) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(frame), CHUNK):
        part = frame.iloc[start : start + CHUNK].astype(object)
        yield part.where(part.notna(), None).to_dict("records")
