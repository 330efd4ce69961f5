"""Customer ids that stay: who keeps an id, who gets a new one, and why.

An id belongs to the cluster that holds the record it was minted from; where that record is gone,
to the cluster that holds most of its records. A cluster that several ids belong to keeps the
oldest, the others become its aliases. A cluster without an id takes back the alias minted from
one of its records, else a new id is minted from its smallest record key.

A source may give the key of one person to another (`persons.another_person`). Such a record counts
as one never seen before: ids go by key and generation, so that none passes to somebody else.

All of it is SQL over tables of the workspace, `registry_...`, which mirror the state store.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from rapport.identity import registry_sql as sql
from rapport.identity.persons import another_person

ALIAS = "alias"
TABLES: Mapping[str, Mapping[str, str]] = {
    "registry_records": {
        "record_key": "varchar",
        "customer_id": "varchar",
        "since_as_of": "varchar",
        "generation": "bigint",
    },
    "registry_customers": {
        **dict.fromkeys(
            ("customer_id", "status", "alias_of", "minted_from", "since_as_of"), "varchar"
        )
    },
    "registry_changes": {
        "change_no": "bigint",
        **dict.fromkeys(
            (
                *("as_of", "change_kind", "customer_id", "record_key"),
                *("previous_customer_id", "reason"),
            ),
            "varchar",
        ),
    },
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty registry tables, in the place of what stood there."""
    for name, columns in TABLES.items():
        listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create or replace table {name} ({listed})")


def rewind(connection: duckdb.DuckDBPyConnection, until: int) -> None:
    """Make the registry's tables what they were after the change with this number.

    A merged customer is an alias until one of its records gets its id back. Who had a record key
    is not told by the changes; it is not needed, as what came of it is.
    """
    for statement in sql.REWOUND:
        connection.execute(statement.format(until=int(until)))


def assign(connection: duckdb.DuckDBPyConnection, as_of: str) -> None:
    """Give every claimed cluster its customer id.

    Reads these tables:

    - `identity_claims` (record_key, cluster): with a record come all records of its cluster, and
      all clusters that hold an id known for one of them;
    - `identity_seen` (record_key, columns of `persons.PERSON`): records that are new or changed,
      and `identity_remembered`, the same as the state store has them;
    - `identity_bonds` (left_key, right_key, belief, words): the links that hold clusters
      together, smallest belief first;
    - `identity_cut` (left_key, right_key, words).

    Makes `identity_assigned` (record_key, customer_id) and the rows to be written:
    `written_records`, `written_customers` and `written_changes` as `TABLES` has them, which are
    put into the registry's tables here as well, and `written_people`.

    Args:
        as_of: the build's as-of, ISO text.
    """
    for statement in (
        sql.OTHERS.format(another=another_person("r", "s")),
        sql.MET,
        "create or replace temp table identity_aliases as select distinct raw as customer_id, "
        "raw as used from identity_met where raw is not null",
    ):
        connection.execute(statement)
    follow(connection, "identity_aliases")
    for statement in (sql.CLAIMED, sql.OWNED, sql.REVIVED, sql.MINTED):
        connection.execute(statement)
    _avoid_taken(connection)
    for statement in (sql.IDS, sql.CROSSING, sql.CUT_OFF, sql.ASSIGNED):
        connection.execute(statement)
    connection.execute(sql.WRITTEN_CUSTOMERS, {"as_of": as_of})
    connection.execute(sql.WRITTEN_RECORDS, {"as_of": as_of})
    connection.execute(sql.WRITTEN_PEOPLE)
    connection.execute(sql.WRITTEN_CHANGES, {"as_of": as_of})
    for kind, key in (("records", "record_key"), ("customers", "customer_id")):
        connection.execute(
            f"delete from registry_{kind} where {key} in (select {key} from written_{kind})"
        )
    for kind in ("records", "customers", "changes"):
        connection.execute(f"insert into registry_{kind} by name from written_{kind}")


def follow(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Follow aliases in column `used` of a table to the ids in use."""
    step = (
        f"update {table} as t set used = c.alias_of from registry_customers as c "
        f"where c.customer_id = t.used and c.status = '{ALIAS}'"
    )
    while (connection.execute(step).fetchone() or (0,))[0]:
        pass


def _avoid_taken(connection: duckdb.DuckDBPyConnection) -> None:
    """Another id where, against all odds, one is taken."""
    step = (
        "update identity_minted set customer_id = {hashed} where customer_id in (select "
        "customer_id from registry_customers) or cluster in (select cluster from identity_minted "
        "qualify row_number() over (partition by customer_id order by record_key) > 1)"
    )
    changed, salt = 1, 0
    while changed:
        salt += 1
        hashed = sql.HASHED.format(f"minted_from || '#{salt}'")
        changed = (connection.execute(step.format(hashed=hashed)).fetchone() or (0,))[0]
