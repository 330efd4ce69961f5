"""Make the folder of a new company: what a build needs, and no source yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zoneinfo import available_timezones

from rapport import clock, names, settings
from rapport.company.writing import flow
from rapport.errors import RapportError
from rapport.report.mailing import mail
from rapport.settings import REPO

_COMPANY = """\
# {name}. docs/company-folder.md explains every key; `rapport source add` fills `sources`.
name: {name}
slug: {slug}
business_timezone: {timezone}  # days, weeks and months are those of this zone
reporting_currency: {currency}
locale: en_GB
history_start: {history_start}  # first day of the monthly history
build_deadline: "0 6 * * *"

sources: {{}}

# Which models deliver each feed.
feeds: {{}}

reports:
  executive:
    recipients: [{recipient}]
    period: month

alerts:
  recipients: [{recipient}]
"""


def init(
    folder: Path,
    name: str,
    timezone: str = "UTC",
    currency: str = "EUR",
    history_start: str | None = None,
    recipient: str = "reports@localhost",
    environ: Mapping[str, str] | None = None,
) -> list[str]:
    """Write company.yml and dbt_project.yml of a new company.

    Args:
        history_start: ISO day; default the first of January two years ago.
        recipient: who gets reports and failure mails until others are named.

    Returns:
        the files written.

    Raises:
        RapportError: `folder-not-empty`, or `recipient-invalid` or `company-invalid` when an
            argument is no such thing.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RapportError(
            "folder-not-empty",
            "The folder holds something already",
            str(folder),
            "name a folder that is empty or not there yet",
        )
    if timezone not in available_timezones():
        raise RapportError(
            "company-invalid",
            f"There is no time zone {timezone!r}",
            "rapport init --timezone",
            "write it as Europe/Berlin or UTC",
        )
    try:
        mail.address(recipient)
    except RapportError as error:
        raise RapportError(
            "recipient-invalid",
            error.what,
            "rapport init --recipient",
            "write it as reports@acme.example",
        ) from None
    first_day = history_start or f"{clock.now().year - 2}-01-01"
    try:
        is_past = date.fromisoformat(first_day) <= clock.now().date()
    except ValueError:
        is_past = False
    if not is_past:
        raise RapportError(
            "company-invalid",
            f"{first_day!r} is no day that has come",
            "rapport init --history-start",
            "write the first day of the history as 2024-01-01",
        )
    slug = names.short(folder.resolve().name).strip("_") or "company"
    text = _COMPANY.format(
        name=flow(name),
        slug=flow(slug),
        timezone=flow(timezone),
        currency=flow(currency),
        history_start=first_day,
        recipient=flow(recipient),
    )
    package = (REPO / "companies" / "demo" / "dbt_project.yml").read_text(encoding="utf-8")
    files = {"dbt_project.yml": package, "company.yml": text}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "models").mkdir()
    try:
        for path, content in files.items():
            (folder / path).write_text(content, encoding="utf-8")
        settings.load(folder.resolve(), environ)
    except RapportError as error:
        for path in files:
            (folder / path).unlink()
        (folder / "models").rmdir()
        if error.code != "company-invalid":  # a setting's, for instance
            raise
        todo = "correct the argument; nothing was written"
        raise RapportError(error.code, error.what, "rapport init", todo) from None
    return sorted(files)
