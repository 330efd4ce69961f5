"""`check`, `preview`, `profile` and `list` tell what is there, and leave everything as it is."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapport import ingest
from rapport.cli import app
from rapport.connectors.finding import Finding
from rapport.errors import RapportError
from rapport.sources import checking, listing
from rapport.sources.preview import preview
from rapport.sources.profile import profile
from tests.integration.sources.conftest import Shop


@pytest.fixture
def connected(shop: Shop) -> Shop:
    """Both sources added, nothing loaded."""
    shop.add("crm", "sql", deliver=True)
    shop.add("erp", "files")
    return shop


def failures(shop: Shop, name: str) -> list[Finding]:
    """What a check finds that stops a source."""
    found = checking.check(shop.load(), name)
    return [finding for finding in found if not finding.is_ok and not finding.is_warning]


def landed(shop: Shop) -> list[str]:
    """Files of the landing zone and the state store's deliveries are what must not change."""
    var = Path(shop.environ["RAPPORT_VAR"])
    return sorted(str(path) for path in var.rglob("*") if "landing" in path.parts)


@pytest.mark.parametrize("name", ["crm", "erp"])
def test_what_add_wrote_passes_the_check_at_once(connected: Shop, name: str) -> None:
    """Otherwise the first thing a user sees is a failure of ours."""
    findings = list(checking.check(connected.load(), name))
    assert [finding for finding in findings if not finding.is_ok and not finding.is_warning] == []
    assert {"settings", "address", "entity", "gate", "feed"} <= {f.subject for f in findings}


def test_a_missing_variable_is_named_and_the_connection_not_tried(connected: Shop) -> None:
    """An address without its secret would only fail again, in other words."""
    connected.environ.pop("ACME_CRM_URL")
    (failure,) = failures(connected, "crm")
    assert failure.place == "ACME_CRM_URL"
    assert "set ACME_CRM_URL" in failure.todo


def test_a_source_out_of_reach_is_a_finding_without_its_password(connected: Shop) -> None:
    """The output of a check is what people paste into tickets."""
    connected.environ["ACME_CRM_URL"] = "postgresql://nobody:pw4711@127.0.0.1:1/none"
    found = failures(connected, "crm")
    assert [finding.subject for finding in found] == ["address"]
    assert found[0].todo
    assert "4711" not in str(found)


def test_a_table_and_a_column_that_are_gone_are_named(connected: Shop, tmp_path: Path) -> None:
    """A renamed table must not come to light at night."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as database:
        database.execute("alter table contacts rename column email to mail")
    assert any("contacts.email" in finding.place for finding in failures(connected, "crm"))
    with sqlite3.connect(tmp_path / "crm.sqlite") as database:
        database.execute("alter table contacts rename to people")
    assert any("contacts" in finding.place + finding.says for finding in failures(connected, "crm"))


def test_a_gate_and_a_feed_model_that_are_gone_are_named(connected: Shop) -> None:
    """Both would stop a build; neither has to do with the connection."""
    folder = connected.folder
    (folder / "expectations" / "raw_crm.py").write_text("def other(): ...\n")
    (folder / "models/intermediate/crm/int_crm_parties_mapped.sql").unlink()
    assert {finding.subject for finding in failures(connected, "crm")} == {"gate", "feed"}


def test_a_source_that_delivers_nothing_is_warned_of(connected: Shop) -> None:
    """Loaded and never read is the quietest failure."""
    feed = list(checking.check(connected.load(), "erp"))[-1]
    assert (feed.is_ok, feed.is_warning) == (False, True)


def test_preview_casts_and_names_the_rows_that_would_not_pass(connected: Shop) -> None:
    """What the gate would do is seen before it does it, and nothing is kept of it."""
    (shown,) = preview(connected.load(), "erp", "customers")
    assert len(shown["rows"]) == 10
    assert shown["rows"][0]["created_at"] == date(2025, 1, 1)
    (bad,) = shown["quarantined"]
    assert bad["rules"] == ["customer_no: key is empty"]
    assert (bad["file"], bad["row"]) == ("customers.csv", 61)
    assert landed(connected) == []
    assert listing.overview(connected.load())["sources"][1]["loaded"] == 0


def test_preview_of_a_day_shows_that_day(connected: Shop) -> None:
    """To look into a delivery that was reported as wrong."""
    (shown,) = preview(connected.load(), "crm", "contacts", date(2025, 1, 6))
    assert [row["id"] for row in shown["rows"]] == [5]


def test_profile_before_loading_finds_the_prefix(connected: Shop) -> None:
    """A bad match rate must be seen on day one."""
    found = profile(connected.load(), "erp", "customers")
    match = found["entities"][0]["matches"][0]
    assert (match["match_pct"], match["match_pct_normalised"]) == (0.0, 100.0)
    assert match["with"] == "crm.contacts.erp_no"
    assert landed(connected) == []


def test_profile_of_loaded_rows_is_the_same_each_time(connected: Shop) -> None:
    """Figures that change from run to run are not believed."""
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    ingest.interval(connected.load(), "crm", start, end)
    first, second = (profile(connected.load(), "crm", rows=20) for _ in range(2))
    assert first == second
    (contacts,) = first["entities"]
    assert (contacts["rows"], contacts["of_rows"], contacts["origin"]) == (20, 60, "loaded")
    (source,) = (s for s in listing.overview(connected.load())["sources"] if s["source"] == "crm")
    assert (source["loaded"], source["last_interval_end"]) == (60, "2025-06-01T00:00:00Z")


def test_a_source_that_cannot_be_compared_is_said_to_be_so(connected: Shop) -> None:
    """No match must not look like a bad one."""
    connected.environ.pop("ACME_CRM_URL")
    found = profile(connected.load(), "erp", "customers")
    assert "ACME_CRM_URL" in found["partly"]["crm.contacts"]


@pytest.mark.parametrize("look", [preview, profile])
def test_an_entity_that_is_not_there_is_named(connected: Shop, look: object) -> None:
    """A typing error gets the list of what there is."""
    with pytest.raises(RapportError) as error:
        look(connected.load(), "crm", "contcats")  # type: ignore[operator]
    assert error.value.code == "entity-unknown"


def test_the_commands_print_tables_and_json_and_end_with_a_status(
    connected: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People read the one, monitors the other and the exit status."""
    monkeypatch.setenv("RAPPORT_COMPANY", str(connected.folder))
    for name, value in connected.environ.items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke
    for command in ("list", "check erp", "preview erp lines", "profile erp customers"):
        plain = run(app, ["source", *command.split()])
        assert plain.exit_code == 0, plain.output
        machine = run(app, ["source", *command.split(), "--json"])
        assert json.loads(machine.stdout)
    assert "key match: 0.0 % of erp.customers.customer_no" in plain.stdout
    monkeypatch.delenv("ACME_ERP_PATH")
    failed = run(app, ["source", "check", "erp"])
    assert failed.exit_code == 1
    assert "FAIL  settings ACME_ERP_PATH" in failed.stdout
    assert run(app, ["source", "check", "nobody"]).exit_code == 1


def test_of_a_file_a_day_the_newest_is_shown_and_any_on_demand(shop: Shop, tmp_path: Path) -> None:
    """A preview of all days would read years of files."""
    folder = tmp_path / "days"
    folder.mkdir()
    for number in (1, 2, 3):
        rows = "".join(f"v{number}{n},{n}\n" for n in range(5))
        (folder / f"visits_2025-03-0{number}.csv").write_text(f"visit_id,place\n{rows}")
    shop.environ["ACME_DAYS_PATH"] = str(folder)
    shop.add("days", "files", kind="touchpoints")
    assert shop.load().source("days").entities["visits"].fetch["pattern"] == "visits_{date}.csv"
    (newest,) = preview(shop.load(), "days")
    (second,) = preview(shop.load(), "days", day=date(2025, 3, 2))
    assert {row["visit_id"][:2] for row in newest["rows"]} == {"v3"}
    assert {row["visit_id"][:2] for row in second["rows"]} == {"v2"}
    with pytest.raises(RapportError) as error:
        preview(shop.load(), "days", day=date(2025, 3, 9))
    assert error.value.code == "file-missing"


def test_rows_that_get_lost_on_the_way_are_said(shop: Shop, tmp_path: Path) -> None:
    """1493 rows of 1493 were shown of a table of 1500, and 0 of 20 without a reason."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as database:
        database.execute("create table calls (id integer primary key, updated_at timestamp)")
        database.execute("insert into calls values (1, '2025-01-01 10:00:00'), (2, null)")
    shop.add("crm", "sql")
    shop.add("erp", "files")
    (calls,) = profile(shop.load(), "crm", "calls")["entities"]
    assert calls["left"] == ["1 rows have no time in updated_at: no interval would fetch them"]
    (customers,) = profile(shop.load(), "erp", "customers")["entities"]
    (shown,) = preview(shop.load(), "erp", "customers")
    lost = "1 of 61 rows would be quarantined, the first for: customer_no: key is empty"
    assert customers["left"] == [shown["loss"]] == [lost]


def test_a_table_too_wide_for_the_terminal_is_printed_by_the_row(
    connected: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty columns side by side are read by nobody."""
    for name, value in {"RAPPORT_COMPANY": str(connected.folder), **connected.environ}.items():
        monkeypatch.setenv(name, value)
    lines = {}
    for width in ("40", "200"):
        monkeypatch.setenv("COLUMNS", width)
        ran = CliRunner().invoke(app, ["source", "preview", "crm", "contacts"])
        lines[width] = ran.stdout.splitlines()
    assert "  erp_no (text): 10001" in lines["40"]
    assert "row 1" not in lines["200"]
