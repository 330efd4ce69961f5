"""Ids as a past build gave them, whatever was merged, split or given away since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from rapport.identity import store, workspace
from rapport.identity.linkage.model import Model
from rapport.identity.results import IdentityResult
from rapport.identity.step import Past, Step
from tests.support.builds import Builds, trained
from tests.support.people import RECORD_SCHEMA
from tests.unit.identity.test_increments import _stories


@pytest.fixture(scope="module")
def model() -> Model:
    """Trained once."""
    return trained()


@pytest.fixture(autouse=True)
def _fits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A company as small as these would else train anew each day."""
    monkeypatch.setattr(Model, "drift", lambda *_: [])


def read(builds: Builds, rows: list[dict[str, Any]], past: Past) -> tuple[dict[str, str], int]:
    """Ids and history as of a past, read without writing."""
    with workspace.opened(builds.path, scratch=True) as work:
        step = Step(builds.state, work, builds.policy, builds.as_of, IdentityResult(), True, past)
        step.take(pa.Table.from_pylist(rows, RECORD_SCHEMA))
        step.run()
        (last,) = work.connection.execute(
            "select coalesce(max(change_no), 0) from registry_changes"
        ).fetchone() or (0,)
        return dict(work.connection.execute("from customers").fetchall()), last


@settings(
    deadline=None,
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking builds would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=_stories())
def test_every_past_day_has_the_ids_it_had(
    model: Model, tmp_path: Path, story: list[list[dict[str, Any]]]
) -> None:
    builds = Builds(tmp_path, model)
    days = []
    for rows in story:
        ids = builds.build(rows)
        with builds.state.begin() as connection:
            past = Past(store.last_change(connection), model.model_id, "2026-01-01T00:00:00Z")
        days.append((rows, ids, past))
    registry = builds.registry()
    for rows, ids, past in days:
        assert read(builds, rows, past) == (ids, past.changes)
    assert builds.registry() == registry
