"""What changed since the last build, and only that, linked again.

The result is what a build from nothing with the same model would give: a record's pairs depend on
it, on its neighbours and on whether its blocks are over-full; a component's clusters depend on
nothing outside of it. So records that are new, changed or gone take along all records of blocks
that became over-full or ceased to be, and all components that their links reach.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa

from rapport.identity.linkage import blocking, scoring
from rapport.identity.linkage.model import Model, Rule
from rapport.identity.prepare import prepare
from rapport.identity.regroup import regroup
from rapport.identity.workspace import Workspace, content

PREPARE_ROWS = 250_000  # bounds what `prepare` holds at once
_KEYS = sum(1 << number for number in blocking.DETERMINISTIC)


@dataclass
class Counts:
    """Figures of one update: records by what became of them, pairs scored."""

    new: int = 0
    changed: int = 0
    vanished: int = 0
    pulled_in: int = 0
    pairs: int = 0
    regrouped: int = 0
    ambiguous: int = 0
    cuts: dict[str, int] = field(default_factory=dict)


def compare(work: Workspace, before: date, columns: Sequence[str], counts: Counts) -> None:
    """Make `identity_touched`, keys of records with their change, and `identity_news`: not gone.

    Args:
        before: exclusive upper bound of birth dates.
        columns: of `identity_incoming`, which holds all records, without `record_key`.
    """
    run = work.connection.execute
    run(
        f"create or replace temp table identity_contents as select record_key, "
        f"{content(list(columns), before)} as content from identity_incoming"
    )
    run(
        """
        create or replace temp table identity_touched as
        select
            record_key,
            case
                when s.record_key is null then 'new'
                when c.record_key is null then 'vanished'
                else 'changed'
            end as change,
        from identity_contents as c
        full join sources as s using (record_key)
        where c.content is distinct from s.content
        """
    )
    run(
        "create or replace temp table identity_news as "
        "select record_key from identity_touched where change <> 'vanished'"
    )
    for change, number in run(
        "select change, count(*) from identity_touched group by 1"
    ).fetchall():
        setattr(counts, change, number)
    run("delete from sources where record_key in (select record_key from identity_touched)")
    run("insert into sources from identity_contents semi join identity_news using (record_key)")


def prepare_news(work: Workspace, before: date, default_country: str | None) -> None:
    """Prepare what is new or changed, and forget what is gone."""
    run = work.connection.execute
    run("delete from prepared where record_key in (select record_key from identity_touched)")
    news = run(
        "select i.* from identity_incoming as i semi join identity_news using (record_key)"
    ).fetch_record_batch(PREPARE_ROWS)
    for batch in news:
        rows = prepare(pa.Table.from_batches([batch]), before, default_country)
        work.connection.register("prepared_rows", rows)
        run("insert into prepared by name from prepared_rows")
        work.connection.unregister("prepared_rows")
    run("drop table identity_incoming")


def link(
    work: Workspace, model: Model, one_per_source: Sequence[str], anew: bool, counts: Counts
) -> None:
    """Bring blocks, pairs, links and clusters up to date with `prepared`.

    Makes `identity_regrouped` (record_key): the records whose clusters were made again.

    Args:
        anew: nothing was there before, so that nothing need be compared.
    """
    if not (anew or work.count("identity_touched") or work.count("identity_hand_news")):
        work.connection.execute(
            "create or replace temp table identity_regrouped as select record_key from prepared "
            "where false"
        )
        return
    _reblock(work, model, anew, counts)
    _rescore(work, model, anew, counts)
    _reach(work, model, anew)
    regroup(work, model, one_per_source, counts)


def levels(work: Workspace, model: Model) -> dict[str, dict[str, float]]:
    """By comparison the share of likely matches, more so than not, at each level of agreement."""
    chosen = scoring.compared(model)
    patterns = work.connection.execute(
        f"select count(*), {', '.join(c.gamma for c in chosen)} from scored "
        "where rules <> 0 and match_weight >= 0 group by all"
    ).fetchall()
    total = max(sum(pairs for pairs, *_ in patterns), 1)
    found: dict[str, dict[str, float]] = {}
    for place, comparison in enumerate(chosen, 1):
        counts = Counter[int]()
        for pattern in patterns:
            counts[pattern[place]] += pattern[0]
        found[comparison.name] = {
            str(level): round(pairs / total, 4) for level, pairs in sorted(counts.items())
        }
    return found


def own_rules(model: Model) -> list[Rule]:
    """Rules by which records link themselves; their blocks tell the hubs."""
    return [rule for rule in model.rules if rule.number in blocking.DETERMINISTIC]


def rules(model: Model) -> list[Rule]:
    """All rules that make block keys."""
    own = own_rules(model)
    return own + [rule for rule in model.chosen_rules if rule not in own]


def _reblock(work: Workspace, model: Model, anew: bool, counts: Counts) -> None:
    """New keys; makes `identity_changed`: the touched records and whom their blocks pull in.

    A hub's value is no evidence, so that a key that becomes a hub, or is one no more, changes
    what is seen of its records and with it their other keys.
    """
    connection, run = work.connection, work.connection.execute
    if anew:
        run("delete from block_keys")
    own = own_rules(model)
    others = [rule for rule in rules(model) if rule not in own]
    changed = "prepared" if anew else "identity_touched"
    run(f"create or replace temp table identity_changed as select record_key from {changed}")
    _replace_keys(work, own, None, anew)
    blocking.hubs(connection, own, "block_keys")
    _replace_keys(work, others, "identity_hubs", anew)
    if not anew:
        counts.pulled_in = work.count("identity_changed") - work.count("identity_touched")


def _replace_keys(work: Workspace, some: Sequence[Rule], hubs: str | None, anew: bool) -> None:
    """Keys of some rules for `identity_changed`, which gains the records of blocks that flipped."""
    connection, run = work.connection, work.connection.execute
    numbers = ", ".join(str(rule.number) for rule in some) or "null"
    caps = ", ".join(f"({rule.number}, {rule.cap})" for rule in some) or "(0, 0)"
    blocking.features(
        connection, "(from prepared semi join identity_changed using (record_key))", hubs
    )
    blocking.block_keys(connection, some, "identity_features")
    if anew:
        run("insert into block_keys by name from identity_keys")
        run("drop table identity_keys")
        return
    run(
        f"create or replace temp table identity_old_keys as from block_keys "
        f"semi join identity_changed using (record_key) where rule in ({numbers})"
    )
    run(
        f"""
        create or replace temp table identity_flips as
        with met as (
            select rule, value, count(*) as gone, 0 as come from identity_old_keys group by all
            union all
            select rule, value, 0, count(*) from identity_keys group by all
        ),
        moved as (
            select rule, value, sum(come) - sum(gone) as growth from met group by all
        ),
        were as (
            select rule, value, count(*) as records
            from block_keys semi join moved using (rule, value)
            group by all
        )
        select rule, value
        from moved
        left join were using (rule, value)
        inner join (values {caps}) as caps (number, cap) on number = rule
        where (coalesce(records, 0) > cap) <> (coalesce(records, 0) + growth > cap)
        """
    )
    run(
        f"delete from block_keys where rule in ({numbers}) "
        "and record_key in (select record_key from identity_changed)"
    )
    run("insert into block_keys by name from identity_keys")
    run(
        """
        insert into identity_changed
        select distinct record_key from block_keys
        semi join identity_flips using (rule, value)
        anti join identity_changed using (record_key)
        """
    )


def _rescore(work: Workspace, model: Model, anew: bool, counts: Counts) -> None:
    """Score the pairs of `identity_changed`, which take the place of its former pairs."""
    connection, run = work.connection, work.connection.execute
    pairs = blocking.pairs(
        connection, rules(model), "block_keys", None if anew else "identity_changed"
    )
    counts.pairs = work.count(pairs)
    features_of(connection, f"select left_key from {pairs} union select right_key from {pairs}")
    found = scoring.score(connection, model, "identity_features", pairs)
    run(f"drop table {pairs}")
    if anew:
        run(f"create or replace table scored as from {found}")
    else:
        gone = "(select record_key from identity_changed)"
        run(f"delete from scored where left_key in {gone} or right_key in {gone}")
        run(f"insert into scored by name from {found}")
    run(f"drop table {found}")


def features_of(connection: duckdb.DuckDBPyConnection, keys: str) -> None:
    """Make `identity_features` for some records, hubs left out.

    Args:
        keys: SQL that selects their keys.
    """
    blocking.features(connection, f"(from prepared where record_key in ({keys}))", "identity_hubs")


def _reach(work: Workspace, model: Model, anew: bool) -> None:
    """Make `identity_edges`, all links there may be, and `identity_regrouped`, whom they reach.

    Pairs that no rule made (0) were scored because of the component, and do not hold it together.
    """
    run = work.connection.execute
    run(
        f"""
        create or replace temp view identity_edges as
        select left_key, right_key from scored
        where rules <> 0
            and (match_weight >= {model.threshold.looser} or (rules & {_KEYS}) <> 0)
        union all
        select least(p.record_key, p.cross_reference), greatest(p.record_key, p.cross_reference)
        from prepared as p
        semi join prepared as other on p.cross_reference = other.record_key
        where p.cross_reference <> p.record_key
        union all
        select left_key, right_key from hand
        where kind = 'link'
            and left_key in (select record_key from prepared)
            and right_key in (select record_key from prepared)
        """
    )
    if anew:
        run("create or replace temp table identity_regrouped as select record_key from prepared")
        run("delete from members")
        return
    run(
        """
        create or replace temp table identity_seeds as
        select record_key from identity_changed
        union
        select record_key from identity_hand_news
        """
    )
    run(
        """
        create or replace temp table identity_near as
        with reached as (
            select left_key, right_key from identity_edges
            where left_key in (from identity_seeds) or right_key in (from identity_seeds)
        )
        from identity_seeds
        union select left_key from reached
        union select right_key from reached
        """
    )
    run(
        """
        create or replace temp table identity_torn as
        select distinct component from members semi join identity_near using (record_key)
        """
    )
    run(
        """
        create or replace temp table identity_regrouped as
        with reached as (
            from identity_near
            union
            select record_key from members semi join identity_torn using (component)
        )
        select record_key from reached semi join prepared using (record_key)
        """
    )
    run("delete from members where component in (from identity_torn)")
