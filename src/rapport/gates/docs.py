"""Data Docs: what the gates found in the latest delivery of each entity, as pages for a browser.

Beside each count stands the rule that it was counted by, as the gate's document has it, not what
the rule is today. The expectations are put in words by Great Expectations' own renderers. Its pages
load style sheets and scripts from the internet, so that the sections stand in pages of ours, which
load nothing.
"""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from sqlalchemy import Connection, select

from rapport.landing.zone import Zone
from rapport.settings import Settings
from rapport.state import deliveries, store, tables

_TROUBLED_SHOWN = 200  # intervals; a page of thousands tells nobody anything


def build(settings: Settings, entities: Collection[tuple[str, str]]) -> Path:
    """Write the pages of these entities (source and name) anew, and the index of all.

    Returns:
        the index.
    """
    with store.open(settings).begin() as connection:
        found, troubled = deliveries.latest_gated(connection), _troubled(connection)
    latest = {place: _shown(row) for place, row in found.items()}
    folder, zone = settings.gate_docs.parent, Zone(settings.landing_url)
    outcomes = {place: _outcome(zone, row) for place, row in latest.items()}
    for place in sorted(set(entities) & set(latest)):
        html = _page(place, latest[place], outcomes[place])
        _put(folder / place[0] / f"{place[1]}.html", html)
    index = _template("docs_index.html.j2").render(
        title=f"Gates of {settings.company.name}",
        rows=[_listed(row, outcomes[place]) for place, row in sorted(latest.items())],
        troubled=[_shown(row) for row in troubled[:_TROUBLED_SHOWN]],
        more=len(troubled) - _TROUBLED_SHOWN,
    )
    _put(settings.gate_docs, index)
    return settings.gate_docs


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as the pages show it.

    Rows that were loaded stay so when a stricter rule holds their delivery.
    """
    return {**row, "status": "held" if row["reason"] else row["status"]}


def _troubled(connection: Connection) -> list[Any]:
    """The deliveries that are held or have rows set aside, the newest first."""
    of_interest = ("source", "entity", "interval_start", "interval_end", "status", "reason")
    table = tables.deliveries.c
    query = (
        select(*(table[name] for name in of_interest), table.quarantined)
        .where(table.status.in_(("loaded", "held", "gated")))
        .where(table.reason.is_not(None) | (table.status == "held") | (table.quarantined > 0))
        .order_by(table.interval_start.desc(), table.source, table.entity)
    )
    return list(connection.execute(query).mappings())


def _outcome(zone: Zone, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the gate wrote of a delivery; nothing where another has come since."""
    outcome = zone.gate_result(deliveries.interval_of(row)) or {}
    return outcome if outcome.get("version") == row["version"] else {}


def _listed(row: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    checks = row["checks"] or []
    broken = [check["rule"] for check in checks if not check["success"]]
    named = {check["rule"] for check in checks}
    # Types and keys are rules of the description, and rows are set aside for them as well.
    own = dict.fromkeys(
        rule for rule in (*outcome.get("described", []), *(row["rules"] or {})) if rule not in named
    )
    broken += [rule for rule in own if rule in (row["rules"] or {})]
    total = len(checks) + len(own)
    return {
        **row,
        "page": f"{row['source']}/{row['entity']}.html",
        "kept": total - len(broken),
        "all": total,
        "broken": broken,
    }


@functools.cache
def _template(name: str) -> Template:
    """A template of ours, compiled once a process."""
    loader = PackageLoader("rapport", "gates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template(name)


@functools.cache
def _view() -> Any:
    """Great Expectations' templates, which take longer to compile than a day's rows to gate."""
    from great_expectations.render.view import DefaultJinjaSectionView

    return DefaultJinjaSectionView()


def _page(place: tuple[str, str], row: dict[str, Any], outcome: dict[str, Any]) -> str:
    checks = row["checks"] or []
    expectations = outcome.get("expectations", {})
    results = [
        _result(row, check, expectations[check["rule"]])
        for check in checks
        if check["rule"] in expectations
    ]
    return _template("docs_entity.html.j2").render(
        title=".".join(place),
        row=row,
        set_rules=[check for check in checks if check["rule"] not in expectations],
        row_rules=[check for check in checks if check["rule"] in expectations],
        sections=_sections(results) if results else [],
    )


def _result(row: dict[str, Any], check: dict[str, Any], expectation: dict[str, Any]) -> Any:
    """An expectation as it was when the delivery was gated, with what became of it."""
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    broken = check["unexpected"]
    return ExpectationValidationResult(
        success=check["success"],
        expectation_config=ExpectationConfiguration(**expectation),
        result={
            "element_count": row["received"],
            "unexpected_count": broken,
            "unexpected_percent": 100 * broken / row["received"] if row["received"] else 0,
        },
        exception_info={
            "raised_exception": False,
            "exception_message": None,
            "exception_traceback": None,
        },
    )


def _sections(results: list[Any]) -> list[str]:
    """The expectations in words, one section a column, as Great Expectations prints them."""
    import great_expectations as gx
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer(run_info_at_end=True).render(
        ExpectationSuiteValidationResult(
            success=all(result.success for result in results),
            results=results,
            suite_name="gate",
            statistics={
                "evaluated_expectations": len(results),
                "successful_expectations": sum(bool(result.success) for result in results),
                "unsuccessful_expectations": sum(not result.success for result in results),
                "success_percent": None,
            },
            meta={"run_id": {}, "great_expectations_version": gx.__version__},
        )
    )
    about_rules = document.to_json_dict()["sections"][1:-1]  # not the overview and the run
    return [
        _view().render({"section": section, "section_loop": {"index": number}})
        for number, section in enumerate(about_rules, 1)
    ]


def _put(path: Path, html: str) -> None:
    """Write a page at one stroke: somebody may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    partial.write_text(html, encoding="utf-8")
    os.replace(partial, path)
