"""The commands `rapport publications ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport import settings
from rapport.cli.printing import show

publications_app = typer.Typer(no_args_is_help=True, help="Publications of the marts.")


@publications_app.command("list")
def list_publications() -> None:
    """All publications, the newest first."""
    from rapport import publish
    from rapport.state import store

    loaded = settings.load()
    show(publish.list_publications(loaded, store.open(loaded)))


@publications_app.command("rollback")
def rollback(
    to: Annotated[int | None, typer.Option(help="Publication; default the one before.")] = None,
) -> None:
    """Put an earlier publication back for all readers, at one stroke."""
    from rapport import publish
    from rapport.state import store

    loaded = settings.load()
    typer.echo(f"publication {publish.rollback(loaded, store.open(loaded), to)} stands")
