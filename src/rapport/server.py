"""`python -m rapport.server`: make Airflow's database on the PostgreSQL server, if it is not there.

The server form keeps Airflow's records and the warehouse in two databases of one server.
"""

from __future__ import annotations

import sys

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from rapport import settings
from rapport.errors import RapportError
from rapport.settings import Settings


def prepare(loaded: Settings) -> bool:
    """Create the database that RAPPORT_AIRFLOW_DATABASE names.

    Returns:
        False when it was there already.

    Raises:
        RapportError: `secret-missing`, `settings-invalid`, `server-unreachable`.
    """
    try:
        url = make_url(loaded.secret("RAPPORT_AIRFLOW_DATABASE"))
    except (sa.exc.ArgumentError, ValueError):  # a port that is no number
        raise RapportError(
            "settings-invalid",
            "The value is no URL of a database",
            "RAPPORT_AIRFLOW_DATABASE",
            "write postgresql+psycopg2://user:password@host:port/database",
        ) from None
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            known = connection.execute(
                sa.text("select 1 from pg_database where datname = :name"), {"name": url.database}
            ).first()
            if known is None:
                quoted = engine.dialect.identifier_preparer.quote(str(url.database))
                connection.exec_driver_sql(f"create database {quoted}")
    except sa.exc.OperationalError as error:
        raise RapportError(
            "server-unreachable",
            f"The PostgreSQL server does not answer: {str(error.orig).strip()}",
            url.render_as_string(hide_password=True),
            "check POSTGRES_PASSWORD in .env and that the service `postgres` is healthy",
        ) from None
    finally:
        engine.dispose()
    return known is None


if __name__ == "__main__":
    try:
        print("created" if prepare(settings.load()) else "was there already")
    except RapportError as error:
        sys.exit(f"rapport: {error}")
