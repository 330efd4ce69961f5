"""Which records are new, changed or gone since the last build, and these prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rapport.identity.prepare import prepare
from rapport.identity.workspace import Workspace, content

PREPARE_ROWS = 250_000  # bounds what `prepare` holds at once


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
    ).fetch_arrow_table()
    for start in range(0, len(news), PREPARE_ROWS):
        rows = prepare(news.slice(start, PREPARE_ROWS), before, default_country)
        work.connection.register("prepared_rows", rows)
        run("insert into prepared by name from prepared_rows")
        work.connection.unregister("prepared_rows")
    run("drop table identity_incoming")
