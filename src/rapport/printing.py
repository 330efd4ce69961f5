"""What all commands of the command line share: errors as sentences, documents as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

import typer

from rapport import clock
from rapport.errors import RapportError

_WIDTH = 32  # of a cell; longer values are cut


def explained(command: Callable[..., None]) -> Callable[..., None]:
    """Print a RapportError as its sentence and end with status 1, without a traceback."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except RapportError as error:
            typer.secho(f"Error: {error}", fg="red", err=True)
            raise typer.Exit(1) from None

    return wrapper


def show(document: Any) -> None:
    """Print a document as JSON."""
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False, default=str))


def instant(text: str) -> datetime:
    """An option's date or instant, UTC.

    Raises:
        RapportError: `interval-invalid`.
    """
    try:
        return clock.parse(text)
    except ValueError:
        raise RapportError(
            "interval-invalid", f"{text!r} is no date or instant", todo="write 2026-01-31"
        ) from None


def table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print columns side by side, as wide as they need be; long values are cut."""
    cells = [[*names], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(names))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())


def _cell(value: Any) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
