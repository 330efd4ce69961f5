"""Fonts for Chinese in charts and PDF: found through fontconfig, or an instruction, never boxes."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache

from rapport.errors import RapportError

CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
# The first of these that is there; a machine may have others, which are taken by name.
PREFERRED = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei")


def is_chinese(text: str) -> bool:
    """Whether a text has characters that Latin fonts lack."""
    return bool(CHINESE.search(text))


@lru_cache(maxsize=1)
def chinese() -> str:
    """The family of an installed font with simplified Chinese characters.

    Raises:
        RapportError: `font-missing` when fontconfig knows of none.
    """
    families = installed()
    for name in PREFERRED:
        if name in families:
            return name
    if families:
        return families[0]
    raise RapportError(
        "font-missing", "No font with Chinese characters is installed",
        todo="install one, for instance: apt-get install fonts-noto-cjk (or fonts-wqy-microhei)",
    )  # fmt: skip


def installed() -> list[str]:
    """Families with Chinese characters, sorted; empty without fontconfig."""
    program = shutil.which("fc-list")
    if not program:
        return []
    found = subprocess.run(
        [program, ":lang=zh-cn", "--format", "%{family[0]}\n"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    return sorted({line.strip() for line in found.stdout.splitlines() if line.strip()})


def stack(language: str) -> str:
    """The families that a mail asks for: those of the reader's own system."""
    chinese_ones = (
        "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', " if language == "zh" else ""
    )
    return f"-apple-system, 'Segoe UI', Roboto, {chinese_ones}Arial, sans-serif"
