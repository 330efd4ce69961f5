"""A bad match rate is explained by the one spelling that mends it, and nothing is made up."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pytest

from rapport.company import Entity
from rapport.sources import keys, matching
from rapport.sources.matching import Match

NUMBERS = range(10_001, 10_201)


def compared(
    ours: Iterable[str], theirs: Iterable[str], column: str = "customer_no", other: str = "erp_no"
) -> list[Match]:
    """The matches of one column of source `erp` with one of source `crm`."""
    with duckdb.connect() as database:
        found = []
        for table, source, name, values in (
            ("ours", "erp", column, ours),
            ("theirs", "crm", other, theirs),
        ):
            database.execute(f"create table {table} ({name} varchar)")
            database.executemany(f"insert into {table} values (?)", [[value] for value in values])
            entity = Entity(name="customers", columns={name: {"type": "text"}})
            found.append(keys.find(database, table, source, entity))
        return matching.best(database, *found)


CASES = {
    "the prefix ERP- is dropped": lambda n: f"ERP-{n}",
    "the suffix /A is dropped": lambda n: f"{n}/A",
    "leading zeros are dropped": lambda n: f"{n:08}",
    "blanks around are dropped": lambda n: f" {n} ",
    "hyphens are dropped": lambda n: f"{n // 1000}-{n % 1000:03}",
}


@pytest.mark.parametrize("says", CASES)
def test_one_spelling_is_found_and_said(says: str) -> None:
    """Each convention alone is undone by its own step, not by a wilder one that also does."""
    (match,) = compared(map(CASES[says], NUMBERS), map(str, NUMBERS))
    assert (match.before, match.after) == (0.0, 1.0)
    assert [step.says for step in match.steps] == [says]
    assert match.unmatched == []


def test_the_fix_is_sql_that_does_it() -> None:
    """What is recommended must be what was counted."""
    (match,) = compared((f"ERP-{n}" for n in NUMBERS), map(str, NUMBERS))
    assert match.fix_theirs == ""
    row = duckdb.sql(f"select {match.fix_ours} from (select 'ERP-10001' as customer_no)").fetchone()
    assert row == ("10001",)


def test_a_prefix_of_their_side_is_mended_on_their_side() -> None:
    """Profiling the clean side must not tell its owner to change it."""
    (match,) = compared(map(str, NUMBERS), (f"C{n}" for n in NUMBERS))
    assert match.fix_ours == ""
    fix = "case when left(erp_no, 1) = 'C' then substr(erp_no, 2) else erp_no end"
    assert match.fix_theirs == fix


def test_two_conventions_at_once_are_undone_together() -> None:
    """Real keys differ in more than one way."""
    words = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in NUMBERS]
    (match,) = compared((f" erp-{word} " for word in words), words)
    assert match.after == 1.0
    assert len(match.steps) == 2


def test_a_prefix_that_half_of_the_values_carry_is_counted() -> None:
    """The rate before and after, and the share that carries it, are the figures people act on."""
    mixed = [f"NAS{n}" if n % 2 else str(n) for n in NUMBERS]
    (match,) = compared(mixed, map(str, NUMBERS))
    assert (match.before, match.after, match.carried) == (0.5, 1.0, 0.5)
    assert all(value == f"NAS{other}" for value, other in match.examples)


def test_mail_addresses_match_whatever_their_case() -> None:
    """CRMs keep what people typed."""
    (match,) = compared(
        (f"Ann.{n}@X.example" for n in NUMBERS),
        (f"ann.{n}@x.example" for n in NUMBERS),
        "email",
        "email",
    )
    assert (match.before, match.after) == (0.0, 1.0)


def test_running_numbers_of_two_things_are_no_match() -> None:
    """Any two counters overlap; called a match, the advice would join orders to suppliers."""
    assert (
        compared((f"SO{n}" for n in NUMBERS), (f"{n}" for n in NUMBERS), "order_no", "supplier_id")
        == []
    )


def test_keys_that_fall_together_are_not_called_matched() -> None:
    """Keeping only the digits would match everything with everything here."""
    found = compared(
        (f"{letter}1{other}" for letter in "abcdefgh" for other in "abcdefgh"),
        (f"{letter}1{other}" for letter in "qrstuvwx" for other in "qrstuvwx"),
    )
    assert all(match.after == 0 for match in found)


def test_lists_of_states_are_no_keys() -> None:
    """Four status codes in two systems match by chance and mean nothing."""
    states = ["a1", "a2", "a3", "a4"] * 20
    assert compared(states, states, "status_code", "state_code") == []


def test_columns_with_unlike_names_are_not_matched_by_their_digits() -> None:
    """Digits of a part number and of an invoice meet by chance, and the advice joins them."""
    ours, theirs = (f"P{n}-11" for n in NUMBERS), (f"{n}/2024" for n in NUMBERS)
    assert compared(ours, theirs, "part_code", "invoice_no") == []


def test_one_convincing_step_joins_columns_with_unlike_names() -> None:
    """A key is found under another name when a prefix alone explains it."""
    words = [f"{chr(97 + n % 26)}{n}x" for n in NUMBERS]
    (match,) = compared((f"erp-{word}" for word in words), words, "part_code", "invoice_no")
    assert (match.before, match.after) == (0.0, 1.0)


def test_few_values_match_nothing_under_another_name() -> None:
    """Thirty values of a short list meet thirty of any other."""
    few = [f"k{n}" for n in range(30)]
    assert compared(few, few, "part_code", "invoice_no") == []


def test_what_finds_no_partner_is_told_as_it_is() -> None:
    """Related keys of which none match are the worst case, and must not be left out."""
    (match,) = compared((f"X{n}Y" for n in range(50)), (f"Q{n * 7919}Z" for n in range(100, 150)))
    assert match.before < 0.1
    assert match.unmatched
