"""How well the keys of two sources match, as they stand and once they are spelt alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import duckdb

from rapport.sources import spellings
from rapport.sources.keys import Key, is_related
from rapport.sources.spellings import Spelling

MAX_STEPS = 3
HARMLESS = 2  # of the general spellings: blanks and case
GOOD = 0.95  # no need to look further
GAIN = 0.01  # a step that brings less is not worth its rule
KEEPS = 0.98  # a step that makes more values fall together than this destroys the key
WORTH_TELLING = 0.2  # below this an unrelated pair is no pair
CARRIED = 0.05  # a constant that fewer values carry is no convention
SEARCHED = 5_000  # values on our side while searching; the rates are counted over all
EXAMPLES = 3

Sql = Callable[[str], str]


@dataclass(frozen=True)
class Match:
    """One pair of key-like columns.

    Attributes:
        before, after: share of our distinct values found on their side.
        steps: the normalisations, in order.
        carried: share of the values that carry the constant which the last affix step drops.
        examples: pairs of a value of ours and the one of theirs that it meets only after them.
        unmatched: values of ours that meet none even so.
        is_chance: both are running numbers and nothing in their names is alike.
    """

    ours: Key
    theirs: Key
    before: float
    after: float
    steps: tuple[Spelling, ...]
    carried: float
    fix_ours: str
    fix_theirs: str
    examples: list[tuple[str, str]]
    unmatched: list[str]
    is_chance: bool


def best(
    database: duckdb.DuckDBPyConnection, ours: Iterable[Key], theirs: Iterable[Key]
) -> list[Match]:
    """The best partner of each of our columns among theirs, those named like keys first."""
    of_column: dict[str, list[Match]] = {}
    for mine, other in product(ours, theirs):
        if mine.has_at == other.has_at and (match := _match(database, mine, other)):
            of_column.setdefault(mine.column, []).append(match)
    return sorted(
        (max(found, key=_rank) for found in of_column.values()),
        key=lambda match: (match.ours.is_named, *_rank(match)),
        reverse=True,
    )


def _rank(match: Match) -> tuple[bool, float, int, float, bool]:
    cost = sum(step.cost for step in match.steps)
    related = is_related(match.ours, match.theirs)
    return (not match.is_chance, round(match.after, 3), -cost, match.before, related)


def _match(database: duckdb.DuckDBPyConnection, ours: Key, theirs: Key) -> Match | None:
    database.execute(
        f"create or replace temp table searched as select v from {ours.table} "
        f"order by hash(v), v limit {SEARCHED}"
    )
    pair = _Pair(database, "searched", theirs.table)
    steps = _search(pair)
    whole = _Pair(database, ours.table, theirs.table)
    mine, other = _sides(steps)
    before = whole.rate(spellings.as_it_stands, spellings.as_it_stands)
    after = whole.rate(mine, other) if steps else before
    related = is_related(ours, theirs)
    is_chance = not related and whole.is_running(mine, other)
    is_told = before >= WORTH_TELLING if is_chance else after >= WORTH_TELLING
    if not is_told and not (related and ours.is_named and theirs.is_named):
        return None
    return Match(
        ours=ours,
        theirs=theirs,
        before=before,
        after=after,
        steps=steps,
        carried=_carried(whole, steps),
        fix_ours=mine(ours.column) if whole.changes(ours.table, mine) else "",
        fix_theirs=other(theirs.column) if whole.changes(theirs.table, other) else "",
        examples=whole.examples(mine, other) if steps else [],
        unmatched=whole.unmatched(mine, other),
        is_chance=is_chance,
    )


def _search(pair: _Pair) -> tuple[Spelling, ...]:
    """The cheapest steps that bring the most matches, none of them in vain."""
    steps, rate = _climbed(pair, ())
    start: tuple[Spelling, ...] = ()
    for step in spellings.general(pair.separators)[:HARMLESS]:
        # Blanks or case may hide a prefix: alone neither step brings a match.
        start = (*start, step)
        if rate < GOOD and pair.keeps(*_sides(start)):
            tried, gained = _climbed(pair, start)
            if gained >= rate + GAIN:
                steps, rate = tried, gained
    for step in steps:
        fewer = tuple(kept for kept in steps if kept is not step)
        if pair.rate(*_sides(fewer)) >= rate:
            steps = fewer
    return steps


def _climbed(pair: _Pair, steps: tuple[Spelling, ...]) -> tuple[tuple[Spelling, ...], float]:
    """Steps added one upon the other, while each brings more matches; and their rate."""
    most = len(steps) + MAX_STEPS
    rate = pair.rate(*_sides(steps))
    while len(steps) < most and rate < 1:
        tried = [
            (round(pair.rate(*_sides((*steps, step))), 4), -step.cost, step)
            for step in pair.candidates(*_sides(steps))
            if pair.keeps(*_sides((*steps, step)))
        ]
        gained, _, step = max(tried, key=lambda item: item[:2], default=(0.0, 0, None))
        if step is None or gained < rate + GAIN:
            break
        steps, rate = (*steps, step), gained
    return steps, rate


def _sides(steps: Iterable[Spelling]) -> tuple[Sql, Sql]:
    mine: Sql = spellings.as_it_stands
    other: Sql = spellings.as_it_stands
    for step in steps:
        mine, other = _after(mine, step.ours), _after(other, step.theirs)
    return mine, other


def _after(first: Sql, then: Sql) -> Sql:
    return lambda value: then(first(value))


def _carried(pair: _Pair, steps: tuple[Spelling, ...]) -> float:
    for number, step in enumerate(steps):
        if step.affix:
            mine, other = _sides(steps[:number])
            if step.ours is spellings.as_it_stands:
                return pair.share(pair.theirs, other("v"), step)
            return pair.share(pair.ours, mine("v"), step)
    return 0.0


class _Pair:
    """Two tables of distinct values `v`, asked about in SQL."""

    def __init__(self, database: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> None:
        self.database, self.ours, self.theirs = database, ours, theirs
        self.separators = "".join(
            character
            for character in spellings.SEPARATORS
            if self._number(
                f"select count(*) from (select v from {ours} union all select v from {theirs}) "
                f"where contains(v, '{character}')"
            )
        )

    def rate(self, mine: Sql, other: Sql) -> float:
        """Share of our values that are found."""
        found = self._number(
            f"select count(*) from {self.ours} where {mine('v')} in "
            f"(select {other('v')} from {self.theirs})"
        )
        return found / max(1, self._number(f"select count(*) from {self.ours}"))

    def keeps(self, mine: Sql, other: Sql) -> bool:
        """Whether different values stay different."""
        for table, sql in ((self.ours, mine), (self.theirs, other)):
            values = self._number(f"select count(*) from {table}")
            if self._number(f"select count(distinct {sql('v')}) from {table}") < KEEPS * values:
                return False
        return True

    def candidates(self, mine: Sql, other: Sql) -> Iterator[Spelling]:
        """The general spellings, and the constants that one side has and the other has not."""
        yield from spellings.general(self.separators)
        for is_ours in (True, False):
            for make, cut, rest in (
                (spellings.prefix, "left({v}, {n})", "substr({v}, {n} + 1)"),
                (spellings.suffix, "right({v}, {n})", "left({v}, length({v}) - {n})"),
            ):
                long, short = (mine, other) if is_ours else (other, mine)
                tables = (self.ours, self.theirs) if is_ours else (self.theirs, self.ours)
                if text := self._constant(tables, long("v"), short("v"), cut, rest):
                    step = make(text, is_ours)
                    carried = self.share(tables[0], long("v"), step)
                    # Digits are a constant part only where all values have them.
                    if carried == 1 or (carried >= CARRIED and not text.isdigit()):
                        yield step

    def _constant(
        self, tables: tuple[str, str], long: str, short: str, cut: str, rest: str
    ) -> str | None:
        """The affix that, dropped from the first table's values, finds most of the second's."""
        most: tuple[int, str] | None = None
        for n in range(1, spellings.MAX_AFFIX + 1):
            row = self.database.execute(
                f"with long as (select {long} as v from {tables[0]}), "
                f"short as (select distinct {short} as v from {tables[1]}) "
                f"select {cut.format(v='long.v', n=n)} as affix, count(*) as found "
                f"from long join short on {rest.format(v='long.v', n=n)} = short.v "
                f"where length(long.v) > {n} group by affix order by found desc, affix limit 1"
            ).fetchone()
            if row and (most is None or row[1] > most[0]):
                most = (row[1], row[0])
        return most[1] if most else None

    def share(self, table: str, value: str, step: Spelling) -> float:
        """Share of the values that the step changes."""
        sql = step.theirs if step.ours is spellings.as_it_stands else step.ours
        changed = self._number(f"select count(*) from {table} where {sql(value)} <> {value}")
        return changed / max(1, self._number(f"select count(*) from {table}"))

    def changes(self, table: str, sql: Sql) -> bool:
        """Whether a normalisation does anything to these values."""
        return bool(self._number(f"select count(*) from {table} where {sql('v')} <> v"))

    def is_running(self, mine: Sql, other: Sql) -> bool:
        """Whether both sides are whole numbers, as compared."""
        return not self._number(
            f"select count(*) from (select {mine('v')} as v from {self.ours} union all "
            f"select {other('v')} from {self.theirs}) where not regexp_full_match(v, '[0-9]+')"
        )

    def examples(self, mine: Sql, other: Sql) -> list[tuple[str, str]]:
        """Values that meet only now, with their partners."""
        return self.database.execute(
            f"select ours.v, min(theirs.v) from {self.ours} as ours join {self.theirs} as theirs "
            f"on {mine('ours.v')} = {other('theirs.v')} "
            f"where ours.v not in (select v from {self.theirs}) "
            f"group by ours.v order by ours.v limit {EXAMPLES}"
        ).fetchall()

    def unmatched(self, mine: Sql, other: Sql) -> list[str]:
        """Values of ours that meet none."""
        rows = self.database.execute(
            f"select v from {self.ours} where {mine('v')} not in "
            f"(select {other('v')} from {self.theirs}) order by v limit {EXAMPLES}"
        ).fetchall()
        return [row[0] for row in rows]

    def _number(self, sql: str) -> int:
        row = self.database.execute(sql).fetchone()
        return int(row[0]) if row else 0
