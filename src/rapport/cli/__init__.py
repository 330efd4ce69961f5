"""The command line: the same functions as the DAGs' tasks, step by step. It schedules nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from rapport import clock, settings
from rapport.cli import clv, identity, publications, quarantine, report, source, steward
from rapport.cli.printing import Explaining, instant, show
from rapport.errors import RapportError
from rapport.ingest.partition import Chunk

app = typer.Typer(
    cls=Explaining,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="CRM, ERP and web data to one profile per customer and KPIs in a mailbox.",
)
app.add_typer(report.report_app, name="report")
app.add_typer(publications.publications_app, name="publications")
app.add_typer(clv.clv_app, name="clv")
app.add_typer(quarantine.quarantine_app, name="quarantine")
app.add_typer(source.source_app, name="source")
identity.identity_app.add_typer(steward.steward_app)  # its commands beside the others
app.add_typer(identity.identity_app, name="identity")
app.command()(source.init)

Day = Annotated[str, typer.Option("--from", help="Start of the interval, a UTC date or instant.")]
End = Annotated[str, typer.Option("--to", help="End of the interval, exclusive.")]
Source = Annotated[str, typer.Argument(help="A source of company.yml.")]
EntityName = Annotated[str, typer.Argument(help="An entity of that source.")]


def _chunk(text: str) -> Chunk | None:
    if text == "none":
        return None
    if text not in get_args(Chunk):
        raise RapportError(
            "interval-invalid", f"{text!r} is no chunk", todo="use day, week, month or none"
        )
    return cast(Chunk, text)


@app.command()
def simulate(
    customers: Annotated[int, typer.Option(help="How many customers the company has.")] = 2000,
    start: Annotated[str, typer.Option("--from", help="First day.")] = "2025-01-01",
    end: Annotated[str, typer.Option("--to", help="Last day, included.")] = "2026-06-30",
    seed: int = 1,
    out: Annotated[Path, typer.Option(help="Folder to write.")] = Path("var/demo"),
    erp_url: Annotated[str | None, typer.Option(help="ERP database, default SQLite.")] = None,
) -> None:
    """Make the simulated company: CRM, ERP, web events, spend, and the truth about them."""
    from rapport.simulate.company import simulate as make

    summary = make(
        customers,
        instant(start).date(),
        instant(end).date(),
        seed,
        out,
        erp_url=erp_url,
    )
    typer.echo(str(summary))


@app.command("serve-crm")
def serve_crm(
    folder: Annotated[Path, typer.Argument(help="Folder that `simulate` wrote.")],
    port: int = 8801,
) -> None:
    """Serve the simulated CRM in HubSpot's shape; the token is RAPPORT_DEMO_CRM_TOKEN."""
    from rapport.simulate.serve import run

    run(folder, port, settings.load().secret("RAPPORT_DEMO_CRM_TOKEN"))


@app.command()
def ingest(
    source: Source,
    start: Day,
    end: End,
    chunk: Annotated[
        str, typer.Option(help="Where a stretch never fetched is cut: day, week, month or none.")
    ] = "month",
    resume: Annotated[bool, typer.Option(help="Pass over what is loaded already.")] = False,
) -> None:
    """Extract, gate and load all entities of a source: a day, a backfill or a first load."""
    from rapport import ingest as steps

    loaded = settings.load()
    found = steps.history(loaded, source, instant(start), instant(end), _chunk(chunk), resume)
    pieces = 0
    is_whole = True
    for piece in found:
        show(piece)
        pieces, is_whole = pieces + 1, is_whole and not piece["held"]
    if not pieces:
        typer.echo("Everything in this stretch of time is loaded already.")
    if not is_whole:
        raise typer.Exit(1)


@app.command()
def extract(source: Source, entity: EntityName, start: Day, end: End) -> None:
    """Fetch one entity's interval into the landing zone."""
    from rapport import ingest as steps

    typer.echo(steps.extract(settings.load(), source, entity, instant(start), instant(end)))


@app.command()
def gate(source: Source, entity: EntityName, start: Day, end: End) -> None:
    """Run the raw gate over one entity's interval."""
    from rapport import ingest as steps

    outcome = steps.gate(settings.load(), source, entity, instant(start), instant(end))
    show(outcome)
    if outcome["status"] == "held":
        raise typer.Exit(1)


@app.command()
def load(source: Source, entity: EntityName, start: Day, end: End) -> None:
    """Load the accepted half of one entity's interval."""
    from rapport import ingest as steps

    show(steps.load(settings.load(), source, entity, instant(start), instant(end)))


@app.command()
def finish(source: Source, start: Day, end: End) -> None:
    """Record an interval as gated once its required entities are loaded."""
    from rapport import ingest as steps

    outcome = steps.finish(settings.load(), source, instant(start), instant(end))
    show(outcome)
    if not outcome["emit"]:
        raise typer.Exit(1)


@app.command()
def build(
    as_of: Annotated[
        str | None, typer.Option(help="Side build as of this instant; publishes nothing.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Build although nothing has changed.")] = False,
    known_at: Annotated[
        str | None, typer.Option(help="With --as-of: use only what was loaded by this instant.")
    ] = None,
    publication: Annotated[
        int | None, typer.Option(help="Side build of what this publication knew, at its as-of.")
    ] = None,
) -> None:
    """Build profiles, stages and KPIs, gate the marts and publish them."""
    from rapport import build as steps

    if (known_at and not as_of) or (publication is not None and (known_at or as_of)):
        raise RapportError(
            "build-arguments",
            "--known-at says what may be used and needs --as-of; --publication says both",
            todo="give --as-of and --known-at, or --publication alone",
        )
    ticket = steps.run(
        settings.load(),
        as_of=instant(as_of) if as_of else None,
        force=force or as_of is not None,
        known_at=instant(known_at) if known_at else None,
        publication_id=publication,
    )
    show(ticket or {"built": False, "reason": "nothing new since the last publication"})


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="A .tar.gz to write.")]) -> None:
    """Write the whole state store into one file."""
    from rapport.state import store

    typer.echo(str(store.backup(settings.load(), target)))


@app.command()
def restore(origin: Annotated[Path, typer.Argument(help="A backup to read.")]) -> None:
    """Replace the whole state store by a backup."""
    from rapport.state import store

    show(store.restore(settings.load(), origin))


@app.command()
def migrate() -> None:
    """Bring the state store to the version of this Rapport."""
    from rapport.state import store

    typer.echo(f"state store at version {store.version(store.open(settings.load()))}")


@app.command()
def maintain() -> None:
    """Apply the retention settings and back up the state store."""
    from rapport import maintenance

    show(maintenance.run(settings.load()))


@app.command()
def status() -> None:
    """How far each source reaches, and where the gates' findings are shown."""
    from rapport import ops
    from rapport.state import store

    loaded = settings.load()
    with store.open(loaded).begin() as connection:
        show(ops.sources(loaded, connection, clock.now()))
    if loaded.gate_docs.exists():
        typer.echo(f"What the gates found: {loaded.gate_docs}", err=True)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def dbt(context: typer.Context) -> None:
    """Run any dbt command with the company's package, target and vars."""
    from rapport import transform

    raise typer.Exit(transform.command(settings.load(), context.args))


def main() -> None:
    """Entry point; telemetry of every dependency is off."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    sys.exit(app())
