"""Intervals of the landing zone: written whole or not at all, replaced when run again.

One interval of one entity is a folder:

    <source>/<entity>/<start>_<end>/
        manifest.json               names the delivery that counts (written last)
        gate.json                   names what the gate made of it (written last)
        d-<id>/received/...         what was received, as it came
        d-<id>/g-<id>/accepted/...  what the gate accepted, Parquet
        d-<id>/g-<id>/quarantine/.. what it did not, with reasons, Parquet

A writer that dies leaves a folder that nobody names; maintenance removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import fsspec

from rapport import clock
from rapport.errors import RapportError
from rapport.landing.hashing import Hashing

_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Interval:
    """One entity of one source over [start, end), both UTC."""

    source: str
    entity: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise RapportError(
                "interval-invalid",
                f"The interval ends at {clock.iso(self.end)}, not after its start "
                f"{clock.iso(self.start)}",
                f"{self.source}.{self.entity}",
                "give a start before the end; intervals are [start, end) in UTC",
            )

    @property
    def folder(self) -> str:
        """Folder inside the landing zone."""
        span = f"{self.start.strftime(_STAMP)}_{self.end.strftime(_STAMP)}"
        return f"{self.source}/{self.entity}/{span}"

    def __str__(self) -> str:
        return f"{self.source}.{self.entity} {clock.iso(self.start)} to {clock.iso(self.end)}"


@dataclass
class Delivery:
    """A delivery being written: files go through `file`, facts about them are added to it.

    Attributes:
        limit: rows after which a connector may stop (a preview); None takes all.
    """

    zone: Zone
    folder: str
    limit: int | None = None
    rows: int = 0
    columns: list[str] | None = None
    cursor: str | None = None
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether a preview has what it wanted."""
        return self.limit is not None and self.rows >= self.limit

    @contextmanager
    def file(self, name: str, format: str) -> Iterator[IO[bytes]]:
        """Write one received file; its size and checksum enter the manifest."""
        path = f"{self.folder}/received/{name}"
        with self.zone.write(path) as stream:
            tee = Hashing(stream)
            yield tee  # type: ignore[misc]
        facts = {"bytes": tee.size, "sha256": tee.digest.hexdigest()}
        self.files.append({"path": path, "format": format, **facts})


class Zone:
    """A landing zone at a `file://`, `s3://`, `gs://`, `az://` or `memory://` URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # Other processes write here too: a remembered listing would be wrong.
        try:
            self.fs, self.root = fsspec.core.url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            raise RapportError(
                "driver-missing",
                f"The package for this storage is not installed: {error}",
                self.url,
                "install it into Rapport's environment, or correct RAPPORT_LANDING",
            ) from None
        self.is_local = "file" in (
            self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,)
        )

    def location(self, path: str) -> str:
        """What DuckDB and pyarrow open: a plain path on local disk, else a URL."""
        return f"{self.root}/{path}" if self.is_local else f"{self.url}/{path}"

    @contextmanager
    def write(self, path: str) -> Iterator[IO[bytes]]:
        """Open a file of the zone for writing, making its folder."""
        target = f"{self.root}/{path}"
        if self.is_local:  # object storage has no folders, and would make a misspelt bucket
            self.fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        with self.fs.open(target, "wb") as stream:
            yield stream

    def open(self, path: str) -> Any:
        """Open a file of the zone for reading."""
        return self.fs.open(f"{self.root}/{path}", "rb")

    def exists(self, path: str) -> bool:
        """Whether the zone has this file."""
        return bool(self.fs.exists(f"{self.root}/{path}"))

    def read_json(self, path: str) -> dict[str, Any] | None:
        """A JSON document of the zone, or None where there is none."""
        try:
            with self.open(path) as stream:
                return dict(json.load(stream))
        except FileNotFoundError:
            return None

    def commit_json(self, path: str, document: dict[str, Any]) -> None:
        """Put a JSON document in place at one stroke."""
        data = (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
        target = f"{self.root}/{path}"
        if not self.is_local:
            self.fs.pipe_file(target, data)  # a PUT is atomic on object stores
            return
        self.fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
        partial = f"{target}.{uuid.uuid4().hex}.partial"
        with open(partial, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(partial, target)

    def remove(self, path: str) -> None:
        """Remove a folder of the zone and all in it, if it is there."""
        target = f"{self.root}/{path}"
        if self.fs.exists(target):
            self.fs.rm(target, recursive=True)

    @contextmanager
    def receive(self, interval: Interval, limit: int | None = None) -> Iterator[Delivery]:
        """Write a delivery; at the end of the block it becomes the interval's content.

        On an exception nothing has happened. A delivery with the content of the present one
        leaves that one in place, so that a repeated delivery changes nothing.
        """
        delivery = Delivery(self, f"{interval.folder}/d-{uuid.uuid4().hex[:12]}", limit)
        try:
            yield delivery
        except BaseException:
            self.remove(delivery.folder)
            raise
        manifest = _manifest(interval, delivery)
        present = self.manifest(interval)
        if present and present["version"] == manifest["version"]:
            self.remove(delivery.folder)
            if _with_origins(present, manifest) != present:
                self.commit_json(
                    f"{interval.folder}/manifest.json", _with_origins(present, manifest)
                )
            return
        self.commit_json(f"{interval.folder}/manifest.json", manifest)

    def manifest(self, interval: Interval) -> dict[str, Any] | None:
        """The manifest of the interval's present delivery, or None."""
        return self.read_json(f"{interval.folder}/manifest.json")

    def gate_result(self, interval: Interval) -> dict[str, Any] | None:
        """What the gate made of the present delivery; None if not gated since it came."""
        manifest = self.manifest(interval)
        result = self.read_json(f"{interval.folder}/gate.json")
        if manifest is None or result is None or result["version"] != manifest["version"]:
            return None
        return result

    def intervals(self, source: str, entity: str) -> list[Interval]:
        """All intervals of an entity that have a manifest, by start and end."""
        base = f"{self.root}/{source}/{entity}"
        if not self.fs.exists(base):
            return []
        found = []
        for path in self.fs.ls(base, detail=False):
            name = path.rstrip("/").rsplit("/", 1)[1]
            start, _, end = name.partition("_")
            interval = Interval(
                source, entity, *(clock.parse(_from_stamp(part)) for part in (start, end))
            )
            if self.exists(f"{interval.folder}/manifest.json"):
                found.append(interval)
        return sorted(found, key=lambda interval: (interval.start, interval.end))

    def sweep(
        self, interval: Interval, in_use: Iterable[str] = (), before: datetime | None = None
    ) -> list[str]:
        """Remove the deliveries that neither the interval's manifest nor `in_use` names.

        Args:
            in_use: paths of files that must stay (those of loaded deliveries).
            before: deliveries with a younger file stay, somebody may still be writing them.

        Returns:
            the folders removed.
        """
        manifest = self.manifest(interval)
        if manifest is None:
            return []
        kept = {manifest["folder"].rsplit("/", 1)[1]}
        kept |= {path.split("/")[3] for path in in_use if path.startswith(interval.folder)}
        removed = []
        for path in self.fs.ls(f"{self.root}/{interval.folder}", detail=False):
            name = path.rstrip("/").rsplit("/", 1)[1]
            if name.startswith("d-") and name not in kept and not self._is_young(path, before):
                self.remove(f"{interval.folder}/{name}")
                removed.append(name)
        return removed

    def _is_young(self, folder: str, before: datetime | None) -> bool:
        if before is None:
            return False
        files = self.fs.find(folder)
        times = [self.fs.modified(path) for path in files]
        return not files or any(
            (moment if moment.tzinfo else moment.replace(tzinfo=before.tzinfo)) >= before
            for moment in times
        )


def _from_stamp(stamp: str) -> str:
    return datetime.strptime(stamp, _STAMP).isoformat()


def _with_origins(present: dict[str, Any], fetched: dict[str, Any]) -> dict[str, Any]:
    """The present manifest, saying of its files how they stand at the source now."""
    origins = {_name(item): item["origin"] for item in fetched["files"] if "origin" in item}
    items = [
        {**item, "origin": origins[_name(item)]} if _name(item) in origins else item
        for item in present["files"]
    ]
    return {**present, "files": items}


def _name(item: dict[str, Any]) -> str:
    return str(item["path"]).rsplit("/", 1)[1]


def _manifest(interval: Interval, delivery: Delivery) -> dict[str, Any]:
    files = sorted(delivery.files, key=lambda item: item["path"])
    content = "".join(f"{item['sha256']} {item['bytes']}\n" for item in files)
    return {
        "source": interval.source,
        "entity": interval.entity,
        "interval_start": clock.iso(interval.start),
        "interval_end": clock.iso(interval.end),
        "version": hashlib.sha256(content.encode()).hexdigest()[:16],
        "folder": delivery.folder,
        "files": files,
        "rows": delivery.rows,
        "bytes": sum(item["bytes"] for item in files),
        "columns": delivery.columns,
        "cursor": delivery.cursor,
        "extracted_at": clock.iso(clock.now()),
    }
