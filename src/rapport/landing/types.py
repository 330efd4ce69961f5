"""Column types of landed entities, and the columns that landing adds to each row."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 4),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),  # UTC, without zone
}

META_COLUMNS: Mapping[str, str] = {
    "_source": "text",
    "_interval_start": "timestamp",
    "_interval_end": "timestamp",
    "_loaded_at": "timestamp",
    "_load_id": "text",
    "_row_number": "integer",
    "_is_deleted": "boolean",  # the row says that its key is gone at the source
}
