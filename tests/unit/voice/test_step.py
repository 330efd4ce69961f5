"""The step learns once a month, and of each day looks at the new texts only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import duckdb
import pyarrow as pa
import pytest

from rapport import warehouses
from rapport.settings import REPO, Settings
from rapport.state.store import State
from rapport.voice import hearing, run
from rapport.warehouses import Warehouse
from tests.unit.voice.test_hearing import dinners

DAY = timedelta(days=1)


class Company:
    """A warehouse with texts, and builds of the step on it."""

    def __init__(self, settings: Settings, warehouse: Warehouse) -> None:
        self.settings, self.warehouse = settings, warehouse
        words = duckdb.sql(
            f"from read_csv('{REPO}/dbt_project/seeds/voice_words.csv', all_varchar = true)"
        ).arrow()
        warehouse.write("intermediate", "voice_words", pa.table(words))
        self.texts: list[dict[str, object]] = []

    def say(self, at: datetime, text: str, opinion: int | None = None) -> None:
        self.texts.append(
            {
                "text_key": hashlib.md5(text.encode()).hexdigest()[:16],
                "text": text,
                "opinion": opinion,
                "said_date": at.date(),
            }
        )

    def build(self, as_of: datetime) -> int:
        kinds = [("text_key", pa.string()), ("text", pa.string()), ("opinion", pa.int64()),
                 ("said_date", pa.date32())]  # fmt: skip
        said = [row for row in self.texts if cast(datetime, row["said_date"]) < as_of.date()]
        self.warehouse.write(
            "intermediate", "int_voice_texts", pa.Table.from_pylist(said, pa.schema(kinds))
        )
        return run.listen(self.settings, cast(State, None), self.warehouse, as_of)

    def told(self) -> list[tuple[object, ...]]:
        rows = self.warehouse.read("select * from voice.texts order by text_key").to_pylist()
        return [tuple(row.values()) for row in rows]


@pytest.fixture
def company(engine_settings: Settings) -> Iterator[Company]:
    with warehouses.open(engine_settings) as warehouse:
        yield Company(engine_settings, warehouse)


def test_a_day_costs_its_new_texts_and_a_month_one_lesson(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons: list[int] = []
    learn = hearing.hear
    monkeypatch.setattr(run, "hear", lambda *given: lessons.append(1) or learn(*given))
    january, march = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
    for text, opinion in dinners():
        company.say(january, text, opinion)
    assert company.build(march) == len(dinners())
    company.say(march, "der strudel war da", 1)
    company.say(march, "der strudel war da", -1)
    company.say(march, "great")
    assert company.build(march + DAY) == 2
    assert company.build(march + DAY) == 0
    assert lessons == [1]
    by_days = company.told()
    company.warehouse.execute("drop schema voice cascade")
    assert company.build(march + DAY) == len(dinners()) + 2
    assert company.told() == by_days
    company.texts = [row for row in company.texts if row["text"] != "great"]
    company.build(march + DAY)
    assert len(company.told()) == len(by_days) - 1
    company.build(march + 30 * DAY)
    assert lessons == [1, 1, 1]


def test_nobody_who_writes_is_an_empty_table(company: Company) -> None:
    assert company.build(datetime(2026, 2, 3, tzinfo=UTC)) == 0
    assert company.told() == []
    quality = company.warehouse.read("select distinct prediction from voice.quality")
    assert sorted(quality["prediction"].to_pylist()) == [
        "voice_tone_en", "voice_tone_zh", "voice_topic_en", "voice_topic_zh",
    ]  # fmt: skip
    assert company.build(datetime(2026, 2, 4, tzinfo=UTC)) == 0


def test_words_of_the_company_are_looked_for_from_the_next_build_on(company: Company) -> None:
    at = datetime(2026, 2, 3, tzinfo=UTC)
    company.say(at - DAY, "the roaster hums")
    company.build(at)
    assert company.warehouse.read("select topic from voice.texts")["topic"].to_pylist() == ["other"]
    company.settings.company.vars["voice_words"] = [
        {"meaning": "roasting", "language": "en", "words": "roast*"}
    ]
    company.build(at)
    found = company.warehouse.read("select topic from voice.texts")["topic"].to_pylist()
    assert found == ["roasting"]
