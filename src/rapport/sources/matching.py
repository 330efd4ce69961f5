"""How well the keys of two sources match, as they stand and once they are spelt alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
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
WORTH_TELLING = 0.2  # below this a pair is no pair
CONVINCING = 0.8  # so many values must one step bring together where names say nothing
FEW = 50  # fewer values match something by chance, where names say nothing
LOOKED_AT = 200  # values of ours of an unrelated pair, before all are looked at
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
    related = is_related(ours, theirs)
    if min(ours.distinct, theirs.distinct) < FEW and not related:
        return None
    whole = _Pair.of(database, ours, theirs)
    before = whole.rate(spellings.as_it_stands, spellings.as_it_stands)
    pair = whole.part(SEARCHED)
    if related or before >= WORTH_TELLING:
        steps = _search(pair)
    else:
        steps = _one_step(whole.part(LOOKED_AT)) and _one_step(pair)
    if not (related or steps) and before < WORTH_TELLING:
        return None
    mine, other = _sides(steps)
    after = whole.rate(mine, other) if steps else before
    is_chance = not related and whole.is_running(mine, other)
    is_told = (before if is_chance else after) >= WORTH_TELLING
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


def _one_step(pair: _Pair) -> tuple[Spelling, ...]:
    """The one step that convinces where names say nothing; digits alone convince of nothing."""
    for rate, _, step in pair.tried(()):
        if rate >= CONVINCING and not step.is_destructive and pair.keeps(*_sides((step,))):
            return (step,)
    return ()


def _climbed(pair: _Pair, steps: tuple[Spelling, ...]) -> tuple[tuple[Spelling, ...], float]:
    """Steps added one upon the other, while each brings more matches; and their rate."""
    most = len(steps) + MAX_STEPS
    rate = pair.rate(*_sides(steps))
    while len(steps) < most and rate < 1:
        for gained, _, step in pair.tried(steps):
            if gained >= rate + GAIN and pair.keeps(*_sides((*steps, step))):
                steps, rate = (*steps, step), gained
                break
        else:
            break
    return steps, rate


def _sides(steps: Iterable[Spelling]) -> tuple[Sql, Sql]:
    mine: Sql = spellings.as_it_stands
    other: Sql = mine
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


@dataclass(frozen=True)
class _Pair:
    """Two tables of distinct values `v`, asked about in SQL."""

    database: duckdb.DuckDBPyConnection
    ours: str
    theirs: str
    sizes: tuple[int, int]  # values in each
    separators: str

    @classmethod
    def of(cls, database: duckdb.DuckDBPyConnection, ours: Key, theirs: Key) -> _Pair:
        """All values of two columns."""
        occur = "".join(sorted(set(ours.separators + theirs.separators)))
        return cls(database, ours.table, theirs.table, (ours.distinct, theirs.distinct), occur)

    def part(self, values: int) -> _Pair:
        """The same pair with at most so many values of ours, always the same ones."""
        if self.sizes[0] <= values:
            return self
        part = f"{self.ours}_{values}"
        self.database.execute(
            f"create temp table if not exists {part} as select v from {self.ours} "
            f"order by hash(v), v limit {values}"
        )
        return replace(self, ours=part, sizes=(values, self.sizes[1]))

    def rate(self, mine: Sql, other: Sql) -> float:
        """Share of our values that are found."""
        return self._rates([(mine, other)])[0]

    def _rates(self, sides: list[tuple[Sql, Sql]]) -> list[float]:
        """Share of our values that are found, for each way to spell both sides."""
        count, among = f"select count(*) from {self.ours}", f"from {self.theirs}"
        found = ", ".join(
            f"({count} where {a('v')} in (select {b('v')} {among}))" for a, b in sides
        )
        row = self.database.execute(f"select {found}").fetchone() or ()
        return [count / max(1, self.sizes[0]) for count in row]

    def tried(self, steps: tuple[Spelling, ...]) -> list[tuple[float, int, Spelling]]:
        """What one more step brings: rate, cost below zero and step, the best first."""
        more = list(self._candidates(*_sides(steps)))
        rates = self._rates([_sides((*steps, step)) for step in more])
        found = [(round(rate, 4), -step.cost, step) for rate, step in zip(rates, more, strict=True)]
        return sorted(found, key=lambda item: item[:2], reverse=True)

    def keeps(self, mine: Sql, other: Sql) -> bool:
        """Whether different values stay different."""
        sides = zip((self.ours, self.theirs), (mine, other), self.sizes, strict=True)
        return all(
            self._number(f"select count(distinct {sql('v')}) from {table}") >= KEEPS * values
            for table, sql, values in sides
        )

    def _candidates(self, mine: Sql, other: Sql) -> Iterator[Spelling]:
        """The general spellings, and the constants that one side has and the other has not."""
        yield from spellings.general(self.separators)
        for is_ours in (True, False):
            long, short = (mine, other) if is_ours else (other, mine)
            tables = (self.ours, self.theirs) if is_ours else (self.theirs, self.ours)
            for is_prefix, text in self._constants(tables, long("v"), short("v")):
                step = (spellings.prefix if is_prefix else spellings.suffix)(text, is_ours)
                carried = self.share(tables[0], long("v"), step)
                # Digits are a constant part only where all values have them.
                if carried == 1 or (carried >= CARRIED and not text.isdigit()):
                    yield step

    def _constants(self, tables: tuple[str, str], long: str, short: str) -> list[tuple[bool, str]]:
        """The prefix and the suffix that, dropped from the first table's values, find most."""
        cuts = " union all ".join(
            f"select {is_prefix} as is_prefix, n, {affix} as affix, {rest} as rest "
            "from long, lengths where length(v) > n"
            for is_prefix, affix, rest in (
                (True, "left(v, n)", "substr(v, n + 1)"),
                (False, "right(v, n)", "left(v, length(v) - n)"),
            )
        )
        return self.database.execute(
            f"with long as (select {long} as v from {tables[0]}), "
            f"short as (select distinct {short} as v from {tables[1]}), "
            f"lengths as (select unnest(range(1, {spellings.MAX_AFFIX + 1})) as n), "
            f"cut as ({cuts}) "
            "select is_prefix, affix from cut join short on cut.rest = short.v "
            "group by is_prefix, n, affix qualify row_number() over "
            "(partition by is_prefix order by count(*) desc, n, affix) = 1 "
            "order by is_prefix desc"
        ).fetchall()

    def share(self, table: str, value: str, step: Spelling) -> float:
        """Share of the values that the step changes."""
        sql = step.theirs if step.ours is spellings.as_it_stands else step.ours
        changed = self._number(f"select count(*) from {table} where {sql(value)} <> {value}")
        return changed / max(1, self.sizes[table == self.theirs])

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
