"""A reader of a part never sees others' rows: in no part of a mail, whatever a query forgot."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from rapport.company import Dimension, Recipient
from rapport.errors import RapportError
from rapport.report import archive, declaration, issue, slices
from rapport.report.edition import Edition
from rapport.report.render import Rendered
from rapport.settings import REPO
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in

KNOWN = slices.load(REPO / "reports")
GERMANY = Edition("en_GB", "Europe/Berlin", rows=(("country", ("DE",)),), attach=("csv",))


def prepared(sql: str, rows: slices.Rows, engine: str = "duckdb") -> str:
    return slices.prepare(sql, "some.sql", KNOWN, rows, {"day": date(2026, 1, 2)}, engine)


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> marts.Reader:
    """Marts in which whatever is not of Germany sings."""
    return canaries.fill(tmp_path_factory.mktemp("marts") / "published.duckdb")


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "delete from dim_people",
        "with gone as (delete from dim_people returning *) select * from gone",
        "select * from raw.people",
        "select * from read_csv('x.csv')",
        "select * from query_table('raw.people')",
        "select read_text('/etc/passwd')",
        "select * from dim_people where exists (select 1 from raw.people)",
        "copy dim_people to 'x'",
        "attach 'x.duckdb'",
        "with dim_people as (select * from dim_people) select * from dim_people",
        "select from where",
    ],
)
def test_whatever_is_no_select_on_marts_is_refused(sql: str) -> None:
    with pytest.raises(RapportError) as caught:
        prepared(sql, ())
    assert caught.value.code == "report-query"
    assert caught.value.where == "some.sql"


def test_a_value_is_quoted_and_never_pasted() -> None:
    sql = prepared("select * from fct_orders", (("country", ("D'; drop table x; --",)),))
    assert "'D''; drop table x; --'" in sql
    assert "CAST('2026-01-02' AS DATE)" in prepared(
        "select * from fct_orders where order_date = :day", ()
    )


def test_every_place_of_a_mart_is_cut() -> None:
    sql = prepared(
        "with mine as (select * from fct_orders) select * from mine"
        " where customer_id in (select customer_id from marts.dim_people)"
        " union all select * from fct_orders as again",
        (("country", ("DE",)),),
    )
    assert sql.count("country_code IN ('DE')") == 3


def test_what_a_mart_lacks_is_taken_from_its_customer() -> None:
    sql = prepared("select * from fct_tickets", (("owner", ("Ann",)),))
    assert "FROM marts.dim_customers WHERE owner_name IN ('Ann')" in sql


def test_nothing_is_seen_of_an_empty_list() -> None:
    assert "WHERE FALSE" in prepared("select * from dim_customers", (("country", ()),))


def test_what_cannot_be_cut_is_not_read() -> None:
    for mart in KNOWN.uncut | {"int_unknown"}:
        with pytest.raises(slices.Unsliced):
            prepared(f"select * from {mart}", (("country", ("DE",)),))
    with pytest.raises(slices.Unsliced):  # two countries are no segment of their own
        prepared("select * from rpt_kpis", (("country", ("AT", "DE")),))


def test_every_mart_is_in_one_list_and_every_column_is_there() -> None:
    tables = marts.tables()
    assert KNOWN.known | KNOWN.uncut == set(tables)
    assert len(KNOWN.known) + len(KNOWN.uncut) == len(tables)
    for mart, columns in KNOWN.marts.items():
        assert set(columns.values()) <= set(tables[mart]), mart


def test_readers_rows_are_told_apart_by_what_marts_are() -> None:
    told = {name for columns in KNOWN.marts.values() for name in columns} - {"via"}
    assert set(get_args(Dimension)) == told


def test_a_misspelt_dimension_is_refused_and_shows_no_empty_report() -> None:
    with pytest.raises(ValidationError, match=r"rows\.contry"):
        Recipient(address="anna@example.org", rows={"contry": ["DE"]})


def test_queries_hold_on_both_engines() -> None:
    values = dict.fromkeys(("near_hours", "lead_days", "lead_response_hours"), 1)
    values |= dict.fromkeys(("lately_days", "declining_days"), 1)
    days = {name: date(2026, 1, 1) for name in ("today", "as_of", "since")}
    days |= {name: date(2026, 1, 1) for name in ("period_start", "period_end")}
    texts = dict.fromkeys(("period_kind", "segment", "segment_kind"), "x")
    for file in sorted((REPO / "reports").glob("*/queries/*.sql")):
        for engine in ("duckdb", "postgres"):
            sql = slices.prepare(
                file.read_text(), file.name, KNOWN, (), {**values, **days, **texts}, engine
            )
            assert ":" not in sql.replace("::", ""), file


@pytest.mark.parametrize("name", declaration.reports(REPO))
def test_no_canary_sings(name: str, abroad: marts.Reader, tmp_path: Path) -> None:
    """HTML, text, alt texts, pictures' recipes, CSV and archive, of every report."""
    settings = settings_in(tmp_path)
    rendered = issue.render(settings, abroad, name, edition=GERMANY)
    place = archive.keep(settings.archive_dir, REPO / "reports", rendered)
    parts = [rendered.subject, rendered.html, rendered.text, repr(rendered.view)]
    parts += [attached.content.decode() for attached in rendered.attachments]
    parts += [p.read_text() for p in place.rglob("*") if p.suffix in (".html", ".json", ".txt")]
    for part in parts:
        assert canaries.CANARY not in part
        assert "777" not in part
    assert "Your part alone. country: DE" in rendered.html


def test_the_canaries_can_sing(abroad: marts.Reader, tmp_path: Path) -> None:
    """Else the test before would be green for nothing."""
    whole = Edition("en_GB", "Europe/Berlin", attach=("csv",))
    heard = {}
    for name in ("executive", "lifecycle", "sales"):  # the quality report tells of data alone
        rendered = issue.render(settings_in(tmp_path), abroad, name, edition=whole)
        heard[name] = "777,777" in rendered.html and (
            canaries.CANARY in rendered.html or name == "executive"
        )
    assert heard == dict.fromkeys(heard, True)


def test_a_part_shows_its_own_rows_and_says_what_is_left_out(
    abroad: marts.Reader, tmp_path: Path
) -> None:
    sales: Rendered = issue.render(settings_in(tmp_path), abroad, "sales", edition=GERMANY)
    assert "Anna full_name" in sales.html
    executive = issue.render(settings_in(tmp_path), abroad, "executive", edition=GERMANY)
    parts = {part["id"]: part for part in executive.view["sections"]}
    assert parts["tiles"]["cards"][0]["value"] == "41"
    assert parts["stages"]["text"] == "Not shown: these figures are not told apart by country."
