"""The raw gate accounts for every row received, whatever the rows hold."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rapport.company import Entity, Source
from rapport.gates import raw, received, rejects
from rapport.gates.known import Known
from rapport.landing.zone import Interval, Zone
from rapport.settings import Settings
from tests.conftest import bare_settings

SPAN = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
GATE = """
import great_expectations as gx
import great_expectations.expectations as gxe

def lines():
    return gx.ExpectationSuite(name="raw_shop.lines", expectations=[
        gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, severity="critical"),
        gxe.ExpectColumnValuesToNotBeNull(column="sold_on", severity="warning"),
    ])
"""
COLUMNS = {"line_id": "text", "amount": "decimal", "sold_on": "date", "changed_at": "timestamp"}


def company(folder: Path, **changes: Any) -> Settings:
    """A company with one entity of order lines, gated by GATE."""
    (folder / "expectations").mkdir(exist_ok=True)
    (folder / "expectations" / "raw_shop.py").write_text(GATE)
    spec = {
        "name": "lines",
        "columns": COLUMNS,
        "key": ["line_id"],
        "version_by": "changed_at",
        "gate": "raw_shop.lines",
        "fetch": {"pattern": "lines.csv"},
        "quarantine_max_pct": 100,
        **changes,
    }
    source = Source(name="shop", system="files", kind="erp", entities={"lines": Entity(**spec)})
    settings = bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")
    return settings.model_copy(
        update={"company": settings.company.model_copy(update={"sources": {"shop": source}})}
    )


def gate(settings: Settings, content: bytes, name: str = "lines.csv") -> dict[str, Any]:
    """Land `content` and gate it."""
    zone, interval = Zone(settings.landing_url), Interval("shop", "lines", *SPAN)
    with zone.receive(interval) as delivery:
        with delivery.file(name, "jsonl" if "jsonl" in name else "csv") as stream:
            stream.write(content)
        if name.endswith("csv"):
            delivery.columns = next(csv.reader([content.split(b"\n")[0].decode()]))
    return raw.run(settings, zone, interval)


def accepted(settings: Settings, outcome: dict[str, Any]) -> list[dict[str, Any]]:
    zone = Zone(settings.landing_url)
    return pq.read_table(zone.location(outcome["accepted_files"][0])).to_pylist()


def balanced(outcome: dict[str, Any]) -> bool:
    parts = ("accepted", "quarantined", "superseded", "duplicates")
    return bool(outcome["received"] == sum(outcome[part] for part in parts))


def test_every_row_goes_to_one_place_only(tmp_path: Path) -> None:
    settings = company(tmp_path)
    outcome = gate(
        settings,
        b"line_id,amount,sold_on,changed_at\n"
        b"a,1.50,2026-01-01,2026-01-01 10:00:00\n"  # accepted
        b"a,1.50,2026-01-01,2026-01-01 10:00:00\n"  # exact duplicate
        b"b,2,2026-01-01,2026-01-01 09:00:00\n"  # superseded by the next
        b"b,3,2026-01-01,2026-01-01 11:00:00\n"
        b"c,-1,2026-01-01,2026-01-01 10:00:00\n"  # breaks the suite
        b"d,abc,2026-01-01,2026-01-01 10:00:00\n"  # is no decimal
        b",4,2026-01-01,2026-01-01 10:00:00\n"  # has no key
        b"e,5\n",  # is no row
    )
    assert outcome["status"] == "gated"
    counts = {k: outcome[k] for k in ("received", "accepted", "quarantined")}
    assert counts == {"received": 8, "accepted": 2, "quarantined": 4}
    assert (outcome["superseded"], outcome["duplicates"]) == (1, 1)
    assert [(r["line_id"], r["amount"]) for r in accepted(settings, outcome)] == [
        ("a", Decimal("1.5000")),
        ("b", Decimal("3.0000")),
    ]
    assert outcome["rules"] == {
        "amount: is no decimal": 1,
        "amount: to_be_between": 1,
        "line_id: key is empty": 1,
        "row: expected 4 columns, found 2": 1,
    }


def test_a_quarantined_row_keeps_its_place_and_its_original_content(tmp_path: Path) -> None:
    settings = company(tmp_path)
    outcome = gate(settings, "line_id,amount,sold_on,changed_at\na,é7,2026-01-01,\n".encode())
    row = rejects.read(Zone(settings.landing_url), outcome).to_pylist()[0]
    assert (row["file"], row["row"], row["rules"]) == ("lines.csv", 1, ["amount: is no decimal"])
    assert json.loads(row["original"])["amount"] == "é7"


def test_quarantine_shows_numbers_and_dates_as_received_and_takes_them_so_once_mended(
    tmp_path: Path,
) -> None:
    fetch = {"pattern": "lines.csv", "decimal": ",", "date_format": "%d.%m.%Y"}
    settings = company(tmp_path, fetch=fetch)
    content = b'line_id,amount,sold_on,changed_at\na,"1 234,5",31.02.2024,\nb,"-1,5",29.02.2024,\n'
    outcome = gate(settings, content)
    assert (outcome["accepted"], outcome["quarantined"]) == (0, 2)
    found = rejects.read(Zone(settings.landing_url), outcome).to_pylist()
    rules = [row["rules"] for row in found]
    assert rules == [["sold_on: is no date"], ["amount: to_be_between"]]
    originals = [json.loads(row["original"]) for row in found]
    assert [(row["amount"], row["sold_on"]) for row in originals] == [
        ("1 234,5", "31.02.2024"),
        ("-1,5", "29.02.2024"),
    ]
    mends = {
        received.digest(found[0]["original"]): json.dumps({**originals[0], "sold_on": "01.03.2024"})
    }
    known = Known(mends=mends)
    again = raw.run(settings, Zone(settings.landing_url), Interval("shop", "lines", *SPAN), known)
    assert (again["accepted"], again["mended"]) == (1, 1)
    (row,) = accepted(settings, again)
    assert (row["amount"], row["sold_on"]) == (Decimal("1234.5"), date(2024, 3, 1))


def test_too_many_bad_rows_hold_the_entity(tmp_path: Path) -> None:
    settings = company(tmp_path, quarantine_max_pct=5)
    outcome = gate(settings, b"line_id,amount,sold_on,changed_at\na,x,,\nb,1,,\n")
    assert outcome["status"] == "held"
    assert "1 of 2 rows (50.0 %)" in outcome["reason"]
    assert outcome["accepted_files"] == []


def test_a_renamed_column_holds_the_entity_and_the_likely_one_is_named(tmp_path: Path) -> None:
    settings = company(tmp_path)
    outcome = gate(settings, b"line_id,amounts,sold_on,changed_at\na,1,,\n")
    assert outcome["status"] == "held"
    assert "column amount is missing; amounts looks like it, renamed" in outcome["reason"]


def test_a_new_column_is_told_and_stops_nothing(tmp_path: Path) -> None:
    outcome = gate(company(tmp_path), b"line_id,amount,sold_on,changed_at,colour\na,1,,,red\n")
    assert (outcome["status"], outcome["accepted"]) == ("gated", 1)
    told = [check for check in outcome["checks"] if check["rule"] == "columns: new"]
    assert told[0]["severity"] == "warning"
    assert "colour" in told[0]["detail"]


def test_values_with_more_digits_than_a_decimal_keeps_are_counted_and_told(tmp_path: Path) -> None:
    rows = ["a,0.03755", "b,0.0000001", "c,1.2340", "d,1.23400001", "e,0", "f,x", "g,99.99999"]
    content = "\n".join(["line_id,amount,sold_on,changed_at", *(row + ",," for row in rows)])
    outcome = gate(company(tmp_path), content.encode() + b"\n")
    assert (outcome["status"], outcome["accepted"], outcome["quarantined"]) == ("gated", 6, 1)
    (told,) = [check for check in outcome["checks"] if check["rule"] == "columns: amount rounded"]
    assert (told["severity"], told["unexpected"]) == ("warning", 3)
    assert "3 values had more than the four digits" in told["detail"]
    assert "such as 0.0000001" in told["detail"]
    assert "declare columns.amount as double" in told["detail"]


def test_a_warning_is_reported_and_quarantines_nothing(tmp_path: Path) -> None:
    outcome = gate(company(tmp_path), b"line_id,amount,sold_on,changed_at\na,1,,\n")
    assert outcome["quarantined"] == 0
    failed = [check["rule"] for check in outcome["checks"] if not check["success"]]
    assert failed == ["sold_on: to_not_be_null"]


def test_a_day_with_a_header_only_is_an_empty_day(tmp_path: Path) -> None:
    outcome = gate(company(tmp_path), b"line_id,amount,sold_on,changed_at\n")
    assert (outcome["status"], outcome["received"], outcome["accepted"]) == ("gated", 0, 0)


def test_json_with_changing_types_is_read_and_broken_lines_are_quarantined(tmp_path: Path) -> None:
    settings = company(tmp_path)
    outcome = gate(
        settings,
        b'{"line_id": 7, "amount": "1.5", "changed_at": "2026-01-01T10:00:00Z"}\n'
        b'{"line_id": "8", "amount": 2}\n'
        b"[1, 2]\n"
        b"{oops\n",
        "lines.jsonl",
    )
    assert balanced(outcome)
    assert outcome["rules"] == {"row: not a JSON object": 2}
    assert [row["line_id"] for row in accepted(settings, outcome)] == ["7", "8"]


def test_gating_again_gives_the_same_outcome_until_a_rule_changes(tmp_path: Path) -> None:
    settings = company(tmp_path)
    content = b"line_id,amount,sold_on,changed_at\na,-1,,\n"
    first = gate(settings, content)
    assert gate(settings, content) == first
    (tmp_path / "expectations" / "raw_shop.py").write_text(
        GATE.replace("min_value=0", "min_value=-5")
    )
    assert gate(settings, content)["accepted"] == 1


def test_an_instant_with_an_offset_is_turned_to_utc_and_not_cut_off(tmp_path: Path) -> None:
    settings = company(tmp_path)
    lines = b"a,1,2026-01-01,2026-01-01T10:00:00+02:00\nb,1,2026-01-01,2026-01-01T10:00:00Z\n"
    outcome = gate(settings, b"line_id,amount,sold_on,changed_at\n" + lines)
    hours = [row["changed_at"].hour for row in accepted(settings, outcome)]
    assert hours == [8, 10]


def test_a_whole_number_with_a_fraction_is_set_aside_and_not_rounded(tmp_path: Path) -> None:
    settings = company(tmp_path, columns={**COLUMNS, "amount": "integer"})
    rows = b"".join(b"%d,%s,,\n" % (n, value) for n, value in enumerate([b"12.7", b"12.0", b"12"]))
    outcome = gate(settings, b"line_id,amount,sold_on,changed_at\n" + rows)
    assert outcome["rules"] == {"amount: is no integer": 1}
    assert [row["amount"] for row in accepted(settings, outcome)] == [12, 12]


CELL = st.one_of(
    st.none(),
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=8),
    st.sampled_from(
        ["1", "-1", "0", "32154", "9999-12-31", "2026-01-01", "1,234.5", "NaN", "1e400"]
    ),
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=5), max_size=12))
def test_received_equals_loaded_plus_quarantined_plus_superseded_plus_duplicates(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str | None]]
) -> None:
    settings = company(tmp_path_factory.mktemp("gate"))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows([cell or "" for cell in row] for row in rows)
    outcome = gate(settings, text.getvalue().encode())
    assert outcome["received"] == len(rows)
    assert balanced(outcome)
