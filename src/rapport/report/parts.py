"""The pieces of a `report.yml`: sections by kind, columns, and sentences by rule."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Format = Literal[
    "text",
    "count",
    "money",
    "compact",
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
