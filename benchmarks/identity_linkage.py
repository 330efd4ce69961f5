"""Identity beside bare Splink on the public sets: quality, and seconds to score the same pairs.

    RAPPORT_ACCEPTANCE_DATA=... python -m benchmarks.identity_linkage

Splink runs as its own demonstrations of these sets do: its comparisons, blocking and training,
clustered at even odds. Both see every set from nothing and no label.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl

from rapport.identity.evaluate.metrics import measures
from rapport.identity.evaluate.reading import parsed_map, read
from rapport.identity.evaluate.run import LATEST_BIRTH, evaluate
from rapport.identity.linkage import blocking, scoring, training
from rapport.identity.prepare import prepare

SCORING_ROUNDS = 3  # the quickest of so many counts: others use the machine too


@dataclass(frozen=True)
class Set:
    """A public set and how Splink's demonstration links it."""

    name: str
    path: str
    columns: str
    truth: dict[str, str]
    key: str
    demo: Callable[[], SettingsCreator]
    certain: Sequence[Any]
    sessions: Sequence[Any]

    def truth_of(self, key: str, label: str | None) -> str:
        """The entity of a record."""
        pattern = self.truth.get("truth_from_id")
        found = re.search(pattern, key) if pattern else None
        return found[1] if found else str(label)


def _fake() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"),
            cl.JaroAtThresholds("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on(name) for name in ("first_name", "surname", "dob", "email")
        ],
    )


def _febrl() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rec_id",
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                term_frequency_adjustments=True
            ),
        ],
        blocking_rules_to_generate_predictions=[
            block_on(name)
            for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        ],
    )


_FEBRL_MAP = (
    "given_name=given_name,family_name=surname,birth_date=date_of_birth,city=suburb,"
    "postcode=postcode,region=state,street=street_number+address_1,national_id=soc_sec_id"
)
SETS = (
    Set(
        "fake_1000",
        "splink/fake_1000.csv",
        "given_name=first_name,family_name=surname,birth_date=dob,city=city,email=email",
        {"truth_column": "cluster"},
        "unique_id",
        _fake,
        [block_on("first_name", "dob"), "l.email = r.email"],
        [block_on("first_name", "surname"), block_on("email")],
    ),
    *(
        Set(
            f"FEBRL {number}",
            f"febrl/dataset{number}.csv",
            _FEBRL_MAP,
            {"truth_from_id": r"rec-(\d+)"},
            "rec_id",
            _febrl,
            [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")],
            [block_on("date_of_birth"), block_on("postcode")],
        )
        for number in (1, 2, 3)
    ),
)


def splink(given: Set, path: Path) -> tuple[dict[str, float | int], Linker, float]:
    """Measures of bare Splink, its linker and the seconds it took."""
    started = time.perf_counter()
    connection = duckdb.connect()
    relation = connection.execute(
        f"select nullif(trim(columns(*)), '') from read_csv('{path}', all_varchar = true)"
    ).fetch_arrow_table()
    relation = relation.rename_columns([name.strip() for name in relation.column_names])
    linker = Linker(DuckDBAPI(connection).register(relation), given.demo(), log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(given.certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for session in given.sessions:
        linker.training.estimate_parameters_using_expectation_maximisation(session)
    predicted = linker.inference.predict(warning_mode="never")
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.5)
    rows = clustered.as_record_list()
    labels = given.truth.get("truth_column", "")
    truth = [given.truth_of(row[given.key], row.get(labels)) for row in rows]
    found = measures([str(row["cluster_id"]) for row in rows], truth)
    return found, linker, time.perf_counter() - started


def seconds_of_scoring(given: Set, path: Path, linker: Linker) -> tuple[int, float, float]:
    """Pairs that we would score, and the seconds that we and Splink take for them."""
    records = prepare(read(path, parsed_map(given.columns, path), "1").records, LATEST_BIRTH)
    with duckdb.connect() as connection:
        connection.register("prepared", records)
        connection.execute("create table records as from prepared")
        model = training.train(connection, "records", 10)
        features = training.disarmed(connection, model.chosen_rules, "records")
        keys = blocking.block_keys(connection, model.chosen_rules, features)
        pairs = blocking.pairs(connection, model.chosen_rules, keys)
        ours = _quickest(lambda: scoring.score(connection, model, features, pairs))
        found = connection.execute(
            f"select substr(left_key, 3) as join_key_l, substr(right_key, 3) as join_key_r, "
            f"'0' as match_key from {pairs}"
        ).fetch_arrow_table()
    table = linker.table_management.register_table(found, "their_pairs")
    linker.table_management.register_blocked_pairs_for_predict(table)
    theirs = _quickest(
        lambda: linker.inference.predict(threshold_match_weight=-2, warning_mode="never")
    )
    return len(found), ours, theirs


def _quickest(run: Callable[[], Any]) -> float:
    taken = []
    for _ in range(SCORING_ROUNDS):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    """Print one line a set."""
    data = Path(os.environ["RAPPORT_ACCEPTANCE_DATA"])
    print(
        f"{'set':10} {'F1':>7} {'Splink':>7} {'s':>6} {'Splink':>6} {'pairs':>8} scoring s, Splink"
    )
    for given in SETS:
        path = data / given.path
        started = time.perf_counter()
        report = evaluate(path, given.columns, **given.truth)  # type: ignore[arg-type]
        ours = time.perf_counter() - started
        bare, linker, theirs = splink(given, path)
        pairs, our_scoring, their_scoring = seconds_of_scoring(given, path, linker)
        print(
            f"{given.name:10} {report['quality']['f1']:7.4f} {bare['f1']:7.4f} "
            f"{ours:6.1f} {theirs:6.1f} {pairs:8,} {our_scoring:7.2f} {their_scoring:7.2f} "
            f"({our_scoring / their_scoring:.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
