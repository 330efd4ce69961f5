"""What mail clients drop or break in a page: our own lint of rendered mails.

The rules: Outlook for Windows lays pages out with Word (no background pictures, flex, grid,
position, variables); Gmail clips at 102 KB and drops what is not inlined; images may be blocked;
WCAG 2.1 AA holds in light and in dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

from rapport.report.drawing.colors import READABLE, contrast

LARGEST = 100 * 1024  # bytes; Gmail clips at 102 KB
BROKEN_IN_WORD = (
    "background-image", "display:flex", "display:grid", "position:", "float:", "var(--", "calc(",
    "object-fit", "transform:", "box-shadow",
)  # fmt: skip
FORBIDDEN = {
    "script",
    "link",
    "iframe",
    "form",
    "input",
    "video",
    "audio",
    "svg",
    "object",
    "embed",
}
VOID = {"img", "br", "hr", "meta", "input", "link", "col"}
# The colour that `shared/styles.css.j2` gives each class in dark mode, by its name in the palette.
DARK = {
    **dict.fromkeys(("muted", "th", "th1", "steady", "up", "down", "none"), "muted"),
    **dict.fromkeys(("primary", "group"), "primary"),
    **dict.fromkeys(("better", "good"), "better"),
    **dict.fromkeys(("worse", "bad"), "worse"),
    "watch": "watch",
}
LARGE_TEXT = 24  # pixels; from here on 3:1 is enough (WCAG 1.4.3)
LARGE_READABLE = 3.0

Attributes = dict[str, str]


def faults(html: str, dark: dict[str, str]) -> list[str]:
    """What is wrong with a page, in the order of the page; empty when nothing is.

    Args:
        dark: colours of the dark palette by their names.
    """
    page = _Page()
    page.feed(html)
    found = []
    size = len(html.encode())
    if size > LARGEST:
        found.append(f"the page has {size:,} bytes; Gmail clips what is past {LARGEST:,}")
    if not page.language:
        found.append("the html element has no lang: screen readers guess the language")
    if "prefers-color-scheme: dark" not in html and "prefers-color-scheme:dark" not in html:
        found.append("there are no rules for dark mode")
    found += page.found
    found += _contrasts(page.texts, dark)
    return list(dict.fromkeys(found))


class _Page(HTMLParser):
    """Walks the elements once; keeps faults, and texts with their colour and ground."""

    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.found: list[str] = []
        self.texts: list[tuple[str, str, str, float, list[str]]] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._tables: list[tuple[Attributes, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        style = given.get("style", "").replace(" ", "").lower()
        if tag == "html":
            self.language = given.get("lang", "")
        if tag in FORBIDDEN:
            self.found.append(f"<{tag}> is taken out by mail clients")
        self.found += [f"{rule} in <{tag}> breaks in Outlook" for rule in _broken(style)]
        for name in ("src", "background", "href"):
            self.found += _remote(tag, name, given)
        if tag == "img":
            self.found += _image(given)
        if tag == "table":
            self._tables.append((given, False))
        if tag == "th" and self._tables:
            self._tables[-1] = (self._tables[-1][0], True)
        if tag not in VOID:
            self._open.append((tag, _rules(style), given.get("class", "").split()))

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._tables:
            given, has_headers = self._tables.pop()
            if given.get("role") != "presentation" and not has_headers:
                self.found.append("a table has neither headers nor role=presentation")
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == tag:
                del self._open[at:]
                break

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _, _ in self._open]
        if not data.strip() or {"style", "title", "head"} & set(tags):
            return
        color, ground, size = "#000000", "#ffffff", 16.0
        classes: list[str] = []
        for _, style, names in self._open:
            if style.get("display") == "none":
                return
            color = style.get("color", color)
            ground = style.get("background-color", style.get("background", ground))
            size = float(style["font-size"][:-2]) if _pixels(style.get("font-size")) else size
            classes += names
        self.texts.append((data.strip()[:30], color, ground, size, classes))


def _contrasts(
    texts: Iterable[tuple[str, str, str, float, list[str]]], dark: dict[str, str]
) -> Iterator[str]:
    for text, color, ground, size, classes in texts:
        if size < 2 or not (_is_hex(color) and _is_hex(ground)):
            continue  # a spacer, or a colour by name
        least = LARGE_READABLE if size >= LARGE_TEXT else READABLE
        ratio = contrast(color, ground)
        if ratio < least:
            yield f"{text!r} is {color} on {ground}: contrast {ratio:.1f}, at least {least:g}"
        if "on-primary" in classes or "card" not in classes:
            continue  # these keep their ground, or stand on the page
        night = dark[next((DARK[name] for name in reversed(classes) if name in DARK), "text")]
        ratio = contrast(night, dark["card"])
        if ratio < least:
            yield f"{text!r} is {night} on {dark['card']} in dark mode: contrast {ratio:.1f}"


def _image(given: Attributes) -> Iterator[str]:
    name = given.get("src", "")
    if not given.get("alt"):
        yield f"the image {name} has no alt text"
    is_hidden = "display:none" in given.get("style", "").replace(" ", "")
    if not given.get("width") or not (given.get("height") or is_hidden):
        yield f"the image {name} has no width and height: Outlook shows it at its own size"


def _remote(tag: str, name: str, given: Attributes) -> Iterator[str]:
    value = given.get(name, "")
    if name != "href" and value and not value.startswith("cid:"):
        yield f"<{tag}> loads {value[:60]}: nothing may be fetched when a mail is read"
    if name == "href" and value and not re.match(r"(https?:|mailto:|#)", value):
        yield f"<{tag}> links to {value[:60]}"


def _broken(style: str) -> list[str]:
    return [rule for rule in BROKEN_IN_WORD if rule in style and "mso-hide" not in style]


def _rules(style: str) -> dict[str, str]:
    pairs = (rule.partition(":") for rule in style.split(";") if rule)
    return {name: value.replace("!important", "") for name, _, value in pairs}


def _pixels(value: str | None) -> bool:
    return bool(value and re.fullmatch(r"\d+(\.\d+)?px", value))


def _is_hex(value: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-f]{6}", value))
