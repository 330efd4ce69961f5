"""Notices are said in both languages, and show foreign text harmlessly."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rapport.report import periods
from rapport.report.edition import Edition
from rapport.report.mailing import notices
from rapport.report.mailing.holds import Reason
from rapport.settings import Settings
from tests.unit.report.conftest import settings_in


def test_a_foreign_name_with_markup_is_shown_and_not_obeyed(settings: Settings) -> None:
    why = Reason("late", ("<img src=x onerror=alert(1)>\u202e",), "2026-11-02T00:00:00Z")
    body = notices.held(settings, "executive", "2026-10", why)
    assert b"<img" not in body.content.replace(b"=\r\n", b"").split(b"text/html")[1]
    assert "\u202e".encode() not in body.content


def test_the_same_trouble_makes_the_same_notice_whatever_its_order(settings: Settings) -> None:
    rows = [
        {"message_id": f"<{n}>", "status": "refused", "period": "2026-10", "answer": "550 no",
         "recipient": f"{n}@x.example"} for n in range(3)
    ]  # fmt: skip
    one = notices.trouble(settings, "executive", rows)
    assert one.about == notices.trouble(settings, "executive", rows[::-1]).about
    assert one.about != notices.trouble(settings, "executive", rows[:2]).about


@pytest.mark.parametrize(("locale", "tag"), [("en_GB", "en"), ("zh_CN", "zh-Hans")])
def test_a_notice_names_its_language(settings: Settings, locale: str, tag: str) -> None:
    why = Reason("behind", (), "2026-11-02T00:00:00Z")
    form = Edition(locale=locale, timezone="Asia/Shanghai")
    due = datetime(2026, 11, 1, 23, tzinfo=UTC)
    body = notices.late(settings, form, "executive", "2026-10", why, due, None)
    assert f'lang=3D"{tag}"'.encode() in body.content


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.mark.parametrize(
    ("key", "english", "chinese"),
    [
        ("2026-12", "December 2026", "2026年12月"),
        ("2026-W01", "Week 1, 2026", "2026年第1周"),
        ("2026-10-05", "5 Oct 2026", "2026年10月5日"),
    ],
)
def test_a_period_is_named_as_in_the_report(
    settings: Settings, key: str, english: str, chinese: str
) -> None:
    assert periods.of_key(key).key == key
    for locale, name in (("en_GB", english), ("zh_CN", chinese)):
        voice = notices.Voice(settings, Edition(locale=locale, timezone="Europe/Berlin"))
        assert voice.period(key) == name
