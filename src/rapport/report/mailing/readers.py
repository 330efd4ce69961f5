"""Whom the company names as readers of a report, and in which edition each of them reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rapport.company import Recipient, ReportConfig
from rapport.errors import RapportError
from rapport.report import edition, formats
from rapport.report.edition import Edition
from rapport.report.mailing import due
from rapport.report.mailing.due import Due
from rapport.settings import Settings


@dataclass(frozen=True)
class Reader:
    """A person who may read the report.

    Attributes:
        due: what they were last due, by their own calendar.
    """

    address: str
    form: Edition
    due: Due


def of(settings: Settings, name: str, now: datetime) -> tuple[list[Reader], dict[str, str]]:
    """All readers of a report; of one named twice the first mention counts.

    Returns:
        readers, and by address why another recipient may not read it.

    Raises:
        RapportError: `report-recipients` when none is named, `company-invalid` for a schedule
            that is none.
    """
    config = settings.company.reports.get(name)
    if config is None or not config.recipients:
        raise RapportError(
            "report-recipients",
            f"{settings.company.name} names no recipients of the report {name}",
            str(settings.company_dir / "company.yml"),
            f"list their addresses under reports.{name}.recipients",
        )
    calendar = due.calendar(settings, name)
    readers: list[Reader] = []
    unusable: dict[str, str] = {}
    calendars: dict[str, Due] = {}
    seen: set[str] = set()
    for recipient in config.recipients:
        address = recipient.address.strip()
        if address.lower() in seen:
            continue
        seen.add(address.lower())
        form = edition.of(settings.company, recipient)
        try:
            _check(config, recipient, form)
            if form.timezone not in calendars:
                calendars[form.timezone] = due.due(settings, calendar, form.timezone, now)
        except RapportError as error:
            if error.code != "recipient-invalid":
                raise
            unusable[address] = f"{error.code}: {error.what}"
        else:
            readers.append(Reader(address, form, calendars[form.timezone]))
    return readers, unusable


def by_edition(readers: Iterable[Reader]) -> dict[Edition, list[Reader]]:
    """Readers who share a rendering, in the order of their first mention."""
    groups: dict[Edition, list[Reader]] = {}
    for reader in readers:
        groups.setdefault(reader.form, []).append(reader)
    return groups


def _check(config: ReportConfig, recipient: Recipient, form: Edition) -> None:
    """A report of slices never goes to whom no slice is given; a language must exist."""
    if config.sliced_by and not recipient.rows.get(config.sliced_by):
        raise RapportError(
            "recipient-invalid",
            f"the report is sliced by {config.sliced_by}, and the recipient's rows name none",
            "company.yml",
            f"give the recipient rows: {{{config.sliced_by}: [...]}}",
        )
    try:
        formats.locale(form.locale)
    except RapportError as error:
        raise RapportError("recipient-invalid", error.what, error.where, error.todo) from None
