"""What a report's folder declares: its words, sections, rules and queries. No Python is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rapport.errors import RapportError
from rapport.report.periods import Kind

Format = Literal[
    "text",
    "count",
    "money",
    "share",
    "number",
    "date",
    "moment",
    "days",
    "hours",
    "month",
    "short_month",
    "word",
]
Align = Literal["left", "right"]
WORDS = frozenset({"title", "note", "label", "say", "empty", "text", "alt", "legend", "short"})


class Part(BaseModel):
    """A piece of `report.yml`; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Part):
    """A message that is said when a condition on a query's rows holds.

    Attributes:
        when: an expression over `rows`, `first` and `n`, in the language of the templates.
        say: the message, with its values in braces.
        many: its plural, chosen by `count`.
        count: an expression for the number that chooses the form, by default the number of rows.
        values: an expression for each value, with formats as filters: `first.amount | money`.
    """

    query: str = ""
    when: str = "true"
    say: str
    many: str = ""
    count: str = "n"
    values: dict[str, str] = {}


class Step(Sentence):
    """A sentence of the section `next`, under a title."""

    title: str
    many_title: str = ""


class Column(Part):
    """A column of a table.

    Attributes:
        field: the query's column.
        under: a second column, printed small beneath the first.
        link: a column with the address that the value leads to.
        tone: a column with better, worse, watch or none, which colours the value.
    """

    field: str
    label: str
    format: Format = "text"
    align: Align | None = None
    under: str | None = None
    under_format: Format = "text"
    link: str | None = None
    tone: str | None = None

    @property
    def side(self) -> Align:
        """Numbers stand on the right unless the declaration says otherwise."""
        return self.align or ("left" if self.format in ("text", "word") else "right")


class Section(Part):
    """What all sections have.

    Attributes:
        id: names the section in a recipient's `sections`; by default its kind.
        template: of `sections/`, by default the kind; the report's own come before the shared.
    """

    kind: str
    id: str = ""
    title: str = ""
    note: str = ""
    template: str = ""

    @property
    def name(self) -> str:
        """The section's id."""
        return self.id or self.kind

    @property
    def layout(self) -> str:
        """Name of its templates."""
        return self.template or self.kind


class Summary(Section):
    """The paragraph at the top, by the rules of the narrative."""

    kind: Literal["summary"]


class Tiles(Section):
    """Cards; one that the marts lack gives its place to the next of the catalogue."""

    kind: Literal["tiles"]
    kpis: list[str] = Field(min_length=1, max_length=6)


class Trend(Section):
    """One KPI over the last periods."""

    kind: Literal["trend"]
    kpi: str
    periods: int = Field(default=13, ge=2, le=53)


class Drivers(Section):
    """What moved the KPIs that changed most: segments, mix and rate."""

    kind: Literal["drivers"]
    kpis: list[str] = []
    limit: int = Field(default=3, ge=1)
    segments: int = Field(default=3, ge=1)


class Stages(Section):
    """Lifecycle stages at the month end and who moved."""

    kind: Literal["stages"]


class KpiTable(Section):
    """KPIs in the order of the catalogue."""

    kind: Literal["kpi_table"]
    kpis: list[str] = []
    legend: str = ""


class Chart(Section):
    """A picture of a query's rows, with the same figures in words and in the plain text.

    Attributes:
        form: bar (one line a row), column, line, stacked, or band (value with low and high).
        x: the column that names a row or stands on the axis.
        series: the column that tells lines or stacks apart.
    """

    kind: Literal["chart"]
    query: str
    form: Literal["bar", "column", "line", "stacked", "band"] = "bar"
    x: str
    x_format: Format = "text"
    y: str
    format: Format = "count"
    series: str | None = None
    low: str | None = None
    high: str | None = None
    alt: Sentence
    empty: str = ""


class Table(Section):
    """A table of a query's rows; past `limit` it says how many more there are."""

    kind: Literal["table"]
    query: str
    columns: list[Column] = Field(min_length=1)
    limit: int = Field(default=10, ge=1)
    empty: str = ""


class Sentences(Section):
    """Sentences that hold; `empty` is said when none does."""

    kind: Literal["sentences"]
    rules: list[Sentence] = Field(min_length=1)
    empty: str = ""


class Next(Section):
    """What to look at next: late data, missed targets and setbacks, then the report's own rules."""

    kind: Literal["next"]
    limit: int = Field(default=4, ge=1)
    rules: list[Step] = []


class Glossary(Section):
    """What the words mean: the KPIs shown, and the lifecycle stages with their other names."""

    kind: Literal["glossary"]
    kpis: bool = True
    stages: bool = False


class Proof(Section):
    """How sure the figures are.

    Attributes:
        identity: KPIs of which is told how far they move with who is taken for the same customer.
    """

    kind: Literal["proof"]
    identity: list[str] = []


class Own(Section):
    """A query's rows for templates of the report's own folder."""

    kind: Literal["own"]
    query: str
    template: str


AnySection = Annotated[
    Summary
    | Tiles
    | Trend
    | Drivers
    | Stages
    | KpiTable
    | Chart
    | Table
    | Sentences
    | Next
    | Glossary
    | Proof
    | Own,
    Field(discriminator="kind"),
]


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
        parameters: values that queries may name as `:name`.
        vars: dbt vars that queries may name so, with the company's values.
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
