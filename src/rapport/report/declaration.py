"""What a report's folder declares: its KPIs, rules, queries, schema and templates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rapport.errors import RapportError


@dataclass(frozen=True)
class Rules:
    """Thresholds of the narrative; their reasons stand beside them in `report.yml`.

    All are fractions, but `small_base` and `next_steps`, which are counts.
    """

    steady: float
    notable: float
    notable_points: float
    small_base: int
    quarantine_share: float
    match_rate: float
    next_steps: int


@dataclass(frozen=True)
class Declaration:
    """One report, read from `reports/<name>/`."""

    name: str
    folder: Path
    headline: list[str]
    trend: str
    trend_periods: int
    match_rate: str
    identity: list[str]
    rules: Rules

    def query(self, name: str) -> str:
        """Text of `queries/<name>.sql`."""
        return (self.folder / "queries" / f"{name}.sql").read_text(encoding="utf-8")

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what the templates are given."""
        text = (self.folder / "figures.schema.json").read_text(encoding="utf-8")
        schema: dict[str, Any] = json.loads(text)
        return schema


def load(project_dir: Path, name: str) -> Declaration:
    """Read a report's declaration.

    Raises:
        RapportError: `report-unknown` naming the file and what is wrong with it.
    """
    folder = project_dir / "reports" / name
    path = folder / "report.yml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Declaration(
            **{**raw, "name": name, "folder": folder, "rules": Rules(**raw["rules"])}
        )
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise RapportError(
            "report-unknown",
            f"The report {name!r} is not described: {error}",
            str(path),
            "mend report.yml; reports/executive/report.yml shows all its fields",
        ) from None
