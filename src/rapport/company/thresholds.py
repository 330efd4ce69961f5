"""The company's thresholds: dbt vars, whose defaults all stand in dbt_project.yml."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    Field,
    Strict,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

from rapport.company import Described, SourceKind
from rapport.errors import RapportError

# What Rapport tells dbt itself, and where the company says it.
_TOLD = {
    "business_timezone": "the field of this name",
    "reporting_currency": "the field of this name",
    "history_start": "the field of this name",
    "feeds": "the field of this name",
    "targets": "the field of this name",
    "company_name": "name",
    "systems": "sources",
    **dict.fromkeys(("hubspot_source", "salesforce_source", "tryton_source"), "sources"),
    "as_of": "rapport build --as-of",
    **dict.fromkeys(("build_id", "rules", "schema_suffix"), ""),
}


class LoyaltyTier(Described):
    """A tier that revenue earns, of `loyalty_tiers`."""

    tier: str
    name: str | None = None
    name_zh: str | None = None
    min_revenue: float = Field(ge=0)


_SHAPES: dict[str, Any] = {
    "trust_rank": Annotated[dict[SourceKind, StrictInt], Field(min_length=1)],
    "profile_attributes_wanted": Annotated[
        dict[Literal["person", "account"], Annotated[list[str], Field(min_length=1)]],
        Field(min_length=1),
    ],
    "loyalty_tiers": list[LoyaltyTier],
    "voice_languages": Annotated[list[StrictStr], Field(min_length=1)],
    "channel_rules": list[dict[str, Any]],
    "voice_words": list[dict[str, Any]],
    "identity_default_country": Annotated[str, Field(pattern="^[A-Z]{2}$")] | None,
    **dict.fromkeys(
        ("ticket_cost", "return_cost", "delivery_cost"),
        Annotated[StrictFloat, Field(ge=0, allow_inf_nan=False)] | None,
    ),
    **dict.fromkeys(("bot_user_agents", "access_log_assets", "access_log_bot_paths"), re.Pattern),
}
# Least and most of the numbers whose names match, the first that does, and whether parts of one are
# allowed. A least number of customers or orders is one or more: of nobody nothing can be told.
_RANGES: tuple[tuple[str, float, float, bool], ...] = (
    ("exchange_rate_max_age_days", 0, 31, False),
    ("churn_training_instants", 1, 40, False),
    ("gap_(default|min)_days", 1, 36_500, False),
    (".*_months", 1, 120, False),
    (".*_(days|hours|minutes|seconds)(_.*)?", 0, 36_500, False),
    (".*_pct", 0, 100, True),
    (".*_share|cluster_k_margin|cluster_min_silhouette|coverage_bias_max", 0, 1, True),
    ("strategy_high_risk", 0, 1, True),
    (".*_weight|gap_shrinkage", 0.1, 1_000, True),
    (".*_overdue|discount_rate_yearly|effect_max_smd", 0, 1_000, True),
    (".*", 1, 1_000_000, False),
)


@cache
def defaults(project_dir: Path) -> dict[str, Any]:
    """The vars of dbt_project.yml; not to be changed."""
    return _vars(project_dir / "dbt_project" / "dbt_project.yml")


def check(given: Mapping[str, Any], project_dir: Path, company_dir: Path) -> None:
    """See that each var of a company is one that there is, with a value of its default's kind.

    Args:
        given: `vars` of company.yml.
        project_dir: holds Rapport's dbt project.
        company_dir: holds the company's dbt package, which may have vars of its own.

    Raises:
        RapportError: `company-invalid` naming the var: dbt would pass over a misspelt one in
            silence, and the default would stand.
    """
    if not given:
        return
    known, own = defaults(project_dir), _own(company_dir / "dbt_project.yml")
    for name, value in given.items():
        reason = None if name in own else _reason(name, value, known)
        if reason:
            what, todo = reason
            raise RapportError("company-invalid", what, str(company_dir / "company.yml"), todo)


def _reason(name: str, value: Any, known: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a var, and what to do."""
    if name in _TOLD:
        place = _TOLD[name]
        todo = f"remove the line; what it says comes from {place}" if place else "remove the line"
        return f"vars.{name} is set by Rapport itself", todo
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        meant = f"write {close[0]}, or one" if close else "use one"
        return (
            f"vars.{name}: there is no such threshold",
            f"{meant} of those under `vars` in dbt_project/dbt_project.yml",
        )
    try:
        TypeAdapter(_shape(name, known[name])).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["vars", name, *(str(part) for part in first["loc"])])
        example = f"write one such as {known[name]!r}; " if known[name] else ""
        todo = f"{example}dbt_project/dbt_project.yml tells what it is"
        return f"{where} is {first['input']!r}: {first['msg']}", todo
    return None


def _shape(name: str, usual: Any) -> Any:
    """What pydantic takes for a value of a var that is usually this one."""
    if name in _SHAPES:
        return _SHAPES[name]
    if type(usual) in (int, float):
        least, most, has_parts = next(rest for n, *rest in _RANGES if re.fullmatch(n, name))
        kind = StrictFloat if has_parts else StrictInt
        return Annotated[kind, Field(ge=least, le=most)]
    return list[StrictStr] if isinstance(usual, list) else Annotated[type(usual), Strict()]


def _own(path: Path) -> dict[str, Any]:
    """Vars of a company's own package, said for all packages or for it alone."""
    found = _vars(path) if path.exists() else {}
    return {**found, **(found.get("company") or {})}


def _vars(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")).get("vars") or {}
    return found
