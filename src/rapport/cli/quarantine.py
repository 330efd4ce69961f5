"""The commands `rapport quarantine ...`: rows that did not pass a gate, and how they come back."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Annotated

import typer

from rapport import settings
from rapport.cli.printing import instant, show, table

quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that did not pass a gate.")

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Since = Annotated[str | None, typer.Option("--from", help="Only intervals that end after this.")]
Until = Annotated[str | None, typer.Option("--to", help="Only intervals that start before this.")]
_LISTED = ("source", "entity", "rule", "interval_start", "interval_end", "rows", "delivery")
_REPLAYED = (
    "source", "entity", "from", "to", "status", "quarantined_before", "quarantined", "mended",
)  # fmt: skip
_SHOWN = 20


@quarantine_app.command("list")
def list_rules(as_json: AsJson = False) -> None:
    """How many rows are set aside, by source, entity, rule and interval."""
    from rapport import quarantine

    found = quarantine.listing(settings.load())
    if as_json:
        show(found)
        return
    table(_LISTED, ([row[name] for name in _LISTED] for row in found))


@quarantine_app.command("show")
def show_rows(
    source: Annotated[str, typer.Argument(help="A source of company.yml.")],
    entity: Annotated[str, typer.Argument(help="An entity of that source.")],
    start: Since = None,
    end: Until = None,
    rule: Annotated[str | None, typer.Option(help="Only rows that break this rule.")] = None,
    limit: Annotated[
        int | None, typer.Option(help=f"At most so many; default {_SHOWN}, with --out all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="JSON lines to write, to be mended and replayed.")
    ] = None,
) -> None:
    """Rows set aside: file, row, rules and the original. They may hold personal data."""
    from rapport import quarantine

    span = (instant(start) if start else None, instant(end) if end else None)
    found = quarantine.rows(settings.load(), source, entity, *span, rule)
    if out is None:
        wanted = ("id", "file", "row", "rules", "original")
        rows = itertools.islice(found, limit if limit is not None else _SHOWN)
        show([{name: row[name] for name in wanted} for row in rows])
        return
    count = 0
    with out.open("w", encoding="utf-8") as stream:
        for row in itertools.islice(found, limit):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    typer.echo(
        f"{count} rows written to {out}. Change what stands under `mended`, then "
        f"`rapport quarantine replay --mended {out}`"
    )


@quarantine_app.command("replay")
def replay(
    source: Annotated[
        str | None, typer.Argument(help="A source; default all, or those of the mended rows.")
    ] = None,
    entity: Annotated[str | None, typer.Argument(help="One entity; default all.")] = None,
    start: Since = None,
    end: Until = None,
    mended: Annotated[
        Path | None, typer.Option(help="Rows that `show --out` wrote and a person mended.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Gate and load again what holds such rows, after a rule or the rows were mended."""
    from rapport import quarantine

    span = (instant(start) if start else None, instant(end) if end else None)
    found = quarantine.replay(settings.load(), source, entity, *span, mended)
    if as_json:
        show(found)
    else:
        table(_REPLAYED, ([row[name] for name in _REPLAYED] for row in found))
        for row in found:
            if row["reason"]:
                place = f"{row['source']}.{row['entity']} {row['from']}"
                typer.echo(f"{place} is held: {row['reason']}")
    if any(row["status"] == "held" for row in found):
        raise typer.Exit(1)
