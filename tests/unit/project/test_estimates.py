"""A step of a build reads nothing that is made from what it writes."""

from __future__ import annotations

import re
from functools import cache

import pytest

from rapport.build import estimates
from rapport.settings import REPO

MODELS = {path.stem: path for path in (REPO / "dbt_project" / "models").rglob("*.sql")}
REFERENCE = re.compile(r"\bref\(\s*'(\w+)'\s*\)")
SOURCE = re.compile(r"\bsource\(\s*'(\w+)'")


@cache
def sources(model: str) -> frozenset[str]:
    """Schemas that a model reads, itself or through others."""
    if model not in MODELS:  # a seed
        return frozenset()
    text = MODELS[model].read_text(encoding="utf-8")
    found = frozenset(SOURCE.findall(text))
    return found.union(*(sources(parent) for parent in REFERENCE.findall(text)))


@pytest.mark.parametrize("step", estimates.STEPS, ids=lambda step: step.schema)
def test_no_step_waits_for_what_only_a_step_writes(step: estimates.Step) -> None:
    """The inputs of all steps are built in one run before any of them has written its schema."""
    written = {one.schema for one in estimates.STEPS}
    for model in step.inputs:
        assert model in MODELS
        assert not sources(model) & written, model
    assert sources("dim_customers") & {"value"}  # the walk over the models does find what it seeks
