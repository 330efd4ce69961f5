"""What a report's folder declares: its words, sections, rules and queries. No Python is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from rapport.company import ReportConfig
from rapport.errors import RapportError
from rapport.report.parts import AnySection, Part, Sentence
from rapport.report.periods import Kind
from rapport.settings import Settings


class Rules(Part):
    """Thresholds of the narrative. All are fractions, but `small_base`, which is a count."""

    steady: float = 0.005  # half a per cent (half a point for shares) is noise of rounding
    notable: float = 0.10  # a relative change worth a sentence
    notable_points: float = 0.02  # the same for shares, which move less
    small_base: int = 30  # a share over fewer moves by 9 points with chance alone (95 % of samples)
    quarantine_share: float = 0.01  # rows set aside that are worth a sentence
    match_rate: float = 0.80  # below it the profiles of many buyers lack what the CRM knows


class Csv(Part):
    """A query's rows as a CSV file beside the mail."""

    query: str
    columns: list[str] = []


class Declaration(Part):
    """One report, read from `reports/<name>/report.yml`.

    Attributes:
        period: what a company gets that names none.
        lead: the KPI of the subject.
        subject: sentences of which the first that holds is the subject, instead of the lead KPI.
        parameters: values that queries may name as `:name`, and notes as `{name}`.
        vars: dbt vars that they may name so, with the company's values.
        words: words of the data that are translated, such as `critical`.
        tells: queries; when none has rows, there is nothing to tell.
        csv: more files beside the mail than those of the sections.
    """

    name: str
    folder: Path
    title: str
    period: Kind = "month"
    lead: str = ""
    subject: list[Sentence] = []
    match_rate: str = "match_rate"
    parameters: dict[str, float | int | str] = {}
    vars: list[str] = []
    words: list[str] = []
    tells: list[str] = []
    csv: dict[str, Csv] = {}
    rules: Rules = Rules()
    sections: list[AnySection] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Declaration:
        names = [section.name for section in self.sections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sections are called {twice[0]}; give one an id")
        return self

    @property
    def shared(self) -> Path:
        """The folder that all reports share."""
        return self.folder.parent / "shared"

    def query_file(self, name: str) -> Path:
        """File of a query: the report's own, else the shared one.

        Raises:
            RapportError: `report-invalid` when neither is there.
        """
        own, shared = (root / "queries" / f"{name}.sql" for root in (self.folder, self.shared))
        for file in (own, shared):
            if file.exists():
                return file
        raise RapportError(
            "report-invalid", f"The report {self.name!r} has no query {name!r}",
            str(self.folder / "report.yml"), f"write {own}, or name another query",
        )  # fmt: skip


def reports(project_dir: Path) -> list[str]:
    """Names of all reports, sorted."""
    return sorted(file.parent.name for file in (project_dir / "reports").glob("*/report.yml"))


def load(project_dir: Path, name: str) -> Declaration:
    """Read a report's declaration.

    Raises:
        RapportError: `report-unknown` when there is none of the name, `report-invalid` naming the
            key that is wrong.
    """
    folder = project_dir / "reports" / name
    file = folder / "report.yml"
    if not file.exists():
        known = ", ".join(reports(project_dir))
        raise RapportError(
            "report-unknown", f"There is no report called {name!r}", str(folder.parent),
            f"use one of: {known}",
        )  # fmt: skip
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Declaration(**{**raw, "name": name, "folder": folder})
    except ValidationError as error:
        raise _invalid(name, file, _told(error, raw)) from None
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise _invalid(name, file, " ".join(str(error).split())) from None


def of(settings: Settings, name: str) -> Declaration:
    """The declaration of the report that the company calls `name`, with what the company says.

    Raises:
        RapportError: as `load`.
    """
    config = settings.company.reports.get(name) or ReportConfig(recipients=[])
    found = load(settings.project_dir, config.report or name)
    return found.model_copy(update={"name": name, "period": config.period or found.period})


def _told(error: ValidationError, raw: dict[str, Any]) -> str:
    """The first fault with the path of its key; a section is called by its id."""
    first = error.errors(include_url=False)[0]
    at = [str(part) for part in first["loc"]]
    if at[:1] == ["sections"] and len(at) > 1:
        section = raw["sections"][int(at[1])]
        if isinstance(section, dict):
            at[1] = str(section.get("id") or section.get("kind") or at[1])
            at = at[:2] + [part for part in at[2:] if part != section.get("kind")]
    return f"{'.'.join(at)}: {first['msg']}" if at else first["msg"]


def _invalid(name: str, file: Path, what: str) -> RapportError:
    return RapportError(
        "report-invalid", f"The report {name!r} is not described: {what[:300]}", str(file),
        "mend that key; docs/reports.md lists them all",
    )  # fmt: skip
