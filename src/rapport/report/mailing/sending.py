"""Send a report: each edition is rendered once, sending comes last, and repeating is harmless.

`send` does it now because a person says so, `scheduled.run` by the readers' calendars.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rapport import clock
from rapport.errors import RapportError
from rapport.report import archive, issue
from rapport.report.edition import Edition
from rapport.report.mailing import delivery, ledger, mail, notices, readers
from rapport.report.mailing.delivery import Outcome
from rapport.report.mailing.holds import Hold
from rapport.report.mailing.readers import Reader
from rapport.report.mailing.runs import Run, SentReport, alone
from rapport.report.queries import Reader as Marts
from rapport.report.render import Rendered
from rapport.settings import Settings
from rapport.settings.scrubber import Scrubber
from rapport.state.store import State

# What `send` without a name sends again; a refusal needs a new address or to be asked for.
_UNASKED = ledger.OPEN | {"nothing-to-tell"}


def send(
    settings: Settings, state: State, marts: Marts, period: str | None = None,
    name: str = issue.DEFAULT, only: str | None = None,
) -> SentReport:  # fmt: skip
    """Send the report now, whatever the calendar says, to all who have not got it.

    Everyone gets the same issue: when some have it already, the rest get the archived copy of the
    same publication, even if the marts have moved on since.

    Args:
        period: default the last complete one of the marts.
        only: the one reader to send to; an address that was refused before is tried again.

    Raises:
        RapportError: `mail-refused`, `mail-in-doubt` (a person decides), `report-recipients`,
            `recipient-invalid` for an `only` that is no reader, and what rendering raises.
    """
    people, unusable = readers.of(settings, name, clock.now())
    if only is not None:
        people, unusable = _only(only, people, unusable, name)
    with alone(settings, state, marts, name) as run:
        done = SentReport(name, period or "")
        send_to(run, done, people, ledger.OPEN_TO_A_PERSON if only else _UNASKED)
        refuse(run, done, unusable)
        tell_of_trouble(run, done)
    done.raise_for(with_final=True)
    return done


def resend(
    settings: Settings, state: State, period: str, recipient: str, name: str = issue.DEFAULT
) -> SentReport:
    """Send an issue once more to one person, as it stands in the archive, with its Message-ID.

    Mail programs that know the Message-ID show it once even if the first one arrived after all.

    Raises:
        RapportError: `mail-unknown` when this issue never went to this recipient,
            `archive-missing`.
    """
    identity = mail.message_id(settings.company.slug, name, period, recipient)
    rows = ledger.rows(state, name, period, "report")
    row = next((row for row in rows if row["message_id"] == identity), None)
    if row is None or row["publication_id"] is None:
        raise RapportError(
            "mail-unknown",
            f"The report {name} {period} was never sent to {recipient}",
            "mail_ledger",
            f"send it with: rapport report send {name}; `rapport report history {name}` shows "
            "what was sent",
        )
    number, key = row["publication_id"], row["edition"] or ""
    rendered = archive.load(settings.archive_dir, name, period, number, key)
    with alone(settings, state, None, name) as run:
        done = SentReport(name, period, number, rendered.subject)
        body = _body(run, rendered, key)
        done.add(run.deliver(run.address(body, [recipient]), frozenset(ledger.ALL)))
    done.raise_for(with_final=True)
    return done


def send_to(
    run: Run, done: SentReport, people: Sequence[Reader], open_to: Collection[str],
    hold: Hold | None = None,
) -> None:  # fmt: skip
    """Send one period's report to these readers; a broken edition stops no other.

    Args:
        open_to: statuses of the ledger that may be sent again.
        hold: why it is late for those whose hour had passed when it ended.
    """
    envelopes: list[mail.Envelope] = []
    for form, members in readers.by_edition(people).items():
        addresses = _open(run, done, [member.address for member in members], open_to)
        if not addresses:
            continue
        try:
            rendered = edition_of(run, done.period, form)
            done.archive = issue.keep(run.settings, run.state, rendered)
        except Exception as error:  # raised when the other editions are out
            done.broken.append(error)
            # A period that there is not, by a slip of whoever asked, is nobody's mail that failed.
            if done.period and getattr(error, "code", "") != "period-unknown":
                told = Scrubber(run.settings)(" ".join(str(error).split()))
                run.note(addresses, done.period, "failed", told[:300])
            continue
        if not done.period:  # only now it is known who has it
            done.period = rendered.view["period"]["key"]
            addresses = _open(run, done, addresses, open_to)
        done.publication_id = rendered.view["publication_id"]
        done.subject = rendered.subject
        if rendered.is_empty and run.settings.company.reports[run.name].only_if_results:
            run.note(addresses, done.period, "nothing-to-tell", None)
            done.nothing_to_tell += addresses
            continue
        ended = hold.released_at if hold else None
        late = {one.address for one in members if ended and one.due.late_from <= ended}
        envelopes += run.address(
            _body(run, rendered, form.key), [who for who in addresses if who not in late]
        )
        if hold and late:
            marked = notices.with_delay(run.settings, rendered, form, hold.reason)
            envelopes += run.address(
                _body(run, marked, form.key), [who for who in addresses if who in late]
            )
    if done.archive:
        issue.renew(run.settings, run.name)
    done.add(run.deliver(envelopes, open_to))


def edition_of(run: Run, period: str, form: Edition) -> Rendered:
    """One edition of the issue that the readers of a period get.

    Args:
        period: its key, "" for the last complete one of the marts.

    Raises:
        RapportError: `archive-missing` when it was mailed before and its copy is gone, and what
            rendering raises.
    """
    assert run.marts is not None
    found = None if period else issue.render(run.settings, run.marts, run.name, None, form)
    key = period or (found.view["period"]["key"] if found else "")
    number = ledger.issued(run.state, run.name, key)
    if number is not None:
        try:
            return archive.load(run.settings.archive_dir, run.name, key, number, form.key)
        except RapportError:
            if ledger.issued(run.state, run.name, key, form.key):
                raise
    return found or issue.render(run.settings, run.marts, run.name, key, form)


def refuse(run: Run, done: SentReport, unusable: dict[str, str]) -> None:
    """Note recipients who may not read the report, or to whom no mail can be made."""
    for address, why in unusable.items():
        run.note([address], done.period, "invalid", why)
    rows = ledger.rows(run.state, run.name, done.period, "report")
    done.refused |= {
        row["recipient"]: row["answer"] or "" for row in rows if row["status"] == "invalid"
    }


def tell_of_trouble(run: Run, done: SentReport) -> None:
    """Tell the owner, once, of mails that did not arrive or may not have."""
    rows = ledger.untold(run.state, run.name)
    if not rows or not run.settings.company.alerts.recipients:
        return
    outcome = run.tell_owner(notices.trouble(run.settings, run.name, rows))
    done.told += outcome.sent
    if outcome.sent or outcome.skipped or outcome.in_doubt:
        ledger.told(run.state, [row["message_id"] for row in rows], clock.now())


def _open(run: Run, done: SentReport, addresses: list[str], open_to: Collection[str]) -> list[str]:
    """Those who may be sent to; what stands against the others goes into `done`."""
    if not done.period:
        return addresses
    slug = run.settings.company.slug
    known = {
        row["message_id"]: row["status"]
        for row in ledger.rows(run.state, run.name, done.period, "report")
    }
    may, outcome = [], Outcome()
    for address in addresses:
        status = known.get(mail.message_id(slug, run.name, done.period, address))
        if status is None or status in open_to:
            may.append(address)
        else:
            delivery.leave(outcome, address, status)
    done.add(outcome)
    return may


def _only(
    address: str, people: list[Reader], unusable: dict[str, str], name: str
) -> tuple[list[Reader], dict[str, str]]:
    found = [one for one in people if one.address.lower() == address.strip().lower()]
    bad = {who: why for who, why in unusable.items() if who.lower() == address.strip().lower()}
    if not found and not bad:
        raise RapportError(
            "recipient-invalid",
            f"{address!r} is no recipient of the report {name}",
            "company.yml",
            f"add the address under reports.{name}.recipients",
        )
    return found, bad


def _body(run: Run, rendered: Rendered, edition_key: str) -> mail.Body:
    return mail.body(
        run.settings.company.slug,
        rendered.report,
        rendered.view["period"]["key"],
        rendered.subject,
        rendered.text,
        rendered.html,
        rendered.pictures,
        rendered.attachments,
        publication_id=int(rendered.view["publication_id"]),
        edition=edition_key,
    )
