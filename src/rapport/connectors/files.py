"""Files delivered to a folder or bucket: copied byte for byte, read once to prove them whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import fsspec

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing import read
from rapport.landing.zone import Delivery, Interval

_COPY_BYTES = 1 << 20


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Copy the interval's files.

    `connection.path` is a folder (path or fsspec URL). `fetch.pattern` names the files in it:
    with `{date}` (or `{date:%Y%m%d}`) one file for each UTC day of the interval, without it one
    file that is taken whole. `fetch.missing: empty` makes a day without a file an empty day.

    Raises:
        RapportError: `file-missing`, or what `landing.read` says of a file that is not sound.
    """
    fs, root = fsspec.core.url_to_fs(str(connection["path"]))
    pattern = str(entity.fetch["pattern"])
    for name in _names(pattern, interval):
        path = f"{root}/{name}"
        if not fs.exists(path):
            if entity.fetch.get("missing") == "empty":
                continue
            raise RapportError(
                "file-missing",
                f"The file {name} has not been delivered",
                str(interval),
                "wait for the delivery or ask for it; the interval is retried until its deadline",
            )
        _copy(fs, path, name, entity, delivery)


def _names(pattern: str, interval: Interval) -> Iterator[str]:
    if "{date" not in pattern:
        yield pattern
        return
    day = interval.start.date()
    last = (interval.end - timedelta(microseconds=1)).date()
    while day <= last:
        yield pattern.format(date=day)
        day += timedelta(days=1)


def _copy(fs: Any, path: str, name: str, entity: Entity, delivery: Delivery) -> None:
    format = str(entity.fetch.get("format", "csv"))
    received = name.replace("/", "__")
    with fs.open(path, "rb") as origin, delivery.file(received, format) as target:
        while block := origin.read(_COPY_BYTES):
            target.write(block)
    landed = f"{delivery.folder}/received/{received}"
    rows, columns = read.verify(lambda: delivery.zone.open(landed), name, format, entity)
    delivery.columns = columns
    delivery.files[-1] |= {"rows": rows, "columns": columns}
    delivery.rows += rows
