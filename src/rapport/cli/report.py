"""The commands `rapport report ...`."""

from __future__ import annotations

import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from rapport import settings
from rapport.cli.printing import show, table

report_app = typer.Typer(no_args_is_help=True, help="Look at reports, send them, and send again.")

Name = Annotated[str, typer.Argument(help="A folder of reports/.")]
Shown = ("period", "kind", "recipient", "status", "attempts", "first_at", "updated_at", "answer")


@report_app.command("send")
def send_report(
    name: Name = "executive",
    period: Annotated[
        str | None, typer.Option(help="2026-10, 2026-W45 or 2026-10-05; default the last complete.")
    ] = None,
    recipient: Annotated[
        str | None, typer.Option(help="The only one to send to, even if refused before.")
    ] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only what the readers' calendars ask for.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done for whom; send nothing.")
    ] = False,
) -> None:
    """Send a report to its recipients now; what was sent already is not sent again."""
    from rapport.report import commands

    loaded = settings.load()
    if dry_run:
        show(commands.plan(loaded, name, period, recipient, due))
    elif due:
        show(commands.run(loaded, name))
    else:
        show(commands.send(loaded, name, period, recipient))


@report_app.command("history")
def history(
    name: Name = "executive",
    period: Annotated[str | None, typer.Option(help="As the archive names it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All that the ledger knows.")] = False,
) -> None:
    """Which mails went to whom, how often they were tried, and what the server said."""
    from rapport.report import commands

    rows = commands.history(settings.load(), name, period)
    if as_json:
        show(rows)
    else:
        table(Shown, [[row[column] for column in Shown] for row in rows], width=120)


@report_app.command("render")
def render_report(name: Name = "executive") -> None:
    """Render a report into the archive without sending it."""
    from rapport.report import commands

    show(commands.render(settings.load(), name))


@report_app.command("resend")
def resend_report(
    name: Annotated[str, typer.Argument()],
    period: Annotated[str, typer.Argument(help="The period as the archive names it.")],
    recipient: Annotated[str, typer.Argument()],
) -> None:
    """Send once more what may have been lost; the Message-ID stays the same."""
    from rapport.report import commands

    show(commands.resend(settings.load(), name, period, recipient))


@report_app.command("bounced")
def bounced(
    files: Annotated[
        list[Path], typer.Argument(help="Messages that came back, .eml.", exists=True)
    ],
) -> None:
    """Note mails that came back: they count as refused, and the owner is told."""
    from rapport.report import commands

    show(commands.bounced(settings.load(), files))


@report_app.command("preview")
def preview(
    name: Name,
    period: Annotated[
        str | None, typer.Option(help="Such as 2026-10, 2026-W45 or 2026-10-05.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="A day: the last complete period before it."),
    ] = None,
    locale: Annotated[str | None, typer.Option(help="Such as zh_CN.")] = None,
    recipient: Annotated[
        str | None, typer.Option(help="Language, part and attachments of this reader.")
    ] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
) -> None:
    """Write a report as it would be sent, and print where; nothing is sent or archived."""
    from rapport.report import preview as previewing

    day = as_of.date() if as_of else None
    done = previewing.preview(settings.load(), name, period, day, locale, recipient)
    show(done)
    if is_opened:
        webbrowser.open(done["page"].as_uri())


@report_app.command("lint")
def lint(names: Annotated[list[str] | None, typer.Argument(help="Default all.")] = None) -> None:
    """Say what is wrong with reports: keys, queries, words, and what mail clients would break."""
    from rapport.report import lint as linting

    found = linting.faults(settings.load(), names)
    for fault in found:
        typer.echo(fault)
    if found:
        raise typer.Exit(1)
    typer.echo("nothing to mend")
