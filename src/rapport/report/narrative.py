"""What the figures say, in plain sentences made by rules; every sentence carries its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rapport.report import periods
from rapport.report.declaration import Declaration
from rapport.report.figures import Figures, Kpi
from rapport.report.formats import NULL, Formats, clean
from rapport.report.wording import Wording


@dataclass(frozen=True)
class Speaker:
    """Words, formats and rules of one issue, with the small phrases that many parts share."""

    figures: Figures
    declaration: Declaration
    t: Wording
    formats: Formats

    def period(self, start: date | None = None, short: bool = False) -> str:
        """The name of the period that starts on `start`, by default of the reported one."""
        start = start or self.figures.period.start
        if self.figures.period.kind == "month":
            return self.formats.month(start, short)
        year, week, _ = start.isocalendar()
        if not short:
            return self.t("period.week", week=week, year=year)
        same_year = year == self.figures.period.start.isocalendar().year
        return self.t(f"period.{'week_short' if same_year else 'week_year'}", week=week, year=year)

    @property
    def previous(self) -> str:
        """Name of the period before."""
        return self.period(periods.before(self.figures.period))

    @property
    def last_year(self) -> str:
        """Name of the same period of last year."""
        return self.period(periods.year_before(self.figures.period))

    def value(self, kpi: Kpi, value: float | None = None, compact: bool = False) -> str:
        """The KPI's value, or another one in its unit."""
        return self.formats.value(kpi.unit, kpi.value if value is None else value, compact)

    def size(self, kpi: Kpi, earlier: float | None) -> str:
        """Size of the change against an earlier value, with `pts` for shares."""
        change = kpi.change(earlier)
        text = self.formats.change(kpi.unit, change)
        if kpi.unit in ("share", "score") and text != NULL:
            return self.t("change.points", value=text)
        return text

    def base(self, kpi: Kpi) -> str:
        """The count that a share is taken over, empty for other units."""
        if kpi.base is None or kpi.unit not in ("share", "score"):
            return ""
        key = f"base.{kpi.id}" if self.t.has(f"base.{kpi.id}") else "base.default"
        return self.t(key, n=kpi.base, count=self.formats.count(kpi.base))


def summary(say: Speaker) -> list[str]:
    """The paragraph at the top: headline, target, customers, best and least good news."""
    figures, t = say.figures, say.t
    sentences: list[str] = []
    lead = figures.kpi(say.declaration.trend)
    if lead and lead.value is not None:
        sentences.append(_lead(say, lead))
        if lead.target is not None and lead.status in ("good", "watch", "bad"):
            sentences.append(
                t(f"summary.target_{lead.status}", target=say.value(lead, lead.target))
            )
    new, active = figures.kpi("new_customers"), figures.kpi("active_customers")
    if new and active and new.value is not None and active.value is not None:
        first = t("summary.new_customers", n=round(new.value), count=say.value(new))
        count = say.value(active)
        sentences.append(
            t("summary.customers_active", n=round(active.value), new=first, count=count)
        )
    told = {say.declaration.trend, "new_customers", "active_customers", say.declaration.match_rate}
    moved = [kpi for kpi in notable(say) if kpi.id not in told]
    for tone, key in (("better", "gain"), ("worse", "setback")):
        kpi = next((k for k in moved if _tone(say, k) == tone), None)
        if kpi:
            facts = {"from": say.value(kpi, kpi.previous), "to": say.value(kpi)}
            base = _bracketed(say, kpi)
            sentences.append(
                t(f"summary.{key}", kpi=kpi.name, period=say.previous, base=base, **facts)
            )
    if sentences and not moved:
        sentences.append(t("summary.quiet", period=say.previous))
    return sentences


def notable(say: Speaker) -> list[Kpi]:
    """KPIs whose change on the period before is worth a sentence, the largest change first."""
    rules = say.declaration.rules
    found = []
    for kpi in say.figures.kpis:
        change = kpi.change(kpi.previous)
        if change is None or _tone(say, kpi) not in ("better", "worse"):
            continue
        points = {"share": rules.notable_points, "score": rules.notable_points * 100}
        weight = abs(change) / points.get(kpi.unit, rules.notable)
        if weight >= 1 and not _is_small(say, kpi):
            found.append((weight, kpi))
    return [kpi for _, kpi in sorted(found, key=lambda pair: (-pair[0], pair[1].id))]


def next_steps(say: Speaker) -> list[dict[str, str]]:
    """What to look at next: title and text, the weightiest first."""
    figures, rules, t = say.figures, say.declaration.rules, say.t
    steps: list[dict[str, str]] = []

    def add(key: str, title: dict[str, object], text: dict[str, object]) -> None:
        steps.append(
            {
                "title": t(f"next.{key}.title", **title),
                "text": t(f"next.{key}.text", **text).strip(),
            }
        )

    if figures.late_sources:
        names = say.formats.list([clean(source["source"], 40) for source in figures.late_sources])
        add("stale", {}, {"sources": names})
    for kpi in [k for k in figures.kpis if k.status == "bad" and k.value is not None][:2]:
        facts: dict[str, object] = {"value": say.value(kpi), "target": say.value(kpi, kpi.target)}
        add("off_target", {"kpi": kpi.name}, {**facts, "owner": _owner(say, kpi)})
    worse = [kpi for kpi in notable(say) if _tone(say, kpi) == "worse" and kpi.status != "bad"]
    for kpi in worse[:1]:
        facts = {"from": say.value(kpi, kpi.previous), "to": say.value(kpi)}
        more = {"base": _bracketed(say, kpi), "owner": _owner(say, kpi)}
        add("setback", {"kpi": kpi.name}, {**facts, **more, "period": say.previous})
    for stage in ("declining", "intending", "churned"):
        row = figures.stages.get(stage)
        count = (row.now if stage == "intending" else row.moved_in) if row else 0
        if count:
            add(stage, {"n": count, "count": say.formats.count(count)}, {})
    for key, facts in _data_steps(say, rules.quarantine_share, rules.match_rate):
        add(key, facts, facts)
    if not steps:
        add("nothing", {}, {})
    return steps[: rules.next_steps]


def _data_steps(
    say: Speaker, quarantine_share: float, match_rate: float
) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    received = sum(int(row["received"] or 0) for row in say.figures.deliveries)
    held = sum(int(row["quarantined"] or 0) for row in say.figures.deliveries)
    if received and held / received > quarantine_share:
        most = max(say.figures.deliveries, key=lambda row: int(row["quarantined"] or 0))
        share, count = say.formats.share(held / received), say.formats.count(held)
        source = clean(most["source"], 40)
        found.append(("quarantine", {"share": share, "count": count, "source": source}))
    match = say.figures.kpi(say.declaration.match_rate)
    if match and match.value is not None and match.value < match_rate:
        found.append(("match", {"share": say.value(match)}))
    return found


def _lead(say: Speaker, kpi: Kpi) -> str:
    facts = {"kpi": kpi.name, "value": say.value(kpi), "period": say.period()}
    compared = [
        _compared(say, kpi, earlier, name)
        for earlier, name in ((kpi.previous, say.previous), (kpi.last_year, say.last_year))
        if kpi.change(earlier) is not None
    ]
    if len(compared) == 2:
        facts |= {"previous_change": compared[0], "last_year_change": compared[1]}
        return say.t("summary.lead_both", **facts)
    if compared:
        return say.t("summary.lead_change", previous_change=compared[0], **facts)
    return say.t("summary.lead", **facts)


def _compared(say: Speaker, kpi: Kpi, earlier: float | None, name: str) -> str:
    if kpi.tone(earlier, say.declaration.rules.steady) == "steady":
        return say.t("summary.same", period=name)
    key = "more" if (kpi.change(earlier) or 0) > 0 else "less"
    return say.t(f"summary.{key}", change=say.size(kpi, earlier), period=name)


def _tone(say: Speaker, kpi: Kpi) -> str:
    return kpi.tone(kpi.previous, say.declaration.rules.steady)


def _is_small(say: Speaker, kpi: Kpi) -> bool:
    """A share over very few people or answers jumps by chance; it makes no headline."""
    return bool(say.base(kpi)) and (kpi.base or 0) < say.declaration.rules.small_base


def _bracketed(say: Speaker, kpi: Kpi) -> str:
    base = say.base(kpi)
    return f" ({base})" if base else ""


def _owner(say: Speaker, kpi: Kpi) -> str:
    return say.t("next.owner", owner=clean(kpi.owner, 60)) if kpi.owner else ""
