"""Notices that tell of a report instead of being one, in the reader's language.

To the owner: a report is held; mails did not arrive. To a reader: it is late, and, on the report
itself, why it was.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import jinja2

from rapport import clock
from rapport.errors import RapportError
from rapport.report import declaration, edition, periods, words
from rapport.report.edition import Edition
from rapport.report.formats import Formats, clean, locale
from rapport.report.mailing import mail
from rapport.report.mailing.holds import Reason
from rapport.report.render import Rendered
from rapport.report.speaker import period_name
from rapport.report.words import N_
from rapport.settings import Settings

FOLDER = "shared/notices"  # of reports/; the words stand in the catalogues of all reports
HELD_PAGE = "report-held"
PAGES = {"uncertain": "mail-in-doubt", "refused": "mail-refused", "invalid": "recipient-invalid"}
REASONS = {
    "gate": N_(
        "the checks of the data held back what {sources} delivered; the figures stop at {as_of}"
    ),
    "late": N_("the data of {sources} have not arrived; the figures stop at {as_of}"),
    "build": N_("the last update of the figures failed; they stop at {as_of}"),
    "behind": N_("the figures have not been updated; they stop at {as_of}"),
}
# The same, once it is over.
REASONS_WERE = {
    "gate": N_("the checks of the data had held back what {sources} delivered"),
    "late": N_("the data of {sources} had not arrived in time"),
    "build": N_("an update of the figures had failed"),
    "behind": N_("the figures had not been updated in time"),
}
TROUBLES = {
    "uncertain": N_(
        "{period}, {recipient}: nobody knows whether it arrived ({answer}). It is not sent again "
        "by itself. If it did not arrive: rapport report resend {report} {period} {recipient}"
    ),
    "refused": N_(
        "{period}, {recipient}: refused for good ({answer}). It is sent again when the address in "
        "company.yml changes, or by: rapport report send {report} --period {period} "
        "--recipient {recipient}"
    ),
    "invalid": N_(
        "{period}, {recipient}: not sent ({answer}). Correct it in company.yml; the next run "
        "sends it."
    ),
}


class Voice:
    """The words of the notices for one edition: its language, its time zone."""

    def __init__(self, settings: Settings, form: Edition) -> None:
        self.company = clean(settings.company.name, 60)
        self.formats = Formats(form.locale, settings.company.reporting_currency, form.timezone)
        self.settings = settings
        self.reports = settings.project_dir / "reports"
        self.folder = self.reports / FOLDER
        self.t = words.load(self.reports, self.folder, locale(form.locale))

    def title(self, report: str) -> str:
        """A report's title in its own words; its folder's name where it is broken."""
        try:
            declared = declaration.of(self.settings, report)
        except RapportError:
            return report
        own = words.load(self.reports, declared.folder, self.formats.locale)
        return own(declared.title)

    def period(self, key: str) -> str:
        """The name of the period that a key names."""
        period = periods.of_key(key)
        return period_name(period.kind, period.start, self.t, self.formats)

    def reason(self, why: Reason, is_over: bool = False) -> str:
        """Why a report is, or was, held, as half a sentence."""
        return self.t(
            (REASONS_WERE if is_over else REASONS)[why.code],
            sources=self.formats.list([clean(name, 40) for name in why.sources]),
            as_of=self.formats.moment(clock.parse(why.as_of)),
        )

    def html(self, template: str, **values: Any) -> str:
        """One of the notices' templates, printed."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return environment.get_template(template).render(lang=self.t.tag, **values)


def with_delay(settings: Settings, rendered: Rendered, form: Edition, why: Reason) -> Rendered:
    """The same report with a mark in its subject and, first thing in it, why it comes late."""
    say = Voice(settings, form)
    title = say.t("Delayed")
    because = say.t("This report comes late because {reason}.", reason=say.reason(why, True))
    banner = say.html("delayed.html.j2", title=title, because=because).strip()
    html = re.sub(r"<body\b[^>]*>", lambda tag: tag.group() + banner, rendered.html, count=1)
    return replace(
        rendered,
        subject=say.t("[delayed] {subject}", subject=rendered.subject),
        html=html,
        text=f"{title}\n{because}\n\n{rendered.text}",
    )


def held(settings: Settings, report: str, period: str, why: Reason) -> mail.Body:
    """To the owner: a report was due and is held."""
    say = Voice(settings, edition.plain(settings.company))
    this = {"report": report, "period": period}
    subject = say.t(
        "[Rapport] {company}: report {report} {period} is held", company=say.company, **this
    )
    lines = [
        say.t("It was due and did not go out because {reason}.", reason=say.reason(why)),
        say.t(
            "It goes out by itself as soon as the figures are complete, and says why it is late. "
            "Readers are told of the delay {hours} hours after their time.",
            hours=f"{settings.company.reports[report].deadline_hours:g}",
        ),
        say.t(
            "To send it now, as the figures are: rapport report send {report} --period {period}",
            **this,
        ),
        _page(say, HELD_PAGE),
    ]
    title = say.t("The report {report} for {period} is held", **this)
    return _body(settings, say, "held", this, subject, title, lines)


def late(
    settings: Settings,
    form: Edition,
    report: str,
    period: str,
    why: Reason,
    due: datetime,
    last: str | None,
) -> mail.Body:
    """To a reader: the report is late, and which one is the last that stands.

    Args:
        due: the reader's hour, aware.
        last: key of the last period that was sent, None before the first.
    """
    say = Voice(settings, form)
    this = {"report": report, "period": period}
    names = {"title": say.title(report), "period": say.period(period)}
    subject = say.t("{company}: {title}, {period}, is delayed", company=say.company, **names)
    lines = [
        say.t(
            "It was due on {due} and is late because {reason}.",
            due=say.formats.moment(due),
            reason=say.reason(why),
        ),
        say.t("You will get it as soon as the figures are complete. You need do nothing."),
        say.t("The last one that stands is that of {last}.", last=say.period(last))
        if last
        else say.t("There is no earlier one."),
    ]
    title = say.t("{title}, {period}, is delayed", **names)
    return _body(settings, say, "delayed", this, subject, title, lines)


def trouble(settings: Settings, report: str, rows: Sequence[Mapping[str, Any]]) -> mail.Body:
    """To the owner: which mails did not arrive, or may not have.

    Args:
        rows: of the ledger; the same rows make the same notice.
    """
    say = Voice(settings, edition.plain(settings.company))
    lines = [
        say.t(
            TROUBLES[row["status"]],
            report=report,
            period=row["period"],
            recipient=clean(row["recipient"], 80),
            answer=clean(row["answer"] or "", 200),
        )
        for row in rows
    ]
    found = {row["status"] for row in rows}
    lines += [_page(say, page) for status, page in PAGES.items() if status in found]
    about = "\n".join(sorted(f"{row['message_id']} {row['status']}" for row in rows))
    subject = say.t(
        "[Rapport] {company}: report {report} did not reach everyone",
        company=say.company,
        report=report,
    )
    title = say.t("The report {report} did not reach everyone", report=report)
    this = {"report": report, "period": max(row["period"] for row in rows)}
    digest = hashlib.sha256(about.encode()).hexdigest()
    return _body(settings, say, "trouble", this, subject, title, lines, digest)


def _page(say: Voice, page: str) -> str:
    return say.t("What to do: docs/runbook/{page}.md", page=page)


def _body(
    settings: Settings, say: Voice, kind: str, this: Mapping[str, str], subject: str, title: str,
    lines: Sequence[str], about: str = "",
) -> mail.Body:  # fmt: skip
    return mail.body(
        settings.company.slug,
        this["report"],
        this["period"],
        subject,
        "\n\n".join([title, *lines]) + "\n",
        say.html("notice.html.j2", title=title, lines=lines),
        kind=kind,
        about=about,
    )
