"""Add to company.yml as a person would: every other line, and every comment, stays as it is."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

from rapport.company.writing import flow
from rapport.errors import RapportError


def with_source(text: str, name: str, block: dict[str, Any], feeds: dict[str, str]) -> str:
    """company.yml with one more source, and its models under `feeds`.

    Args:
        text: the file's content.
        block: what stands under `sources.<name>`.
        feeds: feed -> model.

    Raises:
        RapportError: `company-invalid` when the file is laid out in a way that cannot be added to.
    """
    wanted = yaml.safe_load(text)
    wanted["sources"] = {**(wanted.get("sources") or {}), name: block}
    wanted["feeds"] = dict(wanted.get("feeds") or {})
    text = _with_key(text, "sources", name, block)
    for feed, model in feeds.items():
        models = wanted["feeds"].get(feed) or []
        if model in models:
            continue
        wanted["feeds"][feed] = [*models, model]
        text = _with_item(text, feed, model) if models else _with_key(text, "feeds", feed, [model])
    if yaml.safe_load(text) != wanted:
        raise RapportError(
            "company-invalid",
            "The file's `sources` or `feeds` are laid out in a way that cannot be added to",
            "company.yml",
            "write both as block mappings, as in companies/demo/company.yml",
        )
    return text


def _with_key(text: str, top: str, key: str, value: Any) -> str:
    """Add `key: value` at the end of the mapping `top`."""
    node = _node(text, top)
    indent = node.value[0][0].start_mark.column if _is_filled(node) and not node.flow_style else 2
    dumped = yaml.safe_dump(
        {key: value}, default_flow_style=None, sort_keys=False, width=120, allow_unicode=True
    )
    lines = textwrap.indent(dumped, " " * indent)
    if not _is_filled(node):  # `{}`, or nothing at all
        start, end = node.start_mark.index, node.end_mark.index
        return text[:start].rstrip(" ") + "\n" + lines.rstrip("\n") + text[end:]
    if node.flow_style:
        end = node.end_mark.index - 1
        return f"{text[:end]}, {key}: {flow(value)}{text[end:]}"
    return _after_line(text, _end(node), lines)


def _with_item(text: str, feed: str, model: str) -> str:
    """Add a model to the list of a feed that has some."""
    node = next(value for key, value in _node(text, "feeds").value if key.value == feed)
    if node.flow_style:
        end = node.end_mark.index - 1
        return f"{text[:end]}, {model}{text[end:]}"
    return _after_line(text, _end(node), f"{' ' * node.start_mark.column}- {model}\n")


def _node(text: str, top: str) -> Any:
    return next(value for key, value in yaml.compose(text).value if key.value == top)


def _is_filled(node: Any) -> bool:
    return isinstance(node, yaml.MappingNode) and bool(node.value)


def _end(node: Any) -> int:
    """Where the last value ends; a block's own end lies behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _after_line(text: str, index: int, lines: str) -> str:
    if text[index - 1] == "\n":  # a block scalar ends behind its line
        return text[:index] + lines + text[index:]
    end = text.find("\n", index)
    if end < 0:
        return f"{text}\n{lines}"
    return text[: end + 1] + lines + text[end + 1 :]
