"""A CSV or Parquet file to the table `lines(customer, day, amount)`, or what is wrong with it."""

from __future__ import annotations

import codecs
import csv
import glob
import re
from pathlib import Path
from typing import Any

from rapport.errors import RapportError
from rapport.value.transactions import amounts, dates
from rapport.warehouses.base import literal, quote

# Whatever the first rows show: quotes may come late, and a customer's id may begin with `#`.
_CSV = (
    "read_csv($1, header = true, all_varchar = true, quote = '\"', escape = '\"', comment = '', "
    "encoding = '{}'{})"
)
_PARQUET = "read_parquet($1)"
_ENCODINGS = ("utf-8", "latin-1")  # the second reads any bytes, so it comes last
_SEPARATORS = (",", ";", "\t", "|", " ", "^", "~")
_PARQUET_MARK, _UTF_16_MARK = b"PAR1", b"\xff\xfe"
# What these begin with, what is wrong, what to do.
_REFUSED = {
    b"PK\x03\x04": (
        "a workbook or an archive is no CSV",
        "unpack the archive, or export the sheet as CSV",
    ),
    b"BZh91AY&SY": ("bzip2 cannot be read", "unpack it, or compress it with gzip"),
    b"\xfd7zXZ": ("xz cannot be read", "unpack it, or compress it with gzip"),
    b"\xfe\xff": ("UTF-16 with the high byte first cannot be read", "save it as UTF-8"),
}
_GZIP_MARK = b"\x1f\x8b"
# What exports write where there is nothing: databases, pandas, R (NA) and workbooks (#N/A).
_NOTHING = (
    *("", "NULL", "null", "NaN", "nan", "None", r"\N"),
    *("NA", "N/A", "n/a", "#N/A", "<NA>", "NaT"),
)


def load(
    database: Any,
    path: Path,
    columns: dict[str, str],
    date_format: str | None,
    decimal_sign: str | None,
) -> None:
    """Make the table `lines`; an empty value is null.

    Args:
        columns: the file's names of `customer`, `day` and `amount`.
        date_format: as `dates.read` takes it.
        decimal_sign: as `amounts.read` takes it.

    Raises:
        RapportError: `transactions-unreadable`, `transactions-columns`, `transactions-values`,
            `clv-arguments`.
    """
    database.execute("set TimeZone = 'UTC'")  # the day of an instant with a time zone
    _raw(database, path, columns)
    types = _types(database, "raw")
    if types["day"] == "VARCHAR":
        database.execute(
            "create table texts as select day, min(line) as line from raw where day is not null "
            "group by day"
        )
        dates.read(database, columns["day"], str(path), date_format)
        day, joined = "texts.read", "left join texts on raw.day = texts.day"
    else:
        dates.require_plausible(database, "raw", "day", columns["day"], str(path))
        day, joined = "raw.day", ""
    is_text = types["amount"] == "VARCHAR"
    amount, too = amounts.read(database, columns["amount"], str(path), is_text, decimal_sign)
    database.execute(
        f"create table lines as select {_customer(database)} as customer, {day} as day, "
        f"{amount} as amount from raw {joined} {too}"
    )
    database.execute("drop table raw")


def _raw(database: Any, path: Path, columns: dict[str, str]) -> None:
    """The three columns with the number of their row, as `raw`."""
    import duckdb

    # A name may hold the signs of a pattern.
    where = glob.escape(str(path)) if path.exists() else str(path)
    files = sorted(file for file in map(Path, glob.glob(where)) if file.is_file())
    if not files:
        raise _unreadable(path, "there is no such file", "check the path")
    wanted = list(columns.values())
    if not any(_begins(file).strip() for file in files):
        raise _unreadable(path, "there is nothing in it")
    problem: RapportError
    detected, told = _readers(path, files[0], wanted)
    for reader in [*detected, *told]:
        try:
            types = _types(database, reader, where)
            if set(wanted) <= set(types):
                _require_names(database, reader, files[1:], wanted)
                _rows(database, reader, where, columns, types)
                return
            missing = [one for one in wanted if one not in types]
            problem = _without(path, missing, list(types), "latin-1" in reader)
            # One may be what a broken row makes of them all, and where the header is as wanted a
            # broken row was taken for it.
            if len(types) > 1 and not told:
                break
        except duckdb.Error as error:
            kind = "Parquet file" if reader == _PARQUET else "CSV"
            # Of what was read, nothing of how.
            said = re.split(" Possible fixes| LINE 1:", " ".join(str(error).split()))[0]
            todo = "save it as UTF-8" if "is not latin-1 encoded" in said else ""
            problem = _unreadable(path, f"no {kind} that can be read: {said[:300]}", todo)
    raise problem


def _require_names(database: Any, reader: str, files: list[Path], wanted: list[str]) -> None:
    """Refuse further files without the names: their columns would be taken by position, and of one
    that was cut off another the first row would be lost.

    Raises:
        RapportError: `transactions-columns`.
    """
    for file in files:
        there = list(_types(database, reader, glob.escape(str(file))))
        missing = [one for one in wanted if one not in there]
        if missing and _begins(file).strip():
            raise _without(file, missing, there, "latin-1" in reader)


def _readers(path: Path, file: Path, wanted: list[str]) -> tuple[list[str], list[str]]:
    """Table functions to try, by how the file begins and what it is called.

    Returns:
        those that find out how it is written, and those that are told.
    """
    begins = _begins(file)
    for mark, (what, todo) in _REFUSED.items():
        if begins.startswith(mark):
            raise _unreadable(path, what, todo)
    if begins.startswith(_GZIP_MARK) and file.suffix != ".gz":
        raise _unreadable(
            path, "it is compressed with gzip, which its name does not say", "name it .gz"
        )
    if begins.startswith(_PARQUET_MARK) or ".parquet" in file.suffixes:
        return [_PARQUET], []
    encodings = ("utf-16",) if begins.startswith(_UTF_16_MARK) else _ENCODINGS
    told = _told(
        begins, next((one for one in encodings if _fits(begins, one)), encodings[-1]), wanted
    )
    return [_CSV.format(code, "") for code in encodings], told


def _begins(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(1 << 16)


def _fits(begins: bytes, encoding: str) -> bool:
    """Whether a file that begins so may be in this encoding; its last sign may be cut."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(begins)
    except UnicodeDecodeError:
        return False
    return True


def _told(begins: bytes, encoding: str, wanted: list[str]) -> list[str]:
    """A reader that is told what the header says, for a file in which a row is broken: where it
    cannot find out how values are separated, DuckDB does not name the row.
    """
    header = begins.decode(encoding, "replace").lstrip("\ufeff").splitlines()[:1]
    for separator in _SEPARATORS:
        names = next(csv.reader(header, delimiter=separator), [])
        if set(wanted) <= set(names) and len(set(names)) == len(names):
            types = ", ".join(f"{literal(one)}: 'VARCHAR'" for one in names)
            told = f", auto_detect = false, delim = {literal(separator)}, columns = {{{types}}}"
            return [_CSV.replace(", all_varchar = true", "").format(encoding, told)]
    return []


def _rows(
    database: Any, reader: str, where: str, columns: dict[str, str], types: dict[str, str]
) -> None:
    selected = ", ".join(
        f"{_VALUES[use](quote(column), types[column])} as {use}" for use, column in columns.items()
    )
    database.execute(
        f"create or replace table raw as select row_number() over () as line, {selected} "
        f"from {reader}",
        [where],
    )


def _types(database: Any, relation: str, *parameters: str) -> dict[str, str]:
    rows = database.execute(f"describe from {relation}", list(parameters)).fetchall()
    return {row[0]: row[1] for row in rows}


def _customer_value(column: str, kind: str) -> str:
    if kind in ("DOUBLE", "FLOAT"):  # what pandas makes of whole numbers with gaps
        whole = f"coalesce(try_cast(try_cast({column} as hugeint) as varchar), {column}::varchar)"
        return f"case when not isnan({column}) then {whole} end"
    return _text(column)


def _day_value(column: str, kind: str) -> str:
    return f"{column}::date" if kind == "DATE" or kind.startswith("TIMESTAMP") else _text(column)


def _amount_value(column: str, kind: str) -> str:
    if kind == "VARCHAR":
        return _text(column)
    return f"nullif({column}::double, 'nan'::double)"


_VALUES = {"customer": _customer_value, "day": _day_value, "amount": _amount_value}


def _text(column: str) -> str:
    nothing = ", ".join(map(literal, _NOTHING))
    return f"case when trim({column}::varchar) not in ({nothing}) then trim({column}::varchar) end"


def _customer(database: Any) -> str:
    """The id; 12345.0 is 12345 where all ids are whole numbers."""
    (is_whole,) = database.execute(
        r"select bool_and(regexp_full_match(customer, '\d+([.]0)?')) from raw"
        " where exists (select 1 from raw where customer like '%.0')"
    ).fetchone()
    return "replace(customer, '.0', '')" if is_whole else "customer"


def _unreadable(path: Path, what: str, todo: str = "") -> RapportError:
    todo = todo or "hand over a CSV with a header line, or a Parquet file"
    return RapportError("transactions-unreadable", what, str(path), todo)


def _without(path: Path, missing: list[str], there: list[str], is_latin: bool) -> RapportError:
    names = (
        "name the columns with --customer, --date and --amount; the first line has to hold names"
    )
    return RapportError(
        "transactions-columns",
        f"no column {', '.join(missing)}",
        f"{path} has {', '.join(there)}",
        f"{names}; names that look odd are of another encoding: save it as UTF-8"
        if is_latin
        else names,
    )
