"""The identity step: what is killed heals, what is bad is defined, what is decided holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rapport.identity import changes, decisions, output_sql, store, workspace
from rapport.identity.linkage import training
from rapport.identity.linkage.model import Model
from rapport.identity.workspace import Workspace
from rapport.state import tables
from tests.support.builds import FAMILY, FIRST_DAY, GIVEN, POLICY, Builds, people, trained
from tests.support.people import record

OLD, YOUNG = date(1955, 11, 23), date(1980, 1, 12)
ANNA = {"first_name": "Anna", "last_name": "Berger", "email": "anna@firma.at"}
HANS = {"first_name": "Hans", "last_name": "Holzer", "email": "hans@firma.at"}
TWO = [record("crm|1", **ANNA), record("erp|1", **ANNA), record("crm|2", **HANS)]


@pytest.fixture(scope="module")
def model() -> Model:
    """Trained once."""
    return trained()


@pytest.fixture
def builds(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    """Builds whose model fits for ever, small as the company is."""
    monkeypatch.setattr(Model, "drift", lambda *_: [])
    return Builds(tmp_path, model)


def _restored(builds: Builds, kept: dict[Any, list[Any]]) -> None:
    with builds.state.begin() as connection:
        for table, rows in kept.items():
            connection.execute(sa.delete(table))
            if rows:
                connection.execute(sa.insert(table), rows)


def _backup(builds: Builds) -> dict[Any, list[Any]]:
    names = [name for name in tables.metadata.tables if name.startswith("identity_")]
    with builds.state.begin() as connection:
        return {
            table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in (tables.metadata.tables[name] for name in names)
        }


def test_only_what_changed_and_its_neighbours_is_linked_again(builds: Builds) -> None:
    rows = [record(f"x|{i}", first_name="Eva", email=f"e{i}@firma.at") for i in range(9)]
    builds.build([*TWO, *rows])
    assert builds.result.from_nothing == "no workspace"
    ids = builds.build([*TWO, *rows, record("web|1", email="anna@firma.at")])
    assert ids["web|1"] == ids["crm|1"]
    assert builds.result.from_nothing == ""
    work = builds.result.work
    assert (work["new"], work["changed"], work["vanished"], work["regrouped"]) == (1, 0, 0, 3)
    builds.build([*TWO[1:], *rows])
    work = builds.result.work
    assert (work["new"], work["changed"], work["vanished"], work["regrouped"]) == (0, 0, 2, 1)


@pytest.mark.parametrize("before_the_registry", [True, False])
def test_a_build_killed_around_the_registry_heals_when_it_is_run_again(
    builds: Builds, before_the_registry: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds.build(TWO)
    rows = [*TWO, record("web|1", **ANNA), record("crm|9", first_name="Eva")]
    with monkeypatch.context() as patched:
        if before_the_registry:
            patched.setattr(store, "save", _killed)
        else:
            patched.setattr(Workspace, "note", _killed_at_the_revision)
        with pytest.raises(KeyboardInterrupt):
            builds.build(rows)
    ids = builds.build(rows, again=True)
    assert [kind for kind, *_ in builds.changes()] == ["minted", "joined"]
    derived, registry = builds.derived(), builds.registry()
    workspace.discard(builds.path)
    assert builds.build(rows, again=True) == ids
    assert (builds.derived(), builds.registry()) == (derived, registry)


def _killed(*_: Any) -> str:
    raise KeyboardInterrupt


def _killed_at_the_revision(self: Workspace, **facts: str) -> None:
    if "revision" in facts:
        raise KeyboardInterrupt


def test_a_torn_workspace_is_begun_anew(builds: Builds) -> None:
    ids, registry = builds.build(TWO), builds.registry()
    builds.path.write_bytes(b"torn" * 5000)
    assert builds.build(TWO, again=True) == ids
    assert builds.result.from_nothing == "no workspace"
    assert builds.registry() == registry


def test_a_restored_registry_is_believed_before_the_workspace(builds: Builds) -> None:
    first = builds.build(TWO[:2])
    kept = _backup(builds)
    builds.build([*TWO, record("web|1", **ANNA)])
    _restored(builds, kept)
    ids = builds.build(TWO)
    assert builds.result.from_nothing == ""
    assert {key: ids[key] for key in first} == first
    assert builds.changes() == [("minted", "crm|2", "first seen")]


def test_another_rule_links_all_again_and_ids_stay(builds: Builds) -> None:
    ids = builds.build(TWO)
    builds.policy = replace(POLICY, one_per_source=["crm"])
    assert builds.build(TWO) == ids
    assert builds.result.from_nothing == "rules or versions changed"
    twice = [*TWO, record("crm|3", **ANNA)]
    ids = builds.build(twice)
    assert ids["crm|3"] != ids["crm|1"]
    assert set(builds.result.work["cuts"]) == {"one_per_source"}


def test_a_model_is_trained_once_and_again_when_it_fits_no_more_and_ids_survive(
    tmp_path: Path,
) -> None:
    def rows(count: int) -> list[dict[str, Any]]:
        return [
            record(
                f"crm|{i}",
                first_name=GIVEN[i % 10],
                last_name=FAMILY[i % 9],
                email=f"m{i // 2}@firma.at",
            )
            for i in range(count)
        ]

    builds = Builds(tmp_path)
    ids = builds.build(rows(30))
    assert builds.result.from_nothing == "model trained: first build"
    first = builds.result.model
    builds.build(rows(31))
    assert (builds.result.from_nothing, builds.result.model) == ("", first)
    after = builds.build(rows(90))
    assert builds.result.from_nothing == "model trained: 90 records, 30 at training"
    assert builds.result.model != first
    assert {key: after[key] for key in ids} == ids
    with builds.state.begin() as connection:
        status = sa.select(tables.identity_models.c.status)
        assert sorted(connection.execute(status).scalars()) == ["active", "retired"]


def test_a_side_build_reads_model_and_registry_and_writes_neither(builds: Builds) -> None:
    builds.build(TWO)
    registry, derived = builds.registry(), builds.derived()
    side = builds.build([*TWO, record("web|1", **HANS)], dry_run=True)
    assert side["web|1"] == side["crm|2"]
    assert builds.result.from_nothing == ""
    assert (builds.registry(), builds.derived()) == (registry, derived)
    assert [path.name for path in builds.path.parent.iterdir()] == [builds.path.name]


def test_a_decision_by_hand_outranks_all_and_is_undone_when_it_is_withdrawn(
    builds: Builds,
) -> None:
    rows = [
        record("crm|1", **ANNA, birth_date=YOUNG),
        record("erp|1", **ANNA, birth_date=YOUNG),
        record("crm|2", **HANS, birth_date=OLD),
        record("crm|3", first_name="Eva"),
    ]
    first = builds.build(rows)
    apart = decisions.unlink(builds.state, "erp|1", "crm|1", "ann", "twins", FIRST_DAY)
    ids = builds.build(rows)
    assert ids["erp|1"] != ids["crm|1"]
    assert builds.changes() == [("split", "erp|1", "kept apart by hand by ann: twins")]
    assert builds.result.work["regrouped"] == 2
    one = decisions.link(builds.state, "crm|1", "crm|2", "bob", "married, moved", FIRST_DAY)
    ids = builds.build(rows)
    assert ids["crm|1"] == ids["crm|2"] != ids["erp|1"]
    assert builds.changes()[0][0] == "merged"
    assert builds.changes()[0][2] == "linked by hand by bob: married, moved"
    workspace.discard(builds.path)
    assert builds.build(rows) == ids
    for decision in (apart, one):
        decisions.withdraw(builds.state, decision.decision_id, "ann", FIRST_DAY)
    assert builds.build(rows) == first


def test_a_decision_waits_for_a_record_that_is_not_there_yet(builds: Builds) -> None:
    decisions.link(builds.state, "crm|2", "erp|7", "ann", "", FIRST_DAY)
    builds.build(TWO)
    ids = builds.build([*TWO, record("erp|7", first_name="Johann")])
    assert ids["erp|7"] == ids["crm|2"]


def test_a_key_given_to_another_person_leaves_its_customer_with_the_other_records(
    builds: Builds,
) -> None:
    before = builds.build(TWO)
    ids = builds.build([record("crm|1", first_name="Otto", last_name="Wolf"), *TWO[1:]])
    assert ids["erp|1"] == before["erp|1"]
    assert ids["crm|1"] not in before.values()
    (change,) = builds.changes()
    assert change[:2] == ("reassigned", "crm|1")
    assert "the source gave the key to somebody else: another name" in change[2]


def test_ten_thousand_records_of_one_address_and_all_null_ones_stay_apart(builds: Builds) -> None:
    rows = [record(f"crm|{i:05}", email="x@firma.at") for i in range(10_000)]
    ids = builds.build([*rows, *(record(f"erp|{i}") for i in range(9))])
    assert len(set(ids.values())) == 10_009
    assert builds.result.work["pairs"] == 0
    builds.build(rows[:2])
    assert builds.result.work["pulled_in"] == 2  # the address is no hub any more
    assert people(builds.build(rows[:2])) == {frozenset({"crm|00000", "crm|00001"})}


def test_the_review_queue_asks_nothing_that_a_rule_has_answered(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shared e-mail links at any threshold; what only the model links is a question."""
    monkeypatch.setattr(Model, "drift", lambda *_: [])
    wide = replace(model, threshold=replace(model.threshold, looser=-90.0, stricter=90.0))
    builds = Builds(tmp_path, wide)
    hans = {"first_name": "Hans", "last_name": "Bergera", "birth_date": OLD, "city": "Wien"}
    mailbox = {"email": "hans@firma.at"}
    ids = builds.build(
        [
            record("crm|1", **hans, **mailbox),
            record("crm|2", **hans),
            record("erp|1", **hans, **mailbox),
        ]
    )
    assert len(set(ids.values())) == 1
    assert len(builds.read("from scored")) == 3
    asked = {pair[:2] for pair in builds.read(output_sql.review_pairs(wide))}
    assert asked == {("crm|1", "crm|2"), ("crm|2", "erp|1")}


def test_no_record_is_lost_between_the_portions_that_bound_memory(
    builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that the next statement on its connection closes gave the first portion only."""
    monkeypatch.setattr(changes, "PREPARE_ROWS", 3)
    rows = [record(f"x|{i}", first_name="Eva", email=f"e{i}@firma.at") for i in range(11)]
    assert len(builds.build(rows)) == 11


def test_a_model_that_fits_no_more_is_trained_again_in_the_same_build(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows after the increment was linked, so that one build links twice."""
    monkeypatch.setattr(Model, "drift", lambda *_: [])
    builds = Builds(tmp_path, model)
    ids = builds.build(TWO)
    monkeypatch.setattr(Model, "drift", lambda *given: ["shifted"] if len(given) == 4 else [])
    monkeypatch.setattr(training, "train", lambda *_: model)
    rows = [*TWO, record("web|1", email="anna@firma.at")]
    again = builds.build(rows)
    assert builds.result.from_nothing == "model trained: shifted"
    assert {key: again[key] for key in ids} == ids
    assert again["web|1"] == ids["crm|1"]


def test_an_account_is_its_buyer_by_the_same_names_at_the_same_company_and_place(
    builds: Builds,
) -> None:
    """The account's record names its buyer and often lacks the buyer's own address."""
    firma = {"company_name": "Nordlicht GmbH", "postal_code": "1020", "country_code": "AT"}
    hans = {"first_name": "Hans", "last_name": "Holzer", **firma}
    ids = builds.build(
        [
            record("erp|1", party_kind="account", **hans),
            record("crm|1", email="h.holzer@nordlicht.at", **hans),
            record("crm|2", email="e.holzer@nordlicht.at", **{**hans, "first_name": "Eva"}),
            record("crm|3", email="hans@holzer.at", **{**hans, "postal_code": "8010"}),
        ]
    )
    assert ids["erp|1"] == ids["crm|1"]
    assert len({ids["erp|1"], ids["crm|2"], ids["crm|3"]}) == 3
    assert [rule for (rule,) in builds.read("select rule from kept")] == ["workplace"]


def test_numbered_mailboxes_are_no_typos_of_each_other(builds: Builds) -> None:
    """Visitors of whom nothing else is known became one customer: only a number told them apart."""
    visitors = [f"prospect{number}@post.example" for number in (101, 102, 103)]
    told = builds.build([record(f"web|{mail}", email=mail) for mail in visitors])
    assert len(set(told.values())) == 3


def test_namesakes_of_one_town_with_numbered_mailboxes_are_two(builds: Builds) -> None:
    """Their addresses are alike, which said nothing: a common name and a town were enough."""
    anna = {"first_name": "Anna", "last_name": "Berger", "city": "Wien", "postal_code": "1020"}
    told = builds.build(
        [
            record("crm|1", email="anna.berger12@post.example", **anna),
            record("crm|2", email="anna.berger300@post.example", **anna),
        ]
    )
    assert len(set(told.values())) == 2
