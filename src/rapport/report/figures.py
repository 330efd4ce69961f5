"""The figures of the executive report, read from the published marts. Numbers only, no words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from rapport.errors import RapportError
from rapport.report import periods
from rapport.report.declaration import Declaration
from rapport.report.periods import Kind, Period

Tone = Literal["better", "worse", "steady", "up", "down", "none"]
CUSTOMER_STAGES = ("new", "developing", "loyal", "reactivated", "declining", "churned")
PROSPECT_STAGES = ("intending", "considering", "aware", "lapsed_prospect", "untouched")


class Reader(Protocol):
    """What the report needs of `rapport.warehouses.MartsReader`."""

    @property
    def publication(self) -> dict[str, Any]:
        """The row of `ops_publication`."""

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of one query."""


@dataclass(frozen=True)
class Kpi:
    """One KPI in the period. Shares are fractions; `base` is the count a share is taken over."""

    id: str
    name: str
    unit: str
    direction: str
    owner: str
    explanation: str
    value: float | None
    previous: float | None
    last_year: float | None
    target: float | None
    status: str
    base: int | None

    def change(self, earlier: float | None) -> float | None:
        """Change against an earlier value: a fraction of it, or the difference for shares and
        scores (whose change in per cent of per cent nobody reads rightly)."""
        if self.value is None or earlier is None:
            return None
        if self.unit in ("share", "score"):
            return self.value - earlier
        return self.value / earlier - 1 if earlier > 0 else None

    def tone(self, earlier: float | None, steady: float) -> Tone:
        """Whether the change is good news, by the KPI's direction."""
        change = self.change(earlier)
        if change is None:
            return "none"
        if abs(change) < (steady * 100 if self.unit == "score" else steady):
            return "steady"
        if self.direction not in ("up", "down"):
            return "up" if change > 0 else "down"
        return "better" if (change > 0) == (self.direction == "up") else "worse"


@dataclass(frozen=True)
class Stage:
    """Profiles in one lifecycle stage at the month end, a month before, and who moved."""

    stage: str
    now: int
    before: int | None
    moved_in: int
    moved_out: int


@dataclass(frozen=True)
class Figures:
    """All figures of one issue of the report.

    Attributes:
        identity: by KPI its least and greatest value, depending on who is the same customer.
    """

    publication: dict[str, Any]
    as_of: datetime
    period: Period
    kpis: list[Kpi]
    trend: list[tuple[date, float | None]]
    month_end: date | None
    stages: dict[str, Stage]
    devices: int
    frameworks: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    gates: list[dict[str, Any]]
    identity: dict[str, tuple[float | None, float | None]]

    def kpi(self, kpi_id: str) -> Kpi | None:
        """The KPI, or None when the catalogue lacks it."""
        return next((kpi for kpi in self.kpis if kpi.id == kpi_id), None)

    @property
    def is_empty(self) -> bool:
        """Nothing happened and nobody is known: there is no figure to show."""
        return not any(kpi.value for kpi in self.kpis) and not any(
            stage.now for stage in self.stages.values()
        )

    @property
    def late_sources(self) -> list[dict[str, Any]]:
        """Sources whose data end before the as-of."""
        return [source for source in self.sources if source["is_stale"]]


def read(
    declaration: Declaration, reader: Reader, kind: Kind, period_key: str | None = None
) -> Figures:
    """Read one period's figures, all from the reader's one publication.

    Args:
        kind: the report's period.
        period_key: a period to tell of instead of the last complete one.

    Raises:
        RapportError: `nothing-published` before the first publication, `period-unknown`.
    """
    publication = _publication(reader)
    as_of = _utc(publication["as_of"])
    today = as_of.astimezone(ZoneInfo(publication["business_timezone"])).date()

    def rows(name: str) -> list[dict[str, Any]]:
        return reader.query(declaration.query(name))

    values = rows("kpis")
    period = periods.choose(kind, values, today, period_key)
    month_end, stages, devices = _stages(rows("stage_mix"), rows("stage_transitions"), period)
    return Figures(
        publication=publication,
        as_of=as_of,
        period=period,
        kpis=[_kpi(entry, values, period) for entry in rows("catalogue")],
        trend=_trend(values, declaration.trend, period, declaration.trend_periods),
        month_end=month_end,
        stages=stages,
        devices=devices,
        frameworks=rows("stages"),
        sources=rows("sources"),
        deliveries=rows("deliveries"),
        quarantine=rows("quarantine"),
        gates=rows("gates"),
        identity={
            row["kpi_id"]: (_number(row["low"]), _number(row["high"]))
            for row in rows("identity")
            if (row["period_kind"], row["period_start"]) == (period.kind, period.start)
        },
    )


def _publication(reader: Reader) -> dict[str, Any]:
    try:
        found = reader.publication
    except IndexError:
        found = {}
    if not found:
        raise RapportError(
            "nothing-published", "The marts have not been published yet",
            todo="run the build first: `rapport build`, or the DAG build_customers",
        )  # fmt: skip
    return found


def _kpi(entry: dict[str, Any], values: list[dict[str, Any]], period: Period) -> Kpi:
    row: dict[str, Any] = next(
        (
            value
            for value in values
            if value["kpi_id"] == entry["kpi_id"]
            and value["period_kind"] == period.kind
            and value["period_start"] == period.start
        ),
        {},
    )
    base = row.get("base_count")
    return Kpi(
        id=entry["kpi_id"],
        name=entry["name"],
        unit=entry["unit"],
        direction=entry["direction"] or "",
        owner=entry["owner"] or "",
        explanation=entry["explanation"] or "",
        value=_number(row.get("value")),
        previous=_number(row.get("previous_value")),
        last_year=_number(row.get("last_year_value")),
        target=_number(row.get("target")),
        status=row.get("status") or "none",
        base=None if base is None else int(base),
    )


def _trend(
    values: list[dict[str, Any]], kpi_id: str, period: Period, length: int
) -> list[tuple[date, float | None]]:
    """The last `length` periods up to the reported one; a running period is left out."""
    series = sorted(
        (row["period_start"], _number(row["value"]))
        for row in values
        if row["kpi_id"] == kpi_id
        and row["period_kind"] == period.kind
        and row["period_start"] <= period.start
    )
    return series[-length:]


def _stages(
    mix: list[dict[str, Any]], transitions: list[dict[str, Any]], period: Period
) -> tuple[date | None, dict[str, Stage], int]:
    """Stages at the last month end up to the period's end; anonymous devices are counted apart."""
    ends = [row["month_end"] for row in mix if row["month_end"] <= period.end]
    if not ends:
        return None, {}, 0
    month_end = max(ends)
    known = [r for r in mix if r["month_end"] == month_end and r["profile_kind"] != "device"]
    moves = [
        row
        for row in transitions
        if row["month_end"] == month_end and row["from_stage"] != row["to_stage"]
    ]
    stages = {stage: _stage(stage, known, moves) for stage in CUSTOMER_STAGES + PROSPECT_STAGES}
    devices = sum(
        int(row["profiles"] or 0)
        for row in mix
        if row["month_end"] == month_end and row["profile_kind"] == "device"
    )
    return month_end, stages, devices


def _stage(stage: str, known: list[dict[str, Any]], moves: list[dict[str, Any]]) -> Stage:
    """One stage's line, which balances: before + in - out = now.

    Transitions tell of those who were known at both month ends; whoever was first seen in between
    came in too.
    """
    here = [row for row in known if row["stage"] == stage]
    earlier = [row["previous_profiles"] for row in here if row["previous_profiles"] is not None]
    now = sum(int(row["profiles"] or 0) for row in here)
    before = sum(int(count) for count in earlier) if earlier or not here else None
    moved_in = sum(int(row["customers"]) for row in moves if row["to_stage"] == stage)
    moved_out = sum(int(row["customers"]) for row in moves if row["from_stage"] == stage)
    first_seen = 0 if before is None else max(now - before - moved_in + moved_out, 0)
    return Stage(stage, now, before, moved_in + first_seen, moved_out)


def _number(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is not None and math.isfinite(number) else None


def _utc(moment: Any) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    aware: datetime = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC)
