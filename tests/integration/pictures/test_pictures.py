"""A real browser shows the mails at phone and desktop width, in light and in dark."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from rapport.report import archive, issue
from rapport.report.edition import Edition
from rapport.settings import REPO
from tests.unit.report import canaries
from tests.unit.report.conftest import settings_in

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
     if (found := shutil.which(name))), "",
)  # fmt: skip
pytestmark = pytest.mark.skipif(not BROWSER, reason="there is no Chromium")
# What does not fit, and pictures that are shown and did not load, told by the page's title.
MEASURE = (
    "document.title=[d.documentElement.scrollWidth,"
    "[...d.images].filter(i=>i.offsetParent&&!i.naturalWidth).length,"
    "[...d.images].filter(i=>i.offsetParent).length].join(' ')"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """Chromium without a window."""
    profile = tmp_path_factory.mktemp("profile")

    def call(*arguments: str) -> bytes:
        fixed = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--virtual-time-budget=2000", "--allow-file-access-from-files",
                 f"--user-data-dir={profile}"]  # fmt: skip
        done = subprocess.run([BROWSER, *fixed, *arguments], capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()[-300:]
        return done.stdout

    return call


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report with the most pictures, and the one with the widest tables, in both languages."""
    root = tmp_path_factory.mktemp("company")
    reader = canaries.fill(root / "published.duckdb")
    settings = settings_in(root)
    found = {}
    for name, locale in (("lifecycle", "en_GB"), ("sales", "zh_CN")):
        form = Edition(locale, "Europe/Berlin")
        rendered = issue.render(settings, reader, name, edition=form)
        place = archive.keep(settings.archive_dir, REPO / "reports", rendered)
        found[name] = place / "index.html"
    return found


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (700, "dark")])
@pytest.mark.parametrize("name", ["lifecycle", "sales"])
def test_the_mail_fits_and_follows_the_colour_scheme(
    name: str,
    width: int,
    scheme: str,
    pages: dict[str, Path],
    run: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    page = pages[name]
    frame = tmp_path / "frame.html"
    inside = page.read_text(encoding="utf-8").replace(
        "<head>", f'<head><base href="{page.as_uri()}">'
    )
    frame.write_text(
        '<!doctype html><meta charset="utf-8"><style>html,body{margin:0}iframe{border:0;'
        f"width:{width}px;height:1200px;color-scheme:{scheme}}}</style>"
        f'<iframe srcdoc="{html.escape(inside)}" onload="d=this.contentDocument;{MEASURE}">'
        "</iframe>",
        encoding="utf-8",
    )
    shot = tmp_path / "shot.png"
    size = f"--window-size={max(width, 500)},1200"
    run(f"--screenshot={shot}", size, frame.as_uri())
    told = re.search(r"<title>([\d ]+)</title>", run("--dump-dom", size, frame.as_uri()).decode())
    assert told
    needed, broken, shown = map(int, told[1].split())
    assert needed <= width, "it scrolls sideways"
    assert broken == 0
    assert shown == (4 if name == "lifecycle" else 0), "one picture a colour scheme, not two"
    picture = Image.open(io.BytesIO(shot.read_bytes())).convert("L").crop((0, 300, width, 1200))
    darkness = sorted(picture.resize((30, 60)).tobytes())[900]
    assert darkness > 200 if scheme == "light" else darkness < 60
