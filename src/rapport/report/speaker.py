"""One issue's figures, rules, words and formats, with the small phrases that many parts share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rapport.company import Company
from rapport.report import periods
from rapport.report.declaration import Declaration
from rapport.report.edition import Edition
from rapport.report.figures import Figures, Kpi, Tone
from rapport.report.formats import NULL, Formats, clean
from rapport.report.periods import Kind
from rapport.report.words import N_, N_many, Words

ARROWS = {"up": "▲", "down": "▼", "steady": "■", "none": ""}
TONES = {
    "better": N_("better"),
    "worse": N_("worse"),
    "steady": N_("steady"),
    "up": N_("up"),
    "down": N_("down"),
    "none": "",
}
STATUSES = {
    "good": N_("On target"),
    "watch": N_("Near target"),
    "bad": N_("Off target"),
    "none": N_("No target"),
}
DIMENSIONS = {
    "country": N_("country"),
    "region": N_("region"),
    "channel": N_("channel"),
    "category": N_("category"),
    "owner": N_("person in charge"),
    "stage": N_("lifecycle stage"),
    "tier": N_("value tier"),
}
# What is in no segment: of a stage or tier, whoever had none when the period began.
UNNAMED = {"stage": N_("Not known before"), "tier": N_("No value tier before")}
UNNAMED_ELSE = N_("Unknown")
# Words of the data that are translated: who answers for a KPI, and segments without a name.
OF_DATA = (
    N_("Customer analytics"), N_("Customer service"), N_("Data"), N_("Finance"), N_("Marketing"),
    N_("Operations"), N_("Sales"), N_("unknown"),
)  # fmt: skip
# What a share is taken over; the default where a KPI is not named.
BASES = {
    "repeat_purchase_rate": N_many("of {count} customer", "of {count} customers"),
    "csat": N_many("over {count} answer", "over {count} answers"),
    "lead_response_rate": N_many("of {count} lead", "of {count} leads"),
    "win_rate": N_many("of {count} deal", "of {count} deals"),
    "stitch_rate": N_many("of {count} session", "of {count} sessions"),
    "on_time_delivery_rate": N_many("of {count} order", "of {count} orders"),
    "return_rate": N_many("over {count} order", "over {count} orders"),
    "gross_margin_rate": N_many("over {count} order line", "over {count} order lines"),
    "completeness": N_many("over {count} customer", "over {count} customers"),
}
BASES |= dict.fromkeys(
    ("repurchase_rate", "retention_rate", "churn_entry_rate", "reactivation_rate", "false_churn",
     "cross_sell_rate", "customers_for_80", "referral_rate", "match_rate", "match_rate_raw"),
    BASES["repeat_purchase_rate"],
)  # fmt: skip
BASES |= dict.fromkeys(  # these are no shares of customers
    ("revenue_retention_gross", "revenue_retention_net", "top_customer_share", "upsell_rate"),
    BASES["completeness"],
)
BASES |= dict.fromkeys(
    ("lead_conversion_answered", "lead_conversion_late"), BASES["lead_response_rate"]
)
BASES |= {"nps": BASES["csat"]}
BASES |= dict.fromkeys(("discount_rate", "weekend_share"), BASES["return_rate"])


def period_name(kind: Kind, start: date, t: Words, formats: Formats) -> str:
    """The name of the period that starts on a day, such as `October 2026`."""
    if kind == "month":
        return formats.month(start)
    if kind == "day":
        return formats.day(start, "yMMMMd")
    year, week, _ = start.isocalendar()
    return t("Week {week}, {year}", week=week, year=year)


@dataclass(frozen=True)
class Speaker:
    """Everything that a section needs to be said for one edition of one issue.

    Attributes:
        named: the report's parameters and the company's vars, which notes may name in braces.
    """

    figures: Figures
    declaration: Declaration
    t: Words
    formats: Formats
    company: Company
    edition: Edition
    named: Mapping[str, Any]

    def period(self, start: date | None = None, short: bool = False) -> str:
        """The name of the period that starts on `start`, by default of the reported one."""
        this = self.figures.period
        start = start or this.start
        if not short:
            return period_name(this.kind, start, self.t, self.formats)
        if this.kind == "month":
            return self.formats.month(start, short)
        if this.kind == "day":
            # Beside 31 December 2025 "1 Jan" is the day after, not that of a year before.
            is_near = abs((this.start - start).days) < 180
            return self.formats.day(start, "MMMd" if is_near else "yMMMd")
        year, week, _ = start.isocalendar()
        if year == this.start.isocalendar().year:
            return self.t("Wk {week}", week=week)
        return self.t("Wk {week} {year}", week=week, year=year)

    def when(self, start: date | None = None, short: bool = False) -> str:
        """The period as an answer to when: `in October 2026`, `on 5 October 2026`; of the reported
        one that is not over, `so far in October 2026`."""
        name = self.period(start, short)
        if self.figures.period.is_partial and start in (None, self.figures.period.start):
            return self.t("so far in {period}", period=name)
        if self.figures.period.kind == "day":
            return self.t("on {period}", period=name)
        return self.t("in {period}", period=name)

    @property
    def is_cut(self) -> bool:
        """Whether the period is not over, and so compared with as many days of the others."""
        return self.figures.period.is_partial and self.figures.period.kind != "day"

    def compared(self, start: date, short: bool = False) -> str:
        """The same of a period that is compared with: of one that is not over, as many days."""
        if self.is_cut:
            return self.t("in the same days of {period}", period=self.period(start, short))
        return self.when(start, short)

    @property
    def previous(self) -> str:
        """Name of the period before."""
        return self.period(periods.before(self.figures.period))

    def value(self, kpi: Kpi, value: float | None = None, compact: bool = False) -> str:
        """The KPI's value, or another one in its unit."""
        return self.formats.value(kpi.unit, kpi.value if value is None else value, compact)

    def size(self, kpi: Kpi, earlier: float | None) -> str:
        """Size of the change against an earlier value, with `pts` for shares."""
        return self.sized(kpi, kpi.change(earlier))

    def sized(self, kpi: Kpi, change: float | None) -> str:
        """Size of a change of the KPI, with `pts` for shares."""
        text = self.formats.change(kpi.unit, change)
        if text == NULL or kpi.unit not in ("share", "score"):
            return text
        # Other languages tell points of a score from points of a percentage.
        if kpi.unit == "score":
            return self.t("{value} points", value=text)
        return self.t("{value} pts", value=text)

    def base(self, kpi: Kpi) -> str:
        """The count that a share is taken over, empty for other units."""
        if kpi.base is None or kpi.unit not in ("share", "score"):
            return ""
        count = self.formats.count(kpi.base)
        if kpi.id in BASES:
            return self.t.many(*BASES[kpi.id], kpi.base, count=count)
        return self.t("over {count}", count=count)

    def bracketed(self, kpi: Kpi) -> str:
        """The same in brackets, to follow a value; empty where there is none."""
        base = self.base(kpi)
        return self.t(" ({base})", base=base) if base else ""

    def tone(self, kpi: Kpi) -> Tone:
        """Whether the change on the period before is good news."""
        return self.judged(kpi, kpi.previous)

    def judged(self, kpi: Kpi, earlier: float | None) -> Tone:
        """Whether a change is good news; of one whose data are short the way it went."""
        tone = kpi.tone(earlier, self.declaration.rules.steady)
        if tone in ("better", "worse") and self.figures.is_short(kpi):
            return "up" if (kpi.change(earlier) or 0) > 0 else "down"
        return tone

    def change(self, kpi: Kpi, earlier: float | None) -> dict[str, str]:
        """A change as arrow, size and judgement in words; never by colour alone."""
        change, tone = kpi.change(earlier), self.judged(kpi, earlier)
        way = "up" if (change or 0) > 0 else "down"
        way = "none" if change is None else "steady" if tone == "steady" else way
        return {
            "arrow": ARROWS[way],
            "size": self.size(kpi, earlier),
            "tone": tone,
            "judgement": self.t(TONES[tone]) if TONES[tone] else "",
            "word": self.t(TONES[way]) if TONES[way] else "",
        }

    def changed(self, kpi: Kpi) -> str:
        """The change on the period before as `up 8.1% on September 2026`; empty without one."""
        change = self.change(kpi, kpi.previous)
        if change["size"] == NULL:
            return ""
        if change["tone"] == "steady":
            before = self.compared(periods.before(self.figures.period))
            return self.t("about the same as {when}", when=before)
        words = self.t("{way} {size}", way=change["word"], size=change["size"])
        if self.is_cut:
            return self.t("{change} on the same days of {period}", change=words,
                          period=self.previous)  # fmt: skip
        return self.t("{change} on {period}", change=words, period=self.previous)

    def stage(self, stage: str) -> str:
        """What a lifecycle stage is called."""
        return self.figures.stage_names.get(stage) or self.t.data(clean(stage, 40))

    def segment(self, kind: str, segment: str) -> str:
        """What a segment of KPIs is called."""
        if segment == "unknown":
            return self.t(UNNAMED.get(kind, UNNAMED_ELSE))
        return self.stage(segment) if kind == "stage" else self.t.data(clean(segment, 40))

    def scope(self) -> str:
        """Which part of the company these readers see; empty for the whole."""
        parts = []
        for dimension, values in self.edition.rows:
            shown = [clean(value, 40) for value in values]
            names = self.formats.list(shown) if shown else self.t("none")
            name = self.t(DIMENSIONS[dimension]) if dimension in DIMENSIONS else dimension
            parts.append(self.t("{dimension}: {values}", dimension=name, values=names))
        return self.t("Your part alone. {parts}", parts=self.t("; ").join(parts)) if parts else ""
