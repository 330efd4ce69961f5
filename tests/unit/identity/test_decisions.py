"""Decisions by hand are kept, outlive restores, and never contradict each other unnoticed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import insert

from rapport.errors import RapportError
from rapport.identity import decisions
from rapport.identity.decisions import LINK, UNLINK, Decision
from rapport.settings import Settings
from rapport.state import store, tables
from rapport.state.store import State
from tests.conftest import bare_settings

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")


@pytest.fixture
def state(settings: Settings) -> State:
    return store.open(settings)


def test_a_decision_counts_until_it_is_withdrawn_and_is_never_forgotten(state: State) -> None:
    made = decisions.link(state, "erp|2", "crm|1", "ann", "same voice", NOW)
    assert (made.left_key, made.right_key) == ("crm|1", "erp|2")
    assert decisions.link(state, "crm|1", "erp|2", "bob", "again", NOW) == made
    everything = decisions.listed(state, lambda keys: keys)
    assert everything == [(made, "active")]
    decisions.withdraw(state, made.decision_id, "bob", NOW)
    ((kept, worth),) = decisions.listed(state, lambda keys: keys)
    assert (kept.withdrawn_by, worth) == ("bob", "withdrawn")
    with pytest.raises(RapportError, match="No decision in force has the number 1"):
        decisions.withdraw(state, made.decision_id, "bob", NOW)
    assert decisions.unlink(state, "crm|1", "erp|2", "bob", "", NOW).decision_id == 2


def test_a_decision_about_a_record_that_is_not_there_waits(state: State) -> None:
    made = decisions.unlink(state, "crm|1", "erp|later", "ann", "", NOW)
    assert decisions.listed(state, lambda keys: ["crm|1"]) == [(made, "waiting")]


def test_a_contradiction_through_several_decisions_is_refused_with_its_chain(state: State) -> None:
    first = decisions.link(state, "a|1", "b|1", "ann", "", NOW)
    second = decisions.link(state, "c|1", "b|1", "bob", "", NOW)
    with pytest.raises(RapportError) as raised:
        decisions.unlink(state, "a|1", "c|1", "eve", "", NOW)
    assert raised.value.code == "decision-contradicts"
    assert str(first) in raised.value.what and str(second) in raised.value.what
    decisions.unlink(state, "c|1", "d|1", "ann", "", NOW)
    decisions.link(state, "d|1", "e|1", "ann", "", NOW)
    with pytest.raises(RapportError, match=r"a\|1 = b\|1.*b\|1 = c\|1.*c\|1 ≠ d\|1.*d\|1 = e\|1"):
        decisions.link(state, "e|1", "a|1", "eve", "", NOW)
    decisions.withdraw(state, second.decision_id, "ann", NOW)
    decisions.link(state, "e|1", "a|1", "eve", "", NOW)


def test_a_decision_about_one_record_is_refused(state: State) -> None:
    with pytest.raises(RapportError, match="about two records"):
        decisions.link(state, "a|1", "a|1", "ann", "", NOW)


def test_where_a_restore_brings_contradictions_the_newest_wins(
    state: State, settings: Settings, tmp_path: Path
) -> None:
    old = decisions.link(state, "a|1", "b|1", "ann", "", NOW)
    with state.begin() as connection:
        later = {"decided_at": "2026-02-01T00:00:00Z", "kind": UNLINK, "decision_id": 9}
        connection.execute(insert(tables.identity_decisions).values(**vars(old) | later))
    archive = store.backup(settings, tmp_path / "state.tar.gz")
    store.restore(settings, archive)
    assert [w for _, w in decisions.listed(state, lambda keys: keys)] == ["active", "overruled"]
    with state.begin() as connection:
        _, overruled = decisions.consistent(decisions.in_force(connection))
    assert [[d.decision_id for d in chain] for chain in overruled] == [[1, 9]]


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([LINK, UNLINK]), st.integers(0, 5), st.integers(0, 5)).filter(
            lambda drawn: drawn[1] < drawn[2]
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_what_counts_holds_together_whatever_was_restored_in_whatever_order(
    drawn: list[tuple[str, int, int]], random: object
) -> None:
    made = [
        Decision(i, kind, f"k{a}", f"k{b}", "ann", (NOW + timedelta(i)).isoformat(), "")
        for i, (kind, a, b) in enumerate(drawn)
    ]
    valid, overruled = decisions.consistent(made)
    group = {f"k{i}": {f"k{i}"} for i in range(6)}
    for decision in (d for d in valid if d.kind == LINK):
        joined = group[decision.left_key] | group[decision.right_key]
        group |= dict.fromkeys(joined, joined)
    assert all(d.right_key not in group[d.left_key] for d in valid if d.kind == UNLINK)
    assert len(valid) + len(overruled) == len(made)
    if made:
        assert made[-1] in valid
    random.shuffle(made)  # type: ignore[attr-defined]
    assert decisions.consistent(made) == (valid, overruled)
