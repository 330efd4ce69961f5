"""What goes wrong with a database is told with what to do, and nothing of it lands."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from rapport.errors import RapportError
from tests.integration.sql_sources.conftest import Erp


def refused(erp: Erp, url: str | None = None, **fetch: str) -> RapportError:
    """The error of a landing that fails; nothing may be left of it."""
    erp.url = url or erp.url
    with pytest.raises(RapportError) as caught:
        erp.land({"key": [], "fetch": fetch})
    assert erp.zone.manifest(erp.place) is None
    assert not erp.zone.fs.find(f"{erp.zone.root}/{erp.place.folder}")
    return caught.value


def with_password(url: str, password: str) -> str:
    return sa.make_url(url).set(password=password).render_as_string(hide_password=False)


@pytest.mark.parametrize("name", [pytest.param("postgres", marks=pytest.mark.postgres), "mariadb"])
def test_wrong_password_is_told_apart_and_never_printed(
    request: pytest.FixtureRequest, name: str
) -> None:
    erp: Erp = request.getfixturevalue(name)

    error = refused(erp, with_password(erp.url, "geheim"))

    assert error.code == "source-unauthorised"
    assert "geheim" not in str(error)
    assert "percent-encode" in error.todo


@pytest.mark.postgres
def test_table_that_may_not_be_read_names_the_grant_it_wants(postgres: Erp) -> None:
    postgres.execute("create table orders (id int)")
    postgres.execute("create role reporting login password 'pass'")
    url = sa.make_url(postgres.url).set(username="reporting", password="pass")

    error = refused(postgres, url.render_as_string(hide_password=False))

    assert error.code == "source-forbidden"
    assert "grant select on orders to reporting" in error.todo


def test_table_of_mariadb_that_may_not_be_read_names_the_grant_it_wants(mariadb: Erp) -> None:
    error = refused(mariadb, table="user", schema="mysql")

    assert error.code == "source-forbidden"
    assert "grant select on mysql.user to erp_" in error.todo


def test_misspelt_table_is_answered_with_what_looks_like_it(erp: Erp) -> None:
    erp.execute("create table sales_order (id int)")
    erp.execute("create table products (id int)")

    error = refused(erp, table="sales_orders")

    assert error.code == "table-missing"
    assert "did you mean sales_order?" in error.todo
    assert "products" in error.todo


def test_query_that_writes_is_refused_and_changes_nothing(erp: Erp) -> None:
    erp.execute("create table orders (id int)")
    erp.execute("insert into orders values (1)")

    assert refused(erp, query="delete from orders").code == "query-invalid"
    assert len(erp.land()) == 1


@pytest.mark.postgres
def test_function_that_writes_is_stopped_by_the_read_only_transaction(postgres: Erp) -> None:
    postgres.execute("create table orders (id int)")
    postgres.execute(
        "create function wipe() returns int language sql as 'delete from orders; select 1'"
    )
    postgres.execute("insert into orders values (1)")

    assert refused(postgres, query="select wipe() as done").code == "query-invalid"
    assert len(postgres.land()) == 1


def test_unknown_parameter_of_a_query_is_named(sqlite: Erp) -> None:
    error = refused(sqlite, query="select * from orders where day = :today")

    assert error.code == "query-invalid"
    assert ":today" in error.what
    assert ":start" in error.todo


@pytest.mark.postgres
def test_connection_that_breaks_in_the_middle_leaves_nothing_half_landed(postgres: Erp) -> None:
    error = refused(
        postgres,
        query="select i, repeat('x', 100) as x, case when i = 300000 then "
        "pg_terminate_backend(pg_backend_pid()) end as broken from generate_series(1, 400000) i",
    )

    assert error.code == "source-down"
    assert "terminating connection" in error.what


def test_connection_of_mariadb_that_is_killed_in_the_middle_leaves_nothing_half_landed(
    mariadb: Erp,
) -> None:
    user = mariadb.url.rsplit("/", 1)[1]
    mariadb.execute(  # while the query, which would sleep for hours, has sent some of its rows
        "create event kill_it on schedule every 2 second do begin "
        f"for one in (select id from information_schema.processlist where user = '{user}') "
        "do kill one.id; end for; end"
    )
    mariadb.execute("set global event_scheduler = on")

    error = refused(
        mariadb,
        query="select seq, repeat('x', 1000) as x, if(seq > 70000, sleep(1), 0) as slow "
        "from seq_1_to_80000",
    )

    assert error.code == "source-down"
    assert "Lost connection" in error.what or "killed" in error.what


@pytest.mark.postgres
def test_query_over_the_time_limit_says_where_the_time_goes(postgres: Erp) -> None:
    url = f"{postgres.url}?options=-c%20statement_timeout%3D200"

    error = refused(postgres, url, query="select pg_sleep(20)")

    assert error.code == "source-timeout"
    assert "index" in error.todo


def test_query_of_mariadb_over_the_time_limit_says_so(mariadb: Erp) -> None:
    url = f"{mariadb.url}?init_command=set max_statement_time=0.2"

    error = refused(
        mariadb,
        url,
        query="select sum(a.seq * b.seq) as x from seq_1_to_100000 a, seq_1_to_100000 b",
    )

    assert error.code == "source-timeout"


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("mssql+pyodbc://erp:geheim@host/erp", "pyodbc"),
        ("oracle://erp:geheim@host/erp", "oracledb"),
        ("snowflake://erp:geheim@host/erp", "snowflake-sqlalchemy"),
    ],
)
def test_driver_that_is_not_installed_is_named_by_its_package(
    sqlite: Erp, url: str, package: str
) -> None:
    error = refused(sqlite, url)

    assert error.code == "driver-missing"
    assert f"package {package} " in error.todo
    assert "geheim" not in str(error)


def test_what_is_no_url_is_refused_without_showing_it(sqlite: Erp) -> None:
    error = refused(sqlite, "erp:geheim@host")

    assert error.code == "company-invalid"
    assert "geheim" not in str(error)


def test_the_end_of_a_password_with_an_at_sign_is_not_told_as_the_host(sqlite: Erp) -> None:
    error = refused(sqlite, "postgresql://erp:ge@heim@127.0.0.1:1/erp")

    assert error.code == "company-invalid" and "percent-encoded" in error.todo
    assert "heim" not in str(error)


def test_sqlite_file_that_is_not_there_is_not_made(sqlite: Erp, tmp_path: Path) -> None:
    assert refused(sqlite, f"sqlite:///{tmp_path / 'none.sqlite'}").code == "source-down"
    assert not (tmp_path / "none.sqlite").exists()
