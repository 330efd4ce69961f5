"""Any CSV or Parquet file as records, its columns given by meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import RapportError

# Meanings as people give them, with the columns of int_identity_records.
MEANINGS: Mapping[str, str] = {
    "given_name": "first_name",
    "family_name": "last_name",
    "full_name": "full_name",
    "company": "company_name",
    "birth_date": "birth_date",
    "email": "email",
    "phone": "phone",
    "street": "street",
    "house_number": "house_number",
    "city": "city",
    "postcode": "postal_code",
    "region": "region",
    "country": "country_code",
    "national_id": "national_id",
    "tax_id": "tax_id",
}
# Names that such columns often have, for the suggestion.
_USUAL: Mapping[str, str] = {
    "given_name": "given(_?name)?|first(_?name)?|fname(_c1)?|forename|vorname",
    "family_name": "family(_?name)?|sur_?name|last(_?name)?|lname(_c1)?|nachname",
    "full_name": "full_?name|name",
    "company": "company(_?name)?|business(_?name)?|organi[sz]ation|firma",
    "birth_date": "(date_of_)?birth(_?date)?|dob|geburtsdatum",
    "email": "e_?mail(_?address)?",
    "phone": "(tele)?phone(_?number)?|mobile|tel",
    "street": "street(_?name)?|address(_?1)?|addr|strasse",
    "house_number": "(house|street)_?(number|no|nr)",
    "city": "city|town|suburb|ort|locality|place",
    "postcode": "post(al)?_?code|zip(_?code)?|plz",
    "region": "region|state|province",
    "country": "country(_?code)?",
    "national_id": "national_?id|soc(ial)?_?sec(urity)?(_?(id|no|number))?|ssn",
    "tax_id": "tax_?(id|number)|vat(_?(id|number))?",
}
_IDS = ("record_key", "rec_id", "record_id", "unique_id", "id")


@dataclass(frozen=True)
class Read:
    """Records of a file.

    Attributes:
        records: columns of int_identity_records that the map gives, with keys and source.
        truth: true cluster of each record, in the same order; null where unknown.
    """

    records: pa.Table
    truth: pa.Array | None


def read(
    path: Path,
    columns: Mapping[str, Sequence[str]],
    source: str,
    id_column: str | None = None,
    truth_column: str | None = None,
    truth_from_id: str | None = None,
) -> Read:
    """Read a file.

    Args:
        columns: by meaning the columns that hold it, to be joined: dates by hyphens, all else by
            blanks.
        source: name of the file among the records.
        id_column: of the records' ids; default one with a usual name, else the line number.
        truth_column: column with the true cluster.
        truth_from_id: pattern whose first group in the id is the true cluster.

    Raises:
        RapportError: `evaluate-file` when it cannot be read, `evaluate-map` when a meaning or a
            column is not known, `evaluate-truth` when the pattern fits no id.
    """
    table = _table(path)
    names = table.column_names
    wanted = [name for parts in columns.values() for name in parts]
    _refuse_unknown([*wanted, *filter(None, (id_column, truth_column))], names, path)
    ids = _ids(table, id_column)
    known = {
        MEANINGS[meaning]: _joined(table, meaning, parts) for meaning, parts in columns.items()
    }
    constant = {"source_system": source, "source_role": "crm", "party_kind": "person"}
    records = pa.table(
        {"record_key": pc.binary_join_element_wise(source, ids, "|")}
        | {name: pa.array([text] * len(table), pa.string()) for name, text in constant.items()}
        | known
    )
    if truth_column:
        return Read(records, table[truth_column].combine_chunks())
    if truth_from_id is None:
        return Read(records, None)
    return Read(records, _truth(ids, truth_from_id, path))


def suggestion(names: Sequence[str]) -> str:
    """A `--map` for columns of these names, as far as they are usual ones; may be empty."""
    found: dict[str, str] = {}
    for meaning, pattern in _USUAL.items():
        fitting = [name for name in names if re.fullmatch(pattern, name.strip().lower())]
        if fitting and fitting[0] not in found.values():
            found[meaning] = fitting[0]
    return ",".join(f"{meaning}={name}" for meaning, name in found.items())


def parsed_map(text: str | None, path: Path) -> dict[str, list[str]]:
    """The map as given on the command line: `given_name=first,birth_date=year+month+day`.

    Raises:
        RapportError: `evaluate-map` when there is none, or a part of it is not one.
    """
    found: dict[str, list[str]] = {}
    for part in (text or "").split(","):
        meaning, is_given, names = part.partition("=")
        meaning = _meaning(meaning.strip())
        if part.strip() and (not is_given or meaning not in MEANINGS or not names.strip()):
            raise RapportError(
                "evaluate-map",
                f"{part.strip()!r} says no column by its meaning",
                "--map",
                f"write meaning=column; meanings are {', '.join(MEANINGS)}",
            )
        if part.strip():
            found[meaning] = [name.strip() for name in names.split("+")]
    if not found:
        names = _table(path).column_names
        hint = suggestion(names) or "given_name=...,family_name=..."
        raise RapportError(
            "evaluate-map",
            "nothing says which column holds what",
            f"{path} has the columns {', '.join(names)}",
            f"try --map {hint}",
        )
    return found


def _meaning(name: str) -> str:
    """The meaning that a usual name stands for (surname, dob, address, ...), else the name."""
    if name in MEANINGS:
        return name
    usual = (known for known, names in _USUAL.items() if re.fullmatch(names, name.lower()))
    return next(usual, name)


def _table(path: Path) -> pa.Table:
    """All columns as trimmed text, null where empty; names trimmed too."""
    quoted = str(path).replace("'", "''")
    connection = duckdb.connect()
    reader = (
        f"read_parquet('{quoted}')"
        if path.suffix.lower() in (".parquet", ".pq")
        else f"read_csv('{quoted}', all_varchar = true, header = true, sample_size = -1)"
    )
    try:
        if not path.is_file():
            raise FileNotFoundError(path)
        table = connection.execute(
            f"select nullif(trim(columns(*)::varchar), '') from {reader}"
        ).fetch_arrow_table()
        described = connection.execute(f"describe from {reader}").fetchall()
    except (duckdb.Error, OSError) as error:
        raise RapportError(
            "evaluate-file",
            f"{path.name} cannot be read: {str(error).splitlines()[0]}",
            str(path),
            "give a CSV file with a header line in UTF-8, or a Parquet file",
        ) from error
    return table.rename_columns([str(row[0]).strip() for row in described])


def _refuse_unknown(wanted: Sequence[str], names: Sequence[str], path: Path) -> None:
    unknown = [name for name in dict.fromkeys(wanted) if name not in names]
    if unknown:
        hint = suggestion(names)
        raise RapportError(
            "evaluate-map",
            f"{path.name} has no column {', '.join(map(repr, unknown))}",
            f"it has {', '.join(names)}",
            f"try --map {hint}" if hint else "name columns that the file has",
        )


def _ids(table: pa.Table, column: str | None) -> pa.Array:
    """Ids of the records; line numbers where they are missing or not distinct."""
    usual = next((name for name in _IDS if name in table.column_names), None)
    numbers = pa.array([f"{number:09}" for number in range(1, len(table) + 1)], pa.string())
    if not (name := column or usual):
        return numbers
    ids = table[name].combine_chunks()
    if ids.null_count or len(pc.unique(ids)) < len(ids):
        ids = pc.binary_join_element_wise(pc.fill_null(ids, ""), numbers, "#")
    return ids


def _joined(table: pa.Table, meaning: str, names: Sequence[str]) -> pa.Array:
    parts = [table[name].combine_chunks() for name in names]
    if len(parts) == 1:
        return parts[0]
    if meaning == "birth_date":
        padded = [pc.utf8_lpad(part, 2, "0") for part in parts]
        return pc.binary_join_element_wise(*padded, "-", null_handling="emit_null")
    filled = [pc.fill_null(part, "") for part in parts]
    joined = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*filled, " "))
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _truth(ids: pa.Array, pattern: str, path: Path) -> pa.Array:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise RapportError(
            "evaluate-truth", f"{pattern!r} is no pattern: {error}", "--truth-from-id"
        ) from error
    found = [compiled.search(text) for text in ids.to_pylist()]
    group = 1 if compiled.groups else 0
    if len(ids) and not any(found):
        raise RapportError(
            "evaluate-truth",
            f"{pattern!r} fits no id, for instance not {ids[0].as_py()!r}",
            str(path),
            r"give a pattern with a group for what one entity's ids share, such as 'rec-(\d+)'",
        )
    return pa.array([match[group] if match else None for match in found], pa.string())
