"""An office whose readers, clock and marts a test sets."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rapport.company import Alerts, ReportConfig
from rapport.errors import RapportError
from rapport.report import issue
from rapport.report.drawing import charts
from tests.unit.report import marts
from tests.unit.report.conftest import Office
from tests.unit.report.mailing.desk import OWNER, late_marts

DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take most of a rendering's time and are not what is tested here."""
    monkeypatch.setattr(charts, "picture", lambda *_: DOT)


@pytest.fixture
def hire(office: Office) -> Callable[..., Office]:
    """The office with other readers: `hire([...], schedule=..., ...)`."""

    def hired(recipients: list[Any], **config: Any) -> Office:
        config = {"schedule": "0 7 2 * *", **config}
        report = ReportConfig(recipients=recipients, **config)
        company = office.settings.company.model_copy(
            update={"reports": {"executive": report}, "alerts": Alerts(recipients=[OWNER])}
        )
        settings = office.settings.model_copy(update={"company": company})
        return replace(office, settings=settings)

    return hired


@pytest.fixture
def late(tmp_path: Path) -> marts.Reader:
    """Marts of which a required source is late."""
    return late_marts(tmp_path / "late.duckdb", True)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock."""
    return lambda moment: monkeypatch.setenv("RAPPORT_CLOCK", moment)


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Locales of the editions that were rendered, in order; `fr_FR` and `it_IT` break."""
    seen: list[str] = []
    render = issue.render

    def counted(settings: Any, reader: Any, name: str, period: Any, form: Any) -> Any:
        seen.append(form.locale)
        if form.locale == "fr_FR":
            raise RapportError("report-template", "does not print", "report.mjml.j2, line 3")
        if form.locale == "it_IT":
            raise ZeroDivisionError("nobody thought of this postgresql://u:hush@x/y")
        return render(settings, reader, name, period, form)

    monkeypatch.setattr(issue, "render", counted)
    return seen
