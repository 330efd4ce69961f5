"""Files of transactions for tests: three columns, written and read."""

from __future__ import annotations

from pathlib import Path

from rapport.value.transactions import Transactions

ROWS = [
    ("b", "2026-01-05 10:00:00", "10"),
    ("b", "2026-01-05 18:00:00", "5"),
    ("b", "2026-02-04", "20"),
    ("b", "2026-02-06", "-20"),
    ("b", "2026-04-01", "7"),
    ("a", "2026-01-01", "0"),
    ("a", "2026-01-31", "nan"),
    ("a", "2026-02-10", ""),
    ("", "2026-01-31", "3"),
    ("c", "", "3"),
    ("d", "2026-03-20", "4"),
]


def written(folder: Path, rows: list[tuple[str, str, str]], header: str = "who,on,worth") -> Path:
    path = folder / "transactions.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")
    return path


def read(path: Path, date_format: str | None = None) -> Transactions:
    return Transactions(path, "who", "on", "worth", date_format)
