"""The commands `rapport report preview` and `rapport report lint`, which send nothing."""

from __future__ import annotations

import webbrowser
from datetime import date
from typing import Annotated

import typer

from rapport import settings
from rapport.printing import explained, show

look_app = typer.Typer()

Name = Annotated[str, typer.Argument(help="A folder of reports/.")]


@look_app.command("preview")
@explained
def preview(
    name: Name,
    period: Annotated[
        str | None, typer.Option(help="Such as 2026-10, 2026-W45 or 2026-10-05.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="A day: the last complete period before it.")
    ] = None,
    locale: Annotated[str | None, typer.Option(help="Such as zh_CN.")] = None,
    recipient: Annotated[
        str | None, typer.Option(help="Language, part and attachments of this reader.")
    ] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
) -> None:
    """Write a report as it would be sent, and print where; nothing is sent or archived."""
    from rapport.report import look

    day = date.fromisoformat(as_of) if as_of else None
    done = look.preview(settings.load(), name, period, day, locale, recipient)
    show(done)
    if is_opened:
        webbrowser.open(done["page"].as_uri())


@look_app.command("lint")
@explained
def lint(names: Annotated[list[str] | None, typer.Argument(help="Default all.")] = None) -> None:
    """Say what is wrong with reports: keys, queries, words, and what mail clients would break."""
    from rapport.report import look

    faults = look.lint(settings.load(), names)
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise typer.Exit(1)
    typer.echo("nothing to mend")
