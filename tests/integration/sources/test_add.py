"""`rapport source add` writes all of a source or nothing, and no secret and nobody's data."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rapport import ingest, transform, warehouses
from rapport.gates import suites
from rapport.settings import REPO
from rapport.sources import checking
from rapport.sources.preview import preview
from rapport.state import store
from rapport.systems import shipped_entities
from tests.integration.sources.conftest import Shop
from tests.support.portal import Portal

BIN = Path(sys.executable).parent


def test_a_database_is_described_as_it_is(shop: Shop) -> None:
    """Key, cursor, version and types are found out, not asked."""
    done = shop.add("crm", "sql")
    contacts = shop.load().source("crm").entities["contacts"]
    assert (done["kind"], done["entities"]) == ("crm", ["contacts"])
    assert (contacts.key, contacts.cursor, contacts.version_by) == (
        ["id"],
        "updated_at",
        "updated_at",
    )
    assert contacts.columns["created_at"].type == "timestamp"
    assert contacts.gate == "raw_crm.contacts"


def test_files_get_plain_names_and_keys_that_hold(shop: Shop) -> None:
    """`Customer No` is no column of SQL; one key column does not tell order lines apart."""
    shop.add("erp", "files")
    entities = shop.load().source("erp").entities
    assert entities["customers"].columns["customer_no"].path == "Customer No"
    assert entities["customers"].key == ["customer_no"]
    assert entities["lines"].key == ["order_no", "line_no"]


def test_what_is_written_passes_lint_and_parse(shop: Shop) -> None:
    """Code that its owner has to mend first is no help."""
    shop.add("crm", "sql", deliver=True)
    shop.add("erp", "files", deliver=True)
    folder = str(shop.folder)
    for command in (
        ["ruff", "check", "--config", str(REPO / "pyproject.toml"), folder],
        ["ruff", "format", "--check", "--config", str(REPO / "pyproject.toml"), folder],
        ["yamllint", "--strict", "-c", str(REPO / ".yamllint.yml"), folder],
    ):
        ran = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    transform.parse(shop.load())
    suite = suites.load(shop.load(), "raw_erp.lines")
    assert {item.column for item in suite.expectations} >= {"quantity", "unit_price"}


def test_feeds_are_proposed_and_delivered_only_when_asked(shop: Shop) -> None:
    """A mapping by names may be wrong, so that a person puts it into force."""
    proposed = {item["feed"]: item for item in shop.add("crm", "sql")["proposals"]}
    assert proposed["parties"]["model"] == "int_crm_parties_mapped"
    assert "every row is taken to be a person" in proposed["parties"]["assumed"][0]
    assert shop.load().company.feeds == {}
    done = shop.add("erp", "files", deliver=True)
    assert done["feeds"]["order_lines"] == "int_erp_order_lines_mapped"
    assert shop.load().company.feeds["order_lines"] == ["int_erp_order_lines_mapped"]


def test_nobodys_data_and_no_secret_is_printed_or_written(shop: Shop) -> None:
    """Descriptions are committed and mailed around."""
    shop.environ["ACME_CRM_URL"] += "?timeout=4711"
    told = json.dumps([shop.add("crm", "sql"), shop.add("erp", "files")])
    written = "".join(shop.files().values())
    for text in (told, written):
        assert "Secret Person" not in text
        assert "secret.example" not in text
        assert "4711" not in text


def test_a_known_system_out_of_reach_is_described_whole(shop: Shop) -> None:
    """Credentials often come later than the set-up; nothing is to be found out for it."""
    done = shop.add("crm", "hubspot", options={"base_url": "http://127.0.0.1:1"})
    assert any("not reached" in note for note in done["notes"])
    assert {item["name"]: item["is_set"] for item in done["secrets"]} == {"ACME_CRM_TOKEN": False}
    assert done["feeds"]["parties"] == "int_hubspot_parties_described"
    assert "contacts" in shop.load().source("crm").entities
    assert not (shop.folder / "models" / "staging").exists()
    transform.parse(shop.load())


def test_a_second_site_of_a_tracker_is_added_and_its_feed_named_once(shop: Shop) -> None:
    """Web, spend and touchpoints may come from several sources, which one model reads."""
    for name in ("shop", "blog"):
        folder = shop.folder.parent / name
        folder.mkdir()
        (folder / "2026-01-01.jsonl.gz").write_bytes(gzip.compress(b'{"messageId": "m1"}\n'))
        shop.add(name, "segment", options={"path": str(folder)})
    company = shop.load().company
    assert set(company.sources) == {"shop", "blog"}
    assert company.feeds["web_events"] == ["stg_segment__events"]


def test_names_that_mean_something_elsewhere_are_made_plain(shop: Shop, tmp_path: Path) -> None:
    """`no` is false in YAML, `order` and `user` are SQL, `import` is Python: all are real names."""
    with sqlite3.connect(tmp_path / "odd.sqlite") as database:
        database.execute('create table "import" ("no" text primary key, "order" text, "User" text)')
        database.execute('create table "2024 Ümsatz" ("Betrag €" real, "on" integer, "a b" text)')
    shop.environ["ACME_ODD_URL"] = f"sqlite:///{tmp_path / 'odd.sqlite'}"
    done = shop.add("odd", "sql")
    entities = shop.load().source("odd").entities
    assert list(entities["import_"].columns) == ["no", "order_", "user_"]
    assert entities["import_"].columns["user_"].path == "User"
    assert len(done["entities"]) == 2
    transform.parse(shop.load())
    assert suites.load(shop.load(), "raw_odd.import_")
    failed = [f for f in checking.check(shop.load(), "odd") if not f.is_ok and not f.is_warning]
    assert failed == []


def test_a_known_system_gets_the_entities_that_can_be_reached(shop: Shop, tmp_path: Path) -> None:
    """An entity that the portal does not have would fail every night."""
    portal = Portal(tmp_path / "portal")
    portal.drop("calls")
    with portal.served() as connection:
        shop.environ |= {
            "ACME_CRM_TOKEN": connection["token"],
            "ACME_CRM_BASE_URL": connection["base_url"],
        }
        done = shop.add("crm", "hubspot")
        findings = list(checking.check(shop.load(), "crm"))
        shown = preview(shop.load(), "crm", "contacts")
    reached = set(shipped_entities("hubspot")) - {"calls"}
    assert set(done["entities"]) == set(shop.load().source("crm").entities) == reached
    assert [note for note in done["notes"] if note.startswith("calls is left out")]
    assert [finding for finding in findings if not finding.is_ok] == []
    assert (shown[0]["rows"], shown[0]["held"]) == ([], None)
    assert connection["token"] not in json.dumps(done) + "".join(shop.files().values())


def test_what_delivers_a_feed_is_required(shop: Shop) -> None:
    """A source all of whose entities failed must not be announced as if it had come."""
    shop.add("erp", "files")
    entities = shop.load().source("erp").entities
    assert [name for name, one in entities.items() if one.required] == ["customers", "lines"]
    assert "required: true  # delivers parties" in shop.files()["sources/erp.yml"]


def test_where_no_feed_is_known_the_largest_table_with_a_key_is_required(
    shop: Shop, tmp_path: Path
) -> None:
    """With nothing required a source without a row would be announced."""
    with sqlite3.connect(tmp_path / "odd.sqlite") as database:
        database.execute("create table gauges (gauge_id integer primary key, mm real)")
        database.execute("create table notes (words text)")
        database.executemany("insert into notes values (?)", [(f"n{n}",) for n in range(9)])
        database.execute("insert into gauges values (1, 2.5)")
    shop.environ["ACME_ODD_URL"] = f"sqlite:///{tmp_path / 'odd.sqlite'}"
    shop.add("odd", "sql")
    entities = shop.load().source("odd").entities
    assert {name: one.required for name, one in entities.items()} == {
        "gauges": True,
        "notes": False,
    }


def test_a_whole_table_without_a_key_does_not_multiply(shop: Shop, tmp_path: Path) -> None:
    """490 rows at the source were 3470 in staging after seven days."""
    with sqlite3.connect(tmp_path / "odd.sqlite") as database:
        database.execute("create table notes (words text)")
        database.executemany("insert into notes values (?)", [("a",), ("b",), ("c",)])
    shop.environ["ACME_ODD_URL"] = f"sqlite:///{tmp_path / 'odd.sqlite'}"
    shop.add("odd", "sql")
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for number in range(3):
        day = start + timedelta(days=number)
        ingest.interval(shop.load(), "odd", day, day + timedelta(days=1))
        if number == 1:
            with sqlite3.connect(tmp_path / "odd.sqlite") as database:
                database.execute("delete from notes where words = 'a'")
    for as_of, said in (("2025-01-03", "abc"), ("2025-01-04", "bc"), ("2024-01-01", "abc")):
        with warehouses.open(shop.load()) as warehouse:
            warehouse.refresh_raw(ingest.raw_tables(shop.load(), store.open(shop.load())))
        transform.run(shop.load(), ["stg_odd__notes"], as_of)
        with warehouses.open(shop.load()) as warehouse:
            rows = warehouse.read("select words from staging.stg_odd__notes order by words")
        assert "".join(row["words"] for row in rows.to_pylist()) == said
    outcome = transform.unit_tests(shop.load(), ["stg_odd__notes"])
    assert [test["status"] for test in outcome] == ["pass"]
    findings = checking.check(shop.load(), "odd")
    assert any("keeps no history" in f.says and f.is_warning for f in findings)


def test_names_that_collide_are_numbered_and_said(shop: Shop, tmp_path: Path) -> None:
    """A table that vanished beside its twin was missed by nobody until its figures were."""
    with sqlite3.connect(tmp_path / "odd.sqlite") as database:
        database.execute('create table "Sales Order" ("a b" text, "a-b" text)')
        database.execute("create table sales_order (id integer primary key)")
    shop.environ["ACME_ODD_URL"] = f"sqlite:///{tmp_path / 'odd.sqlite'}"
    done = shop.add("odd", "sql")
    entities = shop.load().source("odd").entities
    assert {one.fetch["table"] for one in entities.values()} == {"Sales Order", "sales_order"}
    twin = next(one for one in entities.values() if one.fetch["table"] == "Sales Order")
    assert {column.path for column in twin.columns.values()} == {"a b", "a-b"}
    assert sum("to tell it apart" in note for note in done["notes"]) == 2


def test_columns_of_a_file_that_collide_are_numbered(shop: Shop, tmp_path: Path) -> None:
    """The second of two like names replaced the first one."""
    (tmp_path / "erp" / "odd.csv").write_text("a b,a-b\n1,2\n", encoding="utf-8")
    shop.add("erp", "files")
    columns = shop.load().source("erp").entities["odd"].columns
    assert {name: column.path for name, column in columns.items()} == {"a_b": "a b", "a_b_2": "a-b"}


def test_letters_of_other_alphabets_are_written_out(shop: Shop, tmp_path: Path) -> None:
    """`ums_tze` is a name that nobody finds again."""
    text = "Größe,Straße,Número\n1,a,2\n"
    (tmp_path / "erp" / "Umsätze.csv").write_text(text, encoding="utf-8")
    done = shop.add("erp", "files", entities=["umsaetze"])
    assert done["entities"] == ["umsaetze"]
    columns = shop.load().source("erp").entities["umsaetze"].columns
    assert list(columns) == ["groesse", "strasse", "numero"]


def test_whole_tables_with_a_key_lose_what_the_source_has_lost(shop: Shop) -> None:
    """A row deleted at the source stayed in the marts for ever."""
    shop.add("erp", "files")
    shop.add("crm", "sql")
    assert shop.load().source("erp").entities["customers"].deletes == "compare"
    assert shop.load().source("crm").entities["contacts"].deletes == "none"
    assert "`deletes: compare`" in shop.files()["sources/crm.yml"]


def test_feeds_are_those_of_the_entities_that_are_there(shop: Shop) -> None:
    """A feed whose tables are left out is an empty mart that looks delivered."""
    options = {"base_url": "http://127.0.0.1:1"}
    done = shop.add("crm", "hubspot", options=options, entities=["contacts", "owners"])
    assert set(done["feeds"]) == set(shop.load().company.feeds) == {"parties", "consents"}
    assert any("the feed deals is left out" in note for note in done["notes"])


def test_spend_that_is_delivered_is_not_said_to_be_lost(shop: Shop, tmp_path: Path) -> None:
    """Its model puts the names of what it reads together."""
    (tmp_path / "spend").mkdir()
    shop.environ["ACME_SPEND_PATH"] = str(tmp_path / "spend")
    shop.add("spend", "spend", entities=["meta_ads"])
    (feed,) = [f for f in checking.check(shop.load(), "spend") if f.subject == "feed"]
    assert (feed.is_ok, feed.says) == (True, "Delivers marketing_spend")
