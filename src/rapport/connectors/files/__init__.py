"""Files delivered to a folder or bucket: copied byte for byte, read once to prove them whole.

`connection.path` is a folder: a path, or an fsspec URL such as `s3://bucket/folder`, to which
`endpoint_url`, `key`, `secret`, `token` and `anon` may be added.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rapport import log
from rapport.company import Entity
from rapport.connectors.files import listing
from rapport.connectors.files.check import check
from rapport.connectors.files.discover import discover
from rapport.landing import read
from rapport.landing.zone import Delivery, Interval

__all__ = ["check", "discover", "fetch", "has_changed"]

_COPY_BYTES = 4 << 20


def fetch(
    connection: dict[str, Any], entity: Entity, interval: Interval, delivery: Delivery
) -> None:
    """Copy the interval's files, in the order of their names.

    `fetch.pattern` names the files: with `{date}` (or `{date:%Y%m%d}`) those of each UTC day of the
    interval, without it files that are taken whole; `*` and `?` stand for any part of a name.
    `fetch.missing: empty` makes a day without a file an empty day.

    Raises:
        RapportError: `file-missing`, `source-down` or `source-unauthorised`, or what `landing.read`
            says of a file that is not sound.
    """
    fs, root = listing.opened(connection)
    with listing.explained(connection):
        wanted = list(listing.of_interval(fs, root, entity, interval))
    for found in wanted:
        _copy(_blocks(connection, fs, found), found, entity, delivery)
        if delivery.is_full:
            return


def has_changed(
    connection: dict[str, Any], entity: Entity, interval: Interval, manifest: dict[str, Any]
) -> bool:
    """Whether the files of an interval are others than those of its manifest; none is read.

    Told by name, size and change time (on object storage: ETag). Files that have gone are no
    change: what was delivered stays delivered.

    Raises:
        RapportError: as `fetch`, but not for missing files.
    """
    fs, root = listing.opened(connection)
    known = {
        item["origin"]["name"]: item["origin"] for item in manifest["files"] if "origin" in item
    }
    with listing.explained(connection):
        found = listing.of_interval(fs, root, entity, interval, may_miss=True)
        return any(known.get(file.name) != file.origin for file in found)


def _blocks(connection: dict[str, Any], fs: Any, found: listing.Found) -> Iterator[bytes]:
    with listing.explained(connection), fs.open(found.path, "rb") as origin:
        while block := origin.read(_COPY_BYTES):
            yield block


def _copy(
    blocks: Iterator[bytes], found: listing.Found, entity: Entity, delivery: Delivery
) -> None:
    format = str(entity.fetch.get("format", "csv"))
    received = found.name.replace("/", "__")
    with delivery.file(received, format) as target:
        for block in blocks:
            target.write(block)
    landed = f"{delivery.folder}/received/{received}"
    facts = read.verify(lambda: delivery.zone.open(landed), found.name, format, entity)
    delivery.columns = facts["columns"]
    delivery.files[-1] |= {**facts, "origin": found.origin}
    delivery.rows += facts["rows"]
    log.get(entity=entity.name).info(
        "copied", file=found.name, rows=facts["rows"], totals=facts.get("totals", 0)
    )
