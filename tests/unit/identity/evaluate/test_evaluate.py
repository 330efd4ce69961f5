"""Any file of records: read, linked, measured; and clear words for what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pytest
from typer.testing import CliRunner

from rapport.cli import app
from rapport.errors import RapportError
from rapport.identity.evaluate import reading
from rapport.identity.evaluate.run import evaluate
from tests.support.linking import people, table

MAP = "given_name=given_name,family_name=family_name,birth_date=birth_date,email=email,city=city"

_SPACED = "rec_id, name, y, m, d, nr, st\nrec-1-org, anna , 1980, 1, 2, 7, \n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def known(rows: list[dict[str, Any]], truth: dict[str, int]) -> pa.Table:
    """Records with a column that says who they are of."""
    found = table(rows)
    who = [str(truth[key]) for key in found["record_key"].to_pylist()]
    return found.append_column("who", [who])


def test_blanks_after_commas_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    path = write(
        tmp_path / "r.csv",
        "\ufeffrec_id, name, y, m, d, nr, st\nrec-1-org, anna , 1980, 1, 2, 7, \n",
    )
    columns = {"given_name": ["name"], "birth_date": ["y", "m", "d"], "street": ["nr", "st"]}
    read = reading.read(path, columns, "1", truth_from_id=r"rec-(\d+)")
    assert read.records.to_pylist() == [
        {
            "record_key": "1|rec-1-org",
            "source_system": "1",
            "source_role": "crm",
            "party_kind": "person",
            "first_name": "anna",
            "birth_date": "1980-01-02",
            "street": "7",
        }
    ]
    assert read.truth is not None and read.truth.to_pylist() == ["1"]


def test_semicolons_and_repeated_ids_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "id;vorname\n1;anna\n1;hans\n")
    keys = reading.read(path, {"given_name": ["vorname"]}, "1").records["record_key"].to_pylist()
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({"columns": None}, "evaluate-map", "try --map given_name=first,family_name=surname"),
        ({"columns": "given_name"}, "evaluate-map", "meanings are given_name"),
        ({"columns": "shoe_size=first"}, "evaluate-map", "meanings are given_name"),
        ({"columns": "given_name=forst"}, "evaluate-map", "it has id, first, surname"),
        ({"truth_column": "klass"}, "evaluate-map", "no column 'klass'"),
        ({"truth_from_id": "rec-("}, "evaluate-truth", "is no pattern"),
        ({"truth_from_id": "rec-(x)"}, "evaluate-truth", "fits no id, for instance not '1'"),
    ],
)
def test_what_cannot_be_understood_is_said_with_what_could_be(
    tmp_path: Path, arguments: dict[str, str | None], code: str, words: str
) -> None:
    path = write(tmp_path / "r.csv", "id,first,surname\n1,anna,huber\n")
    with pytest.raises(RapportError) as caught:
        evaluate(path, **{"columns": "given_name=first", **arguments})  # type: ignore[arg-type]
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere.csv", "image.parquet"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "image.parquet").write_bytes(b"\x89PNG")
    with pytest.raises(RapportError, match=name) as caught:
        evaluate(tmp_path / name, "given_name=first")
    assert caught.value.code == "evaluate-file"


def test_no_record_and_one_record_are_measured(tmp_path: Path) -> None:
    for rows in ("", "1,anna,x\n"):
        path = write(tmp_path / "r.csv", "id,first,who\n" + rows)
        report = evaluate(path, "given_name=first", truth_column="who")
        assert report["quality"]["f1"] == 1
        assert report["no_model"]


def test_the_command_prints_what_it_found_and_json_says_the_same(tmp_path: Path) -> None:
    rows, truth = people(250)
    whole = table(rows)
    whole = whole.append_column(
        "who", [[str(truth[key]) for key in whole["record_key"].to_pylist()]]
    )
    csv.write_csv(
        whole.select([*(part.split("=")[1] for part in MAP.split(",")), "who"]), tmp_path / "r.csv"
    )
    arguments = ["identity", "evaluate", "--records", str(tmp_path / "r.csv"), "--map", MAP]
    arguments += ["--truth-column", "who"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert "blocking rule" in shown.output and "optimises the least" in shown.output
    report = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    assert report["quality"]["precision"] > 0.99
    assert f"{report['quality']['f1']:.4f}" in shown.output


def test_two_files_are_linked_across_and_each_holds_a_person_once(tmp_path: Path) -> None:
    rows, truth = people(300)
    for name, system in (("a.csv", "crm"), ("b.csv", "erp")):
        part = table([row for row in rows if row["source_system"] == system])
        part = part.append_column(
            "who", [[str(truth[key]) for key in part["record_key"].to_pylist()]]
        )
        csv.write_csv(part.drop_columns(["record_key"]), tmp_path / name)
    report = evaluate(tmp_path / "a.csv", MAP, tmp_path / "b.csv", truth_column="who")
    assert report["files_without_twins"] == ["1", "2"]
    assert report["quality"]["precision"] >= 0.99
    assert report["quality"]["recall"] >= 0.9
