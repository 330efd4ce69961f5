"""Files in a folder: which belong to an interval, whether they changed, what they tell."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport.company import Entity, Source
from rapport.connectors import files
from rapport.connectors.finding import Finding
from rapport.errors import RapportError
from rapport.landing.zone import Interval, Zone
from rapport.systems import shipped_entities

DAYS = Interval(
    "shop", "things", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
)
LOG = b'203.0.113.9 - - [01/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "curl"\n'


def entity(**fetch: Any) -> Entity:
    return Entity.model_validate(
        {"name": "things", "columns": {"a": "text", "b": "text"}, "fetch": fetch}
    )


class Folder:
    """A source's folder, and a landing zone to fetch into."""

    def __init__(self, path: Path) -> None:
        self.path, self.zone = path / "in", Zone(f"file://{path / 'landing'}")
        self.path.mkdir()
        self.connection = {"path": str(self.path)}

    def put(self, name: str, content: bytes = b"a,b\n1,2\n") -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(content)

    def fetch(self, spec: Entity, limit: int | None = None) -> dict[str, Any]:
        with self.zone.receive(DAYS, limit) as delivery:
            files.fetch(self.connection, spec, DAYS, delivery)
        manifest = self.zone.manifest(DAYS)
        assert manifest is not None
        return manifest

    def has_changed(self, spec: Entity) -> bool:
        manifest = self.zone.manifest(DAYS)
        assert manifest is not None
        return files.has_changed(self.connection, spec, DAYS, manifest)

    def check(self, spec: Entity) -> list[Finding]:
        source = Source(name="shop", system="files", kind="erp", entities={"things": spec})
        return list(files.check(self.connection, source))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def names(manifest: dict[str, Any]) -> list[str]:
    return [item["origin"]["name"] for item in manifest["files"]]


def test_several_files_a_day_are_taken_in_the_order_of_their_names(folder: Folder) -> None:
    for name in ("2026-01-02/a.csv", "2026-01-01/b.csv", "2026-01-01/a.csv", "2026-01-03/a.csv"):
        folder.put(name)
    folder.put("2026-01-01/a.csv.partial", b"half")
    manifest = folder.fetch(entity(pattern="{date}/*.csv"))
    assert names(manifest) == ["2026-01-01/a.csv", "2026-01-01/b.csv", "2026-01-02/a.csv"]
    assert manifest["rows"] == 3


def test_day_without_a_file_is_told_unless_it_is_an_empty_day(folder: Folder) -> None:
    folder.put("20260101.csv")
    spec = {"pattern": "{date:%Y%m%d}*.csv"}
    with pytest.raises(RapportError) as caught:
        folder.fetch(entity(**spec))
    assert caught.value.code == "file-missing" and "20260102*.csv" in caught.value.what
    assert names(folder.fetch(entity(**spec, missing="empty"))) == ["20260101.csv"]


def test_entity_without_a_pattern_is_told(folder: Folder) -> None:
    with pytest.raises(RapportError) as caught:
        folder.fetch(entity())
    assert caught.value.code == "company-invalid" and "pattern" in caught.value.todo


def test_preview_stops_after_the_file_that_fills_it(folder: Folder) -> None:
    for day in ("01", "02"):
        folder.put(f"2026-01-{day}.csv")
    assert folder.fetch(entity(pattern="{date}.csv"), limit=1)["rows"] == 1


def test_late_and_rewritten_files_are_seen_without_reading_them(folder: Folder) -> None:
    spec = entity(pattern="{date}/*.csv", missing="empty")
    folder.put("2026-01-01/a.csv")
    folder.fetch(spec)
    assert not folder.has_changed(spec)

    folder.put("2026-01-02/late.csv")
    assert folder.has_changed(spec)
    folder.fetch(spec)
    assert not folder.has_changed(spec)

    folder.put("2026-01-01/a.csv", b"a,b\n1,3\n")
    os.utime(folder.path / "2026-01-01/a.csv", (1, 1))
    assert folder.has_changed(spec)

    folder.fetch(spec)
    (folder.path / "2026-01-01/a.csv").unlink()
    assert not folder.has_changed(spec)  # what was delivered stays delivered


def test_touched_file_is_looked_at_once_and_not_for_ever(folder: Folder) -> None:
    spec = entity(pattern="{date}.csv", missing="empty")
    folder.put("2026-01-01.csv")
    before = folder.fetch(spec)
    os.utime(folder.path / "2026-01-01.csv", (1, 1))
    assert folder.has_changed(spec)
    after = folder.fetch(spec)
    assert (after["version"], after["folder"]) == (before["version"], before["folder"])
    assert not folder.has_changed(spec)


def said(findings: list[Finding], is_ok: bool = False) -> list[str]:
    return [finding.says for finding in findings if finding.is_ok is is_ok]


def test_check_of_a_sound_folder_finds_nothing_wrong(folder: Folder) -> None:
    folder.put("2026-01-01.csv")
    folder.put("2026-01-02.csv")
    findings = folder.check(entity(pattern="{date}.csv"))
    assert said(findings) == []
    assert "The newest file is 2026-01-02.csv" in said(findings, is_ok=True)


def test_check_names_missing_folder_files_days_and_columns(folder: Folder) -> None:
    assert said(folder.check(entity(pattern="{date}.csv"))) == ["No file is called {date}.csv"]
    folder.put("2026-01-01.csv")
    folder.put("2026-01-04.csv", b"a,c\n1,2\n")
    findings = folder.check(entity(pattern="{date}.csv"))
    assert said(findings) == [
        "2 of the last 4 days have no file: 2026-01-02, 2026-01-03",
        "2026-01-04.csv has no b",
    ]
    assert all(finding.todo for finding in findings if not finding.is_ok)
    folder.connection = {"path": str(folder.path / "nowhere")}
    assert said(folder.check(entity(pattern="{date}.csv"))) == ["There is no such folder"]


def test_check_looks_into_lines_and_explains_an_unsound_file(folder: Folder) -> None:
    spec = entity(pattern="{date}.jsonl", format="jsonl")
    folder.put("2026-01-01.jsonl", b'{"a": "1", "c": "2"}\n')
    found = [finding for finding in folder.check(spec) if not finding.is_ok]
    assert [(finding.place, finding.is_warning) for finding in found] == [("things.b", True)]
    folder.put("2026-01-01.jsonl", b"<html>log in</html>")
    assert "web page" in said(folder.check(spec))[0]


def test_discover_finds_delimiter_encoding_types_key_and_dates(folder: Folder) -> None:
    text = "Order No;Größe;paid_at;amount\n1;L;2026-01-01 10:00:00;1.5\n2;L;2026-01-01 11:00:00;2\n"
    folder.put("orders_20260101.csv", text.encode("cp1252"))
    folder.put("orders_20260102.csv", text.encode("cp1252"))
    folder.put(
        "web/2026/01/02/events.jsonl.gz",
        gzip.compress(
            b"".join(
                json.dumps({"messageId": f"m{n}", "at": "2026-01-01T10:00:00Z"}).encode() + b"\n"
                for n in range(3)
            )
        ),
    )
    pq.write_table(pa.table({"sku": ["a", "b"], "price": [1.5, 2.5]}), folder.path / "p.parquet")
    folder.put("notes.docx", b"PK")
    found = files.discover(folder.connection)
    assert found["orders"] == {
        "key": ["order_no"],
        "event_time": "paid_at",
        "fetch": {
            "pattern": "orders_{date:%Y%m%d}.csv",
            "format": "csv",
            "encoding": "cp1252",
            "delimiter": ";",
        },
        "columns": {
            "order_no": {"type": "integer", "path": "Order No"},
            "groesse": {"type": "text", "path": "Größe"},
            "paid_at": "timestamp",
            "amount": "decimal",
        },
    }
    assert found["web_events"]["fetch"] == {
        "pattern": "web/{date:%Y/%m/%d}/events.jsonl.gz",
        "format": "jsonl",
    }
    assert found["web_events"]["columns"]["message_id"] == {"type": "text", "path": "messageId"}
    assert found["p"] == {
        "key": ["sku"],
        "fetch": {"pattern": "p.parquet", "format": "parquet"},
        "columns": {"sku": "text", "price": "decimal"},
    }
    assert sorted(found) == ["orders", "p", "web_events"]


def discovered(folder: Folder, name: str, content: bytes) -> dict[str, Any]:
    folder.put(name, content)
    (spec,) = files.discover(folder.connection).values()
    return spec


def test_discovered_german_export_is_read_and_not_quarantined(folder: Folder) -> None:
    text = (
        "Beleg;Datum;Betrag;Menge;PLZ;Bezeichnung\n"
        "R1;31.12.2024;1.234,50;1.000;01067;Größe, blau\n"
        "R2;01.02.2025;-3,5;2;10115;\n"
    )
    spec = discovered(folder, "2026-01-01.csv", text.encode("cp1252"))
    assert spec["fetch"] == {
        "pattern": "{date}.csv",
        "format": "csv",
        "encoding": "cp1252",
        "delimiter": ";",
        "decimal": ",",
        "date_format": "%d.%m.%Y",
    }
    types = [column if isinstance(column, str) else column["type"] for column in
             spec["columns"].values()]  # fmt: skip
    assert types == ["text", "date", "decimal", "decimal", "text", "text"]


@pytest.mark.parametrize(
    ("row", "option"), [("01/02/2026,7", "date_format"), ('x,"1,234"', "decimal")]
)
def test_discovered_values_that_can_be_read_in_two_ways_stay_text_and_are_told(
    folder: Folder, row: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = discovered(folder, "x.csv", f"a,b\n{row}\n".encode())
    assert "text" in spec["columns"].values() and option not in spec["fetch"]
    assert option in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("x.csv", b"a,b\r\n1,x\n2,y\r3,z\n", {"a": "integer", "b": "text"}),
        ("x.csv", b'a,b\n1,x\n2,"never closed\n', {"a": "integer", "b": "text"}),
        ("x.jsonl", b'{"a": 1}\n{"a": "x"}\n{"a": {"b": 1}}\n', {"a": "text"}),
        ("x.jsonl", b'{"a": 1}\nno object\n', {"a": "integer"}),
        ("x.csv", b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n", dict.fromkeys("abc", "integer")),
    ],
)
def test_discover_leaves_no_unsound_file_out(
    folder: Folder, name: str, content: bytes, columns: dict[str, str]
) -> None:
    spec = discovered(folder, name, content)
    assert spec["columns"] == columns
    assert "delimiter" not in spec["fetch"] and "header" not in spec["fetch"]


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("客户编号;姓名;城市", "gb18030"),
        ("客户编号;姓名😀;镕", "gb18030"),
        ("Größe;Années créées;Ñandú", "cp1252"),
        ("Город;Имя;Дата", "cp1251"),
    ],
)
def test_discovered_encoding_is_right_or_said_to_be_a_guess(
    folder: Folder, header: str, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = discovered(folder, "x.csv", f"{header}\n1;2;3\n".encode(encoding))
    found = spec["fetch"]["encoding"]
    assert found == encoding or encoding == "cp1251"
    assert f"taken to be written in {found}" in capsys.readouterr().err


def test_file_that_discover_cannot_read_is_told(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.put("x.csv.gz", b"no gzip")
    folder.put("doubled.csv", b"a,a\n1,2\n")
    assert files.discover(folder.connection) == {}
    told = capsys.readouterr().err
    assert "x.csv.gz" in told and "more than once" in told


def test_empty_file_is_no_evidence_of_a_file_without_a_header(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.put("2026-01-02.csv", b"")
    assert files.discover(folder.connection) == {}
    assert "is empty" in capsys.readouterr().err
    folder.put("2026-01-01.csv", b"a,b\n")
    (spec,) = files.discover(folder.connection).values()
    assert spec["columns"] == {"a": "text", "b": "text"} and "header" not in spec["fetch"]
    folder.put("2026-01-01.csv", b"1,x\n2,y\n")
    (spec,) = files.discover(folder.connection).values()
    assert spec["fetch"]["header"] == "none"
    assert spec["columns"] == {"column_1": "integer", "column_2": "text"}


def test_check_of_a_cut_compressed_file_is_a_finding_and_no_crash(folder: Folder) -> None:
    folder.put("2026-01-01.csv.gz", gzip.compress(b"a,b\n1,2\n")[:12])
    assert "ends too early" in said(folder.check(entity(pattern="{date}.csv.gz")))[0]


def test_check_names_the_files_there_and_the_pattern_to_set(folder: Folder) -> None:
    folder.put("access.log-20260101", LOG)
    folder.put("error.log-20260101", b"x\n")
    spec = shipped_entities("access_log")["requests"]
    (finding,) = [found for found in folder.check(spec) if not found.is_ok]
    assert "there are access.log-20260101, error.log-20260101" in finding.says
    assert "'access.log-{date:%Y%m%d}'" in finding.todo


def test_check_of_a_combined_log_misses_no_field_that_its_format_may_lack(folder: Folder) -> None:
    folder.put("access.log-20260101.gz", gzip.compress(LOG))
    assert said(folder.check(shipped_entities("access_log")["requests"])) == []


def test_missing_folder_is_not_a_file_that_is_late(folder: Folder) -> None:
    folder.connection = {"path": str(folder.path / "nowhere")}
    with pytest.raises(RapportError) as caught:
        folder.fetch(entity(pattern="{date}.csv"))
    assert caught.value.code == "file-missing" and "folder" in caught.value.what
    assert caught.value.where == folder.connection["path"]


def test_what_was_discovered_can_be_fetched(folder: Folder) -> None:
    folder.put("2026-01-01.csv")
    folder.put("2026-01-02.csv")
    (spec,) = files.discover(folder.connection).values()
    assert folder.fetch(Entity.model_validate({"name": "things", **spec}))["rows"] == 2
