"""The commands `rapport init` and `rapport source ...`: what src/rapport/sources finds, printed."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport import settings
from rapport.cli.printing import show, table
from rapport.errors import RapportError

source_app = typer.Typer(no_args_is_help=True, help="Connect a source and look at it.")

Name = Annotated[str, typer.Argument(help="A source of company.yml.")]
EntityName = Annotated[str | None, typer.Argument(help="One entity; default all.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
_LISTED = {
    "source": "source",
    "system": "system",
    "kind": "kind",
    "required": "required",
    "entities": "entities",
    "last_interval_end": "data until",
    "loaded": "loaded",
    "quarantined": "quarantined",
    "next": "next ingest",
}


def init(
    folder: Annotated[Path, typer.Argument(help="The company's folder; empty or not there yet.")],
    name: Annotated[str, typer.Option(help="The company's name, as reports print it.")],
    timezone: Annotated[str, typer.Option(help="Days and months are those of this zone.")] = "UTC",
    currency: Annotated[str, typer.Option(help="Money is reported in it.")] = "EUR",
    history_start: Annotated[
        str | None, typer.Option(help="First day of the history; default two years ago.")
    ] = None,
    recipient: Annotated[str, typer.Option(help="Who gets reports.")] = "reports@localhost",
) -> None:
    """Make the folder of a new company."""
    from rapport.sources.init import init as make

    for path in make(folder, name, timezone, currency, history_start, recipient):
        typer.echo(f"written  {folder / path}")
    typer.echo(f"Next: export RAPPORT_COMPANY={folder.resolve()}, then `rapport source add`")


@source_app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """The company's sources, and the systems that a source may be of."""
    from rapport.sources import listing

    found = listing.overview(settings.load())
    if as_json:
        show(found)
        return
    rows = [
        {**row, "entities": len(row["entities"]), "required": "yes" if row["required"] else "no"}
        for row in found["sources"]
    ]
    table(list(_LISTED.values()), [[row[name] for name in _LISTED] for row in rows])
    typer.echo("\nSystems, and what `rapport source add` wants of a connection:")
    for system in found["systems"]:
        wants = "; ".join(f"{option}: {about}" for option, about in system["connection"].items())
        typer.echo(f"  {system['system']} ({system['kind']}): {wants or 'see docs'}")


@source_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the source is to be called.")],
    system: Annotated[str, typer.Option(help="See `rapport source list`.")],
    kind: Annotated[str | None, typer.Option(help="crm, erp, web, spend or touchpoints.")] = None,
    options: Annotated[
        list[str] | None, typer.Option("--set", help="key=value; a secret as key=env:NAME only.")
    ] = None,
    entities: Annotated[str, typer.Option(help="Comma-separated; default all there are.")] = "",
    deliver: Annotated[
        bool, typer.Option("--deliver", help="Put complete models under `feeds` at once.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Describe a source in the company folder: block, staging, gates and tests."""
    from rapport.sources import add as adding

    given = dict(_option(text) for text in options or [])
    wanted = [entity.strip() for entity in entities.split(",") if entity.strip()]
    done = adding.add(settings.load(), name, system, kind, given, wanted, deliver)
    if as_json:
        show(done)
        return
    for path in done["files"]:
        typer.echo(f"{'changed' if path == 'company.yml' else 'written'}  {path}")
    typer.echo(f"\n{name} is a source of kind {done['kind']}: {', '.join(done['entities'])}")
    for variable in done["secrets"]:
        typer.echo(f"{variable['name']}: {'is set' if variable['is_set'] else 'TO BE SET'}")
    for proposal in done["proposals"]:
        typer.echo(_proposal(proposal))
    for feed, model in done["feeds"].items():
        typer.echo(f"feed {feed}: {model}, now in company.yml")
    for note in done["notes"]:
        typer.echo(f"note: {note}")
    typer.echo(f"\nNext: `rapport source check {name}`, `rapport source profile {name}`")


def _proposal(proposal: dict[str, Any]) -> str:
    text = f"{proposal['entity']} could deliver the feed {proposal['feed']}"
    if proposal["missing"]:
        return f"{text}; missing: {', '.join(proposal['missing'])}"
    text = f"{proposal['entity']} delivers {proposal['feed']}" if proposal["delivered"] else text
    return f"{text} by {proposal['model']}" + "".join(f"; {one}" for one in proposal["assumed"])


def _option(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key or not value:
        raise RapportError(
            "source-arguments", f"{text!r} is no key=value", "--set", "write --set key=value"
        )
    return key, value


@source_app.command("check")
def check(name: Name, as_json: AsJson = False) -> None:
    """Test settings, address, credentials, permissions, clock, entities, fields and models."""
    from rapport.sources import checking

    findings = list(checking.check(settings.load(), name))
    if as_json:
        show([dataclasses.asdict(finding) for finding in findings])
    for finding in [] if as_json else findings:
        word = "ok" if finding.is_ok else "warn" if finding.is_warning else "FAIL"
        place = f" {finding.place}" if finding.place else ""
        todo = f". What to do: {finding.todo}" if finding.todo and not finding.is_ok else ""
        typer.echo(f"{word:<5} {finding.subject}{place}: {finding.says.rstrip('.')}{todo}")
    if any(not finding.is_ok and not finding.is_warning for finding in findings):
        raise typer.Exit(1)


@source_app.command("preview")
def preview(
    name: Name,
    entity: EntityName = None,
    day: Annotated[str | None, typer.Option(help="A UTC day; default the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ten rows as they would be loaded, and those that would be quarantined, with the reason."""
    from rapport.sources import preview as previewing

    shown = previewing.preview(settings.load(), name, entity, _day(day))
    if as_json:
        show(shown)
        return
    for one in shown:
        typer.secho(f"{name}.{one['entity']}: {one['received']} rows fetched", bold=True)
        if one["held"]:
            typer.echo(f"The gate would hold it: {one['held']}")
        if one["loss"]:
            typer.echo(one["loss"])
        columns = [f"{column} ({type})" for column, type in one["columns"].items()]
        _fitted(columns, [list(row.values()) for row in one["rows"]])
        for row in one["quarantined"]:
            rules = "; ".join(row["rules"])
            typer.echo(f"would be quarantined: {row['file']}, row {row['row']}: {rules}")
            typer.echo(f"    {row['original']}")
        typer.echo("")


@source_app.command("profile")
def profile(
    name: Name,
    entity: EntityName = None,
    rows: Annotated[int, typer.Option(help="At most so many rows an entity.", min=1)] = 100_000,
    against: Annotated[
        str | None, typer.Option(help="Compare keys with this source or source.entity only.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What the columns hold, and how well the keys match those of the other sources."""
    from rapport.sources import profile as profiling

    found = profiling.profile(settings.load(), name, entity, rows, against)
    if as_json:
        show(found)
        return
    for one in found["entities"]:
        of = f" of {one['of_rows']}" if one["of_rows"] is not None else ", the first ones fetched"
        origin = "as loaded" if one["origin"] == "loaded" else "fetched now, nothing is loaded yet"
        typer.secho(f"{name}.{one['entity']}: {one['rows']} rows{of} ({origin})", bold=True)
        table(
            ["column", "type", "nulls %", "distinct", "min", "max", "length", "top", "shapes"],
            [_profiled(column) for column in one["columns"]],
        )
        for left in one["left"]:
            typer.echo(f"left out: {left}")
        _matches(one["matches"])
        typer.echo("")
    for place, why in found["partly"].items():
        typer.echo(f"{place}: {why}")


def _fitted(columns: list[str], rows: list[list[Any]]) -> None:
    """A table where the terminal is wide enough for it, else a line for each value."""
    wide = sum(
        max([len(name), *(min(len(str(row[n])), 32) for row in rows)]) + 2
        for n, name in enumerate(columns)
    )
    if wide <= shutil.get_terminal_size().columns:
        table(columns, rows)
        return
    for number, row in enumerate(rows, 1):
        typer.echo(f"row {number}")
        for name, value in zip(columns, row, strict=True):
            typer.echo(f"  {name}: {'' if value is None else value}")


def _profiled(column: dict[str, Any]) -> list[Any]:
    plain = ("column", "type", "nulls_pct", "distinct", "min", "max")
    return [
        *(column[name] for name in plain),
        f"{column['shortest']} to {column['longest']}" if column["longest"] else "",
        ", ".join(f"{item['value']} ({item['rows']})" for item in column["top"][:2]),
        ", ".join(f"{item['shape']} {item['pct']:g} %" for item in column["shapes"][:2]),
    ]


def _matches(matches: list[dict[str, Any]]) -> None:
    for match in matches:
        typer.echo(f"key match: {match['says']}")
        for pair in match["examples"][:2]:
            typer.echo(f"    for instance {pair['value']} is {pair['meets']} there")
        if match["unmatched"]:
            typer.echo(f"    still without a partner: {', '.join(match['unmatched'])}")
        for fix in match["fixes"]:
            cleaned = '{{ clean_text("' + fix["sql"] + '") }}'
            typer.echo(f"    in {fix['model']} write: {cleaned} as {fix['column']}")
    if not matches:
        typer.echo("key match: no column matches one of another source")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RapportError(
            "interval-invalid", f"{text!r} is no day", "--day", "write 2026-01-31"
        ) from None
