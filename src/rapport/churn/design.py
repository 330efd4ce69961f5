"""A table of numbers and words as the columns of a linear model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Four bends catch a rise, a plateau and a fall; what is beyond the outer percentiles counts as
# there, so that one wrong record bends nothing.
_BENDS = (0.2, 0.4, 0.6, 0.8)
_ENDS = (0.01, 0.99)
_MIN_SHARE = 0.002  # a word or a gap in the data that is rarer than this has no column of its own


@dataclass(frozen=True)
class Number:
    """A number as piecewise linear effect, and whether it is known at all.

    Args:
        name: of the column.
        ends: values beyond are taken as these.
        bends: where the slope may change.
        filled: what stands for an unknown value.
        has_gaps: unknown values have a column of their own.
    """

    name: str
    ends: tuple[float, float]
    bends: tuple[float, ...]
    filled: float
    has_gaps: bool

    @classmethod
    def of(cls, name: str, values: Floats) -> Number:
        """Bends at quantiles of the known values."""
        known = values[np.isfinite(values)]
        gap_share = 1 - known.size / max(values.size, 1)
        if not known.size:
            return cls(name, (0.0, 0.0), (), 0.0, False)
        low, high = (float(end) for end in np.quantile(known, _ENDS))
        bends = sorted({float(bend) for bend in np.quantile(known, _BENDS) if low < bend < high})
        return cls(name, (low, high), tuple(bends), float(np.median(known)), gap_share > _MIN_SHARE)

    def columns(self, table: pa.Table) -> list[Floats]:
        """(n,) each."""
        values = numbers(table, self.name)
        is_known = np.isfinite(values)
        inside = np.clip(np.where(is_known, values, self.filled), *self.ends)
        gaps = [np.where(is_known, 0.0, 1.0)] if self.has_gaps else []
        return [inside, *(np.maximum(inside - bend, 0.0) for bend in self.bends), *gaps]


@dataclass(frozen=True)
class Words:
    """A word as one column for each that is frequent enough; a new word counts as none of them."""

    name: str
    known: tuple[str, ...]

    @classmethod
    def of(cls, name: str, words: pa.ChunkedArray) -> Words:
        """The frequent words, ordered by their bytes."""
        counted = pc.value_counts(words.drop_null().combine_chunks()).to_pylist()
        frequent = [one["values"] for one in counted if one["counts"] > _MIN_SHARE * len(words)]
        return cls(name, tuple(sorted(frequent, key=lambda word: word.encode())))

    def columns(self, table: pa.Table) -> list[Floats]:
        """(n,) each."""
        words = _words(table[self.name])
        places = pc.index_in(words, pa.array(self.known, pa.string()))
        place = pc.fill_null(places, -1).to_numpy()
        return [(place == number).astype(np.float64) for number in range(len(self.known))]


@dataclass(frozen=True)
class Design:
    """Standardised columns of a table, several for each of its features.

    Args:
        features: in the order of the table.
        owner: place of the feature that each column belongs to, (columns,).
        mean, deviation: of each column where it was learnt, (columns,).
    """

    features: tuple[Number | Words, ...]
    owner: NDArray[np.int64]
    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, table: pa.Table) -> Design:
        """Learn the columns; one that is constant has the deviation inf, and so no effect."""
        features = tuple(
            Words.of(name, _words(table[name]))
            if _holds_words(table[name].type)
            else Number.of(name, numbers(table, name))
            for name in table.column_names
        )
        blocks = [feature.columns(table) for feature in features]
        owner = np.repeat(np.arange(len(features)), [len(block) for block in blocks])
        values = _stacked(blocks, len(table))
        deviation = values.std(axis=0)
        mean = values.mean(axis=0)
        is_constant = deviation <= 1e-9 * np.maximum(np.abs(mean), 1.0)
        return cls(features, owner, mean, np.where(is_constant, np.inf, deviation))

    def apply(self, table: pa.Table) -> Floats:
        """(rows, columns)."""
        values = _stacked([feature.columns(table) for feature in self.features], len(table))
        return (values - self.mean) / self.deviation


def numbers(table: pa.Table, name: str) -> Floats:
    """A column as doubles, null as nan."""
    column = pc.cast(table[name], pa.float64())
    return np.asarray(pc.fill_null(column, np.nan).to_numpy(), dtype=np.float64)


def _holds_words(kind: pa.DataType) -> bool:
    """Whichever way a library writes text: pandas and Polars use the large one."""
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return pa.types.is_dictionary(kind) or any(is_one(kind) for is_one in texts)


def _words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())


def _stacked(blocks: list[list[Floats]], rows: int) -> Floats:
    columns = [column for block in blocks for column in block]
    return np.column_stack(columns) if columns else np.empty((rows, 0))
