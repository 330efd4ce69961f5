"""The company's logo at the head of its reports. Without one that can be shown its name stands."""

from __future__ import annotations

from pathlib import Path

from rapport import log
from rapport.report.drawing import png

HIGH = 32  # pixels shown, as high as the lines beside it
WIDE = 220  # at most, so that the name fits beside it on a phone
MOST_BYTES = 200_000  # it goes with every mail


def load(company_dir: Path, name: str | None) -> bytes | None:
    """The logo as it stands in the company folder, a PNG.

    None where none is given, or where it cannot be shown: then the name stands alone, and the log
    says why.
    """
    if not name:
        return None
    place = company_dir / name
    try:
        picture = place.read_bytes()
        why = _fault(picture)
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        log.get(step="report").warning("no logo", file=str(place), reason=why)
        return None
    return picture


def size(picture: bytes) -> dict[str, int]:
    """Width and height in pixels at which it is shown."""
    at_most = png.height(picture, WIDE)
    if at_most < HIGH:
        return {"width": WIDE, "height": at_most}
    return {"width": max(1, round(WIDE * HIGH / at_most)), "height": HIGH}


def _fault(picture: bytes) -> str:
    if not picture.startswith(png.SIGNATURE) or len(picture) < 24:
        return "it is no PNG"
    if len(picture) > MOST_BYTES:
        return f"it is larger than {MOST_BYTES // 1000} kB"
    if not png.height(picture, WIDE):
        return "it is wider than a head of a mail can show"
    return ""
