"""What all commands of the command line share: errors as sentences, documents as JSON."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

import rapport
from rapport import clock, errors
from rapport.errors import RapportError

_WIDTH = 32


class Explaining(TyperGroup):
    """The command line as a whole: what any of its commands raises is told as a sentence."""

    def invoke(self, ctx: Any) -> Any:
        with explained():
            return super().invoke(ctx)


@contextmanager
def explained() -> Iterator[None]:
    """Print an error as a sentence and end with status 1; a traceback goes to a file."""
    try:
        yield
    except (typer.Exit, typer.Abort, TyperException, BrokenPipeError):
        # Meant so, and printed by Typer; or a reader such as `head` has seen enough.
        raise
    except Exception as error:
        is_told = isinstance(error, RapportError)
        told = error if is_told else errors.of_path(error) or _unforeseen(error)
        typer.secho(f"Error: {told}", fg="red", err=True)
        raise typer.Exit(1) from None


def _unforeseen(error: Exception) -> RapportError:
    """An error without a sentence of its own, its traceback kept in `<var>/log/errors.log`."""
    from rapport import settings
    from rapport.settings.scrubber import Scrubber

    steps, here = traceback.extract_tb(error.__traceback__), Path(rapport.__file__).parent
    ours = [step for step in steps if Path(step.filename).is_relative_to(here)]
    place = (ours or steps)[-1]
    told, said = "".join(traceback.format_exception(error)), " ".join(str(error).split())
    try:
        loaded = settings.load()
        clean = Scrubber(loaded)
        told, said = clean(told), clean(said)
        path = loaded.var_dir / "log" / "errors.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{clock.iso(clock.now())}\n{told}\n")
        todo = f"this is a fault of Rapport; report it with the end of {path}"
    except (RapportError, OSError):  # what went wrong first is to be told all the same
        todo = f"this is a fault of Rapport; report it with this:\n{told}"
    return RapportError(
        "unexpected-error",
        f"{type(error).__name__}: {said[:300]}",
        f"{Path(place.filename).name}, line {place.lineno}",
        todo,
    )


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


def table(names: Sequence[str], rows: Iterable[Sequence[Any]], width: int = _WIDTH) -> None:
    """Print columns side by side, as wide as they need be.

    Args:
        width: characters of a cell; longer values are cut.
    """
    cells = [[*names], *([_cell(value, width) for value in row] for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(names))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(line.rstrip())


def _cell(value: Any, width: int) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= width else f"{text[: width - 1]}…"
