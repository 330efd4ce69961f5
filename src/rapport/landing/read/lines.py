"""Text of which each line is a row of its own shape: JSON objects, and logs of web servers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv

from rapport.company import Entity
from rapport.landing.read import paths
from rapport.landing.read.numbering import ROW, Malformed, Rejects
from rapport.landing.read.streams import BLOCK_BYTES, Opener, explained, plain, refuse_half_row

# nginx and Apache: combined, vhost_combined (with or without a port), common. Quotes inside a
# quoted field are escaped by a backslash; fields that a server adds at the end are let be.
_LOG = (
    r"^(?:(\S+) )?(\S+) (\S+) (\S+) \[([^\]]+)\] "
    r'"((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)'
    r'(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?(?: .*)?$'
)
_LOG_FIELDS = (
    "vhost", "remote_host", "ident", "remote_user", "time", "request", "status", "bytes",
    "referrer", "user_agent",
)  # fmt: skip


def batches(
    open_file: Opener, name: str, format: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    """Rows of a file of lines: the entity's columns, all text; see `landing.read.batches`."""
    read = FORMATS[format][1]
    with _database().cursor() as database:
        for lines in numbered(open_file, name, format, entity, malformed):
            database.register("lines", lines)
            rows = database.execute(read(entity)).fetch_arrow_table()
            bad = rows.filter(rows["_reason"].is_valid()).select([ROW, "_line", "_reason"])
            malformed += [Malformed(*row.values()) for row in bad.to_pylist()]
            yield rows.filter(rows["_reason"].is_null()).drop_columns(["_line", "_reason"])


def numbered(
    open_file: Opener, name: str, format: str, entity: Entity, malformed: list[Malformed]
) -> Iterator[pa.Table]:
    """The lines of a file as column `line`, with `_file_row`.

    Raises:
        RapportError: `file-truncated` when the last line was cut, and what `explained` says.
    """
    rejects = Rejects(malformed)
    last = ""
    with explained(open_file, name, format, entity), plain(open_file, name) as stream:
        try:
            reader = pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(
                    use_threads=False, block_size=BLOCK_BYTES, column_names=["line"]
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter="\x1f", quote_char=False, invalid_row_handler=rejects
                ),
                convert_options=pacsv.ConvertOptions(column_types={"line": pa.string()}),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return
            raise
        for lines in rejects.sliced(reader):
            last = lines["line"][-1].as_py() if len(lines) else last
            yield lines
        if last and not FORMATS[format][0](last):
            refuse_half_row(open_file, name, rejects.next - 1)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database in memory a process; opening one takes longer than reading a day's file."""
    return duckdb.connect()


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _is_log(line: str) -> bool:
    return re.match(_LOG, line) is not None


def json_rows(entity: Entity) -> str:
    """SQL that picks the entity's paths out of `lines`; one parse a line, whatever the columns."""
    return f"""
        with judged as (
            select *, case
                when try(json_type(line)) is distinct from 'OBJECT' then 'row: not a JSON object'
                when contains(line, '\\u0000') then 'row: holds a NUL character'
            end as _reason
            from lines
        ),
        parsed as (
            select
                {ROW}, _reason, case when _reason is not null then line end as _line,
                {paths.parsed(entity, "case when _reason is null then line end")}
            from judged
        )
        select {paths.picked(entity)}, {ROW}, _line, _reason from parsed
    """


def _log_rows(entity: Entity) -> str:
    """SQL that splits `lines` of an access log; times are UTC, `-` is nothing."""
    names = ", ".join(f"'{name}'" for name in _LOG_FIELDS)
    known = {
        **{name: f"nullif(parts.{name}, '-')" for name in _LOG_FIELDS},
        "time": "strftime(parsed_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S')",
        "method": r"regexp_extract(parts.request, '^([A-Z]+) ', 1)",
        "target": r"regexp_extract(parts.request, '^[A-Z]+ (\S+)', 1)",
        "user_agent": r"""replace(nullif(parts.user_agent, '-'), '\"', '"')""",
    }
    picked = ", ".join(
        f"nullif({next((known[p] for p in column.paths(name) if p in known), 'null')}, '') "
        f'as "{name}"'
        for name, column in entity.columns.items()
    )
    pattern = _LOG.replace("'", "''")
    return f"""
        with split as (
            select *, regexp_extract(line, '{pattern}', [{names}]) as parts from lines
        ),
        timed as (
            select *, try_strptime(parts.time, '%d/%b/%Y:%H:%M:%S %z') as parsed_at from split
        )
        select {picked}, {ROW},
            case when parsed_at is null then line end as _line,
            case
                when parts.status = '' then 'row: no line of an access log'
                when parsed_at is null then 'row: its time cannot be read'
            end as _reason
        from timed
    """


# How a whole line is told, and the SQL that reads `lines`.
FORMATS: dict[str, tuple[Callable[[str], bool], Callable[[Entity], str]]] = {
    "jsonl": (_is_json, json_rows),
    "access_log": (_is_log, _log_rows),
}
