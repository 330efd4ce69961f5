"""Failure mails: what happened, where, what to do, and the page of the runbook.

Airflow calls `on_failure` with its context when a task has used up its tries. One cause in one run
makes one mail, however many tasks it took down.
"""

from __future__ import annotations

import hashlib
import html
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import Any

from rapport import clock, errors, log
from rapport import settings as settings_module
from rapport.alerts import ledger
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.settings import Settings
from rapport.settings.scrubber import Scrubber

# Trying again cannot mend these; Airflow fails the task at the first try.
NEEDS_A_PERSON = frozenset(
    {
        "backup-unreadable",
        "company-invalid",
        "entity-held",
        "entity-unknown",
        "mail-shut-out",
        "marts-gate-failed",
        "models-failed",
        "secret-missing",
        "source-held",
        "source-unknown",
        "state-newer",
    }
)
# What follows from the failure of an earlier step, which has told of the cause.
FOLLOWS = frozenset({"source-held"})
# The Data Docs show what these are about.
FOUND_BY_GATES = frozenset({"entity-held", "source-held"})
# Airflow takes a task for dead that has not been heard of for 300 seconds, and a failed one is not.
_PATIENCE_SECONDS = 200


@dataclass(frozen=True)
class Failure:
    """One failure as the mail tells it.

    Attributes:
        code: error code, which is the name of the runbook page.
        what: one sentence on what happened.
        where: ordered label and value pairs (step, run, interval, place, log).
        todo: the next step, as an instruction.
        once_key: mails with the same key are sent once; empty sends always.
        run_key: the run's own, under which it is noted that a mail tells of it.
    """

    code: str
    what: str
    todo: str
    where: dict[str, str] = field(default_factory=dict)
    once_key: str = ""
    run_key: str = ""

    @property
    def runbook(self) -> str:
        """Path of the page inside the repository."""
        return f"docs/runbook/{self.code}.md"

    @property
    def message_id(self) -> str:
        """The mail's row in the ledger."""
        return "alert-" + hashlib.sha256(self.once_key.encode()).hexdigest()[:32]


def on_failure(context: Mapping[str, Any]) -> None:
    """Airflow's `on_failure_callback` of a task: mail the failure, and never raise."""
    _mail(context, from_context)


def on_run_failure(context: Mapping[str, Any]) -> None:
    """The same of a DAG: mail a failed run of which no task has told.

    A task whose process is killed calls nothing back.
    """
    _mail(context, untold)


def _mail(context: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Failure]) -> None:
    logger = log.get(run=str(context.get("run_id", "")))
    try:
        settings = settings_module.load()
        failure = read(context)
        sent = send(settings, failure)
        logger.info("alert", code=failure.code, sent=sent)
    except Exception as error:
        logger.error("alert-not-sent", error=f"{type(error).__name__}: {error}")


def from_context(context: Mapping[str, Any]) -> Failure:
    """Read a failure out of Airflow's task context (duck-typed, Airflow is not imported)."""
    task_instance = context.get("ti") or context.get("task_instance")
    dag_run = context.get("dag_run")
    dag_id = str(getattr(task_instance, "dag_id", "") or "unknown DAG")
    task_id = str(getattr(task_instance, "task_id", "") or "unknown task")
    run_id = str(context.get("run_id") or getattr(task_instance, "run_id", "") or "")
    error = context.get("exception")
    code, what, place, todo = explain(error)
    where = {"Step": f"{dag_id}, {task_id}"}
    if place:
        where["Place"] = place
    if run_id:
        where["Run"] = run_id
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start and end and start != end:
        where["Interval"] = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    url = getattr(task_instance, "log_url", "")
    if url:
        where["Log"] = str(url)
    started = getattr(dag_run, "start_date", "")
    run_key = f"{dag_id}|{run_id}|{started}"
    once_key = run_key if code in FOLLOWS else f"{run_key}|{code}"
    return Failure(code, what, todo, where, once_key=once_key, run_key=run_key)


def untold(context: Mapping[str, Any]) -> Failure:
    """A failed run, out of the context of its DAG; `send` mails it when nothing else was."""
    found = from_context({**context, "exception": None})
    dag = context.get("dag") or getattr(context.get("ti"), "dag", None)
    run_id = found.where.get("Run", "")
    where = {**found.where, "Step": str(getattr(dag, "dag_id", "") or found.where["Step"])}
    where.pop("Log", None)  # of whichever task came last
    return Failure(
        "task-lost",
        "The run failed, and no task has told why: its process was killed, or its mail not taken",
        "look in Airflow which task failed, and at memory and disk of the machine; then clear it",
        where,
        once_key=found.run_key or f"{where['Step']}|{run_id}",
    )


def explain(error: BaseException | str | None) -> tuple[str, str, str, str]:
    """Code, what, place and what to do of any exception."""
    if limit := _time_limit(error):
        return (
            "task-timeout",
            f"The task was stopped at its time limit: {limit}",
            "",
            "see in the log where it stood still; when it is only slow, clear the task",
        )
    if not isinstance(error, RapportError) and (of_path := errors.of_path(error)):
        error = of_path
    if isinstance(error, RapportError):
        return error.code, error.what, error.where, error.todo or "follow the page of the runbook"
    if error is None:
        return (
            "task-lost",
            "The task's process ended without a word",
            "",
            "look for memory or disk shortage on the machine, then clear the task to run it again",
        )
    kind = type(error).__name__
    return (
        "unexpected-error",
        f"{kind}: {error}" if str(error) else kind,
        "",
        "read the task's log; clear the task once the cause is gone, running it again is harmless",
    )


def _time_limit(error: object) -> BaseException | None:
    """Airflow's time limit; what it met in the middle of a query DuckDB calls interrupted."""
    while isinstance(error, BaseException):
        if type(error).__name__ == "AirflowTaskTimeout":
            return error
        error = error.__cause__ or error.__context__
    return None


def send(settings: Settings, failure: Failure) -> bool:
    """Mail one failure to `alerts.recipients`.

    Whoever cannot be sent to stops nobody else. A server that says "not now", or nothing, is asked
    again after a while: nothing else tells of the failure later.

    Returns:
        False when nobody is to be told, or the same cause of the same run was told already.

    Raises:
        Refused: nobody could be told; the next failure of the run tries again.
    """
    recipients = settings.company.alerts.recipients
    if not recipients or not ledger.first_time(settings, failure):
        return False
    try:
        content = compose(settings, failure).as_bytes(policy=SMTP)
        _hand_over(settings.smtp, recipients, content)
    except BaseException:
        ledger.forget(settings, failure)
        raise
    ledger.told(settings, failure)
    if failure.run_key:
        run = replace(failure, once_key=failure.run_key)
        if ledger.first_time(settings, run):
            ledger.told(settings, run)
    return True


def _hand_over(server: Smtp, recipients: Sequence[str], content: bytes) -> None:
    from rapport.report.mailing import smtp  # DAG files import this module when they are parsed

    waiting, has_one_got_it = list(recipients), False
    last: Exception | None = None
    until = time.monotonic() + _PATIENCE_SECONDS
    with smtp.Session(server) as session:
        for number in range(server.retries + 1):
            if number:
                left = until - time.monotonic()
                if left <= 0:
                    break
                time.sleep(min(server.retry_seconds * 2 ** (number - 1), left))
            asked, waiting = waiting, []
            for place, recipient in enumerate(asked):
                try:
                    session.send(recipient, content)
                    has_one_got_it = True
                except (smtp.Refused, smtp.Uncertain) as error:
                    last = error
                    log.get().warning("alert-not-taken", recipient=recipient, error=str(error))
                    is_final = getattr(error, "is_final", False)
                    if isinstance(error, smtp.Unreachable):  # the others would fare no better
                        waiting += [] if is_final else asked[place:]
                        break
                    if not is_final:  # in doubt, too: a mail too many is better than none
                        waiting.append(recipient)
            if not waiting:
                break
    if last and not has_one_got_it:
        raise last


def compose(settings: Settings, failure: Failure) -> EmailMessage:
    """The mail: plain text first, the same as simple HTML beside it, no secret in either."""
    clean = Scrubber(settings)
    what, todo = (_sentence(clean(text)) for text in (failure.what, failure.todo))
    rows = {label: clean(value) for label, value in failure.where.items()}
    place = failure.where.get("Step", "").split(",")[0]
    message = EmailMessage()
    message["Subject"] = " ".join(f"[Rapport] {settings.company.name}: {place} failed".split())
    message["From"] = settings.smtp.sender
    message["To"] = ", ".join(settings.company.alerts.recipients)
    message["Date"] = formatdate(clock.now().timestamp())
    message["Message-ID"] = make_msgid(domain="rapport.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message["X-Rapport-Code"] = failure.code
    lines = ["What happened", f"  {what}", "", "Where"]
    lines += [f"  {label}: {value}" for label, value in rows.items()]
    lines += ["", "What to do", f"  {todo}", f"  Runbook: {failure.runbook}"]
    docs = settings.gate_docs if failure.code in FOUND_BY_GATES else None
    lines += [f"  What the gates found: {docs}", ""] if docs else [""]
    message.set_content("\n".join(lines))
    cells = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;color:#555">{html.escape(label)}</td>'
        f"<td>{html.escape(value)}</td></tr>"
        for label, value in rows.items()
    )
    message.add_alternative(
        '<html><body style="font-family:Arial,sans-serif;font-size:14px;color:#222">'
        f"<h3>What happened</h3><p>{html.escape(what)}</p>"
        f'<h3>Where</h3><table style="font-size:14px">{cells}</table>'
        f"<h3>What to do</h3><p>{html.escape(todo)}</p>"
        f"<p>Runbook: <code>{html.escape(failure.runbook)}</code></p>"
        + (f"<p>What the gates found: <code>{html.escape(str(docs))}</code></p>" if docs else "")
        + "</body></html>\n",
        subtype="html",
    )
    return message


def _sentence(text: str) -> str:
    """A capital at the start and a full stop at the end."""
    text = text.strip()
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""
