"""One JSON object a line on stderr, with run, source, entity and interval bound where known."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from rapport import clock


def _stamp(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {"at": clock.iso(clock.now()), **event}


_is_quiet: ContextVar[bool] = ContextVar("is_quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what merely went well, where a person only looks at something."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


def _heard(_: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if _is_quiet.get() and level == "info":
        raise structlog.DropEvent
    return event


_json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def get(**bound: Any) -> Any:
    """A logger with `bound` fields on each of its lines.

    It is configured here alone, so that Airflow's own structlog set-up is left as it is.
    """
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            _heard,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _stamp,
            _json,
        ],
        **bound,
    )
