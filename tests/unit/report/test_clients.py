"""The lint of rendered mails finds what clients break, and nothing in the reports that ship."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from rapport.company import Branding
from rapport.report import declaration, issue
from rapport.report.drawing.colors import palettes
from rapport.report.edition import Edition
from rapport.report.lint import clients
from rapport.settings import REPO
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in

DARK = asdict(palettes(Branding())[1])
GOOD = (
    '<html lang="en"><head><style>@media (prefers-color-scheme: dark) {}</style></head><body>'
    '<div class="card" style="background-color:#ffffff;color:#17202c">{}</div></body></html>'
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> marts.Reader:
    """Marts with rows everywhere, so that every section is there."""
    return canaries.fill(tmp_path_factory.mktemp("marts") / "published.duckdb")


@pytest.mark.parametrize("locale", ["en_GB", "zh_CN"])
@pytest.mark.parametrize("name", declaration.reports(REPO))
def test_the_reports_hold_in_strict_clients(
    name: str, locale: str, filled: marts.Reader, tmp_path: Path
) -> None:
    rendered = issue.render(
        settings_in(tmp_path), filled, name, edition=Edition(locale, "Europe/Berlin")
    )
    assert clients.faults(rendered.html, DARK) == []


def test_a_good_page_has_no_fault() -> None:
    assert clients.faults(GOOD.replace("{}", "Text"), DARK) == []


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ('<img src="cid:a" width="5" height="5">', "has no alt text"),
        ('<img src="cid:a" alt="A" width="5">', "has no width and height"),
        ('<img src="https://x.example/a.png" alt="A" width="5" height="5">', "may be fetched"),
        ('<td background="https://x.example/a.png">a</td>', "may be fetched"),
        ('<a href="javascript:alert(1)">a</a>', "links to javascript"),
        ('<div style="display: flex">a</div>', "display:flex in <div>"),
        ('<div style="background-image:url(x)">a</div>', "background-image in <div>"),
        ('<div style="color:var(--x)">a</div>', "var(-- in <div>"),
        ("<script>1</script>", "<script> is taken out"),
        ("<table><tr><td>a</td></tr></table>", "neither headers nor role"),
        ('<span style="color:#aaaaaa">pale</span>', "'pale' is #aaaaaa on #ffffff"),
        ("x" * clients.LARGEST, "Gmail clips"),
    ],
)
def test_what_clients_break_is_found(part: str, told: str) -> None:
    assert any(told in fault for fault in clients.faults(GOOD.replace("{}", part), DARK))


def test_a_pale_colour_in_dark_mode_is_found() -> None:
    page = GOOD.replace("{}", '<span class="muted" style="color:#566373">grey</span>')
    assert clients.faults(page, DARK) == []
    dim = {**DARK, "muted": "#404a55"}
    assert any("in dark mode" in fault for fault in clients.faults(page, dim))


def test_a_page_without_language_or_dark_rules_is_found() -> None:
    found = clients.faults("<html><body>a</body></html>", DARK)
    assert any("no lang" in fault for fault in found)
    assert any("dark mode" in fault for fault in found)


@pytest.mark.parametrize("colour", ["#ffdd00", "#000000", "#d0021b"])
def test_any_brand_colour_reads_in_light_and_dark(
    colour: str, filled: marts.Reader, tmp_path: Path
) -> None:
    branding = Branding(primary_color=colour)
    settings = settings_in(tmp_path, branding=branding)
    form = replace(Edition("en_GB", "Europe/Berlin"), sections=("stages", "table", "next"))
    rendered = issue.render(settings, filled, "executive", edition=form)
    assert clients.faults(rendered.html, asdict(palettes(branding)[1])) == []
