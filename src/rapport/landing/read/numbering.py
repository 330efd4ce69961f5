"""The number of each row in its file, where broken rows stand between whole ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

BATCH_ROWS = 100_000
ROW = "_file_row"


@dataclass(frozen=True)
class Malformed:
    """A line that could not be read as a row."""

    row: int
    text: str
    reason: str


class Rejects:
    """Collects pyarrow's invalid rows and numbers the valid ones around them."""

    def __init__(self, malformed: list[Malformed], header_rows: int = 0) -> None:
        self.malformed, self.header_rows = malformed, header_rows
        self.numbers: set[int] = set()
        self.next = 1

    def __call__(self, row: Any) -> str:
        number = row.number - self.header_rows
        self.numbers.add(number)
        reason = f"row: expected {row.expected_columns} columns, found {row.actual_columns}"
        self.malformed.append(Malformed(number, row.text, reason))
        return "skip"

    def sliced(self, reader: Any) -> Iterator[pa.Table]:
        """The reader's batches with their row numbers, at most BATCH_ROWS each."""
        for batch in reader:
            numbered = pa.Table.from_batches([batch])
            numbered = numbered.append_column(ROW, self._number(len(numbered)))
            for offset in range(0, len(numbered), BATCH_ROWS):
                yield numbered.slice(offset, BATCH_ROWS)

    def _number(self, count: int) -> pa.Array:
        if not self.numbers:
            first, self.next = self.next, self.next + count
            return pa.arange(first, first + count)
        free = (n for n in itertools.count(self.next) if n not in self.numbers)
        numbers = list(itertools.islice(free, count))
        if count:
            self.next = numbers[-1] + 1
        return pa.array(numbers, pa.int64())
