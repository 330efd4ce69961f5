"""What databases and their drivers say, as errors that tell a person what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_manager
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from rapport.errors import RapportError

# Packages of drivers that are not part of Rapport, by the name a URL begins with.
_PACKAGES = {
    "mssql": "pyodbc",
    "oracle": "oracledb",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "redshift": "sqlalchemy-redshift",
    "db2": "ibm_db_sa",
    "hana": "sqlalchemy-hana",
    "firebird": "sqlalchemy-firebird",
    "clickhouse": "clickhouse-sqlalchemy",
    "trino": "trino",
    "mysqldb": "mysqlclient",
    "mysqlconnector": "mysql-connector-python",
    "psycopg": "psycopg",
}
# SQLSTATE of PostgreSQL, error number of MariaDB and MySQL.
_CODES = {
    "source-unauthorised": {"28P01", "28000", 1045, 1044, 1698},
    "source-forbidden": {"42501", 1142, 1143, 1370},
    "table-missing": {"42P01", "3F000", 1146, 1051},
    "query-invalid": {"42601", "42703", "42883", "42804", "42702", "42803", "0A000", "25006"}
    | {"22007", "22P02", "22012", 1064, 1054, 1052, 1305, 1792, 1222},
    "source-timeout": {"57014", 1969, 3024, 1317, 1205, "55P03"},
}
_PHRASES = {
    "source-unauthorised": r"password authentication failed|no password supplied|"
    r"no pg_hba\.conf entry|role .* does not exist|Access denied for user|login failed",
    "source-forbidden": r"permission denied for|command denied to user",
    "table-missing": r"no such table",
    "query-invalid": r"no such column|syntax error|readonly database|read-only transaction|"
    r"invalid input syntax|division by zero|out of range",
    "source-timeout": r"due to (statement|lock|user) (timeout|request)|time limit exceeded",
}


@contextmanager
def explained(url: sa.URL | None, where: str, relation: str = "") -> Iterator[None]:
    """Turn what a driver raises inside the block into a RapportError, without the password."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise _driver_missing(url, str(error.name), where) from None
    except (SQLAlchemyError, adbc_driver_manager.Error) as error:
        raise _explained(error, url, where, relation) from None
    except Exception as error:  # every DBAPI driver has error classes of its own
        if not any(base.__name__ in ("Error", "InterfaceError") for base in type(error).__mro__):
            raise
        raise _explained(error, url, where, relation) from None


def parse_url(text: str, where: str) -> sa.URL:
    """The address of a database, with the drivers of ours where it names none or another.

    Raises:
        RapportError: `company-invalid` when it is no URL.
    """
    try:
        url = sa.make_url(text)
        if "@" in (url.host or ""):  # what stands before it is the end of the password
            raise ValueError
    except (ArgumentError, ValueError):
        raise RapportError(
            "company-invalid",
            "`connection.url` is no database URL",
            where,
            "write it as dialect://user:password@host:port/database, with characters like @ / : "
            "of the password percent-encoded; docs/systems/sql.md has examples",
        ) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg2")
    if url.drivername in ("mysql", "mariadb"):
        return url.set(drivername=f"{url.drivername}+pymysql")
    return url


def suggestion(name: str, known: list[str]) -> str:
    """What a misspelt name may have meant, and all the names there are."""
    close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    return f"{hint}there are: {listed or 'none'}"


def _driver_missing(url: sa.URL | None, module: str, where: str) -> RapportError:
    dialect, _, driver = (url.drivername if url else module).partition("+")
    package = _PACKAGES.get(driver) or _PACKAGES.get(dialect) or driver or module or dialect
    return RapportError(
        "driver-missing",
        f"No driver for databases of type {dialect} is installed",
        where,
        f"install the Python package {package} into Rapport's environment; if the type is "
        "misspelt, correct what the URL begins with",
    )


def _explained(error: Exception, url: sa.URL | None, where: str, relation: str) -> RapportError:
    if isinstance(error, NoSuchModuleError):
        return _driver_missing(url, "", where)
    cause: Any = getattr(error, "orig", None) or error
    reason = _reason(cause, url)
    code = _code(cause, reason)
    user = (url.username if url else None) or "the user"
    if code == "source-unauthorised":
        return RapportError(
            "source-unauthorised",
            f"The database does not let {user} in: {reason}",
            where,
            "check user and password in the connection's URL (percent-encode characters like "
            "@ / : in the password) and that the user may log in from this machine",
        )
    if code == "source-forbidden":
        table = relation or "the table"
        return RapportError(
            "source-forbidden",
            f"The user {user} may not read {table}: {reason}",
            where,
            f"have the owner of the database run: grant select on {table} to {user}",
        )
    if code == "table-missing":
        return RapportError(
            "table-missing",
            f"The database does not have it: {reason}",
            where,
            "correct `fetch.table` and `fetch.schema` of the entity, or its `fetch.query`",
        )
    if code == "query-invalid":
        return RapportError(
            "query-invalid",
            f"The database cannot run the query: {reason}",
            where,
            "correct `fetch.query` or `cursor:` of the entity; a query may only read",
        )
    if code == "source-timeout":
        return RapportError(
            "source-timeout",
            f"The database ended the query for taking too long: {reason}",
            where,
            "add an index on the cursor column, fetch shorter intervals, or have the owner of the "
            "database raise the user's time limit",
        )
    return RapportError(
        "source-down",
        f"The database cannot be read: {reason}",
        where,
        "check that it runs, that its address is right, and that the network lets this machine "
        "through; the task is retried by itself",
    )


def _code(cause: Any, reason: str) -> str:
    number = cause.args[0] if cause.args and isinstance(cause.args[0], int) else None
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    for code, known in _CODES.items():
        if state in known or number in known:
            return code
    for code, phrase in _PHRASES.items():
        if re.search(phrase, reason, re.IGNORECASE):
            return code
    return "source-down"


def _reason(cause: Any, url: sa.URL | None) -> str:
    """The first line of what was said, in the driver's words, without the password."""
    numbered = len(cause.args) > 1 and isinstance(cause.args[0], int)
    text = str(cause.args[1] if numbered else cause).strip() or type(cause).__name__
    found = re.search(r"(?:ERROR|FATAL):\s*(.*)", text)  # PostgreSQL's own words, if it spoke
    line = found[1] if found else text.split("\n")[0].split("Query was:")[0]
    password = str(url.password) if url is not None and url.password else ""
    return (line.replace(password, "***") if password else line).strip().rstrip(".")
