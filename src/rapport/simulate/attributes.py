"""Names, addresses, mailboxes and phones of people, drawn column by column."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from rapport.simulate import text
from rapport.simulate import vocabulary as words
from rapport.simulate.text import Column, Ints


class Pool(NamedTuple):
    """All countries' words of one sort in one list, and where each country's begin."""

    words: list[str]
    offsets: Ints
    counts: Ints

    def draw(self, rng: np.random.Generator, country: Ints) -> Ints:
        """A place in the list for each row; early words are more frequent, as in life."""
        within = rng.random(len(country)) ** 1.4 * self.counts[country]
        return self.offsets[country] + within.astype(np.int64)


@cache
def pool(which: str) -> Pool:
    """The pool of a field of `vocabulary.Country`."""
    flat: list[str] = []
    offsets, counts = [], []
    for country in words.COUNTRIES:
        entries = getattr(country, which)
        offsets.append(len(flat))
        counts.append(len(entries))
        flat += entries
    return Pool(flat, np.array(offsets), np.array(counts))


def spelling(name: str) -> str:
    """How a name stands in an e-mail address: `Müller:mueller` is `mueller`."""
    shown, _, plain = name.partition(":")
    return plain or shown.lower()


def companies(rng: np.random.Generator, account: Ints, first_number: int) -> tuple[Column, Column]:
    """Company name and its mail domain, null for private people."""
    row = np.maximum(account, 0)
    number = first_number + row
    head = (number * 7) % len(words.COMPANY_HEADS)
    tail = (number * 11 + number // 31) % len(words.COMPANY_TAILS)
    form = (number * 13) % len(words.LEGAL_FORMS)
    private = account < 0
    name = text.join(
        text.pick(words.COMPANY_HEADS, head), " ", text.pick(words.COMPANY_TAILS, tail), " ",
        text.pick(words.LEGAL_FORMS, form),
    )  # fmt: skip
    slugs = [
        head.lower() if head.isascii() else f"firma{i}"
        for i, head in enumerate(words.COMPANY_HEADS)
    ]
    tails = [tail.lower() for tail in words.COMPANY_TAILS]
    domain = text.join(
        text.pick(slugs, head), "-", text.pick(tails, tail), text.number(number), ".example"
    )
    return text.blank(name, private), text.blank(domain, private)


def emails(
    rng: np.random.Generator,
    chunk: int,
    country: Ints,
    company_domain: Column,
    first_ascii: list[str],
    last_ascii: list[str],
    first_index: Ints,
    last_index: Ints,
) -> Column:
    """One address each, unique but for what households and role mailboxes do later.

    Two people who would get the same address (dots do not count) get a number behind the name.
    """
    total = len(country)
    first, last = text.pick(first_ascii, first_index), text.pick(last_ascii, last_index)
    style = rng.choice(4, total, p=[0.5, 0.2, 0.15, 0.15])
    initial = pc.utf8_slice_codeunits(first, 0, 1)
    local = text.join(first, ".", last)
    local = text.where(style == 1, text.join(first, last), local)
    local = text.where(style == 2, text.join(initial, ".", last), local)
    local = text.where(style == 3, text.join(last, ".", first), local)
    domains = pool("domains")
    domain = pc.coalesce(company_domain, text.pick(domains.words, domains.draw(rng, country)))
    key = text.join(pc.replace_substring(local, ".", ""), "@", domain)
    again = occurrence(key)
    suffix = again * 1000 + chunk
    local = text.where(suffix > 0, text.join(local, text.number(suffix)), local)
    return text.join(local, "@", domain)


def occurrence(column: Column) -> Ints:
    """0 for the first row with a value, 1 for the second, and so on."""
    codes = column.dictionary_encode().indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    begins = np.concatenate([[True], ranked[1:] != ranked[:-1]])
    position = np.arange(len(codes))
    result = np.empty(len(codes), np.int64)
    result[order] = position - np.maximum.accumulate(np.where(begins, position, 0))
    return result


def other_emails(
    rng: np.random.Generator, numbers: Ints, country: Ints, first_ascii: list[str], first: Ints
) -> Column:
    """A second address of the same person: another mailbox, with a number in it."""
    domains = pool("domains")
    word = text.pick(["mail", "shop", "home", "x", "post"], rng.integers(0, 5, len(numbers)))
    return text.join(
        text.pick(first_ascii, first), ".", word, text.number(numbers), "@",
        text.pick(domains.words, domains.draw(rng, country)),
    )  # fmt: skip


def phones(numbers: Ints, country: Ints) -> Column:
    """Mobile numbers that are valid in their country, one per person.

    Multiplying by a number without the factors 2 and 5 permutes 0 .. 10^n - 1.
    """
    prefixes = pool("mobile_prefixes")
    digits = np.array([entry.mobile_digits for entry in words.COUNTRIES])[country]
    prefix = prefixes.offsets[country] + (numbers // 977) % prefixes.counts[country]
    american = country == [entry.code for entry in words.COUNTRIES].index("US")
    body = (numbers * 7_368_787 + 2_345_678) % np.where(american, 8_000_000, 10**digits)
    body = np.where(american, body + 2_000_000, body)  # exchanges begin with 2 to 9
    padded = text.number(body, 8)
    cut = 8 - digits
    tail = padded
    for skip in np.unique(cut):
        tail = text.where(cut == skip, pc.utf8_slice_codeunits(padded, int(skip), 8), tail)
    return text.join(text.pick(prefixes.words, prefix), tail)


def street(streets: list[str], index: Ints, house: Ints, country: Ints) -> Column:
    """House number in front in English and French speaking countries and the USA, else behind."""
    before = np.isin(country, [i for i, c in enumerate(words.COUNTRIES) if c.code in "GB FR US"])
    street, number = text.pick(streets, index), text.number(house)
    return text.where(before, text.join(number, " ", street), text.join(street, " ", number))


def postal(first_codes: list[str], index: Ints, plus: Ints) -> Column:
    """Postal codes near the city's first; codes with letters or dashes stay as they are."""
    numeric = np.array([code.isdigit() for code in first_codes])[index]
    base = np.array([int(code) if code.isdigit() else 0 for code in first_codes])[index]
    width = np.array([len(code) for code in first_codes])[index]
    shown = text.pick(first_codes, index)
    for size in np.unique(width[numeric]):
        fits = numeric & (width == size)
        shown = text.where(fits, text.number(base + plus, int(size)), shown)
    return shown
