"""What the simulated customers write is heard, and told as far as it was checked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb

from rapport.settings import Settings
from tests.support.warehouse import rows


def test_what_customers_write_is_told_as_far_as_it_was_checked(built: Settings) -> None:
    """Every text once, without its words; of German, without a sample, no topic is made up."""
    folder = Path(built.environ["RAPPORT_DEMO_WEB_DIR"]).parent / "truth"
    truth = duckdb.read_parquet(str(folder / "texts.parquet"))
    written = Counter(kind for (kind,) in truth.project("kind").fetchall())
    told = rows(built, "select * from candidate.fct_voice")
    found = Counter(row["source_kind"] for row in told)
    assert found == {"ticket": written["tickets"], "survey": written["feedback_submissions"]}
    languages = {row["language"] for row in told}
    assert {"en", "de"} <= languages
    for row in told:
        has_sample = row["language"] in ("en", "zh")
        assert has_sample == (row["topic"] is not None)
        assert row["tone"] if has_sample else row["model"] in (None, "comments")
    (checked,) = rows(
        built,
        "select value, naive_value from candidate.rpt_prediction_quality where is_published"
        " and prediction = 'voice_tone_en' and metric = 'sample_accuracy'",
    )
    assert checked["value"] > checked["naive_value"] + 0.2


def test_tones_are_those_that_customers_meant(built: Settings) -> None:
    """Tickets, too, which have no score: what comments taught holds for them."""
    folder = Path(built.environ["RAPPORT_DEMO_WEB_DIR"]).parent / "truth"
    truth = {
        (kind, record): tone
        for kind, record, tone in duckdb.read_parquet(str(folder / "texts.parquet"))
        .project("kind, record_id, tone")
        .fetchall()
    }
    told = rows(
        built,
        "select voice_id, source_kind, tone, model from candidate.fct_voice where language = 'en'",
    )
    assert {row["model"] for row in told} == {"comments"}
    kinds = {"ticket": "tickets", "survey": "feedback_submissions"}
    for name, kind in kinds.items():
        texts = [row for row in told if row["source_kind"] == name]
        meant = [truth[kind, row["voice_id"].split("|")[2]] for row in texts]
        right = [row["tone"] == tone for row, tone in zip(texts, meant, strict=True)]
        most = max(meant.count(tone) for tone in set(meant)) / len(meant)
        assert len(texts) > 100 and sum(right) / len(right) > most + 0.2, name
