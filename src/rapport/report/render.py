"""Content to mail: Jinja to MJML to HTML with inlined styles, and the plain-text part."""

from __future__ import annotations

import functools
import re
import traceback
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
import jinja2
import mjml

from rapport.errors import RapportError
from rapport.report import rules
from rapport.report.edition import Edition
from rapport.report.formats import Formats
from rapport.report.words import Words

# mjml takes no conditional comments inside a section; the mark becomes one afterwards, so that
# Outlook (which lays columns out as cells of one row) starts a new row of tiles.
OUTLOOK_ROW = '<i class="outlook-row"></i>'
OUTLOOK_BREAK = "<!--[if mso | IE]></tr><tr><![endif]-->"

INNER_TABLE = re.compile(r"<table(?![^>]*role=)(?:(?!<table|</table>).)*</table>", re.DOTALL)
# Classes whose rules are written into the elements, and only there.
INLINED = {"small", "strong", "name", "under", "names"}


@dataclass(frozen=True)
class Attachment:
    """A file beside the mail."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Rendered:
    """One edition of an issue, ready to be sent or kept.

    Attributes:
        html: refers to the pictures as `cid:<name>`.
        pictures: PNG by name.
        view: the content the templates printed.
    """

    report: str
    subject: str
    html: str
    text: str
    pictures: dict[str, bytes]
    view: dict[str, Any]
    edition: Edition
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing to tell; a report that is sent only with results is then not."""
        return bool(self.view["is_empty"])


def render(
    folder: Path,
    view: dict[str, Any],
    t: Words,
    formats: Formats,
    pictures: dict[str, bytes],
    edition: Edition,
) -> Rendered:
    """Print the templates.

    Args:
        folder: `reports/<name>`; `reports/shared` beside it holds the common parts.
        view: what `rapport.report.view` made.

    Raises:
        RapportError: `report-template` naming report, file and line.
    """
    source = _print(folder, "report.mjml.j2", view, t, formats)
    html = _html(source, _print(folder, "inline.css.j2", view, t, formats), folder)
    text = _print(folder, "report.txt.j2", view, t, formats)
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    used = {name: png for name, png in sorted(pictures.items()) if f'"cid:{name}"' in html}
    return Rendered(view["report"], view["subject"], html, text, used, view, edition)


def environment(folder: Path, formats: Formats) -> jinja2.Environment:
    """How templates are read: the report's own before the shared, all values escaped."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, folder.parent / "shared"]),
        autoescape=lambda template: bool(template) and ".txt." not in str(template),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        form: functools.partial(rules.written, formats, form) for form in rules.FORMATS
    }
    made.filters |= {
        "pad": pad,
        "padleft": functools.partial(pad, left=True),
        "underline": lambda text: "-" * width(text),
        "fold": fold,
    }
    return made


def width(text: str) -> int:
    """Columns that a text takes in a plain-text mail; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(text))


def pad(text: str, columns: int, left: bool = False) -> str:
    """The text with spaces after it, or before it, up to a number of columns."""
    space = " " * max(columns - width(text), 0)
    return f"{space}{text}" if left else f"{text}{space}"


def fold(text: str, columns: int = 72, indent: str = "") -> str:
    """The text in lines; Chinese, which has no spaces, is broken between characters."""
    lines, line = [], ""
    for piece in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+", str(text)):
        glued = piece in "，。；：、！？）」』”％"
        if line and not glued and width(line + piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return f"\n{indent}".join([*lines, line.rstrip()])


def _print(folder: Path, name: str, view: dict[str, Any], t: Words, formats: Formats) -> str:
    made = environment(folder, formats)
    made.globals.update(t=t, view=view)
    try:
        return made.get_template(name).render()
    except jinja2.TemplateError as error:
        frames = traceback.extract_tb(error.__traceback__)
        last = next((f for f in reversed(frames) if f.filename.endswith(".j2")), None)
        line = getattr(error, "lineno", None) or (last.lineno if last else "unknown")
        file = getattr(error, "filename", None) or (last.filename if last else name)
        raise RapportError(
            "report-template",
            f"The template of report {folder.name!r} does not print: {error}",
            f"{folder / file}, line {line}",
            "mend the template; `rapport report preview` prints it without sending",
        ) from error


def _html(source: str, css: str, folder: Path) -> str:
    try:
        html = mjml.mjml2html(source, fonts={}, disable_comments=True)
    except ValueError as error:
        raise RapportError(
            "report-template",
            f"The template of report {folder.name!r} is no valid MJML: {error}",
            str(folder / "report.mjml.j2"),
            "mend the element near that position",
        ) from None
    inliner = css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        extra_css=css,
        minify_css=True,
        load_remote_stylesheets=False,
    )
    return _small(inliner.inline(str(html))).replace(OUTLOOK_ROW, OUTLOOK_BREAK)


def _small(html: str) -> str:
    """The page without what changes nothing, a tenth of it: Gmail clips a mail of 102 KB."""
    html = re.sub(r">\s*\n\s*<", "><", html)
    html = INNER_TABLE.sub(_with_role, html)
    html = re.sub(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>", "", html)
    html = re.sub(r'style="[^"]*"', lambda found: _small_style(found[0]), html)
    html = re.sub(r' class="[^"]*"', lambda found: _small_class(found[0]), html)
    return html.replace(' nowrap=""', " nowrap")


def _with_role(table: re.Match[str]) -> str:
    """A table without headers is there for the layout, and says so to screen readers."""
    return table[0] if "<th" in table[0] else f'<table role="presentation"{table[0][6:]}'


def _small_style(style: str) -> str:
    style = re.sub(r"(word-break:break-word|direction:ltr);?", "", style)
    style = re.sub(r"background:(#\w{6});(?=background-color:\1)", "", style)
    return re.sub(r"\b0px\b", "0", style).replace(", ", ",").replace(';"', '"')


def _small_class(names: str) -> str:
    """Classes without those that the style sheet in the head does not name."""
    kept = [name for name in names[8:-1].split() if name not in INLINED]
    return f' class="{" ".join(kept)}"' if kept else ""
