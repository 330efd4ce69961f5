"""From the systems to the warehouse's raw schema: extract, gate, load, announce."""

from rapport.ingest.restored import make_whole
from rapport.ingest.source import (
    announce,
    extract_all,
    finish,
    gate_all,
    history,
    interval,
    load_all,
)
from rapport.ingest.steps import extract, gate, held_error, load
from rapport.ingest.tables import raw_table, raw_tables

__all__ = [
    "announce",
    "extract",
    "extract_all",
    "finish",
    "gate",
    "gate_all",
    "held_error",
    "history",
    "interval",
    "load",
    "load_all",
    "make_whole",
    "raw_table",
    "raw_tables",
]
