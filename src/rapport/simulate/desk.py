"""Files CRM objects: gives ids, ties them to contacts, keeps the tables of a chunk."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from rapport.simulate import text
from rapport.simulate.people import People
from rapport.simulate.records import Counters
from rapport.simulate.text import Bools, Column, Ints
from rapport.simulate.world import World

LINKS = pa.schema(
    [("from_type", pa.string()), ("from_id", pa.int64()), ("to_type", pa.string()),
     ("to_id", pa.int64())]
)  # fmt: skip


@dataclass
class Desk:
    """What the functions below share: the chunk, its contacts, and the tables being filled."""

    world: World
    people: People
    contact: Ints  # id of each person's first contact, -1 for none
    since: Ints  # when that contact was created
    owner: Column
    counters: Counters
    pen: np.random.Generator  # of what is written, so that it moves nothing else
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    links: list[pa.Table] = field(default_factory=list)
    voices: list[pa.Table] = field(default_factory=list)  # the truth about what was written

    def add(self, kind: str, person: Ints, columns: dict[str, Column], linked: bool = True) -> Ints:
        """File objects of persons, give them ids and tie each to its contact; returns the ids."""
        ids = self.counters.crm_object + np.arange(len(person))
        self.counters.crm_object += len(person)
        self.tables.setdefault(kind, []).append(pa.table({"id": pa.array(ids), **columns}))
        if linked:
            self.link(kind, ids, "contacts", self.contact[person])
        return ids

    def link(self, kind: str, ids: Ints, to: str, to_ids: Ints) -> None:
        """Associations, both ways are read from one row."""
        self.links.append(
            pa.table(
                [pa.array([kind] * len(ids), pa.string()), pa.array(ids, pa.int64()),
                 pa.array([to] * len(ids), pa.string()), pa.array(to_ids, pa.int64())],
                schema=LINKS,
            )
        )  # fmt: skip

    def owners(self, person: Ints) -> Column:
        """The sales person who looks after each person."""
        return self.owner.take(pa.array(person))

    def note(self, kind: str, ids: Ints, truth: pa.Table) -> None:
        """Keep what is true of texts that stand in these objects."""
        columns = dict(zip(truth.column_names, truth.columns, strict=True))
        named = {"kind": text.pick([kind], ids * 0), "record_id": text.number(ids)}
        self.voices.append(pa.table({**named, **columns}))


def flag(mask: Bools) -> Column:
    """HubSpot writes booleans as text."""
    return text.where(mask, "true", "false")
