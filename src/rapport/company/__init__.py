"""The shape of the company folder: what `company.yml`, `sources/*.yml` and shipped systems say."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from croniter import croniter  # as Airflow reads cron
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write it as Europe/Berlin") from None
    return name


def _cron(text: str) -> str:
    if not croniter.is_valid(text):
        raise ValueError(f"{text!r} is no cron expression; write it as in `0 6 * * *`")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Cron = Annotated[str, AfterValidator(_cron)]
ColumnType = Literal["text", "integer", "decimal", "double", "boolean", "date", "timestamp"]
SourceKind = Literal["crm", "erp", "web", "spend", "touchpoints"]
# What tells the rows of marts apart; reports/slices.yml says by which columns.
Dimension = Literal["country", "region", "channel", "category", "owner", "stage", "tier"]


class Described(BaseModel):
    """A part of the description: nothing in it may be misspelt, nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Described):
    """One column of a landed entity: its type, and where it stands in what the source sends.

    Attributes:
        path: its name or place at the source; several where the source renamed it, so that what
            was received before the change can still be read.
    """

    type: ColumnType = "text"
    path: str | Annotated[list[str], Field(min_length=1)] | None = None
    required: bool = True

    def paths(self, name: str) -> list[str]:
        """Where the column called `name` may stand at the source; the first that is there wins."""
        if self.path is None:
            return [name]
        return [self.path] if isinstance(self.path, str) else self.path


class SetRule(Described):
    """A rule about a delivery as a whole: whether it stops the entity, and why it is what it is."""

    severity: Literal["critical", "warning"] = "warning"
    reason: str


class Volume(SetRule):
    """Rows received against the median of the same weekday in the `weeks` before."""

    min_pct: float = 50
    max_pct: float = 200
    weeks: int = 4
    reason: str = "Half or twice the usual weekday is more often a broken export than business."


class Freshness(SetRule):
    """The newest event is at most this old at the end of the interval."""

    max_hours: float


class Reference(SetRule):
    """At least `min_pct` of the values are keys of another entity, written `entity.column`."""

    to: str
    min_pct: float = 95


class Duplicates(SetRule):
    """At most this share of rows may repeat another row or key of the delivery."""

    max_pct: float


class Deletions(SetRule):
    """At most this share of the known keys may be gone at the source at once."""

    max_pct: float = 50
    severity: Literal["critical", "warning"] = "critical"
    reason: str = "Half of all records gone in one interval is more often a partial export."


class Checks(Described):
    """The rules about a delivery as a whole; those about its rows stand in the gate's suite."""

    volume: Volume | None = Volume()
    deletions: Deletions | None = Deletions()
    freshness: Freshness | None = None
    references: dict[str, Reference] = {}
    duplicates: Duplicates | None = None


class Entity(Described):
    """What is fetched of one entity and how its rows are told apart.

    Attributes:
        key: columns that name a row; empty where a row has no name of its own.
        cursor: column or property by which an interval is cut at the source.
        version_by: column that orders several versions of one key.
        repeats: which of them counts inside a delivery; of events that a sender repeats, the
            first.
        event_time: column with the time of the fact.
        lookback_days: how far before an interval its extraction looks again, for rows and files
            that came late; what is loaded already is not loaded twice.
        deleted_by: column that marks a row as deleted at the source: true, or the time of it.
        deletes: `compare` compares the source's keys with those loaded; what is gone there is
            deleted here too, as of the interval's end.
        fetch: how the connector finds it (table, object type, file pattern, format ...).
        checks: rules about the delivery as a whole.
        exact_duplicates: `drop` counts and drops rows that repeat another row in every column.
        quarantine_max_pct: share of quarantined rows in per cent above which the entity is held.
    """

    name: str
    columns: dict[str, Column]
    key: list[str] = []
    cursor: str | None = None
    version_by: str | None = None
    repeats: Literal["latest", "first"] = "latest"
    event_time: str | None = None
    lookback_days: float = 0
    deleted_by: str | None = None
    deletes: Literal["none", "compare"] = "none"
    required: bool = False
    fetch: dict[str, Any] = {}
    gate: str | None = None
    exact_duplicates: Literal["drop", "keep"] = "drop"
    quarantine_max_pct: float = 5.0
    checks: Checks = Checks()

    @field_validator("columns", mode="before")
    @classmethod
    def _short_form(cls, columns: Any) -> Any:
        if isinstance(columns, dict):
            return {k: {"type": v} if isinstance(v, str) else v for k, v in columns.items()}
        return columns


class Source(Described):
    """One connected system of the company.

    Attributes:
        system: a known system (`src/rapport/systems/`), or `sql` or `files` for any other.
    """

    name: str
    system: str
    kind: SourceKind
    required: bool = False
    connection: dict[str, Any] = {}
    schedule: Cron = "0 0 * * *"
    deadline_hours: float = 6
    entities: dict[str, Entity]


class Recipient(Described):
    """Who gets a report, and in which form. A bare address stands for one with all defaults.

    Attributes:
        locale: language and formats, for instance `zh_CN`; the company's where none is given.
        timezone: whose mornings the calendar means; the company's where none is given.
        sections: ids of the sections shown, in the report's order; all where none is given.
        rows: what they may see, values by dimension, for instance `{country: [DE, AT]}`; everything
            where no dimension is given, nothing of a dimension whose list is empty.
        attach: what comes beside the mail.
    """

    address: str
    locale: str | None = None
    timezone: str | None = None
    sections: list[str] = []
    rows: dict[Dimension, list[str]] = {}
    attach: list[Literal["pdf", "csv"]] = []


class ReportConfig(Described):
    """Who gets a report, over which period, and when.

    Attributes:
        report: its folder under `reports/`, where that has another name: one report may go to some
            each week and to others each month.
        period: the report's own where none is given.
        schedule: cron in each recipient's timezone; default seven on the morning after the period.
        sliced_by: dimension that every recipient's `rows` must name; whoever's do not is refused.
        deadline_hours: how long after its time a report that is held stays unexplained to its
            readers; four hours end before noon what is expected at seven.
        only_if_results: nothing is sent when there is nothing to tell.
    """

    report: str | None = None
    recipients: list[Recipient]
    period: Literal["day", "week", "month"] | None = None
    schedule: str | None = None
    sliced_by: Dimension | None = None
    deadline_hours: float = 4
    only_if_results: bool = False

    @field_validator("recipients", mode="before")
    @classmethod
    def _addresses(cls, recipients: Any) -> Any:
        if isinstance(recipients, list):
            return [{"address": who} if isinstance(who, str) else who for who in recipients]
        return recipients


class Alerts(Described):
    """Who is told of failures."""

    recipients: list[str] = []


class Branding(Described):
    """The company's look in its reports.

    Attributes:
        logo: a PNG in the company folder, one that reads on `primary_color`.
    """

    primary_color: str = "#1f3a5f"
    accent_color: str = "#c8963e"
    tagline: str = ""
    logo: str | None = None


class Company(Described):
    """`company.yml`, with the entities of its sources filled in."""

    name: str
    slug: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")  # ids of mails have no other letters
    business_timezone: Zone
    reporting_currency: str = Field(pattern="^[A-Z]{3}$")  # as amounts and rates name theirs
    locale: str = "en_GB"
    history_start: date
    build_deadline: Cron = "0 6 * * *"
    sources: dict[str, Source]
    feeds: dict[str, list[str]]
    vars: dict[str, Any] = {}
    targets: dict[str, dict[str, float]] = {}
    reports: dict[str, ReportConfig] = {}
    alerts: Alerts = Alerts()
    branding: Branding = Branding()
