"""The chance of an outcome is right for any table, and the same for any order of its rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from rapport.churn import assessment, model


def _world(rows: int, seed: int = 1) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Features, true chances and outcomes: bent in x, higher for "b", nothing in the rest."""
    random = np.random.default_rng(seed)
    x, noise = random.normal(size=(2, rows))
    word = random.choice(["a", "b", "c"], rows)
    chance = 1 / (1 + np.exp(1 - 2 * np.maximum(x, 0) - 1.5 * (word == "b")))
    gaps = random.random(rows) < 0.1
    table = pa.table(
        {
            "x": x,
            "noise": pa.array(noise, mask=gaps),
            "word": word,
            "constant": np.full(rows, 7.0),
            "missing": pa.nulls(rows, pa.float64()),
        }
    )
    return table, chance, random.random(rows) < chance


def test_chances_are_those_of_the_world_on_rows_not_seen() -> None:
    learnt, _, came = _world(8_000)
    held, chance, _ = _world(4_000, seed=2)
    foretold = model.fit(learnt, came).probabilities(held)
    assert np.abs(foretold - chance).mean() < 0.03


def test_many_features_of_few_customers_do_not_make_chances_bold() -> None:
    """With a fixed ridge of 3 the odds came out nearly twice as far from even as they were."""
    random = np.random.default_rng(5)

    def drawn(rows: int) -> tuple[pa.Table, np.ndarray]:
        values = random.normal(size=(rows, 25))
        odds = 0.5 * values[:, 0] - 0.5 * values[:, 1]
        came = random.random(rows) < special.expit(odds)
        return pa.table({f"x{place}": column for place, column in enumerate(values.T)}), came

    learnt, held = drawn(1_500), drawn(20_000)
    odds = special.logit(model.fit(*learnt).probabilities(held[0]))
    # The slope of the outcome on the odds foretold: 1 where they are just bold enough (Cox 1958).
    again = model.fit(pa.table({"odds": odds}), held[1])
    chance = again.probabilities(pa.table({"odds": [-0.5, 0.5]}))
    assert 0.8 < special.logit(chance[1]) - special.logit(chance[0]) < 1.2


def test_a_constant_or_missing_feature_adds_nothing() -> None:
    table, _, came = _world(2_000)
    added = model.fit(table, came).contributions(table)
    assert not added[:, 3].any()
    assert not added[:, 4].any()


def test_contributions_add_up_to_the_chance() -> None:
    table, _, came = _world(2_000)
    fitted = model.fit(table, came)
    odds = fitted.constant + fitted.design.apply(table) @ fitted.weights
    assert fitted.probabilities(table) == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-12)


def test_the_order_of_rows_changes_no_chance() -> None:
    table, _, came = _world(3_000)
    order = np.random.default_rng(3).permutation(len(table))
    one = model.fit(table, came).probabilities(table)
    other = model.fit(table.take(pa.array(order)), came[order]).probabilities(table)
    assert np.round(one, 6).tolist() == np.round(other, 6).tolist()


def test_a_feature_that_tells_all_leaves_finite_effects() -> None:
    came = np.arange(400) >= 200
    fitted = model.fit(pa.table({"x": np.arange(400.0)}), came)
    assert np.isfinite(fitted.weights).all()
    assert assessment.area(fitted.probabilities(pa.table({"x": np.arange(400.0)})), came) > 0.99


def test_outcomes_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="all outcomes are the same"):
        model.fit(pa.table({"x": [1.0, 2.0]}), [True, True])


def test_words_and_values_never_seen_have_a_chance() -> None:
    table, _, came = _world(2_000)
    fitted = model.fit(table, came)
    strange = pa.table(
        {
            "x": [1e12, None, float("nan")],
            "noise": [None, -1e12, 0.0],
            "word": ["never seen", None, "b"],
            "constant": [8.0, None, 7.0],
            "missing": [1.0, 2.0, None],
        }
    )
    chance = fitted.probabilities(strange)
    assert ((chance > 0) & (chance < 1)).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.booleans()),
        min_size=1,
        max_size=60,
    )
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(
    found: list[tuple[float, bool]],
) -> None:
    came = [chance for chance, is_came in found if is_came]
    other = [chance for chance, is_came in found if not is_came]
    area = assessment.area(np.array([c for c, _ in found]), [c for _, c in found])
    if not came or not other:
        assert area is None
        return
    pairs = [(one > two) + (one == two) / 2 for one in came for two in other]
    assert area == pytest.approx(sum(pairs) / len(pairs))


def test_tenths_hold_every_customer_once() -> None:
    tenths = assessment.deciles(np.linspace(0, 1, 25), np.ones(25, bool))
    assert sum(one["customers"] for one in tenths) == 25
    assert [one["decile"] for one in tenths] == list(range(1, 11))
    assert [one["decile"] for one in assessment.deciles(np.array([0.5]), [True])] == [1]


def test_text_is_a_word_whichever_way_a_library_writes_it() -> None:
    """pandas and Polars hand over large strings, which were taken for numbers."""
    learnt, _, came = _world(1_000)
    found = model.fit(learnt, came).probabilities(learnt)
    place = learnt.column_names.index("word")
    for kind in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        other = learnt.set_column(place, "word", learnt["word"].cast(kind))
        np.testing.assert_array_equal(model.fit(other, came).probabilities(other), found)
