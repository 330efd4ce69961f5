"""Which files there are: by pattern, by day, with what tells that one of them has changed."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import fsspec

from rapport.company import Entity
from rapport.errors import RapportError
from rapport.landing.zone import Interval

_DATE = re.compile(r"\{date(?::([^}]*))?\}")
_OPTIONS = ("endpoint_url", "key", "secret", "token", "anon")
_DATED = {
    r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])-([0-3]\d)(?!\d)": "{date}",
    r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)": "{date:%Y%m%d}",
    r"(?<!\d)(20\d\d)_(0[1-9]|1[0-2])_([0-3]\d)(?!\d)": "{date:%Y_%m_%d}",
    r"(?<!\d)(20\d\d)/(0[1-9]|1[0-2])/([0-3]\d)(?!\d)": "{date:%Y/%m/%d}",
}
_FILES_LOOKED_AT = 5_000
_DIGITS = {"%Y": r"\d{4}", "%m": r"\d{2}", "%d": r"\d{2}", "%y": r"\d{2}", "%j": r"\d{3}"}


@dataclass(frozen=True)
class Found:
    """A file at the source.

    Attributes:
        path: where the file system opens it.
        name: its path inside the connection's folder.
        origin: name, size, and change time or ETag, as the manifest keeps them.
    """

    path: str
    name: str
    origin: dict[str, Any]


def opened(connection: dict[str, Any]) -> tuple[Any, str]:
    """The file system of a connection, never remembering a listing, and the folder in it."""
    options = {name: connection[name] for name in _OPTIONS if name in connection}
    fs, root = fsspec.core.url_to_fs(
        str(connection["path"]), use_listings_cache=False, skip_instance_cache=True, **options
    )
    return fs, str(root).rstrip("/")


@contextmanager
def explained(connection: dict[str, Any]) -> Iterator[None]:
    """Turns what a file system says of a place that cannot be reached into a RapportError."""
    try:
        yield
    except Exception as error:
        told = _told(error, str(connection["path"]))
        if told is None:
            raise
        raise told from None


def _told(error: Exception, place: str) -> RapportError | None:
    aws: Any = sys.modules.get("botocore.exceptions")  # loaded where an s3:// URL is opened
    said = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, PermissionError) or (aws and isinstance(error, aws.NoCredentialsError)):
        return RapportError(
            "source-unauthorised",
            f"The files may not be read: {said}",
            place,
            "check key and secret of the connection and what they may do (list and get)",
        )
    if isinstance(error, FileNotFoundError):
        return RapportError(
            "file-missing",
            f"The folder or file does not exist: {said}",
            place,
            "correct `connection.path`, or wait for the delivery",
        )
    if isinstance(error, OSError) or (aws and isinstance(error, aws.BotoCoreError)):
        return RapportError(
            "source-down",
            f"The files cannot be reached: {said}",
            place,
            "see that the storage is up and its address right; the interval is retried",
        )
    return None


def pattern_of(entity: Entity) -> str:
    """The pattern of the entity's file names.

    Raises:
        RapportError: `company-invalid` where it has none.
    """
    if "pattern" not in entity.fetch:
        raise RapportError(
            "company-invalid",
            f"The entity {entity.name} does not say how its files are called",
            "the source's entities",
            "give `fetch.pattern`, or leave the entity out of the source's list",
        )
    return str(entity.fetch["pattern"])


def of_interval(
    fs: Any, root: str, entity: Entity, interval: Interval, may_miss: bool = False
) -> Iterator[Found]:
    """The files of an interval, day by day, each day's by name.

    Raises:
        RapportError: `file-missing` for a day without a file, unless that is an empty day.
    """
    pattern = pattern_of(entity)
    names = [pattern]
    if has_date(pattern):
        names = [pattern.format(date=day) for day in days_of(interval)]
    for wanted in names:
        found = _matching(fs, root, wanted)
        if not found and not may_miss and entity.fetch.get("missing") != "empty":
            if not fs.exists(root):
                raise RapportError(
                    "file-missing",
                    "The folder does not exist, or is an empty one of a bucket",
                    root,
                    "correct `connection.path`, or see that the folder is mounted and delivered to",
                )
            raise RapportError(
                "file-missing",
                f"The file {wanted} has not been delivered",
                str(interval),
                "wait for the delivery or ask for it; the interval is retried until its deadline",
            )
        yield from found


def days_of(interval: Interval) -> list[date]:
    """The UTC days that an interval touches."""
    first = interval.start.date()
    last = (interval.end - timedelta(microseconds=1)).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def by_day(fs: Any, root: str, pattern: str) -> dict[date, list[Found]]:
    """All files of a pattern with `{date}` by the day in their names."""
    days: dict[date, list[Found]] = {}
    shape = re.compile(_regex(pattern))
    for found in _matching(fs, root, _DATE.sub("*", pattern)):
        match = shape.fullmatch(found.name)
        formats = [form or "%Y-%m-%d" for form in _DATE.findall(pattern)]
        if match is None:
            continue
        try:
            moment = datetime.strptime(" ".join(match.groups()), " ".join(formats))
        except ValueError:
            continue
        days.setdefault(moment.replace(tzinfo=UTC).date(), []).append(found)
    return dict(sorted(days.items()))


def newest(fs: Any, root: str, pattern: str) -> Found | None:
    """The file of the last day, or the last one by name where names have no day."""
    if has_date(pattern):
        days = by_day(fs, root, pattern)
        return days[max(days)][-1] if days else None
    found = _matching(fs, root, pattern)
    return found[-1] if found else None


def has_date(pattern: str) -> bool:
    """Whether the files of a pattern are each of a day."""
    return _DATE.search(pattern) is not None


def every(fs: Any, root: str) -> dict[str, int]:
    """Names inside the folder of the first few thousand files in it, in order, and their sizes."""
    found = (
        (path.removeprefix(root).lstrip("/"), int(info["size"] or 0))
        for folder, _, files in fs.walk(root, detail=True)
        for path, info in ((f"{folder}/{name}", files[name]) for name in sorted(files))
        if not path.rsplit("/", 1)[1].startswith(".")
    )
    return dict(sorted(itertools.islice(found, _FILES_LOOKED_AT)))


def pattern_for(name: str) -> str:
    """A pattern for files called like this one: with `{date}` where the name has a day."""
    for shape, pattern in _DATED.items():
        if re.search(shape, name):
            return re.sub(shape, pattern, name, count=1)
    return name


def _regex(pattern: str) -> str:
    parts = _DATE.split(pattern)
    text = ""
    for place, part in enumerate(parts):
        if place % 2:
            form = re.escape(part or "%Y-%m-%d")
            for code, digits in _DIGITS.items():
                form = form.replace(code, digits)
            text += f"({form})"
        else:
            text += re.escape(part or "").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return text


def _matching(fs: Any, root: str, wanted: str) -> list[Found]:
    path = f"{root}/{wanted}"
    if any(mark in wanted for mark in "*?["):
        found = fs.glob(path, detail=True)
        infos = [info for info in found.values() if info["type"] == "file"]
    else:
        infos = [fs.info(path)] if fs.exists(path) else []
    return sorted((_found(root, info) for info in infos), key=lambda file: file.name)


def _found(root: str, info: dict[str, Any]) -> Found:
    path = str(info["name"])
    name = path.removeprefix(root).lstrip("/")
    changed = info.get("ETag") or info.get("etag") or info.get("mtime") or info.get("LastModified")
    origin = {"name": name, "bytes": info["size"], "changed": str(changed).strip('"')}
    return Found(path, name, origin)
