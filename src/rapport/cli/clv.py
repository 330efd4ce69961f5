"""The commands `rapport clv ...`: lifetime value of the customers of any file of transactions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.cli.printing import show, table
from rapport.errors import RapportError

clv_app = typer.Typer(no_args_is_help=True, help="What customers will buy and be worth.")

_ERRORS = ("", "predicted", "actual", "total error", "deviance", "MAE")


@clv_app.callback()
def _commands() -> None:
    """Keeps `fit` a command of its own although it is the only one."""


@clv_app.command()
def fit(
    transactions: Annotated[Path, typer.Option(help="CSV or Parquet, one row a purchase or line.")],
    customer: Annotated[str, typer.Option(help="Column of the customer's id.")],
    date: Annotated[str, typer.Option(help="Column of the day or instant.")],
    amount: Annotated[str, typer.Option(help="Column of the value; returns are negative.")],
    unit: Annotated[
        str, typer.Option(help="Unit of time of the parameters: day, week, month or year.")
    ] = "week",
    calibration_end: Annotated[
        str | None, typer.Option(help="Last day that models may see; default the last there is.")
    ] = None,
    holdout_end: Annotated[
        str | None, typer.Option(help="Last day of the holdout; default the last there is.")
    ] = None,
    date_format: Annotated[
        str | None,
        typer.Option(
            help="Form of the dates where they are not ISO: as %d/%m/%Y, epoch (seconds), epoch_ms "
            "or excel (days)."
        ),
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Sign before the decimals of amounts, where both fit: . or ,")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a row a customer: .parquet or .csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Fit all purchase models and the spend model, check them on a holdout, forecast."""
    from rapport.value import assessment
    from rapport.value.transactions import Transactions
    from rapport.value.transactions.amounts import DECIMAL_SIGNS

    span = (_day(calibration_end), _day(holdout_end))
    if out and out.suffix not in (".parquet", ".csv"):
        raise RapportError(
            "clv-arguments", f"{out} is neither .parquet nor .csv", todo="name one of them"
        )
    if out and not out.parent.is_dir():
        raise RapportError(
            "clv-arguments", f"there is no folder {out.parent}", todo="make it, or name another"
        )
    if decimal not in (None, *DECIMAL_SIGNS):
        raise RapportError("clv-arguments", f"--decimal is {decimal!r}", todo="say . or ,")
    bought = Transactions(transactions, customer, date, amount, date_format, decimal)
    found = assessment.assess(bought, *span, unit)
    found.document["seconds"] += bought.seconds
    if as_json:
        show(found.document)
    else:
        _print(found.document)
    if out and found.customers:
        _write(found.customers, out)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RapportError(
            "clv-arguments", f"{text!r} is no day", todo="write days as 2026-01-31"
        ) from None


def _write(customers: Any, out: Path) -> None:
    from pyarrow import csv, parquet

    try:
        if out.suffix == ".csv":
            csv.write_csv(customers, out)
        else:
            parquet.write_table(customers, out)
    except OSError as error:
        raise RapportError(
            "clv-arguments", f"{out} cannot be written: {error.strerror}", todo="name another file"
        ) from error
    typer.echo(f"{customers.num_rows} customers written to {out}", err=True)


def _print(found: dict[str, Any]) -> None:
    rows = found["rows"]
    typer.echo(
        f"{rows['rows']} rows ({rows['without_customer']} without customer, "
        f"{rows['without_date']} without date, {rows['without_amount']} without amount; "
        f"{rows['returns']} days of returns only)"
    )
    up_to = f" up to {found['calibration_end']}" if found["calibration_end"] else ""
    typer.echo(
        f"{found['customers']} customers{up_to}, {found['repeaters']} "
        f"bought again, {found['repeat_purchases']} repeat purchases"
    )
    for model in found["models"]:
        typer.echo(_model(model, found["unit"]))
    if found["reason"]:
        typer.echo(f"\nNo forecast: {found['reason']}")
        return
    typer.echo(f"\nChosen: {found['chosen']['model']}: {found['chosen']['because']}")
    _print_spend(found["spend"], found["spend_reason"])
    _print_holdout(found)
    typer.echo("")
    for name, value in found["forecast"].items():
        if isinstance(value, dict):
            typer.echo(
                f"{name}: "
                + " .. ".join(_number(value[k]) for k in ("low", "high"))
                + f", expected {_number(value['expected'])}"
            )
    without = found["forecast"]["customers_without_value"]
    if without and found["spend"]:
        typer.echo(f"value_12_months leaves out {without} customers whose spend is not determined")
    typer.echo(f"{found['seconds']:.2f} seconds")


def _print_spend(spend: dict[str, Any] | None, reason: str | None) -> None:
    if spend is None:
        typer.echo(f"No spend model: {reason}")
        return
    typer.echo(
        f"Spend: {_parameters(spend['parameters'])}, log-likelihood {spend['log_likelihood']:.2f}"
        f"{_undetermined(spend)}, "
        f"{spend['buyers']} buyers ({spend['excluded']} without positive value left out), "
        f"correlation with frequency {spend['frequency_correlation'] or 0:.2f}"
    )


def _print_holdout(found: dict[str, Any]) -> None:
    holdout = found["holdout"]
    if holdout is None:
        return
    of = "inner_holdout" if holdout["kind"] == "inner" else "holdout"
    typer.echo(f"\nHoldout of {holdout['days']} days ({holdout['kind']}):")
    compared = [(model["model"], model[of]) for model in found["models"] if model[of]]
    compared.append(("same as last period", holdout["naive"]))
    table(_ERRORS, (_errors(name, errors) for name, errors in compared))
    verdict = "beats" if holdout["beats_naive"] else "does not beat"
    typer.echo(f"{found['chosen']['model']} {verdict} the naive rule in deviance and total.")
    typer.echo("Tenths of customers by forecast, mean forecast > mean actual:")
    typer.echo(
        "  ".join(f"{ten['predicted']:.2f} > {ten['actual']:.2f}" for ten in holdout["deciles"])
    )


def _model(model: dict[str, Any], unit: str) -> str:
    undetermined = _undetermined(model) + ("" if model["is_found"] else ", no maximum was found")
    return (
        f"{model['model']}: {_parameters(model['parameters'])}, log-likelihood "
        f"{model[f'log_likelihood_{unit}s']:.2f}{undetermined}, {model['seconds']:.3f} seconds"
    )


def _undetermined(fit: dict[str, Any]) -> str:
    return f", not determined: {', '.join(fit['on_bound'])}" if fit["on_bound"] else ""


def _parameters(values: dict[str, float]) -> str:
    return " ".join(f"{name} {value:.3f}" for name, value in values.items())


def _errors(name: str, errors: dict[str, Any]) -> list[str]:
    share = errors["total_error"]
    return [
        name,
        f"{errors['predicted']:.0f}",
        str(errors["actual"]),
        "–" if share is None else f"{share:+.1%}",
        f"{errors['poisson_deviance']:.4f}",
        f"{errors['mean_absolute_error']:.4f}",
    ]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"
