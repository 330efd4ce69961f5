"""The commands `rapport identity ...` of a steward: why records are one customer, and decisions.

They show personal data to whoever may read the warehouse, and write none of it to a log.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rapport import clock, settings
from rapport.cli.printing import show, table

steward_app = typer.Typer(no_args_is_help=True, help="Who is who, why, and decisions by hand.")

# The login name, as the systems call it.
LOGIN = ["RAPPORT_USER", "USER", "LOGNAME", "USERNAME"]
Record = Annotated[str, typer.Argument(help="A record: source|id, in quotes.")]
Note = Annotated[str, typer.Option(help="Why; stands in the history.")]
By = Annotated[str, typer.Option(envvar=LOGIN, help="Who decides; default the login name.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
_LISTED = ("number", "state", "decision", "by", "on", "note")


@steward_app.command()
def explain(
    one: Annotated[str, typer.Argument(help="A record (source|id, in quotes) or a customer_id.")],
    other: Annotated[
        str | None, typer.Argument(help="The other one; without it: one customer's records.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Picture to write: .png, .svg or .html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why two records or customers are one, or are not. Shows personal data; changes nothing."""
    from rapport.identity import explain as why
    from rapport.identity.explain import words
    from rapport.state import store

    loaded = settings.load()
    found = why.explain(loaded, store.open(loaded), [one] if other is None else [one, other])
    if out is not None:
        from rapport.identity.explain import picture

        picture.write(found, loaded.company.branding, out)
    if as_json:
        show(found.document())
    else:
        typer.echo("\n".join(words.lines(found)))
    if out is not None:
        typer.echo(f"Picture: {out}", err=True)


@steward_app.command()
def link(one: Record, other: Record, note: Note, by: By) -> None:
    """Decide that two records are one customer; outranks the model until withdrawn."""
    _decide("link", one, other, note, by)


@steward_app.command()
def unlink(one: Record, other: Record, note: Note, by: By) -> None:
    """Decide that two records are two customers; outranks the model until withdrawn."""
    _decide("unlink", one, other, note, by)


def _decide(verb: str, one: str, other: str, note: str, by: str) -> None:
    from rapport.identity import decisions, review
    from rapport.state import store

    loaded = settings.load()
    state = store.open(loaded)
    review.refuse_customers(state, one, other)
    decide = decisions.link if verb == "link" else decisions.unlink
    decision = decide(state, one, other, by, note, clock.now())
    existing = review.there(loaded, state, {one, other})
    typer.echo(f"Decision {decision.decision_id}: {decision}")
    typer.echo(review.consequence(state, decision, existing))
    _next()


@steward_app.command("decisions")
def list_decisions(as_json: AsJson = False) -> None:
    """All decisions by hand, newest first: active, waiting, overruled or withdrawn."""
    from rapport.identity import decisions, review
    from rapport.state import store

    loaded = settings.load()
    state = store.open(loaded)
    found = decisions.listed(state, lambda keys: review.there(loaded, state, set(keys)))
    if as_json:
        show([{**vars(decision), "state": worth} for decision, worth in found])
        return
    if not found:
        typer.echo("Nothing was decided by hand.")
        return
    table(
        _LISTED,
        (
            (
                decision.decision_id,
                worth,
                f"{decision.left_key} {'=' if decision.kind == 'link' else '≠'} "
                f"{decision.right_key}",
                decision.decided_by,
                decision.decided_at[:10],
                decision.note,
            )
            for decision, worth in found
        ),
    )


@steward_app.command()
def withdraw(
    number: Annotated[int, typer.Argument(help="As `rapport identity decisions` shows it.")],
    by: By,
) -> None:
    """End a decision by hand, as if it had never been made."""
    from rapport.identity import decisions
    from rapport.state import store

    state = store.open(settings.load())
    ended = decisions.withdraw(state, number, by, clock.now())
    typer.echo(
        f"Decision {number} is withdrawn; rules and model decide again about "
        f"{ended.left_key} and {ended.right_key}."
    )
    _next()


@steward_app.command("review")
def review_queue(
    limit: Annotated[int, typer.Option(min=1, help="At most so many pairs.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Pairs to decide about, those that matter most to revenue first."""
    from rapport.identity import review
    from rapport.identity.explain.words import command
    from rapport.state import store

    loaded = settings.load()
    rows, is_valued = review.queue(loaded, store.open(loaded), limit)
    if as_json:
        show({"is_revenue_known": is_valued, "pairs": rows})
        return
    if not rows:
        typer.echo("No pair is in doubt.")
        return
    if not is_valued:
        typer.echo("Nothing is published yet: revenue is unknown, the most doubtful come first.\n")
    for place, row in enumerate(rows, 1):
        keys = (row["left_key"], row["right_key"])
        typer.echo(f"{place:>3}  {_told(row, loaded.company.reporting_currency)}")
        typer.echo(f"     look:   {command('explain', *keys)}")
        verb = "unlink" if row["is_linked"] else "link"
        typer.echo(f"     change: {command(verb, *keys)}")
        verb = "link" if row["is_linked"] else "unlink"
        typer.echo(f"     keep:   {command(verb, *keys)}")


def _told(row: dict[str, object], currency: str) -> str:
    """A pair of the queue in one line."""
    sign = "=" if row["is_linked"] else "≠"
    line = f"{row['left_key']} {sign} {row['right_key']}: {row['reason']}"
    if row["probability"] is not None:
        line += f"; {float(str(row['probability'])):.0%} sure to be one"
    if row["revenue_at_stake"] is not None:
        line += f"; {float(str(row['revenue_at_stake'])):,.0f} {currency} at stake"
    return line


def _next() -> None:
    typer.echo("It counts from the next build on; `rapport build --force` makes one at once.")
