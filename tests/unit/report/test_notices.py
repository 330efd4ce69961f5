"""Notices are said in both languages, and show foreign text harmlessly."""

from __future__ import annotations

import ast
import inspect
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from rapport.report import notices, periods, words
from rapport.report.edition import Edition
from rapport.report.holds import Reason
from rapport.settings import REPO, Settings
from tests.unit.report.conftest import settings_in

CATALOGUE = REPO / "reports" / notices.FOLDER


def said() -> set[str]:
    """All texts that the module says: first arguments of `say.t(...)` and `N_(...)`."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(notices))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("t", "N_") and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    path = words.path(CATALOGUE, "zh")
    return words.read(path, path.stat().st_mtime_ns)


def test_every_notice_has_a_chinese_text_with_the_same_values(chinese: Catalog) -> None:
    known = {str(entry.id): str(entry.string) for entry in chinese if entry.id}
    shared = {"Week {week}, {year}"}  # in the catalogue of all reports
    assert said() - shared == set(known), (
        "neither a text without translation, nor one that nobody says"
    )
    assert all(values(text) == values(known[text]) for text in known)
    assert all(known.values())
    assert not any(entry.fuzzy for entry in chinese if entry.id)


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
