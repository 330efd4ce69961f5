"""Files on object storage: from a bucket to a landing zone in another, by a real S3 server."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import s3fs
import yaml
from moto.server import ThreadedMotoServer

from rapport import ingest, settings, warehouses
from rapport.company import Source
from rapport.connectors import files
from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from rapport.state import store

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ENTITY: dict[str, Any] = {
    "key": ["event_id"],
    "required": True,
    "lookback_days": 3,
    "fetch": {"pattern": "{date}/*.jsonl.gz", "format": "jsonl"},
    "columns": {"event_id": "text", "kind": "text"},
}


class Bucket:
    """A bucket of the shop's events, and a company that reads them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.fs = s3fs.S3FileSystem(
            endpoint_url=url,
            key="a",
            secret="b",
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        for name in ("events", "landing"):
            self.fs.mkdir(name)
        company = folder / "company"
        (company / "sources").mkdir(parents=True)
        (company / "sources" / "web.yml").write_text(
            yaml.safe_dump({"entities": {"events": ENTITY}})
        )
        (company / "company.yml").write_text(
            yaml.safe_dump(
                {
                    "name": "Shop",
                    "business_timezone": "UTC",
                    "reporting_currency": "EUR",
                    "history_start": "2026-01-01",
                    "sources": {
                        "web": {
                            "system": "files",
                            "kind": "web",
                            "required": True,
                            "connection": {
                                "path": "s3://events/in",
                                "endpoint_url": "env:SHOP_S3",
                                "key": "env:SHOP_KEY",
                                "secret": "env:SHOP_SECRET",
                            },
                        }
                    },
                    "feeds": {},
                }
            )
        )
        self.settings: Settings = settings.load(
            company,
            {
                "RAPPORT_VAR": str(folder / "var"),
                "RAPPORT_LANDING": "s3://landing/rapport",
                "SHOP_S3": url,
                "SHOP_KEY": "a",
                "SHOP_SECRET": "b",
            },
        )

    def put(self, day: int, name: str, *ids: str) -> None:
        lines = "".join(f'{{"event_id": "{one}", "kind": "page"}}\n' for one in ids)
        with self.fs.open(f"events/in/2026-01-{day:02d}/{name}.jsonl.gz", "wb") as stream:
            stream.write(gzip.compress(lines.encode(), mtime=0))

    def ingest(self, day: int) -> dict[str, Any]:
        start = FIRST + timedelta(days=day - 1)
        return ingest.interval(self.settings, "web", start, start + timedelta(days=1))

    def loaded(self) -> list[str]:
        with warehouses.open(self.settings) as warehouse:
            warehouse.refresh_raw(ingest.raw_tables(self.settings, store.open(self.settings)))
            return list(
                warehouse.read("select event_id from raw.web__events order by 1")[
                    "event_id"
                ].to_pylist()
            )


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real HTTP server that speaks S3."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def bucket(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """Fresh buckets; the landing zone's credentials come from the environment, as with AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    s3fs.S3FileSystem.clear_instance_cache()
    made = Bucket(server, tmp_path)
    yield made
    for name in ("events", "landing"):
        made.fs.rm(name, recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def test_events_go_from_bucket_to_bucket_to_warehouse(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put(1, "b", "e3")
    bucket.put(1, "a", "e1", "e2")
    result = bucket.ingest(1)
    assert result["emit"]
    assert bucket.loaded() == ["e1", "e2", "e3"]
    assert bucket.fs.find("landing/rapport/web/events")
    assert not (tmp_path / "var" / "landing").exists()


def test_file_that_comes_late_is_noticed_by_its_name_and_tag_alone(bucket: Bucket) -> None:
    bucket.put(1, "a", "e1")
    bucket.ingest(1)
    place = Interval("web", "events", FIRST, FIRST + timedelta(days=1))
    manifest = Zone(bucket.settings.landing_url).manifest(place)
    assert manifest is not None
    source = bucket.settings.source("web")
    connection, entity = bucket.settings.connection(source), source.entities["events"]
    assert not files.has_changed(connection, entity, place, manifest)
    bucket.put(1, "a", "e1", "e2")
    assert files.has_changed(connection, entity, place, manifest)
    bucket.ingest(1)
    assert bucket.loaded() == ["e1", "e2"]


def test_bucket_that_does_not_answer_is_down_and_the_secret_is_not_printed(bucket: Bucket) -> None:
    source = bucket.settings.source("web")
    connection = {
        **bucket.settings.connection(source),
        "endpoint_url": "http://127.0.0.1:9",
        "secret": "do-not-print",
    }
    place = Interval("web", "events", FIRST, FIRST + timedelta(days=1))
    zone = Zone(bucket.settings.landing_url)
    with pytest.raises(RapportError) as caught, zone.receive(place) as delivery:
        files.fetch(connection, source.entities["events"], place, delivery)
    assert caught.value.code == "source-down"
    assert "do-not-print" not in str(caught.value)
    assert zone.manifest(place) is None


def test_check_names_a_bucket_that_is_not_there(bucket: Bucket) -> None:
    source = bucket.settings.source("web")
    connection = bucket.settings.connection(source)
    bucket.put(1, "a", "e1")
    assert all(finding.is_ok for finding in files.check(connection, source))
    missing = Source.model_validate(source.model_dump())
    findings = list(files.check({**connection, "path": "s3://nobody/in"}, missing))
    assert [finding.is_ok for finding in findings] == [False]
    assert findings[0].todo


@pytest.mark.parametrize("trouble", ["no such bucket", "nobody answers"])
def test_a_landing_zone_that_cannot_be_used_is_told_in_words(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """It was a fault of Rapport to the command line, and an unforeseen error in the mail."""
    bucket.put(1, "a", "e1")
    found = bucket.settings
    if trouble == "no such bucket":
        found = found.model_copy(update={"landing_url": "s3://nobody/rapport"})
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(RapportError) as caught:
        ingest.extract(found, "web", "events", FIRST, FIRST + timedelta(days=1))
    assert caught.value.code == "landing-unreachable"
    assert caught.value.where == found.landing_url


def test_a_storage_whose_package_is_missing_is_named(bucket: Bucket) -> None:
    with pytest.raises(RapportError) as caught:
        Zone("gs://landing/rapport")
    assert caught.value.code == "driver-missing"
