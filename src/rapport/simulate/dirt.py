"""How things get written down wrongly. Small subsets of people only, so Python loops are fine."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulate import text
from rapport.simulate import vocabulary as words
from rapport.simulate.text import Bools, Column, Ints


def typo(rng: np.random.Generator, column: Column, mask: Bools) -> Column:
    """Two letters swapped, one dropped or one doubled, never yielding the same text again.

    E-mail addresses are only hurt before the '@'.
    """
    rows = np.flatnonzero(mask)
    values = text.objects(column)
    kinds, places = rng.integers(0, 3, len(rows)), rng.random(len(rows))
    for row, kind, place in zip(rows, kinds, places, strict=True):
        if values[row] is not None:
            values[row] = _hurt(values[row], int(kind), float(place))
    return pa.array(values, pa.string())


def _hurt(value: str, kind: int, place: float) -> str:
    name, at, domain = value.partition("@")
    if not at:
        name, domain = value, ""
    position = int(place * max(len(name) - 1, 1))
    if len(name) > 2 and kind == 0:
        swapped = name[:position] + name[position + 1] + name[position] + name[position + 2 :]
        if swapped != name and not swapped.startswith((" ", ".")):
            return swapped + at + domain
    if len(name) > 3 and kind == 1 and position > 0:
        return name[:position] + name[position + 1 :] + at + domain
    return name[: position + 1] + name[position] + name[position + 1 :] + at + domain


def names(
    rng: np.random.Generator,
    first: Column,
    last: Column,
    nick: Column,
    typo_share: float,
    variant_share: float,
) -> tuple[Column, Column, Bools, Bools]:
    """First and last name as written down, and which carry a typo or are a variant."""
    count = len(first)
    dice = rng.random(count)
    wrong = dice < typo_share
    variant = (dice >= typo_share) & (dice < typo_share + variant_share)
    in_last = rng.random(count) < 0.5
    has_nick = np.asarray(pc.is_valid(nick))
    shortened = variant & has_nick & (rng.random(count) < 0.7)
    turned = variant & ~shortened
    shown_first = text.where(shortened, nick, first)
    shown_first, shown_last = (
        text.where(turned, last, shown_first),
        text.where(turned, first, last),
    )
    shown_last = typo(rng, shown_last, wrong & in_last)
    shown_first = typo(rng, shown_first, wrong & ~in_last)
    return shown_first, shown_last, wrong, variant


def phones(rng: np.random.Generator, national: Column, country: Ints, missing: float) -> Column:
    """The same number in the formats people type: national, international, 00, with separators."""
    count = len(country)
    code = text.pick([entry.calling_code for entry in words.COUNTRIES], country)
    trunk = {"DE": "0", "FR": "0", "GB": "0", "AT": "0", "CH": "0", "NL": "0"}
    zero = text.pick([trunk.get(entry.code, "") for entry in words.COUNTRIES], country)
    american = country == [entry.code for entry in words.COUNTRIES].index("US")
    abroad = text.where(american, "", "00")
    head, rest = pc.utf8_slice_codeunits(national, 0, 3), pc.utf8_slice_codeunits(national, 3)
    style = rng.integers(0, 6, count)
    written = text.join("+", code, national)
    written = text.where(style == 1, text.join("+", code, " ", head, " ", rest), written)
    written = text.where(style == 2, text.join(abroad, code, " ", head, "-", rest), written)
    written = text.where(style == 3, text.join(zero, head, " ", rest), written)
    written = text.where(style == 4, text.join(zero, head, "/", rest), written)
    written = text.where(style == 5, text.join("(", zero, head, ") ", rest), written)
    return text.blank(written, rng.random(count) < missing)


def letter_case(rng: np.random.Generator, email: Column) -> Column:
    """A few addresses come with capitals or a blank behind; trimming and lower case mend it."""
    dice = rng.random(len(email))
    email = text.where(dice < 0.005, pc.utf8_capitalize(email), email)
    email = text.where((dice >= 0.005) & (dice < 0.0075), pc.utf8_upper(email), email)
    return text.where((dice >= 0.0075) & (dice < 0.01), text.join(email, " "), email)


# What cannot be, by table: (column, how it is spoilt), in types that any database takes.
IMPOSSIBLE: dict[str, tuple[tuple[str, str], ...]] = {
    "customers": (("birth_date", "2999-01-01"), ("name", "null"), ("birth_date", "1799-05-05")),
    "orders": (("customer_no", "null"), ("ordered_at", "2999-12-31 00:00:00"), ("currency", "XXX"),
               ("ordered_at", "1900-01-01 00:00:00")),
    "order_lines": (("quantity", "0"), ("unit_price", "negate"), ("product_id", "null"),
                    ("quantity", "negate")),
    "returns": (("quantity", "0"), ("amount", "negate"), ("returned_at", "2999-12-31 00:00:00")),
    "invoices": (("amount", "negate"), ("invoiced_at", "2999-12-31 00:00:00")),
    "payments": (("amount", "negate"), ("paid_at", "null")),
}  # fmt: skip


def spoil(
    rng: np.random.Generator, table: str, rows: pa.Table, key: list[str], share: float
) -> tuple[pa.Table, pa.Table]:
    """The table with `share` of its rows holding one impossible value, and the list of those.

    Returns:
        the spoilt table; a table (table_name, row_key, column_name, kind) of what was done.
    """
    options = IMPOSSIBLE[table]
    hit = rng.random(rows.num_rows) < share
    choice = rng.integers(0, len(options), rows.num_rows)
    keys = [rows[name].cast(pa.string()).combine_chunks() for name in key]
    row_key = keys[0] if len(keys) == 1 else text.join(keys[0], "|", keys[1])
    notes = []
    for number, (name, how) in enumerate(options):
        mask = hit & (choice == number)
        column = rows[name].combine_chunks()
        if how == "negate":
            new = pc.negate(column)
            # A price of nothing has no sign.
            mask &= np.asarray(pc.not_equal(column, 0).fill_null(False))
        else:
            value = None if how == "null" else int(how) if how == "0" else how
            new = pa.scalar(value, column.type)
        rows = rows.set_column(
            rows.schema.get_field_index(name), name, pc.if_else(pa.array(mask), new, column)
        )
        notes.append(
            pa.table(
                {
                    "table_name": pa.array([table] * int(mask.sum()), pa.string()),
                    "row_key": row_key.filter(pa.array(mask)),
                    "column_name": pa.array([name] * int(mask.sum()), pa.string()),
                    "kind": pa.array([how] * int(mask.sum()), pa.string()),
                }
            )
        )
    return rows, pa.concat_tables(notes)
