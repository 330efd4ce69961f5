"""What the figures say, in plain sentences made by rules; every sentence carries its figures."""

from __future__ import annotations

from datetime import timedelta

from rapport.report import periods
from rapport.report.figures import Kpi
from rapport.report.formats import clean
from rapport.report.speaker import Speaker
from rapport.report.words import N_, N_many

STAGE_STEPS = {
    "declining": (
        N_many(
            "{count} customer turned declining in {month}",
            "{count} customers turned declining in {month}",
        ),
        N_(
            "They are well past their usual gap between orders and not yet lost: the moment at"
            " which a call or an offer pays most."
        ),
    ),
    "intending": (
        N_many(
            "{count} prospect was about to buy at the end of {month}",
            "{count} prospects were about to buy at the end of {month}",
        ),
        N_("They had an open deal or quote, a cart or a checkout: answer them first."),
    ),
    "churned": (
        N_many("{count} customer churned in {month}", "{count} customers churned in {month}"),
        N_(
            "Another order from them is unlikely. Look at what they have in common before spending"
            " on winning them back."
        ),
    ),
}
TARGETS = {
    "good": N_("The target of {target} is met."),
    "watch": N_("It is near the target of {target}."),
    "bad": N_("The target of {target} is missed."),
}
NEWS = {
    "better": N_("Best news since {period}: {kpi} went from {before} to {now}{base}."),
    "worse": N_("Least good: {kpi} went from {before} to {now}{base}."),
}
BAD_ALONE = N_("Least good since {period}: {kpi} went from {before} to {now}{base}.")


def summary(say: Speaker) -> list[str]:
    """The paragraph at the top: headline, target, customers, best and least good news."""
    figures, t = say.figures, say.t
    sentences: list[str] = []
    lead = figures.kpi(say.declaration.lead)
    if lead and lead.value is not None:
        sentences.append(_lead(say, lead))
        if lead.target is not None and lead.status in TARGETS:
            sentences.append(t(TARGETS[lead.status], target=say.value(lead, lead.target)))
    new, active = figures.kpi("new_customers"), figures.kpi("active_customers")
    if new and active and new.value is not None and active.value is not None:
        first = t.many(
            "{count} customer bought for the first time",
            "{count} customers bought for the first time",
            round(new.value), count=say.value(new),
        )  # fmt: skip
        sentences.append(
            t.many(
                "{new}, and {count} customer was active.",
                "{new}, and {count} customers were active.",
                round(active.value), new=first, count=say.value(active),
            )
        )  # fmt: skip
    told = {say.declaration.lead, "new_customers", "active_customers", say.declaration.match_rate}
    moved = [kpi for kpi in notable(say) if kpi.id not in told]
    is_good = any(say.tone(kpi) == "better" for kpi in moved)
    for tone, message in (NEWS if is_good else {"worse": BAD_ALONE}).items():
        kpi = next((k for k in moved if say.tone(k) == tone), None)
        if kpi:
            facts = {"before": say.value(kpi, kpi.previous), "now": say.value(kpi)}
            facts |= {"kpi": kpi.name, "period": say.previous, "base": say.bracketed(kpi)}
            sentences.append(t(message, **facts))
    is_short = any(figures.is_short(kpi) for kpi in figures.kpis)
    if sentences and not moved and is_compared(say) and not is_short:
        sentences.append(
            t("No other figure changed by enough since {period} to be worth telling.",
              period=say.previous)
        )  # fmt: skip
    return sentences


def is_compared(say: Speaker) -> bool:
    """Whether any figure has one of the period before; in a company's first period none has."""
    return any(kpi.change(kpi.previous) is not None for kpi in say.figures.kpis)


def notable(say: Speaker) -> list[Kpi]:
    """KPIs whose change on the period before is worth a sentence, the largest change first."""
    rules = say.declaration.rules
    found = []
    for kpi in say.figures.kpis:
        change = kpi.change(kpi.previous)
        if change is None or say.tone(kpi) not in ("better", "worse"):
            continue
        points = {"share": rules.notable_points, "score": rules.notable_points * 100}
        weight = abs(change) / points.get(kpi.unit, rules.notable)
        if weight >= 1 and not _is_small(say, kpi):
            found.append((weight, kpi))
    return [kpi for _, kpi in sorted(found, key=lambda pair: (-pair[0], pair[1].id))]


def next_steps(say: Speaker) -> list[dict[str, str]]:
    """What to look at next: title and text, the weightiest first."""
    figures, t = say.figures, say.t
    steps: list[dict[str, str]] = []

    def add(title: str, *sentences: str) -> None:
        steps.append({"title": title, "text": t.join(sentences)})

    if figures.late_sources:
        names = say.formats.list([clean(source["source"], 40) for source in figures.late_sources])
        add(
            t("Data are late"),
            t("{sources}: ask the owner of the source before deciding on the figures that rest on"
              " it.", sources=names),
        )  # fmt: skip
    for kpi in [k for k in figures.kpis if k.status == "bad" and k.value is not None][:2]:
        facts = {"value": say.value(kpi), "target": say.value(kpi, kpi.target)}
        text = t("It stands at {value} against a target of {target}.", **facts)
        add(t("{kpi} is off target", kpi=kpi.name), text, _owner(say, kpi))
    worse = [kpi for kpi in notable(say) if say.tone(kpi) == "worse" and kpi.status != "bad"]
    for kpi in worse[:1]:
        facts = {"before": say.value(kpi, kpi.previous), "now": say.value(kpi)}
        before = say.compared(periods.before(figures.period))
        facts |= {"when": before, "base": say.bracketed(kpi)}
        text = t("From {before} {when} to {now}{base}.", **facts)
        add(t("{kpi} got worse", kpi=kpi.name), text, _owner(say, kpi))
    return steps


def stage_steps(say: Speaker) -> list[dict[str, str]]:
    """What the movement between lifecycle stages asks for."""
    steps: list[dict[str, str]] = []
    if say.figures.month_end is None:
        return steps
    # A report on a week tells of the last month end too.
    month = say.formats.month(say.figures.month_end - timedelta(days=1))
    for stage, (title, text) in STAGE_STEPS.items():
        row = say.figures.stages.get(stage)
        count = (row.now if stage == "intending" else row.moved_in) if row else 0
        if count:
            told = say.t.many(*title, count, count=say.formats.count(count), month=month)
            steps.append({"title": told, "text": say.t(text)})
    return steps


def data_steps(say: Speaker) -> list[dict[str, str]]:
    """What the state of the data asks for: rows set aside, customers whom the CRM does not know."""
    figures, rules, t = say.figures, say.declaration.rules, say.t
    steps: list[dict[str, str]] = []
    received = sum(int(row["received"] or 0) for row in figures.deliveries)
    held = sum(int(row["quarantined"] or 0) for row in figures.deliveries)
    if received and held / received > rules.quarantine_share:
        most = max(figures.deliveries, key=lambda row: int(row["quarantined"] or 0))
        steps.append(
            {
                "title": t("{share} of the received rows were set aside",
                           share=say.formats.share(held / received)),
                "text": t("{count} rows are in quarantine, the most from {source}. They are kept"
                          " and are loaded again once mended.",
                          count=say.formats.count(held), source=clean(most["source"], 40)),
            }
        )  # fmt: skip
    match = figures.kpi(say.declaration.match_rate)
    if match and match.value is not None and match.value < rules.match_rate:
        steps.append(
            {
                "title": t("CRM and ERP match for {share} of the buyers", share=say.value(match)),
                "text": t("For the others the profile lacks what the CRM knows. Ask for e-mail or"
                          " phone where orders are taken."),
            }
        )  # fmt: skip
    return steps


def _lead(say: Speaker, kpi: Kpi) -> str:
    facts = {"kpi": kpi.name, "value": say.value(kpi), "when": say.when()}
    period = say.figures.period
    starts = periods.before(period), periods.year_before(period)
    compared = [
        _compared(say, kpi, earlier, say.compared(start))
        for earlier, start in zip((kpi.previous, kpi.last_year), starts, strict=True)
        if kpi.change(earlier) is not None
    ]
    if len(compared) == 2:
        facts |= {"change": compared[0], "other_change": compared[1]}
        return say.t("{kpi} was {value} {when}, {change} and {other_change}.", **facts)
    if compared:
        return say.t("{kpi} was {value} {when}, {change}.", change=compared[0], **facts)
    return say.t("{kpi} was {value} {when}.", **facts)


def _compared(say: Speaker, kpi: Kpi, earlier: float | None, when: str) -> str:
    if kpi.tone(earlier, say.declaration.rules.steady) == "steady":
        return say.t("about the same as {when}", when=when)
    facts = {"change": say.size(kpi, earlier), "when": when}
    if (kpi.change(earlier) or 0) > 0:
        return say.t("{change} more than {when}", **facts)
    return say.t("{change} less than {when}", **facts)


def _is_small(say: Speaker, kpi: Kpi) -> bool:
    """A share over very few people or answers jumps by chance; it makes no headline."""
    return bool(say.base(kpi)) and (kpi.base or 0) < say.declaration.rules.small_base


def _owner(say: Speaker, kpi: Kpi) -> str:
    return say.t("Owner: {owner}.", owner=say.t.data(clean(kpi.owner, 60))) if kpi.owner else ""
