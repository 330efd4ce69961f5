"""The gate module of a source: rules that follow from what its rows were found to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rapport.sources.facts import Column, Found

_HEAD = '''"""What {source} must hold before it is loaded; one function an entity.

Written by `rapport source add` from {rows} rows at most. It is yours: sharpen it. A critical rule
quarantines the rows that break it, a warning only reports them.
"""

from __future__ import annotations
{times}
import great_expectations as gx
import great_expectations.expectations as gxe
{bounds}'''
_BOUNDS = """
OLDEST, NEWEST = datetime(1990, 1, 1), datetime(2100, 1, 1)
"""


def module(source: str, found: Iterable[Found]) -> str:
    """`expectations/raw_<source>.py`, formatted as ruff would."""
    entities = list(found)
    functions = [_function(source, one) for one in entities]
    has_times = any("OLDEST" in function for function in functions)
    head = _HEAD.format(
        source=source,
        rows=max((one.rows for one in entities), default=0),
        times="\nfrom datetime import datetime\n" if has_times else "",
        bounds=_BOUNDS if has_times else "",
    )
    return head + "".join(f"\n\n{function}" for function in functions)


def _function(source: str, one: Found) -> str:
    name = one.entity.name
    rules = [rule for column in one.columns.values() for rule in _rules(one, column)]
    inner = "".join(f"            {line}\n" for rule in rules for line in rule)
    expectations = f"[\n{inner}        ]" if rules else "[]"
    return (
        f"def {name}() -> gx.ExpectationSuite:\n"
        f'    """Rows of {name}."""\n'
        f"    return gx.ExpectationSuite(\n"
        f'        name="raw_{source}.{name}",\n'
        f"        expectations={expectations},\n"
        f"    )\n"
    )


def _rules(one: Found, column: Column) -> Iterator[list[str]]:
    """The rules that the facts about a column bear out; that keys are filled the gate sees to."""
    is_time = column.name == one.entity.event_time
    if is_time and column.is_filled:
        yield _rule(
            "NotBeNull", column.name, [], "critical", "A fact without its time enters no period."
        )
    if is_time and column.type == "timestamp":
        yield _rule(
            "BeBetween",
            column.name,
            ["min_value=OLDEST,", "max_value=NEWEST,"],
            "critical",
            "A time outside these bounds would enter no period, ever.",
        )
    elif column.is_filled and column.name not in one.entity.key and not is_time:
        notes = f"None of the {one.rows} rows looked at was without it."
        yield _rule("NotBeNull", column.name, [], "warning", notes)
    if column.type in ("decimal", "double") and (column.lowest or -1) >= 0:
        notes = f"None of the {one.rows} rows looked at was below zero."
        yield _rule("BeBetween", column.name, ["min_value=0,"], "warning", notes)
    if column.values:
        values = [f"    {json.dumps(value, ensure_ascii=False)}," for value in column.values]
        notes = f"The only values in {one.rows} rows; another one may be a state not yet mapped."
        yield _rule("BeInSet", column.name, ["value_set=[", *values, "],"], "warning", notes)


def _rule(kind: str, column: str, bounds: list[str], severity: str, notes: str) -> list[str]:
    inner = [f'column="{column}",', *bounds, f'severity="{severity}",', f'notes="{notes}",']
    lines = [f"gxe.ExpectColumnValuesTo{kind}("]
    return [*lines, *(f"    {line}" for line in inner), "),"]
