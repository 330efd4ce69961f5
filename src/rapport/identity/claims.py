"""Clusters meet the registry: what `registry.assign` is given, and what comes of it."""

from __future__ import annotations

from sqlalchemy import Connection

from rapport.identity import evidence, registry, store
from rapport.identity.linkage.model import Model
from rapport.identity.persons import PERSON
from rapport.identity.workspace import Workspace


def see(work: Workspace, state: Connection, everything: bool, forgetful: bool = False) -> None:
    """Make `identity_seen` and `identity_remembered`: records as they are, and as they were.

    Args:
        state: to be read only.
        everything: the registry was read anew, so that no record is known to be as it was.
        forgetful: remember nobody (past readings).
    """
    columns = ", ".join(
        f"{name}::varchar as {name}" if name == "birth_date" else name for name in PERSON
    )
    news = "" if everything else "semi join identity_news using (record_key)"
    work.connection.execute(
        f"create or replace temp table identity_seen as "
        f"select record_key, {columns} from prepared {news}"
    )
    store.remember(work.connection, state, forgetful)


def renew(work: Workspace, model: Model, as_of: str, everything: bool) -> None:
    """Give their ids to the clusters made again, and to those that these may take an id from.

    Args:
        as_of: the build's as-of, ISO text.
        everything: the registry was read anew, so that all clusters must meet it.
    """
    run = work.connection.execute
    again = "" if everything else "semi join identity_regrouped using (record_key)"
    run(
        "create or replace temp table identity_claims as "
        f"select record_key, cluster from members {again}"
    )
    if not everything:
        _pull_in_holders(work)
    _bonds(work, model)
    registry.assign(work.connection, as_of)
    run(
        "delete from customers where record_key in (select record_key from identity_assigned) "
        "or record_key not in (select record_key from prepared)"
    )
    run("insert into customers by name select record_key, customer_id from identity_assigned")


def _pull_in_holders(work: Workspace) -> None:
    """Clusters that hold an id which the registry knows for a claimed record."""
    run = work.connection.execute
    run(
        """
        create or replace temp table identity_known_ids as
        select distinct customer_id, customer_id as used
        from registry_records semi join identity_claims using (record_key)
        """
    )
    registry.follow(work.connection, "identity_known_ids")
    run(
        """
        create or replace temp table identity_holders as
        select distinct cluster
        from customers
        inner join members using (record_key)
        where customer_id in (select used from identity_known_ids)
            and record_key not in (select record_key from identity_claims)
        """
    )
    run(
        "insert into identity_claims select record_key, cluster from members "
        "semi join identity_holders using (cluster)"
    )


def _bonds(work: Workspace, model: Model) -> None:
    """Links and cuts of claimed records with their words."""
    run = work.connection.execute
    mine = "left_key in (select record_key from identity_claims)"
    words = evidence.link_words(model, "k", "s", "h")
    run(
        f"""
        create or replace temp table identity_bonds as
        select k.left_key, k.right_key, {evidence.belief("k")} as belief, {words} as words
        from kept as k
        left join scored as s using (left_key, right_key)
        left join hand as h using (left_key, right_key)
        where {mine}
        """
    )
    run(
        f"""
        create or replace temp table identity_cut as
        select c.left_key, c.right_key, {evidence.cut_words("c", "h")} as words
        from cuts as c
        left join hand as h
            on h.left_key = c.left_key and h.right_key = c.right_key and h.kind = 'unlink'
        where c.{mine}
        """
    )
