"""The tables of schema `identity`, written from the workspace."""

from __future__ import annotations

import hashlib
import json

import pyarrow as pa

from rapport.identity import output_sql, registry
from rapport.identity.results import IdentityResult
from rapport.identity.scenarios import scenarios
from rapport.identity.step import Trained
from rapport.identity.workspace import Workspace
from rapport.warehouses import Warehouse

# Large tables of which a build changes little: the key by which rows are replaced, the records,
# or changes, whose rows are, and the rows that stand for them now.
_PATCHED = {
    "record_keys": (
        "record_key",
        "select record_key from identity_touched",
        "semi join identity_news using (record_key)",
    ),
    "identity_links": (
        "left_key",
        "select record_key from identity_changed union select record_key from identity_regrouped",
        "where left_key in (select record_key from identity_regrouped)",
    ),
    "identity_changes": (
        "change_no",
        "select change_no from written_changes",
        "semi join written_changes using (change_no)",
    ),
}


def write(
    work: Workspace, warehouse: Warehouse, schema: str, trained: Trained, as_of: str, before: str
) -> None:
    """Write all tables of the schema; of the large ones only what changed, where that is enough.

    It is where the warehouse holds what this workspace wrote last. `identity_model` says whose
    tables they are; it is emptied first and filled last.

    Args:
        trained: the model in use.
        as_of: ISO text; later history is left out.
        before: what the workspace wrote last, if this run changed it by increments; else empty.
    """
    model, run = trained.model, work.connection.execute
    standing = ""
    if "written" in warehouse.columns(schema, "identity_model"):
        found = warehouse.read(f"select written from {schema}.identity_model")
        standing = found["written"][0].as_py() if len(found) else ""
        warehouse.execute(f"delete from {schema}.identity_model")
    run(output_sql.HOMES)
    run(f"create or replace temp table identity_shared as {output_sql.shared_keys(model)}")
    for name, sql in {
        "record_keys": output_sql.RECORD_KEYS,
        "identity_links": output_sql.LINKS,
        "identity_changes": output_sql.CHANGES.format(as_of=as_of),
    }.items():
        key, gone, now = _PATCHED[name]
        if before and before == standing:
            old = run(gone).fetch_arrow_table().column(0).combine_chunks()
            rows = run(f"from ({sql}) {now}").fetch_arrow_table()
            warehouse.patch(schema, name, key, old, rows)
        else:
            warehouse.write(schema, name, run(sql).fetch_arrow_table())
    for name, sql in {
        "record_customers": output_sql.RECORD_CUSTOMERS,
        "shared_keys": "from identity_shared",
        "review_pairs": output_sql.review_pairs(model),
    }.items():
        warehouse.write(schema, name, run(sql).fetch_arrow_table())
    warehouse.write(schema, "customer_aliases", _aliases(work, as_of))
    warehouse.write(schema, "scenario_customers", scenarios(work))
    written = _content(work, as_of)
    warehouse.write(schema, "identity_model", _model(trained, written))
    work.note(written=written)


def _content(work: Workspace, as_of: str) -> str:
    """What the tables were made of; the same for the same tables."""
    facts = [
        as_of,
        *(work.fact(name) for name in ("policy", "model", "revision")),
        *(
            work.connection.execute(
                f"select count(*), bit_xor(hash(t)) from {name} as t"
            ).fetchone()
            for name in ("sources", "hand")
        ),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def count(work: Workspace, result: IdentityResult) -> None:
    """Fill in what the tables hold, once `write` has made them."""

    def counted(sql: str) -> dict[str, int]:
        return dict(work.connection.execute(sql).fetchall())

    result.records = work.count("prepared")
    result.customers = work.count("(select distinct customer_id from customers)")
    result.links = counted("select rule, count(*) from kept group by 1 order by 1")
    result.shared_keys = counted(
        "select key_kind, count(*) from identity_shared group by 1 order by 1"
    )
    result.unresolved_references = work.count(
        "(from prepared as p where cross_reference is not null "
        "and cross_reference not in (select record_key from prepared))"
    )


def _aliases(work: Workspace, as_of: str) -> pa.Table:
    """Every alias with the id in use and the as-of of the merge that made it one."""
    run = work.connection.execute
    run(
        "create or replace temp table identity_all_aliases as select customer_id as alias_id, "
        f"alias_of as used from registry_customers where status = '{registry.ALIAS}'"
    )
    registry.follow(work.connection, "identity_all_aliases")
    return run(
        f"""
        select
            alias_id,
            used as customer_id,
            strptime(max(as_of), '%Y-%m-%dT%H:%M:%SZ') as since,
        from identity_all_aliases
        left join registry_changes
            on previous_customer_id = alias_id
            and change_kind = 'merged'
            and as_of <= '{as_of}'
        group by alias_id, used
        order by alias_id
        """
    ).fetch_arrow_table()


def _model(trained: Trained, written: str) -> pa.Table:
    model = trained.model
    limits = model.threshold
    row = {
        "model_id": model.model_id,
        "trained_as_of": trained.as_of,
        "trained_because": trained.reason,
        "records": int(model.facts["records"]),
        "threshold": limits.chosen,
        "stricter": limits.stricter,
        "looser": limits.looser,
        "optimises": limits.optimises,
        "expected": json.dumps(dict(limits.expected), sort_keys=True),
        "strong_keys": json.dumps(list(model.strong_keys)),
        "blocking": json.dumps(
            [[r.name, r.pairs, r.is_chosen, r.reason] for r in model.rules], ensure_ascii=False
        ),
        "no_model_because": model.reason or None,
        "written": written,  # by which workspace the schema's tables are, see `write`
    }
    return pa.Table.from_pylist([row])
