"""The mail server's settings do what they say, and an error shows no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapport import mailserver, settings
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
    "url", ["smtp://u:hush/hush@mail.x.example:25", "http://u:hush@x", "smtp://u:hush@x:port"]
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
