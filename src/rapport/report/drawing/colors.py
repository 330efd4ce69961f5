"""A light and a dark palette out of a company's two brand colours, readable by WCAG AA."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

from rapport.company import Branding
from rapport.errors import RapportError

READABLE = 4.5  # WCAG 2.1 AA, contrast of text of normal size


@dataclass(frozen=True)
class Palette:
    """Colours of one colour scheme; all are `#rrggbb`."""

    page: str
    card: str
    line: str
    text: str
    muted: str
    primary: str
    accent: str
    on_primary: str
    soft: str
    better: str
    worse: str
    watch: str

    def series(self, count: int) -> list[str]:
        """Colours of `count` lines or stacks, each apart from its neighbours in lightness too."""
        own = [self.primary, self.watch, self.muted, self.better, self.worse]
        if count <= len(own):
            return own[:count]
        return [mix(self.primary, self.soft, place / count) for place in range(count)]


def palettes(branding: Branding) -> tuple[Palette, Palette]:
    """The light and the dark palette.

    Raises:
        RapportError: `company-invalid` for a colour that is not `#rrggbb`.
    """
    primary, accent = _hex(branding.primary_color), _hex(branding.accent_color)
    light = Palette(
        page="#eef1f5", card="#ffffff", line="#dfe4ea", text="#17202c", muted="#566373",
        primary=readable(primary, "#ffffff"), accent=accent,
        on_primary=on(readable(primary, "#ffffff")),
        soft=mix(readable(primary, "#ffffff"), "#ffffff", 0.72),
        better="#177245", worse="#b3261e", watch="#8a5a00",
    )  # fmt: skip
    dark = Palette(
        page="#0f141a", card="#19212b", line="#313c49", text="#eef2f6", muted="#a3b0bf",
        primary=readable(primary, "#19212b"), accent=readable(accent, "#19212b"),
        on_primary=light.on_primary, soft=mix(readable(primary, "#19212b"), "#19212b", 0.62),
        better="#5bd197", worse="#ff9b90", watch="#f0bf5a",
    )  # fmt: skip
    return light, dark


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def on(background: str) -> str:
    """White or near-black, whichever reads better on `background`."""
    return max("#ffffff", "#10161d", key=lambda color: contrast(color, background))


def readable(color: str, background: str) -> str:
    """`color` made lighter or darker, in its own hue, until it reads on `background`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(c / 255 for c in _channels(color)))
    goal = 1.0 if _luminance(background) < 0.4 else 0.0
    for step in range(51):
        light = lightness + (goal - lightness) * step / 50
        parts = colorsys.hls_to_rgb(hue, light, saturation)
        moved = "#" + "".join(f"{round(part * 255):02x}" for part in parts)
        if contrast(moved, background) >= READABLE:
            return moved
    return "#ffffff" if goal else "#000000"


def mix(color: str, other: str, share: float) -> str:
    """`color` with `share` (0 to 1) of `other` in it."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(color: str) -> list[int]:
    return [int(color[start : start + 2], 16) for start in (1, 3, 5)]


def _luminance(color: str) -> float:
    parts = [channel / 255 for channel in _channels(color)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(color: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise RapportError(
            "company-invalid",
            f"branding: {color!r} is no colour",
            "company.yml",
            "write it as #rrggbb, for instance #1f3a5f",
        )
    return color.lower()
