"""What a column holds, by its name: what databases and files alike know of one when discovered."""

from __future__ import annotations

import re

# The time of a row's last change.
CHANGED = (
    "updatedat|modifiedat|changedat|lastmodifiedat|lastupdatedat|updated|modified|lastmodified|"
    "lastmodifieddate|lastmodifiedon|writedate|updatedon|modifiedon|updatedate|modifieddate|"
    "datemodified|dateupdated|dateupd|lastupdate|lastupdated|lastupdatedate|systemmodstamp|mtime|"
    "changedon|tsupdate|updatetime|modifytime"
).split("|")


def first(wanted: list[str], among: set[str]) -> str | None:
    """The one of the columns that bears the best of the wanted names, however it is spelt."""
    plain = {re.sub(r"[\W_]+", "", name).lower(): name for name in sorted(among)}
    return next((plain[name] for name in wanted if name in plain), None)


def has_many_digits(name: str) -> bool:
    """Whether four digits after the point, which are for money, are too few."""
    return "rate" in name.lower()
