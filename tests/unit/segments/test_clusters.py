"""Clusters are found as they are, keep their numbers, and say what sets them apart."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.segments import describing, kmeans, matching
from rapport.segments.features import FEATURES, matrix, scale
from rapport.segments.run import cluster
from rapport.state import tables
from rapport.state.store import State
from rapport.warehouses import Warehouse
from tests.conftest import bare_settings

COLUMNS = [feature.column for feature in FEATURES]
NAMES = ("customer_clusters", "clusters", "cluster_fit")
# recency_days, order_days, order_value, categories, discount_rate, return_rate, sessions
ONCE = (300, 1, 50, 1, 0.0, 0.0, 1)
OFTEN = (20, 12, 60, 5, 0.0, 0.0, 30)
CHEAP = (60, 3, 20, 2, 0.3, 0.4, 5)
DEAR = (60, 3, 2000, 2, 0.0, 0.0, 5)


class Shop:
    """A warehouse that holds the features, and keeps what is written."""

    def __init__(self, folder: Path) -> None:
        self.settings = bare_settings(folder, f"duckdb:///{folder / 'warehouse.duckdb'}")
        engine = sa.create_engine("sqlite://")
        tables.metadata.create_all(engine)
        self.state = State(engine)
        self.features = pa.table({})
        self.written: dict[str, pa.Table] = {}

    def read(self, sql: str) -> pa.Table:
        return self.features

    def write(self, schema: str, table: str, data: pa.Table) -> None:
        assert schema == "segments"
        self.written[table] = data

    def build(self, day: int, rows: list[dict[str, Any]], **options: Any) -> dict[str, int]:
        """Number of the cluster by customer, after a build as of a day."""
        self.features = pa.Table.from_pylist(rows)
        as_of = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)
        cluster(self.settings, self.state, cast(Warehouse, self), as_of, **options)
        table = self.written["customer_clusters"]
        return dict(
            zip(table["customer_id"].to_pylist(), table["cluster_no"].to_pylist(), strict=True)
        )

    def centres(self) -> list[tuple[Any, ...]]:
        """What the state store keeps."""
        with self.state.begin() as connection:
            rows = connection.execute(sa.select(tables.cluster_centroids)).all()
        return sorted((row.as_of, row.cluster_no, row.since_as_of, row.customers) for row in rows)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def customers(seed: int = 1, **groups: tuple[tuple[float, ...], int]) -> list[dict[str, Any]]:
    """Customers of each group, a few percent around its figures; the ids begin with its name."""
    rng = np.random.default_rng(seed)
    rows = []
    for name, (figures, number) in groups.items():
        for place in range(number):
            spread = np.array(figures) * rng.uniform(0.9, 1.1, len(figures))
            customer_id = f"{name}-{place}"
            key = hashlib.md5(customer_id.encode(), usedforsecurity=False).hexdigest()[:16]
            rows.append(
                {"customer_id": customer_id, "sample_key": key, "facts_before": "2025-01-01"}
                | {"months_back": 0}
                | {name: float(value) for name, value in zip(COLUMNS, spread, strict=True)}
            )
    return rows


def by_group(labels: dict[str, int]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for customer_id, number in labels.items():
        found.setdefault(customer_id.split("-")[0], set()).add(number)
    return found


FOUR = {"once": (ONCE, 90), "often": (OFTEN, 60), "cheap": (CHEAP, 40), "dear": (DEAR, 20)}


def test_groups_that_there_are_come_out_the_largest_first(shop: Shop) -> None:
    assert by_group(shop.build(1, customers(**FOUR))) == {
        "once": {1}, "often": {2}, "cheap": {3}, "dear": {4},
    }  # fmt: skip
    fit = shop.written["cluster_fit"].to_pylist()[0]
    assert (fit["customers"], fit["clusters"], fit["reason"]) == (210, 4, None)
    assert fit["silhouette"] > 0.7


def test_numbers_stay_when_sizes_rows_and_figures_change(shop: Shop) -> None:
    before = by_group(shop.build(1, customers(**FOUR)))
    rows = customers(
        seed=2, dear=(DEAR, 120), cheap=(CHEAP, 45), often=((25, 13, 66, 5, 0.0, 0.0, 33), 60),
        once=(ONCE, 50),
    )  # fmt: skip
    assert by_group(shop.build(2, rows)) == before
    assert {row[2] for row in shop.centres()} == {"2025-01-02T00:00:00Z"}


def test_the_order_of_rows_is_of_no_matter(shop: Shop) -> None:
    rows = customers(**FOUR)
    first = shop.build(1, rows)
    kept = {name: shop.written[name] for name in NAMES}
    assert shop.build(1, rows[::-1]) == first
    assert {name: shop.written[name] for name in NAMES} == kept


def test_a_group_that_is_gone_never_passes_its_number_on(shop: Shop) -> None:
    before = by_group(shop.build(1, customers(**FOUR)))
    without = {name: group for name, group in FOUR.items() if name != "dear"}
    after = by_group(shop.build(2, customers(**without)))
    assert after == {name: before[name] for name in without}
    # Another group comes, and then the one that was gone comes back: both get new numbers.
    returns = (10, 2, 300, 2, 0.0, 0.9, 90)
    third = by_group(shop.build(3, customers(**without, returns=(returns, 40))))
    assert third["returns"] == {5}
    assert {name: third[name] for name in without} == after


def test_the_same_as_of_again_changes_nothing(shop: Shop) -> None:
    shop.build(1, customers(**FOUR))
    rows = customers(seed=3, **FOUR)
    labels, centres = shop.build(2, rows), shop.centres()
    assert shop.build(2, rows) == labels
    assert shop.centres() == centres


def test_a_side_build_writes_no_state(shop: Shop) -> None:
    assert by_group(shop.build(1, customers(**FOUR), dry_run=True))["once"] == {1}
    assert shop.centres() == []


def test_too_few_customers_have_no_clusters_but_a_reason(shop: Shop) -> None:
    assert shop.build(1, customers(once=(ONCE, 99))) == {}
    fit = shop.written["cluster_fit"].to_pylist()[0]
    assert fit["clusters"] == 0
    assert fit["silhouette"] is None
    assert fit["reason"] == "99 customers, fewer than 100: no clusters"
    assert fit["reason_zh"] == "仅99位客户，少于100位，不聚类"
    assert shop.written["clusters"].num_rows == 0


def test_nobody_at_all_is_no_crash(shop: Shop) -> None:
    one = customers(once=(ONCE, 1))[0]
    shop.features = pa.Table.from_pylist([one]).slice(0, 0)
    as_of = datetime(2025, 1, 1, tzinfo=UTC)
    assert cluster(shop.settings, shop.state, cast(Warehouse, shop), as_of) == 0


def test_customers_who_are_all_alike_have_no_clusters(shop: Shop) -> None:
    rows = [row | dict(zip(COLUMNS, ONCE, strict=True)) for row in customers(once=(ONCE, 150))]
    assert shop.build(1, rows) == {}
    assert "too much alike" in shop.written["cluster_fit"].to_pylist()[0]["reason"]


def test_unknown_figures_pull_nowhere(shop: Shop) -> None:
    rows = customers(**FOUR)
    for row in rows:
        row["discount_rate"] = (
            None if row["customer_id"].startswith("once") else row["discount_rate"]
        )
        row["return_rate"] = None
    labels = by_group(shop.build(1, rows))
    assert len(set.union(*labels.values())) == 4
    assert all(len(numbers) == 1 for numbers in labels.values())


def test_last_months_customers_are_put_to_todays_centres(shop: Shop) -> None:
    rows = customers(**FOUR)
    moved = next(row for row in rows if row["customer_id"] == "often-0")
    earlier = moved | dict(zip(COLUMNS, ONCE, strict=True))
    rows.append(earlier | {"months_back": 1, "facts_before": "2024-12-01"})
    shop.build(1, rows)
    labels = {
        (row["customer_id"], row["facts_before"]): row["cluster_no"]
        for row in shop.written["customer_clusters"].to_pylist()
    }
    assert labels["often-0", "2025-01-01"] == 2
    assert labels["often-0", "2024-12-01"] == 1


def test_another_number_of_clusters_must_be_clearly_better() -> None:
    rows = pa.Table.from_pylist(customers(**FOUR))
    points = scale(matrix(rows)).apply(matrix(rows))
    alone = kmeans.fit(points)
    assert alone is not None and alone.k == 4
    three = kmeans.fit(points, before=alone.centres[:3], k_margin=1.0)
    assert three is not None and three.k == 3
    again = kmeans.fit(points, before=alone.centres[:3], k_margin=0.0)
    assert again is not None and again.k == 4


def test_clusters_stay_where_a_tighter_start_is_told_apart_worse() -> None:
    """Six of 200 customers went, and three groups of which all is as before became five."""
    rng, number = np.random.default_rng(37), 200
    points = np.column_stack(
        [
            rng.integers(1, 4, number),
            rng.exponential(size=number),
            (rng.random(number) < 0.1) * rng.random(number),
            rng.normal(size=number),
        ]
    )
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    first = kmeans.fit(points, None, 0.02)
    assert first is not None and first.k == 3
    second = kmeans.fit(points[6:], first.centres, 0.02)
    assert second is not None and second.k == 3
    assert np.abs(second.centres - first.centres).max() < 0.2
    # The silhouette told is that of the centres given.
    told = second.silhouettes[3]
    assert told == kmeans.silhouette(points[6:], second.centres)
    assert told > first.silhouettes[3] - 0.02


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(6, 40))
def test_silhouette_is_rousseeuws(seed: int, k: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    points, centres = rng.normal(size=(number, 3)), rng.normal(size=(k, 3))
    label = kmeans.nearest(points, centres)
    scores = []
    for place, point in enumerate(points):
        distance = np.linalg.norm(points - point, axis=1)
        mine = (label == label[place]) & (np.arange(number) != place)
        others = [distance[label == c].mean() for c in set(label.tolist()) - {label[place]}]
        if not mine.any() or not others:
            scores.append(0.0)
            continue
        a, b = distance[mine].mean(), min(others)
        scores.append((b - a) / max(a, b))
    assert kmeans.silhouette(points, centres) == pytest.approx(np.mean(scores), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 8), st.permutations(range(8)))
def test_numbers_follow_their_centres_wherever_they_stand(
    seed: int, k: int, order: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    before = rng.normal(size=(k, 4)) * 10
    order = [place for place in order if place < k]
    names = list(range(11, 11 + k))
    after = before[order] + rng.normal(size=(k, 4)) * 1e-3
    given_numbers = matching.numbers(after, [1] * k, before, names, used=40)
    assert given_numbers == [names[place] for place in order]


def test_a_centre_half_way_to_the_neighbour_is_a_new_cluster() -> None:
    before = np.array([[0.0], [10.0], [20.0]])
    after = np.array([[4.9], [15.0], [40.0]])
    assert matching.numbers(after, [5, 1, 7], before, [1, 2, 3], used=3) == [1, 5, 4]


def test_words_name_the_largest_differences_with_their_medians() -> None:
    rows = pa.Table.from_pylist(customers(**FOUR))
    members = rows.filter(
        pa.array([name.startswith("cheap") for name in rows["customer_id"].to_pylist()])
    )
    members = members.set_column(
        members.column_names.index("return_rate"), "return_rate", pa.array([0.4] * len(members))
    )
    words = describing.describe(3, np.array([0, 0, -0.51, 0.49, 0, 2.0, 0]), members, rows)
    assert words.name == "Group 3: return more"
    assert words.explanation.startswith(
        "They return more (sales returned: 40 %, all: 0 %), spend less"
    )
    assert words.name_zh == "群组3：退货更多"
    assert words.explanation_zh.startswith("退货更多（退货率：40 %，全体：0 %），每次花费更少")
    assert "categories" not in words.explanation
    middle = describing.describe(1, np.zeros(len(FEATURES)), members, rows)
    assert middle.explanation == "They are close to the average customer in everything."


def test_words_say_nothing_that_their_figures_do_not_show() -> None:
    """ "They buy from more categories (categories: 3, all: 3)" makes a reader doubt it all."""
    figures = {"recency_days": 30, "order_days": 3, "order_value": 50, "sessions": None}
    rows = pa.Table.from_pylist(
        [
            figures | {"customer_id": name, "categories": number, "return_rate": back}
            | {"discount_rate": 0.1 if name == "other" else 0.1001}
            for name, number, back in [
                *[("member", 3, 0.0)] * 4, ("member", 4, 0.5), *[("other", 3, 0.0)] * 3,
                *[("other", 1, 0.0)] * 2,
            ]
        ]
    )  # fmt: skip
    members = rows.filter(pc.equal(rows["customer_id"], "member"))
    words = describing.describe(1, np.array([0, 0, 0, 1.0, 0.8, 0.6, 0.9]), members, rows)
    assert words.name == "Group 1: buy from more categories"
    assert words.explanation == (
        "They buy from more categories (mean of categories: 3.2, all: 2.7),"
        " return more (mean of sales returned: 10.0 %, all: 5.0 %)."
    )
    assert words.explanation_zh == (
        "购买品类更多（平均品类数：3.2，全体：2.7），退货更多（平均退货率：10.0 %，全体：5.0 %）。"
    )
