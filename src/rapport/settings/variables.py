"""Values of environment variables, with a sentence for each that cannot be used.

`settings` hands the environment over. Each raises RapportError `settings-invalid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from urllib.parse import urlsplit

from rapport.errors import RapportError

_MOST = 100_000  # days, seconds or copies: centuries; what is more is a slip, and no date any more
_LANDINGS = ("s3", "gs", "az", "memory")


def number(env: Mapping[str, str], name: str, usual: int, least: int = 0) -> int:
    """A whole number; `usual` where there is none."""
    with suppress(ValueError):
        found = int(env.get(name) or usual)
        if least <= found <= _MOST:
            return found
    raise RapportError(
        "settings-invalid",
        f"The value is no whole number from {least} to {_MOST}",
        name,
        f"write one such as {usual}",
    )


def day(env: Mapping[str, str], name: str) -> date | None:
    """A day, or None where there is none."""
    try:
        return date.fromisoformat(env[name]) if env.get(name) else None
    except ValueError:
        raise RapportError(
            "settings-invalid", "The value is no day", name, "write one such as 2026-01-31"
        ) from None


def page(env: Mapping[str, str], name: str, *schemes: str) -> str | None:
    """The address of a page, or None where there is none."""
    value = env.get(name)
    with suppress(ValueError):
        if not value or (urlsplit(value).scheme in schemes and urlsplit(value).hostname):
            return value or None
    raise RapportError(
        "settings-invalid",
        "The value is no address of a page",
        name,
        f"write one such as {schemes[0]}://reports.acme.example/page",
    )


def landing(env: Mapping[str, str], name: str) -> str | None:
    """A URL of a folder or of object storage."""
    value = env.get(name)
    with suppress(ValueError):
        if not value or value.startswith(("/", "file:///")):
            return value
        url = urlsplit(value)
        if url.scheme in _LANDINGS and (url.netloc or url.scheme == "memory"):
            return value
    raise RapportError(
        "settings-invalid",
        "The value is no URL of a folder or bucket that Rapport can use",
        name,
        "write file:///path/to/folder, s3://bucket/folder, gs://... or az://...",
    )


def database(env: Mapping[str, str], name: str, file: str) -> str | None:
    """A URL of PostgreSQL or of a file; of another no word is told, it may hold a password."""
    value = env.get(name)
    with suppress(ValueError):
        if not value or value.startswith(f"{file}:///"):
            return value
        url = urlsplit(value)
        if url.scheme.startswith("postgresql") and url.port != 0 and url.netloc.count("@") < 2:
            return value
    raise RapportError(
        "settings-invalid",
        "The value is no URL of a database that Rapport can use here",
        name,
        f"write {file}:////path/to/file or postgresql://user:password@host:port/database, with "
        "%2F, %40, %3A for /, @ and : in a password",
    )
