"""Figures on public sets that the model has no label of."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapport.identity.evaluate.run import evaluate

pytestmark = pytest.mark.acceptance
FEBRL = (
    "given_name=given_name,family_name=surname,birth_date=date_of_birth,city=suburb,"
    "postcode=postcode,region=state,street=street_number+address_1,national_id=soc_sec_id"
)
FAKE = "given_name=first_name,family_name=surname,birth_date=dob,city=city,email=email"


@pytest.mark.parametrize(("number", "least"), [(1, 0.99), (2, 0.99), (3, 0.998)])
def test_febrl(data: Path, number: int, least: float) -> None:
    path = data / "febrl" / f"dataset{number}.csv"
    assert evaluate(path, FEBRL, truth_from_id=r"rec-(\d+)")["quality"]["f1"] >= least


def test_fake_1000(data: Path) -> None:
    """Bare Splink with its demonstration's settings, clustered at even odds, has 0.916."""
    report = evaluate(data / "splink" / "fake_1000.csv", FAKE, truth_column="cluster")
    assert report["quality"]["f1"] >= 0.93
    assert report["quality"]["precision"] >= 0.99
