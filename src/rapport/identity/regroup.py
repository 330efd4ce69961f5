"""Clusters of the components that a build has reached, at the three thresholds of the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity import decide, graph
from rapport.identity.agglomerate import AMBIGUOUS
from rapport.identity.changes import Counts
from rapport.identity.clusters import NAMES, Clusters, cluster
from rapport.identity.linkage import blocking, scoring
from rapport.identity.linkage.model import Model
from rapport.identity.workspace import Workspace

# What the reached components replace; their records are in no other component.
_REPLACED = ("kept", "cuts", "apart")


def regroup(work: Workspace, model: Model, one_per_source: Sequence[str], counts: Counts) -> None:
    """Make the clusters of `identity_regrouped` again, from `identity_edges` and scored pairs.

    Writes `members` (with the clusters at the stricter and the looser threshold, all named by
    their smallest record key), `kept`, `cuts` and `apart`.

    Args:
        counts: filled in.
    """
    run = work.connection.execute
    run(
        "create or replace temp table identity_joined as from identity_edges "
        "where left_key in (from identity_regrouped)"
    )
    run(
        "create or replace temp table identity_linked as select left_key as record_key "
        "from identity_joined union select right_key from identity_joined"
    )
    for name in _REPLACED:
        run(
            f"delete from {name} where left_key in (from identity_regrouped) "
            "or right_key in (from identity_regrouped) "
            "or left_key in (select record_key from identity_changed) "
            "or right_key in (select record_key from identity_changed)"
        )
    links, apart = _decided(work, model)
    columns = dict.fromkeys(("record_key", "source_system", *NAMES, *model.strong_keys))
    records = run(
        f"select {', '.join(columns)} "
        "from prepared semi join identity_linked using (record_key) order by record_key"
    ).fetch_arrow_table()
    keys = records["record_key"]
    joined = run("from identity_joined").fetch_arrow_table()
    left, right = (
        pc.index_in(joined[name], value_set=keys).to_numpy().astype(np.int64)
        for name in ("left_key", "right_key")
    )
    components = graph.components(len(records), left, right)

    def at(weight: float, among: pa.Table) -> Clusters:
        return cluster(among, links, apart, weight, one_per_source, model.strong_keys)

    chosen = at(model.threshold.chosen, records)
    # Elsewhere the model links nobody, and any threshold gives the same.
    is_modelled = np.isin(components, components[_sides(links, keys)])
    some = records.filter(pa.array(is_modelled))
    labels = {"cluster": chosen.labels}
    for name, weight in (
        ("stricter", model.threshold.stricter),
        ("looser", model.threshold.looser),
    ):
        labels[name] = chosen.labels.copy()
        where = np.flatnonzero(is_modelled)
        labels[name][where] = where[at(weight, some).labels]
    members = pa.table(
        {
            "record_key": keys,
            "component": keys.take(pa.array(components)),
            **{name: keys.take(pa.array(found)) for name, found in labels.items()},
        }
    )
    _write(work, members, chosen, apart)
    counts.regrouped = work.count("identity_regrouped")
    counts.cuts = dict(sorted(Counter(chosen.cuts["reason"].to_pylist()).items()))
    counts.ambiguous = counts.cuts.get(AMBIGUOUS, 0)


def _decided(work: Workspace, model: Model) -> tuple[pa.Table, pa.Table]:
    """Links and apart pairs of the regrouped records; completes their scored pairs."""
    connection, run = work.connection, work.connection.execute
    run("delete from scored where rules = 0 and left_key in (from identity_regrouped)")
    run(
        "create or replace temp table identity_scored as from scored "
        "where left_key in (from identity_regrouped)"
    )
    blocking.features(
        connection, "(from prepared semi join identity_linked using (record_key))", "identity_hubs"
    )
    scoring.close(connection, model, "identity_features", "identity_scored", "identity_joined")
    run("insert into scored by name from identity_scored where rules = 0")
    run(
        "create or replace temp table identity_some as "
        "from prepared semi join identity_linked using (record_key)"
    )
    links, apart = decide.links(connection, model, "identity_scored", "identity_some", "hand")
    found = [
        run(f"from {name} where left_key in (from identity_linked)").fetch_arrow_table()
        for name in (links, apart)
    ]
    return found[0], found[1]


def _sides(links: pa.Table, keys: pa.ChunkedArray) -> Any:
    """Positions of the records that the model links or might link."""
    modelled = links.filter(pc.equal(links["rule"], decide.MODEL))
    sides = [pc.index_in(modelled[name], value_set=keys) for name in ("left_key", "right_key")]
    both = pa.chunked_array([chunk for side in sides for chunk in side.chunks], pa.int32())
    return pc.unique(both.drop_null()).to_numpy()


def _write(work: Workspace, members: pa.Table, chosen: Clusters, apart: pa.Table) -> None:
    run = work.connection.execute
    work.table("identity_members", members)
    run("insert into members by name from identity_members")
    run(
        """
        insert into members
        select record_key, record_key, record_key, record_key, record_key
        from identity_regrouped anti join identity_members using (record_key)
        """
    )
    for name, rows in (("kept", chosen.kept), ("cuts", chosen.cuts)):
        work.table("identity_rows", rows.drop_columns("information"))
        run(f"insert into {name} by name from identity_rows")
    # Those of different components, decided by hand, are never asked for.
    work.table("identity_rows", apart)
    run(
        """
        insert into apart
        select a.*
        from identity_rows as a
        inner join identity_members as l on l.record_key = left_key
        inner join identity_members as r on r.record_key = right_key
        where l.component = r.component
        """
    )
