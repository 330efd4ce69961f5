"""Take a PNG of an archived report with a headless Chromium, for the README and for a look at it.

    python scripts/picture_of_report.py var/archive/executive/2026-10/publication-1/index.html \
        --out docs/report.png --width 700 [--dark] [--height 1400] [--scale 2]
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FRAME = """<!doctype html><meta charset="utf-8"><base href="{base}">
<style>html,body{{margin:0;background:{ground}}}
iframe{{border:0;display:block;width:{width}px;height:{height}px;color-scheme:{scheme}}}</style>
<iframe srcdoc="{page}" onload="document.title='height '+Math.ceil(
this.contentDocument.documentElement.scrollHeight)"></iframe>"""


def main() -> None:
    """Parse the arguments, take the picture, print its path."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("page", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--width", type=int, default=700, help="CSS pixels, 390 for a phone")
    parser.add_argument("--height", type=int, help="CSS pixels, default the whole page")
    parser.add_argument(
        "--scale", type=float, default=1, help="2 gives a picture of twice the size"
    )
    parser.add_argument(
        "--dark", action="store_true", help="as a mail client in dark mode shows it"
    )
    given = parser.parse_args()
    browser = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not browser:
        sys.exit("No Chromium was found. Install one, for instance: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        frame, profile = Path(folder) / "frame.html", Path(folder) / "profile"
        height = given.height or 200
        _write(frame, given.page, given.width, height, given.dark)
        if given.height is None:
            dom = _run(browser, profile, ["--dump-dom", frame.as_uri()])
            found = re.search(r"<title>height (\d+)</title>", dom)
            height = int(found[1]) if found else 3000
            _write(frame, given.page, given.width, height, given.dark)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        _run(
            browser,
            profile,
            [
                f"--screenshot={given.out.resolve()}",
                f"--window-size={max(given.width, 100)},{height}",
                f"--force-device-scale-factor={given.scale:g}",
                frame.as_uri(),
            ],
        )
    print(given.out)


def _write(frame: Path, page: Path, width: int, height: int, dark: bool) -> None:
    """A page with the report in a frame of exactly this width: windows have a least width."""
    frame.write_text(
        FRAME.format(
            base=html.escape(page.resolve().as_uri(), quote=True),
            page=html.escape(page.read_text(encoding="utf-8"), quote=True),
            width=width,
            height=height,
            scheme="dark" if dark else "light",
            ground="#0f141a" if dark else "#eef1f5",
        ),
        encoding="utf-8",
    )


def _run(browser: str, profile: Path, arguments: list[str]) -> str:
    # No sandbox: the page is our own file, and Chromium refuses its sandbox as root.
    fixed = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--virtual-time-budget=3000",
        f"--user-data-dir={profile}",
    ]
    done = subprocess.run(
        [browser, *fixed, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        sys.exit(f"Chromium failed: {done.stderr.strip()[-500:]}")
    return done.stdout


if __name__ == "__main__":
    main()
