"""The one clock. It serves deliveries, deadlines and run records; no figure ever depends on it.

`RAPPORT_CLOCK` (an ISO instant) freezes it, for tests and for reproducing a mail byte for byte.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from rapport.errors import RapportError

ISO = "%Y-%m-%dT%H:%M:%SZ"


def now() -> datetime:
    """The present instant, UTC, aware; RapportError `settings-invalid` for no such instant."""
    frozen = os.environ.get("RAPPORT_CLOCK")
    try:
        return parse(frozen) if frozen else datetime.now(UTC)
    except ValueError:
        raise RapportError(
            "settings-invalid",
            f"{frozen!r} is no date or instant",
            "RAPPORT_CLOCK",
            "write 2026-01-31T08:00:00Z, or unset it",
        ) from None


def iso(moment: datetime) -> str:
    """An instant as `YYYY-MM-DDTHH:MM:SSZ`, the form kept in manifests and in the state store.

    Naive datetimes are taken as UTC.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime(ISO)


def naive(moment: datetime) -> datetime:
    """An instant in UTC without its zone, as warehouses keep it; one without a zone as it is."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def parse(text: str) -> datetime:
    """An ISO date or instant as an aware UTC datetime; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
