"""Content to mail: Jinja to MJML to HTML with inlined styles, and the plain-text part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import css_inline
import jinja2
import mjml

from rapport.errors import RapportError
from rapport.report.wording import Wording

# mjml takes no conditional comments inside a section; the mark becomes one afterwards, so that
# Outlook (which lays columns out as cells of one row) starts a new row of tiles.
OUTLOOK_ROW = '<i class="outlook-row"></i>'
OUTLOOK_BREAK = "<!--[if mso | IE]></tr><tr><![endif]-->"


@dataclass(frozen=True)
class Attachment:
    """A file beside the mail."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Rendered:
    """One issue ready to be sent or kept.

    Attributes:
        html: refers to the pictures as `cid:<name>`.
        pictures: PNG by name.
        view: the content the templates printed.
        is_empty: there is nothing to tell; `only_if_results` then sends nothing.
    """

    report: str
    subject: str
    html: str
    text: str
    pictures: dict[str, bytes]
    view: dict[str, Any]
    attachments: list[Attachment] = field(default_factory=list)
    is_empty: bool = False


def render(folder: Path, view: dict[str, Any], t: Wording, pictures: dict[str, bytes]) -> Rendered:
    """Print the report's templates.

    Args:
        folder: `reports/<name>`; `reports/shared` beside it holds the common parts.
        view: content that passed the report's JSON Schema.

    Raises:
        RapportError: `report-template` naming report, file and line.
    """
    source = _print(folder, "report.mjml.j2", view, t)
    html = _html(source, _print(folder, "inline.css.j2", view, t), folder)
    text = _print(folder, "report.txt.j2", view, t)
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    used = {name: png for name, png in sorted(pictures.items()) if f'"cid:{name}"' in html}
    return Rendered(view["report"], view["subject"], html, text, used, view)


def _print(folder: Path, name: str, view: dict[str, Any], t: Wording) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, folder.parent / "shared"]),
        autoescape=lambda template: bool(template) and ".txt." not in str(template),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        pad=lambda text, width: f"{text:<{width}}",
        padleft=lambda text, width: f"{text:>{width}}",
        underline=lambda text: "-" * len(text),
    )
    environment.globals.update(t=t, view=view)
    try:
        return environment.get_template(name).render()
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None) or _line(error)
        raise RapportError(
            "report-template",
            f"The template of report {folder.name!r} does not print: {error}",
            f"{folder / (getattr(error, 'filename', None) or name)}, line {line}",
            "mend the template; `rapport report preview` prints it without sending",
        ) from error


def _line(error: BaseException) -> int | str:
    """The last line of a template in the traceback."""
    line: int | str = "unknown"
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


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
    inlined = inliner.inline(str(html)).replace(OUTLOOK_ROW, OUTLOOK_BREAK)
    return re.sub(r">\s*\n\s*<", "><", inlined)
