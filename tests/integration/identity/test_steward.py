"""A steward's tools on a built warehouse, on each engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from rapport import locks, warehouses
from rapport.cli import app
from rapport.errors import RapportError
from rapport.identity import decisions, review
from rapport.identity import store as identity_store
from rapport.identity.explain import Explanation, explain, words
from rapport.identity.linkage.model import Model
from rapport.identity.run import identify
from rapport.settings import Settings
from rapport.state import store
from tests.conftest import bare_settings
from tests.support import linkage_model
from tests.support.people import RECORD_SCHEMA, record

DAY = datetime(2025, 1, 1, tzinfo=UTC)
BORN, OTHER = date(1980, 1, 2), date(1955, 11, 23)
MAX = {"first_name": "Max", "last_name": "Muster", "city": "Wien", "birth_date": BORN}
EVA = {"first_name": "Eva", "last_name": "Lang", "city": "Graz"}
HOME = {"last_name": "Maier", "email": "haus@gmx.at"}
ROWS = [
    record("crm|1", **MAX, email="Max.Muster+x@googlemail.com"),
    record("erp|1", **MAX, email="maxmuster@gmail.com"),
    record("web|1", source_role="web", cross_reference="erp|1"),
    record("crm|2", **EVA, birth_date=BORN, email="eva@firma.at"),
    record("erp|2", **EVA, birth_date=OTHER, email="eva@firma.at"),
    record("crm|3", **HOME, first_name="Anna"),
    record("erp|3", **HOME, first_name="Otto"),
    record("crm|4", first_name="Clara", last_name="Fuchs", phone="+436641234501"),
    record("crm|5", first_name="Clara", last_name="Fuchs", phone="+436641234501"),
    record("crm|6", first_name="伟", last_name="王", city="北京", country_code="CN"),
    *(record(f"crm|i{i:02}", email="info@firma.at", first_name=f"I{i}") for i in range(11)),
]


class Built:
    """A company whose identity step has run once."""

    def __init__(self, settings: Settings) -> None:
        vars_ = {"identity_one_per_source": ["crm"]}
        company = settings.company.model_copy(update={"vars": vars_})
        self.settings = settings.model_copy(update={"company": company})
        self.state = store.open(self.settings)
        model = linkage_model.made()
        with self.state.begin() as connection:
            identity_store.save_model(connection, model.model_id, model.to_json(), "", "made")
        self.build()

    def build(self) -> None:
        """Link the records, once more."""
        with warehouses.open(self.settings) as warehouse:
            data = pa.Table.from_pylist(ROWS, schema=RECORD_SCHEMA)
            warehouse.write("intermediate", "int_identity_records", data)
            identify(self.settings, self.state, warehouse, DAY)

    def why(self, *names: str) -> Explanation:
        return explain(self.settings, self.state, names)

    def text(self, *names: str) -> str:
        return "\n".join(words.lines(self.why(*names)))


@pytest.fixture(
    scope="module", params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("steward")
    url = f"duckdb:///{folder / 'warehouse.duckdb'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").create_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Model, "drift", lambda *_: [])
        company = Built(bare_settings(folder, url))
        yield company
        company.state.close()


def _run(built: Built, monkeypatch: pytest.MonkeyPatch, *args: str) -> Any:
    monkeypatch.setattr("rapport.settings.load", lambda: built.settings)
    return CliRunner().invoke(app, ["identity", *args], env={"USER": "ann"})


def _publish(settings: Settings, **tables: list[dict[str, Any]]) -> None:
    """Marts with these tables, as readers see them."""
    if settings.engine == "duckdb":
        with duckdb.connect(str(settings.marts_path)) as connection:
            for name, rows in tables.items():
                connection.register("rows", pa.Table.from_pylist(rows))
                connection.execute(f"create table {name} as from rows")
        return
    with warehouses.open(settings) as warehouse:
        for name, rows in tables.items():
            warehouse.write("marts", name, pa.Table.from_pylist(rows))


def test_a_direct_link_and_a_path_through_another_record_are_told_apart(built: Built) -> None:
    direct = built.why("crm|1", "erp|1")
    assert direct.is_one
    assert direct.reasons == (
        "They are linked directly: same e-mail address (maxmuster@gmail.com).",
    )
    through = built.why("web|1", "crm|1")
    assert [(link.left_key, link.right_key, link.rule) for link in through.path] == [
        ("crm|1", "erp|1", "email"),
        ("erp|1", "web|1", "login"),
    ]
    text = built.text("web|1", "crm|1")
    assert "linked through 1 other record" in text
    assert "erp|1 – web|1: logged in with the account" in text
    assert "To decide otherwise: rapport identity unlink 'crm|1' 'web|1'" in text


def test_typed_and_normalised_values_stand_side_by_side(built: Built) -> None:
    text = built.text("crm|1", "erp|1")
    assert "Max.Muster+x@googlemail.com  maxmuster@gmail.com" in text
    assert "maxmuster@gmail.com  maxmuster@gmail.com" in text
    assert "王" in built.text("crm|6", "erp|1")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("crm|2", "erp|2"), "Their birth dates contradict each other: 1980-01-02 and 1955-11-23"),
        (("crm|3", "erp|3"), "two persons of one household"),
        (("crm|4", "crm|5"), "crm holds each customer once"),
        (("crm|1", "erp|3"), "The evidence is too weak"),
        (("crm|6", "erp|3"), "No blocking rule brings them together"),
    ],
)
def test_what_keeps_two_records_apart_is_named(
    built: Built, names: tuple[str, str], reason: str
) -> None:
    found = built.why(*names)
    assert not found.is_one
    assert reason in " ".join(found.reasons)


def test_a_shared_mailbox_is_shown_with_its_number_of_records(built: Built) -> None:
    assert "same, but 11 records share it: it links nobody" in built.text("crm|i01", "crm|i02")


def test_customers_are_explained_by_their_records_and_the_pair_that_says_most(built: Built) -> None:
    one = built.why("crm|1").known.sides[0].customer_id
    alone = built.text(one)
    assert f"Customer {one}: 3 records" in alone
    assert "crm|1 – erp|1: same e-mail address (maxmuster@gmail.com)" in alone
    assert f"{DAY:%Y-%m-%d} {one} minted" in alone
    other = built.why("erp|2").known.sides[0].customer_id
    both = built.why(one, other)
    assert len(both.across) == 3 and both.pair == both.across[0]
    assert "Of 3 pairs between the two this one says most" in "\n".join(words.lines(both))


def test_an_unknown_key_is_refused_with_the_nearest_ones(built: Built) -> None:
    with pytest.raises(RapportError, match=r"most like it: .*crm\|i01") as raised:
        built.why("crm|i1")
    assert raised.value.code == "record-unknown"
    with pytest.raises(RapportError, match=r"most like it: crm\|4"):
        built.why("CRM-4", "crm|1")


def test_json_holds_what_the_text_tells(
    built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = _run(built, monkeypatch, "explain", "crm|1", "erp|1", "--json")
    document = json.loads(told.stdout)
    assert document["is_one"]
    bits = [field["bits"] for field in document["pair"]["fields"]]
    assert document["pair"]["prior"] + sum(bits) == pytest.approx(
        document["pair"]["weight"], abs=1e-5
    )
    assert document["records"]["crm|1"]["in_one_form"]["email"] == "maxmuster@gmail.com"
    unknown = _run(built, monkeypatch, "explain", "nobody")
    assert unknown.exit_code == 1 and "record-unknown" in unknown.output


def test_a_picture_carries_its_description(
    built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for kind in ("png", "svg", "html"):
        path = tmp_path / f"why.{kind}"
        told = _run(built, monkeypatch, "explain", "crm|1", "erp|1", "--out", str(path))
        assert told.exit_code == 0, told.output
        assert b"crm|1 and erp|1 are one customer" in path.read_bytes()
    assert "same e-mail address" in (tmp_path / "why.html").read_text()
    for names, ending in ((["crm|1", "erp|1"], "gif"), (["crm|1"], "png")):
        told = _run(built, monkeypatch, "explain", *names, "--out", str(tmp_path / f"no.{ending}"))
        assert told.exit_code == 1 and "picture-impossible" in told.output


def test_a_running_build_is_left_alone(built: Built) -> None:
    """An open reader of the DuckDB file would break it; PostgreSQL serves both."""
    with locks.held(built.state, "build"):
        if built.settings.engine == "postgres":
            assert built.why("crm|1", "erp|1").is_one
            return
        with pytest.raises(RapportError) as raised:
            built.why("crm|1", "erp|1")
        assert raised.value.code == "build-running"
        assert review.there(built.settings, built.state, {"crm|1", "x|1"}) == {"crm|1"}


def test_explaining_and_reviewing_write_nothing(built: Built) -> None:
    if built.settings.engine != "duckdb":
        with (
            warehouses.open(built.settings, read_only=True) as warehouse,
            pytest.raises(Exception, match="read-only"),
        ):
            warehouse.execute("create table public.x (n int)")
        return
    before = built.settings.warehouse_path.read_bytes()
    built.why("crm|1", "erp|3")
    review.queue(built.settings, built.state, 5)
    assert built.settings.warehouse_path.read_bytes() == before
    # It is closed again: somebody else may open it at once.
    duckdb.connect(str(built.settings.warehouse_path)).close()


def test_without_a_build_the_next_step_is_named(tmp_path: Path) -> None:
    settings = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'none.duckdb'}")
    with pytest.raises(RapportError) as raised:
        explain(settings, store.open(settings), ["crm|1"])
    assert raised.value.code == "identity-missing"
    assert not (tmp_path / "none.duckdb").exists()


def test_decisions_say_what_they_will_change_and_can_be_withdrawn(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*args: str) -> str:
        told = _run(built, monkeypatch, *args)
        assert told.exit_code == 0, told.output
        return str(told.stdout)

    one, other = (built.why(key).known.sides[0].customer_id for key in ("crm|2", "erp|2"))
    told = run("link", "erp|2", "crm|2", "--note", "she called")
    assert "At the next build they become one customer" in told
    assert one in told and other in told and "next build" in told
    assert "now nothing will part them" in run("link", "crm|1", "erp|1", "--note", "sure")
    assert "now nothing will join them" in run("unlink", "crm|3", "erp|3", "--note", "siblings")
    told = run("unlink", "erp|1", "web|1", "--note", "a guest's device")
    assert "is parted: it keeps the side of" in told
    assert "waits: no build has seen erp|99" in run("link", "crm|1", "erp|99", "--note", "x")
    listed = run("decisions")
    assert listed.count("active") == 4 and listed.count("waiting") == 1
    assert [row["decided_by"] for row in json.loads(run("decisions", "--json"))] == ["ann"] * 5
    assert "[active]" in built.text("crm|3", "erp|3")
    assert "[waiting]" in built.text("crm|1", "erp|1")
    assert "It was decided otherwise since" in built.text("crm|2", "erp|2")
    assert "A person decided so: kept apart by hand by ann: siblings." in built.text(
        "crm|3", "erp|3"
    )
    pairs = json.loads(run("review", "--json"))["pairs"]
    assert ("crm|3", "erp|3") not in {(row["left_key"], row["right_key"]) for row in pairs}
    built.build()
    assert built.why("crm|2", "erp|2").reasons == (
        "They are linked directly: linked by hand by ann: she called.",
    )
    assert not built.why("erp|1", "web|1").is_one
    for number in range(1, 6):
        assert f"Decision {number} is withdrawn" in run("withdraw", str(number))
    assert run("decisions").count("withdrawn") == 5
    built.build()


def test_a_decision_about_a_customer_or_without_a_name_is_refused(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = built.why("crm|1").known.sides[0].customer_id
    told = _run(built, monkeypatch, "link", customer, "erp|1", "--note", "x")
    assert told.exit_code == 1 and "decision-invalid" in told.output
    made = decisions.listed(built.state, lambda keys: keys)
    assert customer not in {decision.left_key for decision, _ in made}
    assert _run(built, monkeypatch, "link", "crm|1", "erp|1").exit_code == 2


def test_the_queue_without_a_publication_says_that_revenue_is_unknown(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _run(built, monkeypatch, "review", "--limit", "50").stdout
    assert "revenue is unknown" in told
    assert "crm|3 ≠ erp|3: cut: two persons who share an address, a mailbox or a number" in told
    assert "change: rapport identity link 'crm|3' 'erp|3' --note '...'" in told
    assert "keep:   rapport identity unlink 'crm|3' 'erp|3' --note '...'" in told


def test_the_queue_comes_from_the_marts_with_the_revenue_at_stake(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "left_key right_key is_linked kind probability revenue_at_stake_reporting reason"
    rows = [
        ("crm|1", "erp|1", True, "near_threshold", 0.61, 12400.4, "linked, and nearly not"),
        # Of one account, and so one customer of the marts, but two people.
        ("crm|3", "erp|3", True, "ambiguous", None, 90.0, "links equally well to two customers"),
    ]
    queue = [
        dict(zip(names.split(), row, strict=True)) | {"review_rank": rank}
        for rank, row in enumerate(rows, 1)
    ]
    _publish(built.settings, ops_publication=[{"as_of": DAY}], ops_identity_review=queue[::-1])
    told = _run(built, monkeypatch, "review").stdout
    assert "crm|1 = erp|1: linked, and nearly not; 61% sure to be one; 12,400 EUR at stake" in told
    assert "crm|3 ≠ erp|3: links equally well to two customers; 90 EUR at stake" in told
    assert "unknown" not in told
    document = json.loads(_run(built, monkeypatch, "review", "--json", "--limit", "1").stdout)
    assert document["is_revenue_known"] and len(document["pairs"]) == 1
