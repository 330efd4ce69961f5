"""One issue of a report: figures, narrative, charts, mail and archive; sending last, alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rapport import clock, log
from rapport.company import ReportConfig
from rapport.errors import RapportError
from rapport.report import (
    archive,
    attachments,
    charts,
    declaration,
    delivery,
    fonts,
    mail,
    periods,
    png,
    sections,
    view,
    words,
)
from rapport.report import render as render_module
from rapport.report.colors import palettes
from rapport.report.edition import Edition, plain
from rapport.report.figures import Figures
from rapport.report.formats import Formats, locale
from rapport.report.queries import Queries, Reader
from rapport.report.render import Rendered
from rapport.report.sections import Shown
from rapport.report.speaker import Speaker
from rapport.settings import Settings
from rapport.state.store import State

DEFAULT = "executive"
SHOWN = 584  # pixels that a picture is wide in the mail


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


def render(
    settings: Settings,
    reader: Reader,
    name: str = DEFAULT,
    period: str | None = None,
    edition: Edition | None = None,
    delayed_because: str = "",
) -> Rendered:
    """One edition of an issue as it would be sent, without archive, ledger or mail.

    The same publication and edition give the same bytes.

    Args:
        reader: the published marts.
        name: the report's folder under `reports/`.
        period: such as `2026-10`, `2026-W45` or `2026-10-05`; default the last complete one.
        edition: the readers' form; default the company's own.
        delayed_because: why it comes late; said at the top.
    """
    company = settings.company
    edition = edition or plain(company)
    declared = declaration.load(settings.project_dir, name)
    t = words.load(declared.folder.parent, declared.folder, locale(edition.locale))
    queries = Queries(
        declared, reader, settings.engine, edition.rows, _values(settings, declared), t.language
    )
    currency = queries.publication["reporting_currency"]
    formats = Formats(edition.locale, currency, edition.timezone)
    found = Figures(queries, kind_of(settings, declared), period)
    queries.bind(since=archive.last_issue(settings.archive_dir, name, found.period.key))
    say = Speaker(found, declared, t, formats, company, edition)
    shown = sections.build(say)
    pictures = pictures_of(say, shown)
    content = view.build(say, shown, delayed_because, settings.archive_url)
    rendered = render_module.render(declared.folder, content, t, formats, pictures, edition)
    return replace(rendered, attachments=attachments.make(say, rendered))


def pictures_of(say: Speaker, shown: list[Shown]) -> dict[str, bytes]:
    """Two pictures for each section that draws one, by the name `<section>-<scheme>`.

    Where a text needs a font that the machine lacks there is none, and the section's figures stand
    in the table or the words beside it; the log says what to install.
    """
    found = {}
    light, dark = palettes(say.company.branding)
    for part in shown:
        if part.draw is None:
            continue
        for scheme, palette in (("light", light), ("dark", dark)):
            spec = part.draw(palette)
            try:
                font = fonts.chinese() if fonts.is_chinese(str(spec)) else charts.FONT
            except RapportError as error:
                log.get(report=say.declaration.name).warning("no picture", reason=str(error))
                break
            name = part.content["id"]
            found[f"{name}-{scheme}"] = charts.picture(spec, palette, font)
            high = png.height(found[f"{name}-{scheme}"], SHOWN)
            part.content.update(picture=True, height=high)
    return found


def _values(settings: Settings, declared: declaration.Declaration) -> dict[str, Any]:
    """What queries may name beside the period: the report's parameters and the company's vars."""
    from rapport.transform.project import threshold

    return {**declared.parameters, **{name: threshold(settings, name) for name in declared.vars}}


def kind_of(settings: Settings, declared: declaration.Declaration) -> periods.Kind:
    """The period that the company gives the report, else the report's own."""
    config = settings.company.reports.get(declared.name)
    return config.period if config and "period" in config.model_fields_set else declared.period


def render_only(
    settings: Settings, reader: Reader, period: str | None = None, name: str = DEFAULT
) -> Rendered:
    """The company's own edition of a report."""
    return render(settings, reader, name, period)


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
        rendered = archive.load(settings.archive_dir, name, key, issued, rendered.edition.key)
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
    company = settings.company
    edition = plain(company).key
    rendered = archive.load(settings.archive_dir, name, period, publication, edition)
    envelope = _envelope(settings, rendered, recipient)
    outcome = delivery.deliver(settings.smtp, state, [envelope], again=True)
    delivery.raise_for(outcome, name, period)
    place = archive.folder(settings.archive_dir, name, period, publication, edition)
    return SentReport(name, period, publication, rendered.subject, place, outcome.sent)


def _keep(settings: Settings, state: State, rendered: Rendered) -> Path:
    """Archive an issue; the copy of one that has been mailed is what was mailed, so it stays."""
    name, key = rendered.report, rendered.view["period"]["key"]
    number = rendered.view["publication_id"]
    place = archive.folder(settings.archive_dir, name, key, number, rendered.edition.key)
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
