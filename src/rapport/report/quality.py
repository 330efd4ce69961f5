"""How far the figures can be trusted: freshness of the sources, rows accounted for, gates."""

from __future__ import annotations

from typing import Any

from rapport.report.formats import NULL, clean
from rapport.report.narrative import Speaker

PASSED = {"passed", "pass", "ok", "success", "true"}
NAMES_SHOWN = 5
COUNTS = ("received", "loaded", "quarantined", "superseded", "duplicates")


def freshness(say: Speaker) -> dict[str, Any]:
    """The banner: all data there, or which sources are late and by how much."""
    late = say.figures.late_sources
    count = len(say.figures.sources)
    if not late:
        text = say.t("fresh.text", n=count, count=count) if count else say.t("fresh.none")
        return {"is_stale": False, "title": say.t("fresh.title"), "lines": [text]}
    lines = [_late(say, source) for source in late]
    lines.append(say.t("fresh.consequence" if len(late) == 1 else "fresh.consequence_many"))
    return {"is_stale": True, "title": say.t("fresh.title_stale"), "lines": lines}


def _late(say: Speaker, source: dict[str, Any]) -> str:
    need = "required" if source["required"] else "optional"
    name = clean(source["source"], 40)
    if source["last_interval_end"] is None:
        return say.t(f"fresh.never_{need}", source=name)
    return say.t(
        f"fresh.late_{need}",
        source=name,
        late=say.formats.duration(float(source["late_hours"] or 0)),
        until=say.formats.moment(source["last_interval_end"]),
    )


def footnote(say: Speaker) -> dict[str, Any]:
    """Rows by source, quarantine reasons, match rate, gates and publication."""
    figures, t, formats = say.figures, say.t, say.formats
    match = figures.kpi(say.declaration.match_rate)
    reasons = [
        t(
            "quality.rule",
            count=formats.count(row["quarantined"]),
            source=clean(row["source"], 40),
            entity=clean(row["entity"], 40),
            rule=clean(row["rule"], 80),
        )
        for row in figures.quarantine[:3]
    ]
    known = match is not None and match.value is not None
    return {
        "rows": _accounts(say),
        "rules": t("quality.rules", list="; ".join(reasons)) if reasons else "",
        "match": t("quality.match", share=say.value(match), base=say.base(match))
        if match and known
        else t("quality.match_none"),
        "identity": _identity(say),
        "gates": _gates(say),
        "sources": [_source(say, source) for source in figures.sources],
        "publication": t(
            "quality.publication",
            id=figures.publication["publication_id"],
            build=clean(figures.publication["build_id"], 60),
            as_of=formats.moment(figures.as_of),
            timezone=formats.timezone,
        ),
    }


def _identity(say: Speaker) -> str:
    """Between what the figures lie that doubt about identity moves; empty where it moves none."""
    ranges = []
    for name in say.declaration.identity:
        kpi, (low, high) = say.figures.kpi(name), say.figures.identity.get(name, (None, None))
        if kpi is None or low is None or high is None:
            continue
        shown = say.value(kpi, low), say.value(kpi, high)
        if shown[0] != shown[1]:
            ranges.append(say.t("quality.range", kpi=kpi.name, low=shown[0], high=shown[1]))
    return say.t("quality.identity", list=say.formats.list(ranges)) if ranges else ""


def _source(say: Speaker, source: dict[str, Any]) -> str:
    until = source["last_interval_end"]
    return say.t(
        "quality.source",
        source=clean(source["source"], 40),
        need=say.t(f"quality.{'required' if source['required'] else 'optional'}"),
        until=say.t("quality.never") if until is None else say.formats.moment(until),
    )


def _accounts(say: Speaker) -> list[dict[str, str]]:
    """Rows received and what became of them, by source and in all."""
    rows = [
        (clean(row["source"], 40), [int(row[name] or 0) for name in COUNTS])
        for row in say.figures.deliveries
    ]
    totals = [sum(column) for column in zip(*(counts for _, counts in rows), strict=True)]
    rows.append((say.t("quality.total"), totals or [0] * len(COUNTS)))
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
        return say.t("quality.gates_none")
    missed = [row for row in gates if str(row["outcome"]).lower() not in PASSED]
    counts = {"all": sum(row["checks"] for row in gates)}
    counts["passed"] = counts["all"] - sum(row["checks"] for row in missed)
    texts = {name: say.formats.count(count) for name, count in counts.items()}
    sentences = [say.t("quality.gates", **texts)]
    for key, is_critical in (("gates_fail", True), ("gates_warn", False)):
        names = sorted({clean(r["gate"], 40) for r in missed if _critical(r) == is_critical})
        if names:
            more = len(names) - NAMES_SHOWN
            shown = names[:NAMES_SHOWN]
            if more > 0:
                shown.append(say.t("quality.more", n=more, count=say.formats.count(more)))
            sentences.append(say.t(f"quality.{key}", list=say.formats.list(shown)))
    return " ".join(sentences)


def _critical(row: dict[str, Any]) -> bool:
    return str(row["severity"] or NULL).lower() == "critical"
