"""One run of a report: what it needs, what it did, and that no other one is at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rapport import clock, locks, log
from rapport.errors import RapportError
from rapport.report.mailing import delivery, ledger, mail
from rapport.report.mailing.delivery import Outcome
from rapport.report.queries import Reader as Marts
from rapport.settings import Settings
from rapport.state.store import State

# Another run of the same report ends within this, unless it sends to hundreds of readers.
WAIT_SECONDS = 60


@dataclass
class SentReport(Outcome):
    """What a run of the report did for one period.

    Attributes:
        nothing_to_tell: readers to whom an empty report was not sent.
        archive: folder of the issue.
        held: why the report could not go out, None when it could.
        told: who got a notice of it, or of mails that did not arrive.
        broken: what stopped editions from being rendered.
    """

    report: str
    period: str
    publication_id: int | None = None
    subject: str = ""
    archive: Path | None = None
    nothing_to_tell: list[str] = field(default_factory=list)
    held: str | None = None
    told: list[str] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)

    def raise_for(self, with_final: bool) -> None:
        """Raise when not everyone has the report.

        Args:
            with_final: also for what no other run mends: refusals, and mails in doubt.
        """
        outcome = Outcome(failed=self.failed, is_shut=self.is_shut)
        if with_final:
            outcome.refused, outcome.in_doubt = self.refused, self.in_doubt
        delivery.raise_for(outcome, self.report, self.period)
        if self.broken:
            raise self.broken[0]


@dataclass(frozen=True)
class Run:
    """One run of a report, which holds the report's lock."""

    settings: Settings
    state: State
    marts: Marts | None
    name: str
    owner: str

    @property
    def sender(self) -> mail.Sender:
        """Who writes the mails."""
        company, smtp = self.settings.company, self.settings.smtp
        owner = (company.alerts.recipients or [smtp.sender])[0]
        url = self.settings.unsubscribe_url
        return mail.Sender(company.slug, smtp.sender, company.name, owner, url)

    def address(self, body: mail.Body, addresses: Sequence[str]) -> list[mail.Envelope]:
        """Envelopes of a body for those whose address is one; the ledger notes the other readers
        of a report."""
        made = []
        for address in addresses:
            try:
                made.append(mail.envelope(body, self.sender, address, clock.now()))
            except RapportError as error:
                log.get(report=self.name).warning("no mail made", why=error.what)
                if body.kind == "report":
                    self.note([address], body.period, "invalid", f"{error.code}: {error.what}")
        return made

    def note(self, addresses: Sequence[str], period: str, status: str, why: str | None) -> None:
        """Note readers to whom no mail was tried."""
        slug = self.settings.company.slug
        blank = [mail.unsent(slug, self.name, period, address) for address in addresses]
        ledger.note(self.state, blank, status, why)

    def deliver(
        self, envelopes: Sequence[mail.Envelope], open_to: Collection[str] = ledger.OPEN
    ) -> Outcome:
        """Send what the ledger allows."""
        return delivery.deliver(self.settings.smtp, self.state, envelopes, self.owner, open_to)

    def tell_owner(self, body: mail.Body) -> Outcome:
        """Send a notice to all of `alerts.recipients` who have not had it."""
        return self.deliver(self.address(body, self.settings.company.alerts.recipients))


@contextmanager
def alone(settings: Settings, state: State, marts: Marts | None, name: str) -> Iterator[Run]:
    """Be the only run that sends this report; what an earlier one left behind is settled.

    Raises:
        RapportError: `mail-running` when another one is still at it.
    """
    with ExitStack() as stack:
        try:
            lock = locks.held(state, f"mail {name}", wait_seconds=WAIT_SECONDS)
            owner = stack.enter_context(lock)
        except RapportError as error:
            raise RapportError(
                "mail-running",
                f"Another run is sending the report {name}: {error.what}",
                error.where,
                "wait for it to end; what it sends is not sent twice",
            ) from None
        ledger.settle(state, name)
        yield Run(settings, state, marts, name, owner)
