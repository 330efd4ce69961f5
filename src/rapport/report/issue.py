"""One issue of a report: figures, narrative, charts, mail and archive; sending last, alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rapport import clock
from rapport.company import ReportConfig
from rapport.errors import RapportError
from rapport.report import archive, charts, declaration, delivery, mail, render, view, wording
from rapport.report import figures as figures_module
from rapport.report.colors import palettes
from rapport.report.figures import Figures, Reader
from rapport.report.formats import Formats
from rapport.report.narrative import Speaker
from rapport.report.render import Rendered
from rapport.settings import Settings
from rapport.state.store import State

DEFAULT = "executive"


@dataclass(frozen=True)
class SentReport:
    """What a run of the report did.

    Attributes:
        sent: recipients who got it now.
        skipped: recipients who had it already.
        archive: folder of the issue.
    """

    report: str
    period: str
    publication_id: int
    subject: str
    archive: Path
    sent: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def render_only(
    settings: Settings, reader: Reader, period: str | None = None, name: str = DEFAULT
) -> Rendered:
    """The report as it would be sent, without archive, ledger or mail.

    Args:
        reader: the published marts.
        period: `2026-10` or `2026-W45`; default the last complete one before the as-of.
        name: the report's folder under `reports/`.
    """
    declared = declaration.load(settings.project_dir, name)
    found = figures_module.read(declared, reader, _config(settings, name).period, period)
    return _render(settings, declared, found)


def keep_only(
    settings: Settings,
    state: State,
    reader: Reader,
    period: str | None = None,
    name: str = DEFAULT,
) -> Path:
    """Render into the archive without sending. A copy that was mailed is left as it was sent."""
    rendered = render_only(settings, reader, period, name)
    return _keep(settings, state, rendered)


def send(
    settings: Settings,
    state: State,
    reader: Reader,
    period: str | None = None,
    name: str = DEFAULT,
) -> SentReport:
    """Send the report to all who have not got it; safe to repeat.

    Everyone gets the same issue: when some have it already, the rest get the archived copy of the
    same publication, even if the marts have moved on since.

    Raises:
        RapportError: `mail-refused` (the next run tries again), `mail-in-doubt` (a person
            decides), `report-recipients`, and what `render_only` raises.
    """
    recipients = _recipients(settings, name)
    rendered = render_only(settings, reader, period, name)
    key = rendered.view["period"]["key"]
    issued = _issued(state, name, key)
    if issued and issued != rendered.view["publication_id"]:
        rendered = archive.load(settings.archive_dir, name, key, issued)
    place = _keep(settings, state, rendered)
    envelopes, unusable = [], {}
    for recipient in recipients:
        try:
            envelopes.append(_envelope(settings, rendered, recipient))
        except RapportError as error:
            unusable[recipient] = error.what
    outcome = delivery.deliver(settings.smtp, state, envelopes)
    outcome.failed |= unusable
    delivery.raise_for(outcome, name, key)
    return SentReport(
        report=name,
        period=key,
        publication_id=rendered.view["publication_id"],
        subject=rendered.subject,
        archive=place,
        sent=outcome.sent,
        skipped=outcome.skipped,
    )


def resend(
    settings: Settings, state: State, period: str, recipient: str, name: str = DEFAULT
) -> SentReport:
    """Send an issue once more to one person, as it stands in the archive, with its Message-ID.

    Mail programs that know the Message-ID show it once even if the first one arrived after all.

    Raises:
        RapportError: `mail-unknown` when this issue never went to this recipient.
    """
    identity = mail.message_id(settings.company.slug, name, period, recipient)
    status, publication = delivery.statuses(state, name, period).get(identity, ("", None))
    if not status or publication is None:
        raise RapportError(
            "mail-unknown",
            f"The report {name} {period} was never sent to {recipient}",
            "mail_ledger",
            f"send it with: rapport report send {name}; the archive shows which periods there are",
        )
    rendered = archive.load(settings.archive_dir, name, period, publication)
    envelope = _envelope(settings, rendered, recipient)
    outcome = delivery.deliver(settings.smtp, state, [envelope], again=True)
    delivery.raise_for(outcome, name, period)
    place = archive.folder(settings.archive_dir, name, period, publication)
    return SentReport(name, period, publication, rendered.subject, place, outcome.sent)


def _render(settings: Settings, declared: declaration.Declaration, found: Figures) -> Rendered:
    company = settings.company
    publication = found.publication
    formats = Formats(
        company.locale, publication["reporting_currency"], publication["business_timezone"]
    )
    t = wording.load(declared.folder, formats.locale)
    say = Speaker(found, declared, t, formats)
    content = view.build(say, company)
    pictures = charts.draw(say, *palettes(company.branding))
    return render.render(declared.folder, content, t, pictures)


def _keep(settings: Settings, state: State, rendered: Rendered) -> Path:
    """Archive an issue; the copy of one that has been mailed is what was mailed, so it stays."""
    name, key = rendered.report, rendered.view["period"]["key"]
    number = rendered.view["publication_id"]
    place = archive.folder(settings.archive_dir, name, key, number)
    if place.exists() and _issued(state, name, key) == number:
        return place
    return archive.keep(settings.archive_dir, settings.project_dir / "reports", rendered)


def _issued(state: State, name: str, period: str) -> int | None:
    """The publication that this period's mails were made from, None before the first went out."""
    known = delivery.statuses(state, name, period).values()
    return next((number for status, number in known if status != "failed" and number), None)


def _envelope(settings: Settings, rendered: Rendered, recipient: str) -> mail.Envelope:
    return mail.compose(
        rendered,
        slug=settings.company.slug,
        sender=settings.smtp.sender,
        recipient=recipient,
        sent_at=clock.now(),
    )


def _config(settings: Settings, name: str) -> ReportConfig:
    return settings.company.reports.get(name) or ReportConfig(recipients=[])


def _recipients(settings: Settings, name: str) -> list[str]:
    found = list(dict.fromkeys(who.address.strip() for who in _config(settings, name).recipients))
    if not found:
        raise RapportError(
            "report-recipients",
            f"{settings.company.name} names no recipients of the report {name}",
            str(settings.company_dir / "company.yml"),
            f"list their addresses under reports.{name}.recipients",
        )
    return found
