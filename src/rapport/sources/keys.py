"""Which columns look like keys, and by what two of them are the same kind of key."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb

from rapport.company import Entity
from rapport.sources.spellings import SEPARATORS
from rapport.warehouses.base import quote

_NAMED_LIKE_A_KEY = re.compile(
    r"(^|_)(id|ids|no|nr|num|number|code|key|cid|uid|uuid|guid|ref|reference|sku|e?mail|email_address"
    r"|phone|mobile|tel)$|(id|key|no|number)$",
    re.IGNORECASE,
)
_SAYS_NOTHING = {"id", "no", "nr", "num", "number", "code", "key", "ref", "reference", "record"}
_SAME = {
    **dict.fromkeys(("client", "contact", "account", "party", "person", "cust", "cst"), "customer"),
    **dict.fromkeys(("cid", "custid", "customerid", "contactid"), "customer"),
    **dict.fromkeys(("mail", "e"), "email"),
    **dict.fromkeys(("tel", "mobile", "telephone"), "phone"),
}
_COMPARED = ("text", "integer")
_DISTINCT_FROM = 0.9  # a column this full of different values may be a key under another name
_FEW = 20  # fewer values than this, over more rows, are a list of states; fewer rows prove nothing
MAX_VALUES = 1_000_000


@dataclass(frozen=True)
class Key:
    """A key-like column, its distinct values in a table of one column `v`.

    Attributes:
        distinct: how many values there are.
        separators: those of `spellings.SEPARATORS` that occur in them.
        tokens: words of its name and, where it names rows, of its entity.
    """

    place: str  # source.entity
    column: str
    table: str
    distinct: int
    separators: str
    tokens: frozenset[str]
    is_named: bool  # declared or named as one, not only full of different values
    has_at: bool  # e-mail addresses


def find(database: duckdb.DuckDBPyConnection, table: str, source: str, entity: Entity) -> list[Key]:
    """The key-like columns of a table, with a table of distinct values for each.

    Args:
        table: rows of the entity.

    Returns:
        declared keys first, then columns named like keys, then those of mostly distinct values.
    """
    there = [row[0] for row in database.execute(f"describe {table}").fetchall()]
    found: list[tuple[int, Key]] = []
    for number, name in enumerate(there):
        if entity.columns[name].type not in _COMPARED:
            continue
        is_named = bool(_NAMED_LIKE_A_KEY.search(name))
        values = f"{table}_k{number}"
        database.execute(
            f"create or replace temp table {values} as select distinct "
            f"cast({quote(name)} as varchar) as v from {table} "
            f"where {quote(name)} is not null and trim(cast({quote(name)} as varchar)) <> '' "
            f"order by v limit {MAX_VALUES}"
        )
        distinct, at, filled, separators = _facts(database, values, table, name)
        is_distinct = filled >= _FEW and distinct / filled >= _DISTINCT_FROM
        is_list = distinct < _FEW <= filled
        if not distinct or is_list or not (name in entity.key or is_named or is_distinct):
            continue
        rank = 0 if name in entity.key else 1 if is_named else 2
        tokens = _tokens(name)
        if entity.key == [name]:
            tokens |= _tokens(entity.name.rsplit("_", 1)[-1])
        key = Key(
            place=f"{source}.{entity.name}",
            column=name,
            table=values,
            distinct=distinct,
            separators=separators,
            tokens=frozenset(tokens - _SAYS_NOTHING),
            is_named=rank < 2,
            has_at=at / distinct > 0.5,
        )
        found.append((rank, key))
    return [key for _, key in sorted(found, key=lambda item: item[0])]


def is_related(ours: Key, theirs: Key) -> bool:
    """Whether the names say that both name the same kind of thing."""
    return (
        bool(ours.tokens & theirs.tokens)
        or _is_number_in(ours, theirs)
        or _is_number_in(theirs, ours)
    )


def _is_number_in(one: Key, other: Key) -> bool:
    """Whether `erp_no` of one source is the customer's number in the source `erp`."""
    return "customer" in other.tokens and bool(_source(other) & one.tokens)


def _source(key: Key) -> set[str]:
    return _tokens(key.place.split(".")[0])


def _facts(
    database: duckdb.DuckDBPyConnection, values: str, table: str, column: str
) -> tuple[int, int, int, str]:
    occur = ", ".join(f"bool_or(contains(v, '{character}'))" for character in SEPARATORS)
    row = database.execute(
        f"select count(*), count(*) filter (contains(v, '@')), "
        f"(select count({quote(column)}) from {table}), {occur} from {values}"
    ).fetchone()
    assert row is not None
    there = (one for one, occurs in zip(SEPARATORS, row[3:], strict=True) if occurs)
    return int(row[0]), int(row[1]), int(row[2]), "".join(there)


def _tokens(name: str) -> set[str]:
    """Words of a name, in the singular, one for all that mean the same."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    words = {word for word in re.split(r"[^a-z]+", spaced) if word}
    singular = {re.sub(r"(?<=[a-z]{2})s$", "", word) for word in words}
    return {_SAME.get(word, word) for word in singular}
