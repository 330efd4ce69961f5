"""Data Docs: what the gates found in the latest delivery of each entity, as pages for a browser.

The expectations are put in words by Great Expectations' own renderers. Its pages load style sheets
and scripts from the internet, so that the sections stand in pages of ours, which load nothing.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rapport import log
from rapport.errors import RapportError
from rapport.gates import suites
from rapport.settings import Settings
from rapport.state import deliveries, store


def build(settings: Settings, entities: Collection[tuple[str, str]]) -> Path:
    """Write the pages of these entities (source and name) anew, and the index of all.

    Returns:
        the index.
    """
    with store.open(settings).begin() as connection:
        found = deliveries.latest_gated(connection)
    # Rows that were loaded stay so when a stricter rule holds their delivery.
    latest = {
        place: {**row, "status": "held" if row["reason"] else row["status"]}
        for place, row in found.items()
    }
    folder = settings.gate_docs.parent
    pages = Environment(
        loader=PackageLoader("rapport", "gates"), autoescape=True, undefined=StrictUndefined
    )
    for place in sorted(set(entities) & set(latest)):
        html = _page(settings, pages, place, latest[place])
        _put(folder / place[0] / f"{place[1]}.html", html)
    rows = [_listed(row) for _, row in sorted(latest.items())]
    title = f"Gates of {settings.company.name}"
    _put(
        settings.gate_docs, pages.get_template("docs_index.html.j2").render(title=title, rows=rows)
    )
    return settings.gate_docs


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    checks = row["checks"] or []
    return {
        **row,
        "page": f"{row['source']}/{row['entity']}.html",
        "kept": sum(check["success"] for check in checks),
        "all": len(checks),
        "broken": [check["rule"] for check in checks if not check["success"]],
    }


def _page(
    settings: Settings, pages: Environment, place: tuple[str, str], row: dict[str, Any]
) -> str:
    checks = {check["rule"]: check for check in row["checks"] or []}
    results = _results(settings, place, row, checks)
    return pages.get_template("docs_entity.html.j2").render(
        title=".".join(place),
        row=row,
        set_rules=list(checks.values()),
        row_rules=[check for check in row["checks"] or [] if check["rule"] not in checks],
        sections=_sections(results) if results else [],
    )


def _results(
    settings: Settings,
    place: tuple[str, str],
    row: dict[str, Any],
    checks: dict[str, dict[str, Any]],
) -> list[Any]:
    """The suite's expectations with what became of them over all batches.

    Takes their entries out of `checks`; those that are left are rules of the set.
    """
    from great_expectations.core import ExpectationValidationResult

    try:
        entity = settings.source(place[0]).entities.get(place[1])
        suite = suites.load(settings, entity.gate) if entity and entity.gate else None
    except RapportError as error:  # a gate taken out of the company folder since
        log.get(source=place[0], entity=place[1]).warning("no suite for docs", error=str(error))
        suite = None
    results, named = [], dict(checks)
    for expectation in suite.expectations if suite else []:
        config = expectation.configuration
        rule = suites.rule_name(config)
        if rule not in named:
            continue  # no row has come so far that it could judge
        check = named[rule]
        checks.pop(rule, None)
        broken = check["unexpected"]
        results.append(
            ExpectationValidationResult(
                success=check["success"],
                expectation_config=config,
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
        )
    return results


def _sections(results: list[Any]) -> list[str]:
    """The expectations in words, one section a column, as Great Expectations prints them."""
    import great_expectations as gx
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaSectionView

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
    view = DefaultJinjaSectionView()
    return [
        view.render({"section": section, "section_loop": {"index": number}})
        for number, section in enumerate(about_rules, 1)
    ]


def _put(path: Path, html: str) -> None:
    """Write a page at one stroke: somebody may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    partial.write_text(html, encoding="utf-8")
    os.replace(partial, path)
