"""Prepared records of invented people with dirt, and their linkage from nothing."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from rapport.identity import clusters, decide
from rapport.identity.linkage import blocking, scoring, training
from rapport.identity.linkage.model import Model
from rapport.identity.prepare import PREPARED_SCHEMA

_SYLLABLES = "an ber da el fi gor han is ja ko li mar no os pe ra sa ti ur vi wen zu".split()


def prepared(record_key: str, **values: Any) -> dict[str, Any]:
    """A prepared record; what is not given is null, what follows from a name is worked out."""
    given, family = values.get("given_name"), values.get("family_name")
    names = [name for name in (given, family) if name]
    return {
        **dict.fromkeys(PREPARED_SCHEMA.names),
        "record_key": record_key,
        "source_system": record_key.partition("|")[0],
        "source_role": record_key.partition("|")[0],
        "party_kind": "person",
        "given_root": given,
        "name_sorted": " ".join(sorted(names)) if len(names) == 2 else None,
        "email_local": (values.get("email") or "").partition("@")[0] or None,
        **values,
    }


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Prepared records in their order of keys."""
    return pa.Table.from_pylist(rows, schema=PREPARED_SCHEMA).sort_by("record_key")


def people(count: int, seed: int = 1) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Records of `count` people, one to three each with typos and gaps, and who they are of."""
    draw = random.Random(seed)
    words = ["".join(draw.choices(_SYLLABLES, k=3)) for _ in range(400)]
    rows, truth = [], {}
    for person in range(count):
        given, family = draw.choice(words[:80]), draw.choice(words)
        born = date(1940, 1, 1) + timedelta(days=draw.randrange(24_000))
        street, town = draw.choice(words), draw.randrange(40)
        for copy in range(draw.choice((1, 2, 2, 3))):
            key = f"{('crm', 'erp', 'web')[copy]}|{person:05}"
            name = family[1:] if draw.random() < 0.1 else family
            rows.append(
                prepared(
                    key,
                    given_name=given,
                    family_name=name,
                    birth_date=born if draw.random() < 0.8 else None,
                    email=f"{given}{person}@a.example" if draw.random() < 0.6 else None,
                    phone=f"+43{660_000_000 + person}" if draw.random() < 0.5 else None,
                    street=street,
                    house_number=str(person % 90),
                    city=words[town],
                    postcode=str(1000 + town),
                    country="AT",
                )
            )
            truth[key] = person
    return rows, truth


@dataclass(frozen=True)
class Linked:
    """What linking gave, with the tables of every step."""

    model: Model
    scored: pa.Table
    links: pa.Table
    apart: pa.Table
    clusters: clusters.Clusters
    records: pa.Table

    def sets(self) -> set[frozenset[str]]:
        """Clusters as sets of record keys."""
        return sets(self.records, self.clusters)


def sets(records: pa.Table, found: clusters.Clusters) -> set[frozenset[str]]:
    """Clusters as sets of record keys."""
    members: dict[int, set[str]] = {}
    keys = records["record_key"].to_pylist()
    for key, label in zip(keys, found.labels.tolist(), strict=True):
        members.setdefault(label, set()).add(key)
    return {frozenset(keys) for keys in members.values()}


def connect(records: pa.Table, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A database with the table `records`."""
    connection = duckdb.connect()
    connection.execute(f"set threads = {threads}")
    connection.register("given_records", records)
    connection.execute("create table records as from given_records")
    return connection


def link(
    records: pa.Table,
    model: Model | None = None,
    threads: int = 2,
    one_per_source: Collection[str] = (),
) -> Linked:
    """Link from nothing, by a model that is given or trained here."""
    with connect(records, threads) as connection:
        model = model or training.train(connection, "records", 10)
        features = training.disarmed(connection, model.chosen_rules, "records")
        keys = blocking.block_keys(connection, model.chosen_rules, features)
        pairs = blocking.pairs(connection, model.chosen_rules, keys)
        scored = scoring.score(connection, model, features, pairs)
        scoring.close(connection, model, features, scored)
        found = decide.links(connection, model, scored, "records")
        tables = [
            connection.execute(f"from {name} order by all").fetch_arrow_table()
            for name in (scored, *found)
        ]
    made = clusters.cluster(
        records, tables[1], tables[2], model.threshold.chosen, one_per_source, model.strong_keys
    )
    return Linked(model, tables[0], tables[1], tables[2], made, records)
