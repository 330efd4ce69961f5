"""The figures that all reports share, read from the published marts. Numbers only, no words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rapport import clock
from rapport.report import periods
from rapport.report.periods import Kind, Period
from rapport.report.queries import Queries, as_of, today, utc
from rapport.report.slices import Unsliced

Tone = Literal["better", "worse", "steady", "up", "down", "none"]
CUSTOMER_STAGES = ("new", "developing", "loyal", "reactivated", "declining", "churned")
PROSPECT_STAGES = ("intending", "considering", "aware", "lapsed_prospect", "untouched")


@dataclass(frozen=True)
class Kpi:
    """One KPI in the period. Shares are fractions; `base` is the count a share is taken over, and
    `rests_on` the kind of source beside the ERP that it cannot do without."""

    id: str
    name: str
    unit: str
    direction: str
    owner: str
    explanation: str
    rests_on: str
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


class Figures:
    """The figures of one issue, all from one publication; each is read when it is first asked for.

    Attributes:
        is_whole: whether they are of the whole company, not of some readers' rows.
    """

    def __init__(self, queries: Queries, kind: Kind, period_key: str | None = None) -> None:
        """Choose the period and bind it to the queries.

        Args:
            kind: the report's period.
            period_key: a period to tell of instead of the last complete one.

        Raises:
            RapportError: `nothing-published` before the first publication, `period-unknown`.
        """
        self.queries = queries
        self.publication = queries.publication
        self.as_of = as_of(self.publication)
        day = today(self.publication)
        self.period: Period = periods.choose(kind, queries.whole("periods"), day, period_key)
        self.is_whole = not queries.slice
        queries.bind(
            period_kind=kind,
            period_start=self.period.start,
            period_end=self.period.end,
            as_of=clock.naive(self.as_of),
            today=day,
        )

    @cached_property
    def kpis(self) -> list[Kpi]:
        """KPIs of the catalogue that are told of such a period, and to readers of such a part."""
        values = self._values
        there = {row["kpi_id"] for row in values}
        return [
            _kpi(entry, values, self.period)
            for entry in self.queries("catalogue")
            if entry["kpi_id"] in there
        ]

    @cached_property
    def has_kpis(self) -> bool:
        """Whether KPIs can be told to these readers: those of two countries have no segment."""
        try:
            self.kpis  # noqa: B018, read for what it raises
        except Unsliced:
            return False
        return True

    def kpi(self, kpi_id: str) -> Kpi | None:
        """The KPI, or None when the catalogue lacks it."""
        return next((kpi for kpi in self.kpis if kpi.id == kpi_id), None)

    def may_kpi(self, kpi_id: str) -> Kpi | None:
        """The same; None also where KPIs cannot be told to these readers."""
        return self.kpi(kpi_id) if self.has_kpis else None

    def series(self, kpi_id: str, length: int) -> list[tuple[date, float | None]]:
        """The last `length` periods of a KPI up to the reported one."""
        found = sorted(
            (row["period_start"], _number(row["value"]))
            for row in self._values
            if row["kpi_id"] == kpi_id
            and row["period_kind"] == self.period.kind
            and row["period_start"] <= self.period.start
        )
        return found[-length:]

    @cached_property
    def _values(self) -> list[dict[str, Any]]:
        return self.queries("kpis")

    @cached_property
    def _month(self) -> tuple[date | None, dict[str, Stage], int]:
        return _stages(self.queries("stage_mix"), self.queries("stage_transitions"), self.period)

    @property
    def month_end(self) -> date | None:
        """The last month end up to the period's end."""
        return self._month[0]

    @property
    def stages(self) -> dict[str, Stage]:
        """Stages at that month end."""
        return self._month[1]

    @property
    def devices(self) -> int:
        """Anonymous devices, which are counted apart."""
        return self._month[2]

    @property
    def frameworks(self) -> list[dict[str, Any]]:
        """The lifecycle stages in their order, with their names."""
        return self.queries("stages")

    @cached_property
    def stage_names(self) -> dict[str, str]:
        """What each stage is called."""
        return {row["stage"]: row["stage_name"] for row in self.frameworks}

    @property
    def sources(self) -> list[dict[str, Any]]:
        """How fresh each source is."""
        return self.queries("sources")

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        """Rows received by source, and what became of them."""
        return self.queries("deliveries")

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        """Rows set aside by rule."""
        return self.queries("quarantine")

    @property
    def gates(self) -> list[dict[str, Any]]:
        """Checks by gate, severity and outcome."""
        return self.queries("gates")

    @cached_property
    def identity(self) -> dict[str, tuple[float | None, float | None]]:
        """By KPI its least and greatest value, depending on who is the same customer."""
        return {
            row["kpi_id"]: (_number(row["low"]), _number(row["high"]))
            for row in self.queries.may("identity")
            if (row["period_kind"], row["period_start"]) == (self.period.kind, self.period.start)
        }

    @property
    def is_empty(self) -> bool:
        """Nothing happened and nobody is known: there is no figure to show."""
        # What is not told to these readers is not nothing.
        if not self.has_kpis or any(kpi.value for kpi in self.kpis):
            return False
        return not any(row["profiles"] for row in self.queries.may("stage_mix"))

    @property
    def late_sources(self) -> list[dict[str, Any]]:
        """Sources whose data end before the as-of."""
        return [source for source in self.sources if source["is_stale"]]

    def is_short(self, kpi: Kpi) -> bool:
        """Whether data that the KPI rests on are late and end before the period does: marketing
        cost that stops in the third week makes every customer cheap."""
        zone = ZoneInfo(self.publication["business_timezone"])
        return any(
            source["kind"] in ("erp", kpi.rests_on)
            and (
                source["last_interval_end"] is None
                or utc(source["last_interval_end"]).astimezone(zone).date() < self.period.end
            )
            for source in self.late_sources
        )


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
        rests_on=entry["rests_on"] or "erp",
        value=_number(row.get("value")),
        previous=_number(row.get("previous_value")),
        last_year=_number(row.get("last_year_value")),
        target=_number(row.get("target")),
        status=row.get("status") or "none",
        base=None if base is None else int(base),
    )


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
