"""The data tests of what was built: dbt renders them at one go, the warehouse answers.

To dbt each test is a node, and a node takes several times as long as the query of most tests. So
the plain ones are taken out of what dbt builds. A test with settings of its own (a severity, a
`where`) and one that is a query by itself stay with dbt.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rapport import warehouses
from rapport.settings import Settings

PLAIN = {
    "severity": "error",
    "where": None,
    "limit": None,
    "fail_calc": "count(*)",
    "warn_if": "!= 0",
    "error_if": "!= 0",
    "store_failures": None,
}
LANES = 2  # as many as dbt has threads: a query waits for its slowest part
_MODEL = re.compile(r"^\{\{ get_where_subquery\((.+)\) \}\}$")
_FUNCTION = re.compile(r"^\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$")  # as dbt tells them
_BETWEEN = "\n--- next test ---\n"


@dataclass(frozen=True)
class Check:
    """A plain test.

    Attributes:
        name: as dbt calls it.
        parents: ids of the nodes that it reads.
        call: Jinja that renders its query, which selects the rows that break it.
    """

    name: str
    parents: frozenset[str]
    call: str


@dataclass(frozen=True)
class Answer:
    """What became of a test: its query, the rows that break it, or why it could not be asked."""

    name: str
    query: str
    rows: int
    seconds: float
    error: str = ""

    @property
    def is_good(self) -> bool:
        """The test was asked, and no row breaks it."""
        return not self.rows and not self.error


def take_out(manifest: Any) -> list[Check]:
    """Remove the plain tests from the parsed project; returns those of enabled models by name."""
    tests = [node for node in manifest.nodes.values() if _is_plain(node)]
    for node in tests:
        del manifest.nodes[node.unique_id]
    asked = (check for check in map(_check, tests) if check.parents)
    return sorted(asked, key=lambda check: check.name)


def due(checks: Iterable[Check], manifest: Any, built: set[str]) -> list[Check]:
    """The tests of what was built whose other parents it rests on: those are built too.

    Args:
        built: ids of the nodes built just now.
    """
    there, todo = set(built), list(built)
    while todo:
        node = manifest.nodes.get(todo.pop())
        fresh = set(node.depends_on_nodes if node else ()) - there
        there |= fresh
        todo += fresh
    return [check for check in checks if check.parents & built and check.parents <= there]


def together(checks: Sequence[Check]) -> str:
    """One text in Jinja for the queries of all these tests."""
    return _BETWEEN.join(check.call for check in checks)


def apart(checks: Sequence[Check], rendered: str) -> dict[str, str]:
    """What `together` became, by the tests' names."""
    names = [check.name for check in checks]
    return dict(zip(names, rendered.split(_BETWEEN), strict=True))


def ask(settings: Settings, checks: Sequence[Check], queries: Mapping[str, str]) -> list[Answer]:
    """Ask the warehouse which rows break each test.

    Args:
        queries: as `apart` returns them.
    """
    lanes = [checks[first::LANES] for first in range(LANES)]
    with ThreadPoolExecutor(LANES) as pool:
        answered = pool.map(lambda lane: _asked(settings, lane, queries), lanes)
        answers = {answer.name: answer for lane in answered for answer in lane}
    return [answers[check.name] for check in checks]


def _asked(settings: Settings, checks: Sequence[Check], queries: Mapping[str, str]) -> list[Answer]:
    """Ask these one after the other, on a connection of their own."""
    answers = []
    with warehouses.open(settings) as warehouse:
        for check in checks:
            query = queries[check.name]
            began, rows, error = time.perf_counter(), 0, ""
            try:
                counted = warehouse.read(f"select count(*) as n from ({query}) as failing")
                rows = counted["n"][0].as_py()
            except Exception as reason:  # whatever the engine's driver raises
                error = str(reason)
            seconds = time.perf_counter() - began
            answers.append(Answer(check.name, query, rows, seconds, error))
    return answers


def _is_plain(node: Any) -> bool:
    return bool(getattr(node, "test_metadata", None)) and all(
        str(getattr(node.config, name)).lower() == str(value).lower()
        for name, value in PLAIN.items()
    )


def _check(node: Any) -> Check:
    kwargs = {name: _jinja(value) for name, value in node.test_metadata.kwargs.items()}
    namespace = f"{node.test_metadata.namespace}." if node.test_metadata.namespace else ""
    arguments = ", ".join(f"{name}={value}" for name, value in kwargs.items())
    call = f"{{{{ {namespace}test_{node.test_metadata.name}({arguments}) }}}}"
    return Check(node.name, frozenset(node.depends_on_nodes), call)


def _jinja(value: Any) -> str:
    """An argument as Jinja has it: a call such as `ref('x')`, else the value itself."""
    if isinstance(value, str):
        if model := _MODEL.match(value):
            return model[1]
        if _FUNCTION.match(value):
            return value
    return repr(value)
