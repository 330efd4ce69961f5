"""How far the figures can be trusted: freshness, rows accounted for, gates, restatements."""

from __future__ import annotations

from typing import Any

from rapport.report.formats import NULL, clean
from rapport.report.parts import Proof
from rapport.report.sections.kpis import kpis_shown
from rapport.report.speaker import Speaker
from rapport.report.words import N_

PASSED = {"passed", "pass", "ok", "success", "true"}
NAMES_SHOWN = 5
RESTATED_SHOWN = 5
COUNTS = ("received", "loaded", "quarantined", "superseded", "duplicates")
CAUSES = {
    "late_fact": N_("late facts"),
    "identity": N_("records moved to other customers"),
    "rate": N_("exchange rates"),
    "rule": N_("a changed rule or threshold"),
    "open_window": N_("it counts what follows the period"),
    "unknown": N_("cause unknown"),
}
NEEDS = {True: N_("required"), False: N_("optional")}
LATE = {
    True: N_("{source} (required) is {late} behind; its last data run to {until}."),
    False: N_("{source} (optional) is {late} behind; its last data run to {until}."),
}
NEVER = {
    True: N_("{source} (required) has not delivered yet."),
    False: N_("{source} (optional) has not delivered yet."),
}


def freshness(say: Speaker) -> dict[str, Any]:
    """The banner: all data there, or which sources are late and by how much."""
    late, t = say.figures.late_sources, say.t
    count = len(say.figures.sources)
    if not late:
        if not count:
            text = t("No source has reported to this publication.")
        else:
            text = t.many("The one source has delivered.", "All {count} sources have delivered.",
                          count, count=count)  # fmt: skip
        return {"is_stale": False, "title": t("Data complete"), "lines": [text]}
    lines = [_late(say, source) for source in late]
    lines.append(
        t.many("Figures that rest on it show what was known by then.",
               "Figures that rest on these sources show what was known by then.", len(late))
    )  # fmt: skip
    return {"is_stale": True, "title": t("Some data are late"), "lines": lines}


def _late(say: Speaker, source: dict[str, Any]) -> str:
    need, name = bool(source["required"]), clean(source["source"], 40)
    if source["last_interval_end"] is None:
        return say.t(NEVER[need], source=name)
    return say.t(
        LATE[need],
        source=name,
        late=say.formats.duration(float(source["late_hours"] or 0)),
        until=say.formats.moment(source["last_interval_end"]),
    )


def proof(say: Speaker, section: Proof) -> tuple[dict[str, Any], None]:
    """Rows by source, quarantine reasons, match rate, gates, restatements and publication."""
    figures, t, formats = say.figures, say.t, say.formats
    match = figures.may_kpi(say.declaration.match_rate)
    reasons = [
        t("{count} from {source}, {entity}: {rule}", count=formats.count(row["quarantined"]),
          source=clean(row["source"], 40), entity=clean(row["entity"], 40),
          rule=clean(row["rule"], 80))
        for row in figures.quarantine[:3]
    ]  # fmt: skip
    matched = t("CRM and ERP match: not known yet.")
    if match is not None and match.value is not None:
        matched = t(
            "CRM and ERP match: {share}, {base}.", share=say.value(match), base=say.base(match)
        )
    elif not figures.is_whole or figures.period.kind == "day":
        matched = ""  # a match rate is of the whole company, and of a week at least
    return {
        "rows": _accounts(say),
        "rules": t("Most frequent reasons: {list}.", list=t("; ").join(reasons)) if reasons else "",
        "match": matched,
        "identity": _identity(say, section),
        "gates": _gates(say),
        "restated": _restated(say),
        "sources": [_source(say, source) for source in figures.sources],
        "publication": t(
            "Publication {id}, build {build}, as of {as_of} ({timezone}).",
            id=figures.publication["publication_id"],
            build=clean(figures.publication["build_id"], 60),
            as_of=formats.moment(figures.as_of),
            timezone=formats.timezone,
        ),
    }, None


def _restated(say: Speaker) -> list[str]:
    """What was told before and is other now, with the cause; the first line says since when."""
    rows = say.figures.queries.may("restatements")
    shown = kpis_shown(say)
    kpis = [row for row in rows if row["subject"] == "kpi" and row["kpi_id"] in shown]
    moved = sum(int(row["customers"] or 0) for row in rows if row["subject"] == "stage")
    if not kpis and not moved:
        return []
    lines = [say.t("Restated since publication {id}:",
                   id=min(row["previous_publication_id"] for row in rows))]  # fmt: skip
    lines += [_moved(say, row) for row in kpis[:RESTATED_SHOWN]]
    if len(kpis) > RESTATED_SHOWN:
        more = len(kpis) - RESTATED_SHOWN
        lines.append(say.t.many("{count} more figure", "{count} more figures", more,
                                count=say.formats.count(more)))  # fmt: skip
    if moved:
        lines.append(
            say.t.many("{count} customer stands in another stage at an earlier month end",
                       "{count} customers stand in another stage at an earlier month end",
                       moved, count=say.formats.count(moved))
        )  # fmt: skip
    return lines


def _moved(say: Speaker, row: dict[str, Any]) -> str:
    kpi = say.figures.kpi(row["kpi_id"])
    assert kpi is not None
    shown = [NULL if v is None else say.value(kpi, v) for v in (row["old_value"], row["new_value"])]
    cause = say.t(CAUSES.get(row["cause"], CAUSES["unknown"]))
    return say.t("{kpi} {when}: {now} instead of {before} ({cause})", kpi=kpi.name,
                 when=say.when(row["period_start"]), before=shown[0], now=shown[1],
                 cause=cause)  # fmt: skip


def _identity(say: Speaker, section: Proof) -> str:
    """Between what the figures lie that doubt about identity moves; empty where it moves none."""
    ranges = []
    for name in section.identity:
        kpi, (low, high) = say.figures.may_kpi(name), say.figures.identity.get(name, (None, None))
        if kpi is None or low is None or high is None:
            continue
        shown = say.value(kpi, low), say.value(kpi, high)
        if shown[0] != shown[1]:
            ranges.append(
                say.t("{kpi} between {low} and {high}", kpi=kpi.name, low=shown[0], high=shown[1])
            )
    if not ranges:
        return ""
    return say.t("Depending on which records are taken for the same customer: {list}.",
                 list=say.formats.list(ranges))  # fmt: skip


def _source(say: Speaker, source: dict[str, Any]) -> str:
    until = source["last_interval_end"]
    return say.t(
        "{source} ({need}): data up to {until}",
        source=clean(source["source"], 40),
        need=say.t(NEEDS[bool(source["required"])]),
        until=say.t("nothing yet") if until is None else say.formats.moment(until),
    )


def _accounts(say: Speaker) -> list[dict[str, str]]:
    """Rows received and what became of them, by source and in all."""
    rows = [
        (clean(row["source"], 40), [int(row[name] or 0) for name in COUNTS])
        for row in say.figures.deliveries
    ]
    totals = [sum(column) for column in zip(*(counts for _, counts in rows), strict=True)]
    rows.append((say.t("All sources"), totals or [0] * len(COUNTS)))
    count = say.formats.count
    return [
        {
            "source": source,
            "received": count(received),
            "loaded": count(loaded),
            "quarantined": count(quarantined),
            "other": count(superseded + duplicates),
        }
        for source, (received, loaded, quarantined, superseded, duplicates) in rows
    ]


def _gates(say: Speaker) -> str:
    """Checks passed of all, and by name the gates with warnings or failures."""
    gates = say.figures.gates
    if not gates:
        return say.t("Gates: no checks recorded.")
    missed = [row for row in gates if str(row["outcome"]).lower() not in PASSED]
    counts = {"all": sum(row["checks"] for row in gates)}
    counts["passed"] = counts["all"] - sum(row["checks"] for row in missed)
    texts = {name: say.formats.count(count) for name, count in counts.items()}
    sentences = [say.t("Gates: {passed} of {all} checks passed.", **texts)]
    for message, is_critical in ((N_("Failed: {list}."), True), (N_("Warnings: {list}."), False)):
        names = sorted({clean(r["gate"], 40) for r in missed if _critical(r) == is_critical})
        if names:
            more = len(names) - NAMES_SHOWN
            shown = names[:NAMES_SHOWN]
            if more > 0:
                shown.append(
                    say.t.many("{count} more", "{count} more", more, count=say.formats.count(more))
                )
            sentences.append(say.t(message, list=say.formats.list(shown)))
    return say.t.join(sentences)


def _critical(row: dict[str, Any]) -> bool:
    return str(row["severity"] or NULL).lower() == "critical"
