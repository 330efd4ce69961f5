"""Failure mails say what happened, where and what to do, once for each cause, and no secret."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rapport import alerts
from rapport.company import Alerts, Source
from rapport.demo.sink import Sink
from rapport.errors import RapportError
from rapport.mailserver import Smtp
from rapport.settings import Settings
from tests.conftest import bare_settings
from tests.integration.mails.post import Counting

TOKEN = "pat-eu1-0123456789abcdef"


@pytest.fixture
def company(tmp_path: Path) -> Settings:
    """A company with one source whose token is in the environment, and one person to tell."""
    plain = bare_settings(tmp_path, f"duckdb:///{tmp_path / 'warehouse.duckdb'}")
    source = Source(
        name="crm", system="hubspot", kind="crm", connection={"token": "env:CRM_TOKEN"}, entities={}
    )
    shop = Source(name="erp", system="sql", kind="erp", connection={"url": "env:URL"}, entities={})
    owner = plain.company.model_copy(
        update={
            "alerts": Alerts(recipients=["data@test.example"]),
            "sources": {"crm": source, "erp": shop},
        }
    )
    return plain.model_copy(
        update={
            "company": owner,
            "environ": {"CRM_TOKEN": TOKEN, "URL": "mariadb://erp:source-pw-1@db/erp"},
            "warehouse_url": "postgresql://rapport:ware%2Fhouse-pw@db/x",
            "smtp": Smtp(password="smtp-secret-1"),
        }
    )


def _context(error: BaseException | None, task: str = "extract") -> dict[str, Any]:
    return {
        "exception": error,
        "run_id": "scheduled__2026-03-01",
        "ti": SimpleNamespace(dag_id="ingest_crm", task_id=task, log_url="http://localhost/log"),
        "dag_run": SimpleNamespace(start_date=datetime(2026, 3, 2, tzinfo=UTC)),
        "data_interval_start": datetime(2026, 3, 1, tzinfo=UTC),
        "data_interval_end": datetime(2026, 3, 2, tzinfo=UTC),
    }


_Timeout = type("AirflowTaskTimeout", (BaseException,), {})


def _interrupted() -> BaseException:
    """As DuckDB tells of a signal in the middle of a query."""
    error = RuntimeError("Query interrupted")
    error.__cause__ = _Timeout("900 s")
    return error


def _texts(company: Settings, error: BaseException | None) -> tuple[str, str]:
    message = alerts.compose(company, alerts.from_context(_context(error)))
    plain, rich = message.iter_parts()
    return plain.get_content(), rich.get_content()


def test_the_mail_tells_what_where_and_what_to_do(company: Settings) -> None:
    """Whoever is woken by it must be able to act on it alone."""
    error = RapportError("source-down", "HubSpot answers HTTP 503", "crm.deals", "look at its page")
    for text in _texts(company, error):
        for part in (
            "HubSpot answers HTTP 503",
            "ingest_crm, extract",
            "crm.deals",
            "2026-03-01 00:00 to 2026-03-02 00:00 UTC",
            "Look at its page.",
            "docs/runbook/source-down.md",
            "http://localhost/log",
        ):
            assert part in text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, "task-lost"),
        (_Timeout("900 s"), "task-timeout"),
        (_interrupted(), "task-timeout"),
        (ZeroDivisionError("division by zero"), "unexpected-error"),
        (PermissionError(13, "Permission denied", "/srv/rapport/backups"), "path-unusable"),
        (TimeoutError("timed out"), "unexpected-error"),  # a server's, not the task's
    ],
)
def test_errors_that_are_not_rapports_have_a_page_too(
    company: Settings, error: BaseException | None, code: str
) -> None:
    """A bare traceback is no instruction."""
    assert f"docs/runbook/{code}.md" in _texts(company, error)[0]


@pytest.mark.parametrize(
    "leak",
    [
        f"401 for token {TOKEN}",
        "postgresql://rapport:hunter2hunter@db:5432/x refused",
        "Authorization: Bearer abc.def.ghi",
        "login failed, password=hunter2hunter",
        "smtp said smtp-secret-1",
        "postgresql://rapport:hunter2@hunter2hunter@db:5432/x refused",
        "connect({'user': 'rapport', 'password': 'hunter2 hunter'})",
        'HTTP 400: {"client_secret": "hunter2hunter"}',
        "GET https://x.example/?access_token=hunter2hunter&page=2",
        "PGPASSWORD=hunter2hunter",
        "aws_secret_access_key: hunter2hunter",
        "access denied for erp (using ware/house-pw)",
        "access denied for erp (using ware%2Fhouse-pw)",
        "access denied for erp (using source-pw-1)",
    ],
)
def test_no_secret_is_mailed(company: Settings, leak: str) -> None:
    """Errors of drivers often repeat the connection string."""
    for text in _texts(company, ValueError(leak)):
        for secret in (TOKEN, "hunter", "abc.def.ghi", "smtp-secret-1", "house-pw", "source-pw-1"):
            assert secret not in text
        assert "***" in text


def test_markup_in_an_error_is_shown_not_run(company: Settings) -> None:
    """A source that answers with a web page puts HTML into the message."""
    _, rich = _texts(company, ValueError("<script>alert(1)</script>"))
    assert "<script>" not in rich


def test_a_line_break_in_the_company_name_does_not_forge_a_header(company: Settings) -> None:
    """The name stands in the subject."""
    named = company.company.model_copy(update={"name": "Test\nBcc: x@y.example"})
    message = alerts.compose(
        company.model_copy(update={"company": named}), alerts.from_context(_context(None))
    )
    assert message["Bcc"] is None


def test_one_cause_in_one_run_is_one_mail(company: Settings, tmp_path: Path) -> None:
    """A source that is down takes all its entities down; twelve mails would say the same."""
    error = RapportError("source-down", "HubSpot cannot be reached")
    with Sink(tmp_path / "outbox") as sink:
        wired = company.model_copy(update={"smtp": Smtp(port=sink.port)})
        sent = [alerts.send(wired, alerts.from_context(_context(error))) for _ in range(3)]
        other = RapportError("entity-held", "Too many rows in quarantine")
        sent.append(alerts.send(wired, alerts.from_context(_context(other))))
        assert sent == [True, False, False, True]
        assert len(sink.messages()) == 2


def test_a_source_that_is_not_announced_is_mailed_only_where_no_step_has_told_why(
    company: Settings, tmp_path: Path
) -> None:
    """A server that was down made two mails, the second of which said to read the first."""
    down = alerts.from_context(_context(RapportError("source-down", "HubSpot cannot be reached")))
    held = alerts.from_context(_context(RapportError("source-held", "raw_crm is not announced")))
    for number, (failures, codes) in enumerate([((down, held), [True, False]), ((held,), [True])]):
        with Sink(tmp_path / f"outbox{number}") as sink:
            update = {"smtp": Smtp(port=sink.port), "state_url": f"sqlite:///{tmp_path}/{number}"}
            wired = company.model_copy(update=update)
            assert [alerts.send(wired, failure) for failure in failures] == codes


def test_a_mail_that_was_refused_is_tried_by_the_next_failure(
    company: Settings, tmp_path: Path
) -> None:
    """Else a mail server that is down for a moment would swallow the only mail."""
    failure = alerts.from_context(_context(RapportError("source-down", "HubSpot is down")))
    with Sink(tmp_path / "outbox") as sink:
        port = sink.port
    with pytest.raises(Exception, match=r"."):
        alerts.send(company.model_copy(update={"smtp": Smtp(port=port, retries=0)}), failure)
    with Sink(tmp_path / "outbox") as sink:
        assert alerts.send(company.model_copy(update={"smtp": Smtp(port=sink.port)}), failure)


@pytest.mark.parametrize("answer", ["451 4.7.1 greylisted", "421 4.3.2 closing"])
def test_a_server_that_says_not_now_is_asked_again(
    company: Settings, tmp_path: Path, answer: str
) -> None:
    """Airflow calls back once: with a greylisting server no failure was ever told."""
    handler = Counting(tmp_path / "outbox", {"data@test.example": [answer]})
    failure = alerts.from_context(_context(RapportError("source-down", "HubSpot is down")))
    with Sink(tmp_path / "outbox", handler=handler) as sink:
        wired = company.model_copy(update={"smtp": Smtp(port=sink.port, retry_seconds=0)})
        assert alerts.send(wired, failure)
        assert not alerts.send(wired, failure)
        assert len(sink.messages()) == 1


def test_a_server_that_stays_away_does_not_make_airflow_take_the_task_for_dead(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hears nothing of a task that has failed, and would mail that it was lost, too."""
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(alerts.time, "sleep", sleep)
    monkeypatch.setattr(alerts.time, "monotonic", lambda: now[0])
    failure = alerts.from_context(_context(RapportError("source-down", "HubSpot is down")))
    wired = company.model_copy(update={"smtp": Smtp(port=1, retries=9)})
    with pytest.raises(Exception, match="refused"):
        alerts.send(wired, failure)
    assert slept == [40, 80, 80]


def test_one_owner_who_is_refused_keeps_nobody_else_in_the_dark(
    company: Settings, tmp_path: Path
) -> None:
    """Somebody left the company, and the failure mails stopped at the first address."""
    owners = Alerts(recipients=["left@test.example", "data@test.example"])
    handler = Counting(tmp_path / "outbox", {"left@test.example": ["550 5.1.1 no such user"] * 2})
    failure = alerts.from_context(_context(RapportError("source-down", "HubSpot is down")))
    with Sink(tmp_path / "outbox", handler=handler) as sink:
        both = company.company.model_copy(update={"alerts": owners})
        update = {"company": both, "smtp": Smtp(port=sink.port, retry_seconds=0)}
        wired = company.model_copy(update=update)
        assert alerts.send(wired, failure)
        assert not alerts.send(wired, failure), "told twice"
        assert len(sink.messages()) == 1
    assert handler.asked["left@test.example"] == 1


def test_a_callback_that_was_killed_leaves_its_mail_to_the_next_failure(
    company: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow kills a callback that takes too long; the ledger said that the mail was sent."""
    failure = alerts.from_context(_context(RapportError("source-down", "HubSpot is down")))
    with Sink(tmp_path / "outbox") as sink:
        wired = company.model_copy(update={"smtp": Smtp(port=sink.port)})
        with monkeypatch.context() as patched:
            patched.setattr(alerts.ledger, "forget", lambda *_: None)
            patched.setattr(alerts, "_hand_over", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                alerts.send(wired, failure)
        assert not alerts.send(wired, failure), "the other task may be at it"
        monkeypatch.setenv("RAPPORT_CLOCK", "2126-01-01")
        assert alerts.send(wired, failure)
        assert len(sink.messages()) == 1


def test_the_callback_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow would note the callback's error and hide the task's own."""
    monkeypatch.setattr(alerts.settings_module, "load", lambda: 1 / 0)
    alerts.on_failure(_context(None))


def test_nobody_to_tell_is_no_error(company: Settings) -> None:
    """A company without alert recipients still runs."""
    silent = company.company.model_copy(update={"alerts": Alerts()})
    failure = alerts.from_context(_context(None))
    assert alerts.send(company.model_copy(update={"company": silent}), failure) is False


def _run_context() -> dict[str, Any]:
    """What Airflow tells a DAG's callback: the task that came last, and no exception."""
    return {**_context(None, "fail_run"), "dag": SimpleNamespace(dag_id="ingest_crm")}


def test_a_run_whose_task_was_killed_is_mailed_though_no_task_called_back(
    company: Settings, tmp_path: Path
) -> None:
    """A task that used up the memory each time failed without a word to anybody."""
    with Sink(tmp_path / "outbox") as sink:
        wired = company.model_copy(update={"smtp": Smtp(port=sink.port)})
        assert alerts.send(wired, alerts.untold(_run_context()))
        (path,) = sink.messages()
    text = path.read_text()
    assert "docs/runbook/task-lost.md" in text
    assert "ingest_crm" in text
    assert "fail_run" not in text


def test_a_run_of_which_a_task_has_told_is_not_mailed_once_more(
    company: Settings, tmp_path: Path
) -> None:
    """One cause, one mail."""
    error = RapportError("source-down", "HubSpot cannot be reached")
    with Sink(tmp_path / "outbox") as sink:
        wired = company.model_copy(update={"smtp": Smtp(port=sink.port)})
        assert alerts.send(wired, alerts.from_context(_context(error)))
        assert not alerts.send(wired, alerts.untold(_run_context()))
        assert len(sink.messages()) == 1
