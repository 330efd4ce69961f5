"""Whatever arrives in whatever order: the same customers as from nothing, and no id for another."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rapport.identity import workspace
from rapport.identity.linkage.model import Model
from tests.support.builds import FAMILY, GIVEN, Builds, people, trained
from tests.support.people import record

BIRTHS = [date(1980, 1, 12), date(1980, 1, 21), date(1955, 11, 23)]


@pytest.fixture(scope="module")
def model() -> Model:
    """Trained once."""
    return trained()


@pytest.fixture(autouse=True)
def _fits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company as small as these would else train anew each day."""
    monkeypatch.setattr(Model, "drift", lambda *_: [])


KEYS = [f"{system}|{number}" for system in ("crm", "erp", "web") for number in range(5)]


@st.composite
def _records(draw: Any, key: str) -> dict[str, Any]:
    given, family = draw(st.sampled_from(GIVEN[:3])), draw(st.sampled_from(FAMILY[:2]))
    return record(
        key,
        source_role=key[:3],
        first_name=draw(st.sampled_from([given, given, given[0], None])),
        last_name=draw(st.sampled_from([family, family, family + "i"])),
        email=draw(st.sampled_from([None, None, f"{given}@firma.at", "haus@firma.at"])),
        phone=draw(st.sampled_from([None, None, None, "+436641234501"])),
        birth_date=draw(st.sampled_from([None, *BIRTHS])),
        postal_code=draw(st.sampled_from(["1010", "1020"])),
        city="Wien",
        cross_reference=draw(st.sampled_from([None, None, None, None, *KEYS])),
    )  # fmt: skip


@st.composite
def _stories(draw: Any) -> list[list[dict[str, Any]]]:
    """What the records are day by day: some come, some change, some vanish and come back."""
    days = []
    now: dict[str, dict[str, Any]] = {}
    for _ in range(draw(st.integers(2, 4))):
        for key in draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=8)):
            now[key] = draw(_records(key))
        for key in draw(st.lists(st.sampled_from(KEYS), max_size=3)):
            now.pop(key, None)
        days.append([dict(row) for row in now.values()])
    return days


@settings(
    deadline=None,
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking builds would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=_stories(), rng=st.randoms(use_true_random=False))
def test_increments_end_like_a_build_from_nothing_and_no_id_serves_another(
    model: Model, tmp_path: Path, story: list[list[dict[str, Any]]], rng: Any
) -> None:
    builds = Builds(tmp_path, model)
    owner: dict[str, str] = {}
    for rows in story:
        rng.shuffle(rows)
        ids = builds.build(rows)
        assert set(ids) == {row["record_key"] for row in rows}
        for name, first in builds.minted():
            assert owner.setdefault(name, first) == first
    derived, registry = builds.derived(), builds.registry()
    # The same records once more, and once more after the workspace was lost: nothing changes.
    assert builds.build(rows, again=True) == ids
    assert builds.result.work["regrouped"] == 0
    workspace.discard(builds.path)
    assert builds.build(rows, again=True) == ids
    assert builds.result.from_nothing
    assert builds.derived() == derived
    assert builds.registry() == registry
    # All at once, on a registry that knows nobody: other ids, the same customers.
    (tmp_path / "other").mkdir(exist_ok=True)
    assert people(Builds(tmp_path / "other", model).build(rows)) == people(ids)
