"""What stands in the mail: figures, words, banners, and nobody else's markup."""

from __future__ import annotations

import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from rapport.company import Branding, ReportConfig
from rapport.errors import RapportError
from rapport.report import issue as issues
from rapport.report.declaration import load
from rapport.report.drawing import png
from rapport.report.drawing.colors import READABLE, contrast, palettes
from rapport.report.formats import Formats
from rapport.report.parts import KpiTable
from rapport.report.render import Rendered, render
from rapport.report.words import Words
from rapport.settings import REPO
from tests.unit.report import marts
from tests.unit.report.conftest import settings_in

GMAIL_CLIPS_AT = 102 * 1024


@pytest.fixture(scope="module")
def issue(full: marts.Reader, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """October 2026, all data there."""
    return issues.render(settings_in(tmp_path_factory.mktemp("company")), full)


def changed(
    tmp_path: Path, *statements: str, called: str = "executive", **company: Any
) -> Rendered:
    """The report after some rows were changed."""
    reader = marts.fill(tmp_path / "published.duckdb")
    with duckdb.connect(str(reader.path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return issues.render(settings_in(tmp_path, **company), reader, name=called)


def section(issue: Rendered, name: str) -> dict[str, Any]:
    """Content of one section."""
    found: dict[str, Any] = next(part for part in issue.view["sections"] if part["id"] == name)
    return found


class Elements(HTMLParser):
    """Start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_subject_carries_the_headline(issue: Rendered) -> None:
    assert issue.subject == (
        "Nordlicht Outdoor: net revenue €412K in October 2026, up 8.1% on September 2026"
    )


def test_headline_cards_by_hand(issue: Rendered) -> None:
    cards = {card["id"]: card for card in section(issue, "tiles")["cards"]}
    assert list(cards) == [
        "net_revenue",
        "new_customers",
        "active_customers",
        "average_order_value",
        "repeat_purchase_rate",
        "churn_entry_rate",
    ]
    revenue, churn = cards["net_revenue"], cards["churn_entry_rate"]
    assert revenue["value"] == "€412K"
    assert revenue["note"] == "after €381K in Sept 2026"
    assert revenue["previous"] == {
        "arrow": "▲",
        "size": "8.1%",
        "tone": "better",
        "judgement": "better",
        "word": "up",
    }
    assert (revenue["target"], revenue["status_word"]) == ("€400K", "On target")
    assert (churn["value"], churn["note"]) == ("3.1%", "of 4,870 customers")
    assert (churn["previous"]["arrow"], churn["previous"]["judgement"]) == ("▲", "worse")
    assert churn["status_word"] == "Off target"


def test_the_summary_in_plain_words(issue: Rendered) -> None:
    assert section(issue, "summary")["lines"] == [
        "Net revenue was €412,300 in October 2026, 8.1% more than in September 2026 and 12.3% "
        "more than in October 2025.",
        "The target of €400,000 is met.",
        "214 customers bought for the first time, and 3,120 customers were active.",
        "Best news since September 2026: Acquisition cost went from €55.90 to €48.20.",
        "Least good: Leads answered in 72 hours went from 71.0% to 64.0% (of 322 leads).",
    ]


def test_a_share_over_few_answers_makes_no_headline(issue: Rendered) -> None:
    csat = next(row for row in section(issue, "kpi_table")["rows"] if row["id"] == "csat")
    assert csat["base"] == "over 14 answers"  # up 8 points, but by chance
    assert "CSAT" not in " ".join(section(issue, "summary")["lines"])


def test_nothing_to_divide_by_is_an_en_dash(issue: Rendered) -> None:
    referral = next(
        row for row in section(issue, "kpi_table")["rows"] if row["id"] == "referral_rate"
    )
    assert (referral["value"], referral["previous"]["size"], referral["target"]) == ("–",) * 3


def test_each_share_shows_the_count_it_is_taken_over(issue: Rendered) -> None:
    shares = {kpi for kpi, _, unit, *_ in marts.CATALOGUE if unit == "share"}
    for row in section(issue, "kpi_table")["rows"]:
        if row["id"] in shares:
            assert row["base"], row["id"]
            assert row["base"] in issue.text


def test_every_picture_has_alt_text_that_tells_the_figure(issue: Rendered) -> None:
    images = [attrs for tag, attrs in Elements(issue.html).found if tag == "img"]
    assert {attrs["src"] for attrs in images} == {f"cid:{name}" for name in issue.pictures}
    assert len(images) == 4
    for attrs in images:
        alt = attrs["alt"] or ""
        assert "€412,300 in October 2026" in alt or "declining 742 (12.6%)" in alt


def test_the_mail_holds_in_clients_that_are_strict(issue: Rendered) -> None:
    assert len(issue.html.encode()) < GMAIL_CLIPS_AT
    assert '<meta name="color-scheme" content="light dark"' in issue.html
    assert "prefers-color-scheme: dark" in issue.html
    assert "<script" not in issue.html and "http://" not in re.sub(
        r'xmlns[:\w]*="[^"]*"', "", issue.html
    )
    assert "https://" not in issue.html  # nothing is fetched
    assert issue.html.count("<!--[if mso | IE]></tr><tr><![endif]-->") == 1


def test_all_kpis_of_the_mail_are_not_clipped_by_gmail(tmp_path: Path) -> None:
    """All that it names: those that the made-up marts lack are copies of others."""
    table = next(s for s in load(REPO, "executive").sections if isinstance(s, KpiTable))
    there = [kpi for kpi, *_ in marts.CATALOGUE]
    lacking = sorted(set(table.kpis) - set(there))
    copies = ", ".join(str(pair) for pair in zip(there, lacking, strict=False))
    issue = changed(
        tmp_path,
        f"create temp table copies as from (values {copies}) as pairs (kpi_id, other)",
        "insert into marts.rpt_kpi_catalogue by name select other as kpi_id,"
        " name || ' too' as name, name_zh, formula, unit, direction, owner,"
        " 'What it means, at the length at which such a thing is explained in the catalogue.'"
        " as explanation, explanation_zh, sort_order + 100 as sort_order"
        " from marts.rpt_kpi_catalogue join copies using (kpi_id)",
        "insert into marts.rpt_kpis select kpi_row_id || other, other, kpis.* exclude"
        " (kpi_row_id, kpi_id) from marts.rpt_kpis as kpis join copies using (kpi_id)",
    )
    shown = len(section(issue, "kpi_table")["rows"])
    assert shown == len(table.kpis) >= 17
    assert len(issue.html.encode()) < GMAIL_CLIPS_AT


def test_the_plain_text_carries_all_parts(issue: Rendered) -> None:
    for card in section(issue, "tiles")["cards"]:
        assert card["name"] in issue.text and card["value"] in issue.text
    for words in (
        "Publication 7",
        "2 Nov 2026, 06:00",
        "up 8.1% (better)",
        "What to look at next",
        "October 2026                €412,300",
        "Declining              710       185       153       742       +32",
        "1,438,126",
        "62 of 63 checks passed",
        "74.2%, of 5,890 customers",
    ):
        assert words in issue.text, words
    assert "<" not in issue.text.replace("<br>", "")


def test_quality_accounts_for_every_row(issue: Rendered) -> None:
    total = section(issue, "proof")["rows"][-1]
    assert list(total.values()) == ["All sources", "1,438,126", "1,425,182", "879", "12,065"]
    assert "Warnings: raw_erp." in section(issue, "proof")["gates"]


def test_doubt_about_identity_is_told_as_a_range(issue: Rendered) -> None:
    told = section(issue, "proof")["identity"]
    assert told.endswith("the same customer: Repeat purchase rate between 44.1% and 48.2%.")
    assert told in issue.html


def test_a_late_source_is_named(tmp_path: Path) -> None:
    late = changed(
        tmp_path,
        "update marts.ops_sources set is_stale = true, late_hours = 53,"
        " last_interval_end = '2026-10-31 00:00:00' where source = 'web'",
        "update marts.ops_sources set is_stale = true, late_hours = null,"
        " last_interval_end = null where source = 'erp'",
    )
    banner = late.view["freshness"]
    assert banner["is_stale"]
    assert banner["lines"][:2] == [
        "erp (required) has not delivered yet.",
        "web (optional) is 2 days behind; its last data run to 31 Oct 2026, 01:00.",
    ]
    for line in banner["lines"]:
        assert line in late.html
    assert late.subject.startswith("[late data] ")
    assert section(late, "next")["steps"][0]["title"] == "Data are late"


def test_no_figures_yet(tmp_path: Path) -> None:
    reader = marts.fill(tmp_path / "published.duckdb", empty=True)
    issue = issues.render(settings_in(tmp_path), reader)
    assert issue.view["is_empty"] and not issue.pictures
    assert issue.subject == "Nordlicht Outdoor: no figures yet for October 2026"
    assert "No figures yet for October 2026" in issue.html
    assert "No figures yet for October 2026" in issue.text
    assert "How sure these figures are" in issue.html


def test_a_period_that_is_not_over_is_marked(tmp_path: Path) -> None:
    issue = changed(tmp_path, "delete from marts.rpt_kpis where not is_partial")
    assert issue.view["period"]["label"] == "November 2026 (not over yet)"
    assert "compared with the same days" in issue.html


def test_the_first_period_has_nothing_to_compare_with(tmp_path: Path) -> None:
    issue = changed(
        tmp_path, "update marts.rpt_kpis set previous_value = null, last_year_value = null"
    )
    assert section(issue, "summary")["lines"][0] == "Net revenue was €412,300 in October 2026."
    assert issue.subject == "Nordlicht Outdoor: net revenue €412K in October 2026"


def test_a_week_is_reported_by_its_iso_number(tmp_path: Path) -> None:
    issue = changed(
        tmp_path,
        "insert into marts.rpt_kpis select kpi_row_id || 'w', kpi_id, 'week', date '2026-10-26',"
        " date '2026-11-02', false, segment_kind, segment, value, numerator, denominator,"
        " base_count, previous_value, last_year_value, change_pct, last_year_change_pct, target,"
        " status, unit from marts.rpt_kpis where period_start = date '2026-10-01'",
        reports={
            "weekly": ReportConfig(
                report="executive", recipients=["ada@example.org"], period="week"
            )
        },
        called="weekly",
    )
    assert issue.report == "weekly"
    assert issue.view["period"]["key"] == "2026-W44"
    assert issue.view["period"]["label"] == "Week 44, 2026"
    assert issue.view["period"]["previous"] == "Wk 43"
    assert section(issue, "tiles")["last_year"] == "Wk 44 2025"


HOSTILE = 'Ha&<b>ck</b> "Ltd" <script>alert(1)</script>\r\nBcc: x@example.org \u202egnp.exe'


def test_hostile_names_are_printed_as_they_are(tmp_path: Path) -> None:
    issue = changed(
        tmp_path,
        "update marts.ops_sources set source = '<img src=x onerror=alert(2)>', is_stale = true,"
        " late_hours = 3 where source = 'web'",
        "update marts.rpt_kpi_catalogue set name = '{{ 7 * 7 }}</td></mj-text>', owner = '<i>me'"
        " where kpi_id = 'churn_entry_rate'",
        "update marts.ops_quarantine set rule = '=cmd()|<script>' where source = 'erp'",
        name=HOSTILE,
        branding=Branding(tagline="<mj-raw><script>3</script></mj-raw>"),
    )
    tags = Elements(issue.html).found
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [attrs for _, attrs in tags if "onerror" in attrs]
    assert "&lt;script&gt;alert(1)" in issue.html
    assert "{{ 7 * 7 }}" in issue.html and "49</td>" not in issue.html
    assert "\n" not in issue.subject and "\r" not in issue.subject
    assert "\u202e" not in issue.html + issue.text + issue.subject


def test_a_name_of_ten_thousand_characters_is_cut(tmp_path: Path) -> None:
    issue = changed(tmp_path, name="x" * 10_000)
    assert len(issue.view["company"]["name"]) == 80
    assert len(issue.subject) <= 180


def test_a_logo_stands_at_the_head_in_its_proportions(full: marts.Reader, tmp_path: Path) -> None:
    head = png.SIGNATURE + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 400, 100, 8, 6, 0, 0, 0)
    (tmp_path / "logo.png").write_bytes(head)
    found = issues.render(settings_in(tmp_path, branding=Branding(logo="logo.png")), full)
    assert found.pictures["logo"] == head
    attrs = next(
        attrs for tag, attrs in Elements(found.html).found if attrs.get("src") == "cid:logo"
    )
    assert (attrs["width"], attrs["height"], attrs["alt"]) == ("128", "32", "Nordlicht Outdoor")


@pytest.mark.parametrize("content", [None, b"<svg/>", b"\x89PNG\r\n\x1a\n"])
def test_a_missing_or_broken_logo_leaves_the_name(
    full: marts.Reader, tmp_path: Path, content: bytes | None
) -> None:
    """A logo that somebody moved must not keep the figures back, nor show a broken picture."""
    if content is not None:
        (tmp_path / "logo.png").write_bytes(content)
    found = issues.render(settings_in(tmp_path, branding=Branding(logo="logo.png")), full)
    assert "logo" not in found.pictures and "cid:logo" not in found.html
    assert "Nordlicht Outdoor" in found.html


def test_large_and_small_amounts(tmp_path: Path) -> None:
    issue = changed(
        tmp_path,
        "update marts.rpt_kpis set value = 1234567890123.0 where kpi_id = 'net_revenue'"
        " and period_start = date '2026-10-01'",
    )
    card = section(issue, "tiles")["cards"][0]
    assert card["value"] == "€1.23T"
    assert section(issue, "kpi_table")["rows"][0]["value"] == "€1.23T"


def test_numbers_follow_the_locale(tmp_path: Path) -> None:
    issue = changed(tmp_path, locale="de_DE")
    assert section(issue, "kpi_table")["rows"][0]["value"] == "412.300\u00a0€"
    assert issue.view["language"] == "en"  # the words are English until there is a catalogue


@pytest.mark.parametrize("name", ["en_US", "en_GB", "de_DE", "zh_CN"])
def test_no_line_ends_between_a_minus_sign_and_its_number(name: str) -> None:
    """On a phone "It stands at -" was one line and "CN¥1,559" the next: a hyphen lets lines end."""
    formats = Formats(name, "CNY", "UTC")
    for value, unit in [(-1559.0, "currency"), (-2.5, "currency"), (-0.062, "share"),
                        (-75.0, "score"), (-3.0, "count")]:  # fmt: skip
        assert formats.value(unit, value).count("\u2212") == 1
        assert "-" not in formats.value(unit, value) + formats.money(value * 1e6, compact=True)


def test_a_broken_template_names_file_and_line(tmp_path: Path, issue: Rendered) -> None:
    folder = tmp_path / "reports" / "broken"
    folder.mkdir(parents=True)
    (folder / "report.mjml.j2").write_text("<mjml>\n{{ view.nothing_here }}\n</mjml>")
    formats = Formats("en_GB", "EUR", "UTC")
    with pytest.raises(RapportError) as caught:
        render(folder, issue.view, Words(formats.locale), formats, {}, issue.edition)
    assert caught.value.code == "report-template"
    assert "report.mjml.j2, line 2" in caught.value.where
    assert "nothing_here" in caught.value.what


@pytest.mark.parametrize("primary", ["#1f3a5f", "#ffdd00", "#000000", "#ffffff", "#d0021b"])
def test_any_brand_colour_gives_readable_text(primary: str) -> None:
    light, dark = palettes(Branding(primary_color=primary))
    assert contrast(light.primary, light.on_primary) >= READABLE
    for palette in (light, dark):
        for color in ("text", "muted", "primary", "better", "worse", "watch"):
            assert contrast(getattr(palette, color), palette.card) >= READABLE, color
        assert contrast(palette.muted, palette.page) >= READABLE


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(RapportError) as caught:
        palettes(Branding(primary_color="red; background:url(x)"))
    assert caught.value.code == "company-invalid"
