"""Every word of every report is there in Chinese, and nothing English is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from babel import Locale

from rapport.errors import RapportError
from rapport.report import declaration, issue, speaker, words
from rapport.report.drawing import fonts
from rapport.report.edition import Edition
from rapport.report.formats import Formats
from rapport.report.lint import messages
from rapport.report.render import fold, width
from rapport.settings import REPO
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in

CHINESE = Edition("zh_CN", "Asia/Shanghai")
CATALOGUES = sorted(file.name for file in (REPO / "reports" / "locale").iterdir())


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_text_is_translated_with_the_same_values(language: str) -> None:
    assert messages.gaps(REPO / "reports", language) == []


def test_every_share_says_of_what_it_is_one() -> None:
    """The mail had "over 6" under the win rate, and left the reader to guess six of what."""
    metas = {
        file.stem.removeprefix("kpi_"): yaml.safe_load(file.read_text(encoding="utf-8"))["models"][
            0
        ]["config"]["meta"]
        for file in (REPO / "dbt_project/models/intermediate/kpis").glob("*/kpi_*.yml")
    }
    shares = {kpi for kpi, meta in metas.items() if meta["unit"] in ("share", "score")}
    assert shares - set(speaker.BASES) == set()


def test_a_gap_is_found(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / "mine").mkdir(parents=True)
    (reports / "shared").mkdir()
    (reports / "mine" / "report.yml").write_text(
        "title: Nobody translated me\nsections:\n- {kind: sentences, rules: [{say: 'At {x}'}]}\n"
    )
    catalogue = words.path(reports, "zh_Hans")
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid ""\nmsgstr "Language: zh"\n\nmsgid "At {x}"\nmsgstr "在{y}"\n')
    found = messages.gaps(reports, "zh_Hans")
    assert any("'Nobody translated me' has no translation" in gap for gap in found)
    assert any("names other values than '在{y}'" in gap for gap in found)


@pytest.mark.parametrize("name", declaration.reports(REPO))
def test_a_chinese_report_has_no_english_sentence(
    name: str, tmp_path: Path, full: marts.Reader
) -> None:
    rendered = issue.render(settings_in(tmp_path), full, name, edition=CHINESE)
    assert '<html lang="zh-Hans"' in rendered.html
    own = {"Nordlicht Outdoor", "Gear for the north", "quantity is positive",
           "order date is possible", "e-mail is well formed"}  # fmt: skip
    text = rendered.text
    for words_of_data in own:
        text = text.replace(words_of_data, "")
    english = re.findall(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", text)
    assert english == []


def test_chinese_numbers_and_dates(tmp_path: Path, full: marts.Reader) -> None:
    rendered = issue.render(settings_in(tmp_path), full, "executive", edition=CHINESE)
    assert rendered.subject == "Nordlicht Outdoor：2026年10月指标0€41.23万，较2026年9月上升8.1%"
    assert "2026年11月2日 13:00" in rendered.text  # 05:00 UTC in Shanghai
    assert " 。" not in rendered.text and "( " not in rendered.text


def test_a_plural_follows_the_number_and_the_language() -> None:
    english, chinese = (
        words.load(REPO / "reports", REPO / "reports" / "sales", Locale.parse(name))
        for name in ("en_GB", "zh_CN")
    )
    one, other = "{count} lead to answer", "{count} leads to answer"
    assert english.many(one, other, 1, count=1) == "1 lead to answer"
    assert english.many(one, other, 2, count=2) == "2 leads to answer"
    assert chinese.many(one, other, 2, count=2) == "2条线索待回复"


def test_a_language_without_a_catalogue_is_english_with_its_own_numbers(tmp_path: Path) -> None:
    german = words.load(REPO / "reports", tmp_path, Locale.parse("de_DE"))
    assert german.tag == "en" and german("Target") == "Target"


def test_a_translation_with_another_value_is_refused() -> None:
    with pytest.raises(RapportError) as caught:
        words.Words(Locale.parse("en"))("At {place}", time=3)
    assert caught.value.code == "wording-missing"


def test_a_delay_in_chinese_has_a_unit() -> None:
    chinese = Formats("zh_CN", "CNY", "Asia/Shanghai")
    assert (chinese.duration(24), chinese.duration(72)) == ("24小时", "3天")


def test_chinese_text_is_folded_between_characters_and_padded_by_its_width() -> None:
    folded = fold("数据截至昨天，" * 10, 40)
    assert max(map(width, folded.splitlines())) <= 42  # a comma may hang
    assert not any(line.startswith("，") for line in folded.splitlines())
    assert fold("one two three", 7) == "one two\nthree"


def test_without_a_chinese_font_the_figures_stand_in_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boxes instead of characters would be worse than no chart."""
    monkeypatch.setattr(fonts, "installed", list)
    fonts.chinese.cache_clear()
    reader = canaries.fill(tmp_path / "published.duckdb")
    form = Edition("zh_CN", "Asia/Shanghai", attach=("pdf",))
    rendered = issue.render(settings_in(tmp_path), reader, "lifecycle", edition=form)
    fonts.chinese.cache_clear()
    assert set(rendered.pictures) == {"retention-light", "retention-dark"}  # of digits alone
    assert not rendered.attachments
    assert "cid:mix-" not in rendered.html and "777,777" in rendered.html
