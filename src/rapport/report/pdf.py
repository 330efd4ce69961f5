"""An issue as PDF by WeasyPrint: the same page on paper, the same bytes for the same issue."""

from __future__ import annotations

import base64
import re

from rapport import environ
from rapport.errors import RapportError
from rapport.report.render import Rendered

# Without HarfBuzz-Subset, WeasyPrint leaves the fonts to fontTools, which dates each by the clock
# unless this says another date.
UNDATED = {"SOURCE_DATE_EPOCH": "0"}

# A column as wide as the page is a block, so that a page may end in it; a row of data stays whole.
PAGE = """
@page { size: A4; margin: 14mm 12mm 16mm;
  @bottom-right { content: counter(page) " / " counter(pages);
    font: 8pt sans-serif; color: #566373; } }
body, .page { background-color: #ffffff !important; }
h2 { break-after: avoid; }
tr[valign], img, .tile { break-inside: avoid; }
.mj-column-per-100 { display: block !important; }
.only-dark { display: none !important; }
"""


def of(rendered: Rendered) -> bytes:
    """The page as PDF; it refers to nothing outside itself.

    Raises:
        RapportError: `pdf-impossible` when WeasyPrint's libraries are not installed.
    """
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise RapportError(
            "pdf-impossible", f"WeasyPrint lacks a library of the system: {error}",
            todo="install Pango, for instance: apt-get install libpango-1.0-0 libpangoft2-1.0-0",
        ) from None  # fmt: skip
    # The widths of columns stand in a rule for wide screens; paper is wide.
    html = re.sub(r"@media only screen and \(min-width: ?480px\)", "@media print", rendered.html)
    html = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    for name, picture in rendered.pictures.items():
        inside = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
        html = html.replace(f'"cid:{name}"', f'"{inside}"')
    nothing_else = URLFetcher(allowed_protocols=("data",))
    document = weasyprint.HTML(string=html, url_fetcher=nothing_else)
    sheet = weasyprint.CSS(string=PAGE)
    # A fixed identifier, and no date: the bytes follow from the issue alone.
    with environ.having(UNDATED):
        written: bytes = document.write_pdf(
            stylesheets=[sheet], pdf_identifier=rendered.subject.encode(), presentational_hints=True
        )
    return written
