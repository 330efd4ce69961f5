"""The commands `rapport identity ...`: who is one customer, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.cli.printing import show, table

identity_app = typer.Typer(no_args_is_help=True, help="One customer out of many records.")

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@identity_app.command("evaluate")
def evaluate(
    records: Annotated[Path, typer.Option(help="CSV or Parquet file of records.")],
    columns: Annotated[
        str | None,
        typer.Option(
            "--map", help="Columns by meaning: given_name=first,birth_date=year+month+day,..."
        ),
    ] = None,
    records2: Annotated[
        Path | None, typer.Option(help="A second file with the same columns, to be linked to.")
    ] = None,
    truth_column: Annotated[
        str | None, typer.Option(help="Column that is the same for records of one entity.")
    ] = None,
    truth_from_id: Annotated[
        str | None, typer.Option(help="Pattern whose first group in the id is the entity.")
    ] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="Column of ids.")] = None,
    within: Annotated[
        bool, typer.Option("--within", help="With two files: link within each as well.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the samples that are drawn.")] = 1,
    max_records_per_key: Annotated[
        int, typer.Option(help="An e-mail, phone or id of more records links nobody.")
    ] = 10,
    as_json: AsJson = False,
) -> None:
    """Link any record set from nothing, without labels, and measure it against the truth."""
    from rapport.identity.evaluate.run import evaluate as run

    report = run(
        records,
        columns,
        records2,
        truth_column,
        truth_from_id,
        id_column,
        within,
        seed,
        max_records_per_key,
    )
    if as_json:
        show(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    quality = report.get("quality", {})
    if quality:
        kinds = (("pairs", ""), ("whole clusters", "cluster_"), ("B-cubed", "b_cubed_"))
        table(
            ("over", "precision", "recall", "F1"),
            (
                (kind, *(f"{quality[prefix + name]:.4f}" for name in ("precision", "recall", "f1")))
                for kind, prefix in kinds
            ),
        )
        typer.echo(
            f"pairs: {quality['right_pairs']:,} right of {quality['found_pairs']:,} found and "
            f"{quality['true_pairs']:,} true; clusters: {quality['clusters']:,} found, "
            f"{quality['true_clusters']:,} true"
        )
    else:
        typer.echo("no truth given (--truth-column or --truth-from-id): nothing to measure")
    typer.echo(f"records: {report['records']:,}; pairs scored: {report['pairs_scored']:,}")
    if report["no_model"]:
        typer.echo(f"only rules link: {report['no_model']}")
    else:
        expected = report["expected"]
        typer.echo(
            f"threshold: match weight {report['threshold']:g} (log2 odds); optimises "
            f"{report['optimises']}; expected over pairs: precision {expected['precision']:.4f}, "
            f"recall {expected['recall']:.4f}"
        )
    typer.echo("no cluster holds a contradiction in: " + (", ".join(report["strong_keys"]) or "-"))
    for name in ("links", "cuts"):
        counts = ", ".join(f"{rule} {number:,}" for rule, number in report[name].items())
        typer.echo(f"{name}: {counts or 'none'}")
    table(
        ("blocking rule", "pairs", "chosen", "why"),
        (
            (row["rule"], f"{row['pairs']:,}", "yes" if row["chosen"] else "no", row["why"])
            for row in report["blocking"]
        ),
    )
    phases = ", ".join(f"{phase} {taken:.1f}" for phase, taken in report["seconds"].items())
    typer.echo(f"seconds: {phases}; peak memory: {report['peak_memory_mb']:,} MB")
