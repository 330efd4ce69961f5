"""An explanation as a picture: a waterfall from the odds before looking to those of the pair."""

from __future__ import annotations

import html
import json
import struct
import textwrap
import zlib
from pathlib import Path
from typing import Any

from rapport.company import Branding
from rapport.errors import RapportError
from rapport.identity.explain import figures, words
from rapport.identity.explain.explanation import Explanation
from rapport.identity.explain.weigh import Weighed
from rapport.report.drawing.colors import Palette, palettes

# Where a letter is in none of the former, as with Chinese, the next is tried.
FONTS = "Liberation Sans, Noto Sans CJK SC, WenQuanYi Micro Hei, sans-serif"
WIDTH = 520  # of the bars; labels stand beside them
ROW_HEIGHT = 30
SCALE = 2  # picture pixels a drawn one
_ROOM = 60  # pixels for the figure beside a bar
KINDS = (".png", ".svg", ".html")


def write(explanation: Explanation, branding: Branding, path: Path) -> None:
    """Write a picture; its description goes with it for those who cannot see it.

    Args:
        path: ends in .png, .svg or .html (a page with picture and text that needs no other file).

    Raises:
        RapportError: `picture-impossible` for another ending, or where there is nothing to draw.
    """
    import vl_convert

    if path.suffix not in KINDS:
        raise RapportError(
            "picture-impossible",
            "Pictures are written as PNG, SVG or HTML",
            str(path),
            f"name a file that ends in {', '.join(KINDS)}",
        )
    light, _ = palettes(branding)
    spec = chart(explanation, light)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        from rapport.report.drawing import png

        picture = png.squeeze(vl_convert.vegalite_to_png(spec, scale=SCALE))
        path.write_bytes(described(picture, description(explanation)))
        return
    svg = titled(vl_convert.vegalite_to_svg(spec), description(explanation))
    text = svg if path.suffix == ".svg" else page(explanation, svg)
    path.write_text(text, encoding="utf-8")


def description(explanation: Explanation) -> str:
    """The picture in words."""
    pair = _pair(explanation)
    prior, *parts = words.shown_bits(pair)
    fields = ", ".join(
        f"{words.field_name(field.name)} {figures.signed(bits)}"
        for field, bits in zip(pair.fields, parts, strict=True)
        if field.among_same is not None
    )
    weight = figures.signed(pair.weight or 0.0)
    return (
        f"{explanation.verdict}. {' '.join(explanation.reasons)} Bits of evidence: before looking "
        f"{figures.signed(prior)}, {fields}, together {weight}; needed "
        f"{figures.signed(explanation.known.model.threshold.chosen)}."
    )


def _pair(explanation: Explanation) -> Weighed:
    pair = explanation.pair
    if pair is None or pair.weight is None:
        raise RapportError(
            "picture-impossible",
            "A picture shows the evidence between two records, and one was named"
            if pair is None
            else "There are no weights to draw: only rules link, without a model",
            ", ".join(side.name for side in explanation.known.sides),
            "name two records, or two customers" if pair is None else "read the text instead",
        )
    return pair


def chart(explanation: Explanation, palette: Palette) -> dict[str, Any]:
    """The waterfall as a Vega-Lite specification."""
    import altair as alt

    pair = _pair(explanation)
    limit = explanation.known.model.threshold.chosen
    rows = _rows(explanation, palette)
    low = min(0.0, limit, *(min(row["from"], row["to"]) for row in rows))
    high = max(0.0, limit, *(max(row["from"], row["to"]) for row in rows))
    room = (high - low or 1.0) * _ROOM / (WIDTH - 2 * _ROOM)
    scale = alt.Scale(domain=[low - room, high + room], nice=False)
    y = alt.Y(
        "place:O",
        axis=alt.Axis(
            title=None,
            ticks=False,
            domain=False,
            labelPadding=12,
            labelExpr=_labels([row["label"] for row in rows]),
        ),
    )
    base = alt.Chart(alt.Data(values=rows)).encode(y=y)
    needed = alt.Chart(alt.Data(values=[{"at": limit, "label": f"needed {figures.signed(limit)}"}]))
    line = needed.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=palette.text).encode(
        x=alt.X("at:Q", scale=scale, axis=None)
    )
    name = needed.mark_text(baseline="bottom", dy=-6, color=palette.text, fontSize=12).encode(
        x=alt.X("at:Q", scale=scale, axis=None), y=alt.value(0), text="label:N"
    )
    bars = base.mark_bar(height=18, cornerRadius=2).encode(
        x=alt.X("from:Q", scale=scale, axis=None), x2="to", color=alt.Color("color:N", scale=None)
    )
    amounts = [
        base.transform_filter(f"datum.is_for == {flag}")
        .mark_text(align=align, dx=dx, fontSize=13, color=palette.text)
        .encode(x=alt.X("to:Q", scale=scale, axis=None), text="bits:N")
        for flag, align, dx in (("true", "left", 6), ("false", "right", -6))
    ]
    whole = (
        alt.layer(line, bars, *amounts, name)
        .properties(
            width=WIDTH,
            height=ROW_HEIGHT * len(rows),
            title=alt.TitleParams(
                _broken(explanation.verdict),
                subtitle=[
                    *_broken(" ".join(explanation.reasons[:2])),
                    f"Each bit to the right doubles the odds for one customer; together "
                    f"{figures.odds(pair.weight or 0.0)} it",
                ],
                anchor="start",
                frame="bounds",
                offset=26,
                fontSize=16,
                subtitleFontSize=13,
                subtitleLineHeight=17,
                color=palette.text,
                subtitleColor=palette.muted,
                subtitlePadding=6,
            ),
        )
        .configure(background=palette.card, font=FONTS, padding=14)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=palette.text, labelFontSize=13, labelLimit=0, labelFont=FONTS, grid=False
        )
        .configure_text(font=FONTS)
        .configure_title(font=FONTS, subtitleFont=FONTS)
    )
    return dict(whole.to_dict())


def _rows(explanation: Explanation, palette: Palette) -> list[dict[str, Any]]:
    """Bars from the top: before looking, each field that says something, together."""
    pair = _pair(explanation)
    weight = pair.weight or 0.0
    prior, *parts = words.shown_bits(pair)
    rows: list[dict[str, Any]] = []

    def add(label: str, start: float, end: float, color: str, shown: float) -> None:
        rows.append(
            {
                "place": len(rows),
                "label": label,
                "from": start,
                "to": end,
                "bits": figures.signed(shown),
                "is_for": end >= start,
                "color": color,
            }
        )

    add("before looking", 0.0, pair.prior, palette.muted, prior)
    at = pair.prior
    for field, shown in zip(pair.fields, parts, strict=True):
        if field.among_same is None:
            continue
        value = f" “{field.value}”" if field.value else ""
        label = f"{words.field_name(field.name)}: {words.level_words(field)}{value}"
        add(label, at, at + field.bits, palette.better if field.bits >= 0 else palette.worse, shown)
        at += field.bits
    add("together", 0.0, weight, palette.primary, weight)
    return rows


def _labels(texts: list[str]) -> str:
    return f"{json.dumps(texts, ensure_ascii=False)}[datum.value]"


def _broken(text: str, letters: int = 100) -> list[str]:
    """A sentence in lines as wide as the picture."""
    return textwrap.wrap(text, letters)


def page(explanation: Explanation, svg: str) -> str:
    """A page that stands alone: the picture, and the whole text below it."""
    title = html.escape(explanation.verdict)
    text = html.escape("\n".join(words.lines(explanation)))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;margin:2rem;color:#17202c}"
        "pre{overflow-x:auto;line-height:1.4}svg{max-width:100%;height:auto}</style></head>\n"
        f"<body><figure>{svg}</figure>\n<pre>{text}</pre></body></html>\n"
    )


def titled(svg: str, text: str) -> str:
    """An SVG that a screen reader reads out."""
    head, tag, rest = svg.partition("<svg ")
    attributes, _, body = rest.partition(">")
    return (
        f'{head}{tag}role="img" aria-label="{html.escape(text)}" {attributes}>'
        f"<title>{html.escape(text)}</title>{body}"
    )


def described(picture: bytes, text: str) -> bytes:
    """A PNG with its description inside (chunk iTXt, PNG specification 11.3.3.4)."""
    body = b"Description\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"iTXt" + body))
    end = picture.rindex(b"IEND") - 4
    return picture[:end] + chunk + picture[end:]
