"""Who is who in the simulated company, at its default dirt, against its truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks.identity_truth import records
from rapport.identity.evaluate.metrics import measures
from rapport.identity.prepare import prepare
from rapport.simulate.company import simulate
from tests.support.linking import link


@pytest.mark.slow
def test_customers_are_found_across_systems_without_labels(tmp_path: Path) -> None:
    """A role mailbox, a household or a namesake merged would stand in every KPI."""
    simulate(2_500, date(2025, 1, 1), date(2026, 6, 30), 1, tmp_path)
    raw, truth = records(tmp_path)
    found = link(prepare(raw, date(2026, 7, 1)))
    keys = found.records["record_key"].to_pylist()
    quality = measures(found.clusters.labels, [truth[key] for key in keys])
    assert quality["precision"] >= 0.998  # one wrong pair of 6,000 is a sixtieth of a per cent
    assert quality["recall"] >= 0.965
    assert "birth_date" in found.model.strong_keys
