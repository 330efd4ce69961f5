"""The mail server's settings do what they say, and an error shows no password."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapport import mailserver, server, settings
from rapport.cli import app
from rapport.errors import RapportError


def test_a_url_tells_how_the_line_is_encrypted() -> None:
    plain = mailserver.read({})
    assert (plain.host, plain.port, plain.tls, plain.starttls) == ("127.0.0.1", 25, False, False)
    start = mailserver.read(
        {"RAPPORT_SMTP_URL": "smtp://u%40x:p%2Fw@mail.x.example:587?starttls=1"}
    )
    assert (start.user, start.password, start.starttls) == ("u@x", "p/w", True)
    whole = mailserver.read({"RAPPORT_SMTP_URL": "smtps://mail.x.example"})
    assert (whole.tls, whole.port) == (True, 465)


def test_every_limit_is_a_setting() -> None:
    values = {"timeout_seconds": "5", "answer_seconds": "60", "per_minute": "30"}
    values |= {"per_connection": "10", "retries": "0", "retry_seconds": "1", "ca_file": "/ca.pem"}
    assert set(values) == set(mailserver.TUNED)
    found = mailserver.read({f"RAPPORT_SMTP_{k.upper()}": v for k, v in values.items()})
    assert found.ca_file == Path("/ca.pem")
    assert all(getattr(found, k) == float(v) for k, v in values.items() if k != "ca_file")


@pytest.mark.parametrize(
    "url",
    [
        *("smtp://u:hush/hush@mail.x.example:25", "http://u:hush@x", "smtp://u:hush@x:port"),
        *("smtp://u:hush@x?startls=1", "smtp://u:hush@x?starttls=true", "smtp:///mail.x.example"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str) -> None:
    with pytest.raises(RapportError) as caught:
        mailserver.read({"RAPPORT_SMTP_URL": url})
    assert caught.value.code == "settings-invalid"
    assert caught.value.where == "RAPPORT_SMTP_URL"
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["RAPPORT_WAREHOUSE", "RAPPORT_STATE"])
@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hush@x/y",
        "postgresql://u:hush@x:port/y",
        "postgresql://u:hush/hush@x/y",
        "postgresql://u:hush@hush@x/y",
    ],
)
def test_a_wrong_database_is_told_without_its_password(name: str, url: str) -> None:
    with pytest.raises(RapportError) as caught:
        settings.load(None, {name: url})
    assert (caught.value.code, caught.value.where) == ("settings-invalid", name)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_wrong_number_of_what_is_kept_names_its_variable() -> None:
    with pytest.raises(RapportError) as caught:
        settings.load(None, {"RAPPORT_PUBLICATIONS_KEEP": "few"})
    assert caught.value.where == "RAPPORT_PUBLICATIONS_KEEP"


def test_a_wrong_number_names_its_variable() -> None:
    with pytest.raises(RapportError) as caught:
        mailserver.read({"RAPPORT_SMTP_PER_MINUTE": "-1"})
    assert caught.value.where == "RAPPORT_SMTP_PER_MINUTE"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RAPPORT_INGEST_UNTIL", "2026-02-31"),
        ("RAPPORT_KEEP_BACKUPS", "0"),  # kept all of them
        ("RAPPORT_KEEP_LOGS_DAYS", "-1"),  # removed the logs of this minute
        ("RAPPORT_KEEP_REPLACED_DAYS", "99999999999"),  # is no date
        ("RAPPORT_PUBLICATIONS_KEEP", "0"),
        ("RAPPORT_TASK_RETRIES", "-1"),
        ("RAPPORT_LANDING", "landing"),
        ("RAPPORT_LANDING", "http://x.example/landing"),
        ("RAPPORT_LANDING", "s3://"),
        ("RAPPORT_UNSUBSCRIBE_URL", "http://x.example/leave"),  # RFC 8058 asks for https
        ("RAPPORT_ARCHIVE_URL", "/srv/archive"),
        ("RAPPORT_MAIL_FROM", "Rapport <rapport@x.example>"),
        ("RAPPORT_MAIL_FROM", "@x.example"),
        ("RAPPORT_SMTP_RETRY_SECONDS", "inf"),
    ],
)
def test_a_setting_that_would_do_harm_later_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(RapportError) as caught:
        settings.load(None, {name: value})
    assert (caught.value.code, caught.value.where) == ("settings-invalid", name)
    assert caught.value.todo


def test_a_clock_that_is_none_is_told_and_not_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log line asks the clock, and so did the sentence about the error."""
    monkeypatch.setenv("RAPPORT_CLOCK", "yesterday")
    answer = CliRunner().invoke(app, ["status"])
    assert answer.exit_code == 1
    assert "RAPPORT_CLOCK" in answer.stderr
    assert "Traceback" not in answer.output


def test_a_database_of_airflow_that_is_none_is_told_without_its_password() -> None:
    found = settings.load(None, {"RAPPORT_AIRFLOW_DATABASE": "postgresql://u:hush@x:port/y"})
    with pytest.raises(RapportError) as caught:
        server.prepare(found)
    assert caught.value.where == "RAPPORT_AIRFLOW_DATABASE"
    assert "hush" not in str(caught.value)
