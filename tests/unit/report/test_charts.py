"""The pictures: sharp, small, and the same every time."""

from __future__ import annotations

import struct
import zlib
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pytest

from rapport.company import Branding
from rapport.report import issue
from rapport.report.drawing import axes, charts, colors, png
from rapport.report.formats import Formats
from tests.unit.report import marts
from tests.unit.report.conftest import settings_in


def draw(reader: marts.Reader, folder: Path) -> dict[str, bytes]:
    charts._png.cache_clear()
    return issue.render(settings_in(folder), reader).pictures


def decoded(picture: bytes) -> np.ndarray[Any, Any]:
    """Pixels of an unfiltered palette or RGB picture."""
    chunks = dict(png._chunks(picture))
    width, height, _, kind, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = 1 if kind == 3 else 3
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8)
    body = lines.reshape(height, 1 + width * channels)[:, 1:].reshape(height, width, channels)
    if kind == 3:
        return np.frombuffer(chunks[b"PLTE"], dtype=np.uint8).reshape(-1, 3)[body[..., 0]]
    return body


def test_the_same_figures_give_the_same_bytes(full: marts.Reader, tmp_path: Path) -> None:
    first, second = draw(full, tmp_path), draw(full, tmp_path)
    assert first == second
    assert set(first) == {"trend-light", "trend-dark", "stages-light", "stages-dark"}
    for picture in first.values():
        assert struct.unpack(">I", picture[16:20])[0] == charts.WIDTH * charts.SCALE
        assert len(picture) < 30_000


def test_another_figure_gives_another_picture(full: marts.Reader, tmp_path: Path) -> None:
    other = marts.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(other.path)) as connection:
        connection.execute("update marts.rpt_kpis set value = value / 2 where value > 400000")
    assert draw(full, tmp_path)["trend-light"] != draw(other, tmp_path)["trend-light"]
    assert draw(full, tmp_path)["stages-light"] == draw(other, tmp_path)["stages-light"]


def test_the_value_of_a_month_below_zero_stands_beneath_its_bar(tmp_path: Path) -> None:
    """Drawn nine pixels above the bar's end it lay on the bar, dark on dark."""
    reader = marts.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(reader.path)) as connection:
        connection.execute("update marts.rpt_kpis set value = -value where kpi_id = 'net_revenue'")
    pixels = decoded(draw(reader, tmp_path)["trend-light"]).astype(int)
    light, _ = colors.palettes(settings_in(tmp_path).company.branding)

    def depths(colour: str) -> np.ndarray[Any, Any]:
        """Rows with pixels of a colour in the place of the reported month, the last of all."""
        shade = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        return np.flatnonzero((np.abs(pixels[:, -90:] - shade).sum(axis=2) < 8).any(axis=1))

    assert depths(light.text).min() > depths(light.primary).max()


def test_nothing_drawn_from_nothing(tmp_path: Path) -> None:
    assert draw(marts.fill(tmp_path / "published.duckdb", empty=True), tmp_path) == {}


@pytest.mark.parametrize("colours", [40, 5_000])
def test_squeezing_keeps_every_pixel(colours: int) -> None:
    rng = np.random.default_rng(7)
    choice = rng.integers(0, 256, (colours, 3), dtype=np.uint8)
    pixels = choice[rng.integers(0, colours, (90, 120))]
    rgba = np.concatenate([pixels, np.full((90, 120, 1), 255, dtype=np.uint8)], axis=2)
    left = np.concatenate([np.zeros((90, 1, 4), dtype=np.uint8), rgba[:, :-1]], axis=1)
    lines = np.concatenate(
        [np.full((90, 1), png.SUB, dtype=np.uint8), (rgba - left).reshape(90, -1)], axis=1
    )
    header = struct.pack(">IIBBBBB", 120, 90, 8, 6, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 1)
    parts = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    picture = png.SIGNATURE + b"".join(png._chunk(name, content) for name, content in parts)
    assert (decoded(png.squeeze(picture)) == pixels).all()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (287_150, 548_210, [0, 200_000, 400_000, 600_000]),
        (-40, 90, [-50, 0, 50, 100]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1, 1.25]),
        (0.11, 0.19, [0, 0.05, 0.1, 0.15, 0.2, 0.25]),
        (0, 1e12, [0, 250e9, 500e9, 750e9, 1e12, 1.25e12]),
    ],
)
def test_round_ticks(low: float, high: float, expected: list[float]) -> None:
    assert axes.ticks(low, high) == pytest.approx(expected)


def test_what_is_counted_has_no_halves_on_its_axis() -> None:
    """Two customers stood between ticks written 0, 0, 1, 2, 2 and 2."""
    assert axes.ticks(0, 2, is_whole=True) == [0, 1, 2, 3]
    assert axes.ticks(0, 9, is_whole=True) == [0, 5, 10]
    assert axes.ticks(0, 0, is_whole=True) == [0, 1, 2]


def test_two_years_do_not_stand_side_by_side() -> None:
    """December 2024 and January 2025 read as 20242025."""
    period = SimpleNamespace(kind="month")
    say: Any = SimpleNamespace(
        figures=SimpleNamespace(period=period), formats=Formats("en_GB", "EUR", "UTC")
    )
    months = [date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)]
    assert axes.labels(say, months) == [["Dec"], ["Jan", "2025"], ["Feb"]]
    assert axes.labels(say, months[:1]) == [["Dec", "2024"]]
    assert axes.labels(say, months[1:]) == [["Jan", "2025"], ["Feb"]]


@pytest.mark.parametrize("values", [(-90_000, -5_000), (3_000, -90_000), (0, 0), (4_000, 5_000)])
def test_labels_of_lying_bars_have_room(values: tuple[int, int]) -> None:
    """Of a shrinking company all bars point left: their labels stood beyond the picture's edge."""
    rows = [
        {"name": "lost", "value": value, "before": None, "label": "\u2212€90,000",
         "label_at": max(value, 0), "color": "#000000"}
        for value in values
    ]  # fmt: skip
    light, _ = colors.palettes(Branding())
    low, high = charts._bars(rows, light)["layer"][0]["encoding"]["x"]["scale"]["domain"]
    drawn = charts.WIDTH - 8 * len("lost") - 30
    assert (high - max(0, *values)) / (high - low) * drawn >= 8 * len("\u2212€90,000")
