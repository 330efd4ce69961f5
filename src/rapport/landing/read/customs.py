"""Numbers and dates written by a country's custom (`fetch.decimal`, `fetch.date_format`).

Read anew wherever rows are cast, so that the rows themselves stay as they were received.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.company import Entity
from rapport.landing.read.delimited import DELIMITERS

_THOUSANDS = "[.,'\u2019 \u00a0\u202f]"
_FIRST_YEAR = 1000  # `10.04.24` is of no year 24: its format is another


def plain(rows: pa.Table, entity: Entity, names: Mapping[str, str | None]) -> pa.Table:
    """The rows with numbers as `1234.5` and dates as `2026-01-31`.

    A value that is not written as `fetch` says, or that names a day that there is not, stays as it
    is, for the gate to judge.

    Args:
        rows: of a delimited file, all text; those of other formats are returned as they are.
        names: for each column of the entity its name in the rows, None where it is absent.
    """
    if entity.fetch.get("format", "csv") not in DELIMITERS:
        return rows
    mark, written = entity.fetch.get("decimal"), entity.fetch.get("date_format")
    for name, found in names.items():
        type_ = entity.columns[name].type
        if found is None or not pa.types.is_string(rows.schema.field(found).type):
            continue
        if mark and type_ in ("integer", "decimal", "double"):
            values = _number(rows[found], str(mark))
        elif written and type_ == "date":
            values = _date(rows[found], str(written))
        else:
            continue
        rows = rows.set_column(rows.column_names.index(found), found, values)
    return rows


def _number(values: pa.ChunkedArray, mark: str) -> pa.ChunkedArray:
    others = _THOUSANDS.replace(mark, "")
    shape = rf"^[-+]?(\d+|\d{{1,3}}({others}\d{{3}})+)({re.escape(mark)}\d+)?$"
    bare = pc.replace_substring_regex(values, pattern=others, replacement="")
    bare = pc.replace_substring(bare, pattern=mark, replacement=".")
    return pc.if_else(pc.match_substring_regex(values, shape), bare, values)


def _date(values: pa.ChunkedArray, written: str) -> pa.ChunkedArray:
    days = pc.strptime(values, format=written, unit="s", error_is_null=True)
    # strptime makes 2 March of 31 February: a day counts if it is written as it was received.
    is_day = pc.equal(_unpadded(pc.strftime(days, format=written)), _unpadded(values))
    is_day = pc.and_(is_day, pc.greater_equal(pc.year(days), _FIRST_YEAR))
    return pc.if_else(pc.fill_null(is_day, False), pc.strftime(days, format="%Y-%m-%d"), values)


def _unpadded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    bare = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    return pc.replace_substring_regex(bare, pattern=r"(^|\D)0+", replacement=r"\1")
