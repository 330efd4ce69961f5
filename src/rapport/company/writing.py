"""Values as they stand in the files of a company folder."""

from __future__ import annotations

from typing import Any

import yaml


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    written = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True
    )
    return str(written).removesuffix("...\n").strip()
