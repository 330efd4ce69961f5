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
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from rapport import clock
from rapport.report import edition, mail
from rapport.report.edition import Edition
from rapport.report.formats import Formats, clean
from rapport.report.holds import Reason
from rapport.report.render import Rendered
from rapport.settings import Settings

FOLDER = "reports/shared/notices"
HELD_PAGE = "report-held"
PAGES = {"uncertain": "mail-in-doubt", "refused": "mail-refused", "invalid": "recipient-invalid"}


class Voice:
    """The words of the notices for one edition: its language, its time zone."""

    def __init__(self, settings: Settings, form: Edition) -> None:
        company = settings.company
        self.formats = Formats(form.locale, company.reporting_currency, form.timezone)
        self.folder = settings.project_dir / FOLDER
        own = self.folder / f"{self.formats.locale.language}.yml"
        self.language = own.stem if own.exists() else "en"
        self.words = _words(self.folder / f"{self.language}.yml")

    def __call__(self, group: str, name: str, **values: Any) -> str:
        """The words called `name`, with their values."""
        return str(self.words[group][name]).format(**values)

    def lines(self, group: str, **values: Any) -> list[str]:
        """All lines of a notice."""
        return [str(line).format(**values) for line in self.words[group]["lines"]]

    def reason(self, why: Reason) -> str:
        """Why a report is held, as half a sentence."""
        return self(
            "reason",
            why.code,
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
        return environment.get_template(template).render(
            lang=self.formats.locale.language, **values
        )


def with_delay(settings: Settings, rendered: Rendered, form: Edition, why: Reason) -> Rendered:
    """The same report with a mark in its subject and, first thing in it, why it comes late."""
    say = Voice(settings, form)
    title, because = say("delayed", "title"), say("delayed", "because", reason=say.reason(why))
    banner = say.html("delayed.html.j2", title=title, because=because).strip()
    html = re.sub(r"<body\b[^>]*>", lambda tag: tag.group() + banner, rendered.html, count=1)
    return replace(
        rendered,
        subject=say("delayed", "mark", subject=rendered.subject),
        html=html,
        text=f"{title}\n{because}\n\n{rendered.text}",
    )


def held(settings: Settings, report: str, period: str, why: Reason) -> mail.Body:
    """To the owner: a report was due and is held."""
    say = Voice(settings, edition.plain(settings.company))
    values = {
        "report": report,
        "period": period,
        "reason": say.reason(why),
        "hours": f"{settings.company.reports[report].deadline_hours:g}",
        "page": HELD_PAGE,
    }
    return _body(settings, say, "held", report, period, say.lines("held", **values))


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
        last: period of that report, None before the first.
    """
    say = Voice(settings, form)
    values = {"reason": say.reason(why), "due": say.formats.moment(due)}
    lines = say.lines("late", **values)
    lines.append(say("late", "last", last=last) if last else say("late", "none"))
    return _body(settings, say, "late", report, period, lines)


def trouble(settings: Settings, report: str, rows: Sequence[Mapping[str, Any]]) -> mail.Body:
    """To the owner: which mails did not arrive, or may not have.

    Args:
        rows: of the ledger; the same rows make the same notice.
    """
    say = Voice(settings, edition.plain(settings.company))
    lines = [
        say(
            "trouble",
            row["status"],
            report=report,
            period=row["period"],
            recipient=clean(row["recipient"], 80),
            answer=clean(row["answer"] or "", 200),
        )
        for row in rows
    ]
    for status, page in PAGES.items():
        if any(row["status"] == status for row in rows):
            lines.append(say("trouble", "page", page=page))
    period = max(row["period"] for row in rows)
    about = "\n".join(sorted(f"{row['message_id']} {row['status']}" for row in rows))
    digest = hashlib.sha256(about.encode()).hexdigest()
    return _body(settings, say, "trouble", report, period, lines, digest)


def _body(
    settings: Settings, say: Voice, group: str, report: str, period: str, lines: Sequence[str],
    about: str = "",
) -> mail.Body:  # fmt: skip
    company = settings.company
    values = {"company": clean(company.name, 60), "report": report, "period": period}
    title = say(group, "title", **values)
    return mail.body(
        company.slug,
        report,
        period,
        say(group, "subject", **values),
        "\n\n".join([title, *lines]) + "\n",
        say.html("notice.html.j2", title=title, lines=lines),
        kind="delayed" if group == "late" else group,
        about=about,
    )


@lru_cache(maxsize=8)
def _words(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content
