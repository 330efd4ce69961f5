"""A report is a folder: adding one, or breaking one, touches no Python and no other report."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.report import declaration, issue, lint
from rapport.report.edition import Edition
from rapport.settings import REPO, Settings
from tests.unit.report import canaries, marts
from tests.unit.report.conftest import settings_in

CHURN = """\
title: Who may leave
period: week
tells: [risky]
sections:
  - kind: sentences
    rules:
      - query: risky
        when: n
        say: "{count} customer may leave"
        many: "{count} customers may leave"
        values: {count: n | count}
  - kind: table
    query: risky
    limit: 1
    columns:
      - {field: who, label: Customer, link: record_url}
      - {field: chance, label: Chance, format: share}
  - kind: own
    id: poem
    template: poem
    query: risky
"""
RISKY = """\
select customers.full_name as who, customers.record_url, risk.churn_probability_90_days as chance
from rpt_churn_risk as risk
inner join dim_customers as customers using (customer_id)
order by chance desc, customers.full_name, customers.stage
"""


@pytest.fixture
def mine(tmp_path: Path) -> Settings:
    """A project with Rapport's reports, to which others are added."""
    shutil.copytree(REPO / "reports", tmp_path / "reports")
    (tmp_path / "dbt_project").symlink_to(REPO / "dbt_project")
    return settings_in(tmp_path).model_copy(update={"project_dir": tmp_path})


def add(settings: Settings, name: str, text: str, **files: str) -> Path:
    """A new folder under `reports/`."""
    folder: Path = settings.project_dir / "reports" / name
    for place in ("queries", "sections"):
        (folder / place).mkdir(parents=True)
    (folder / "report.yml").write_text(text)
    for file, content in files.items():
        kind = "queries" if file.endswith("_sql") else "sections"
        ending = {"_sql": ".sql", "_html": ".mjml.j2", "_text": ".txt.j2"}
        for mark, suffix in ending.items():
            if file.endswith(mark):
                (folder / kind / f"{file.removesuffix(mark)}{suffix}").write_text(content)
    return folder


def test_a_new_report_is_a_folder(mine: Settings, tmp_path: Path) -> None:
    add(
        mine, "leaving", CHURN, risky_sql=RISKY,
        poem_html="<mj-section><mj-column><mj-text>{% for row in section.rows %}{{ row.who }} of"
        " {{ row.chance | share }} {% endfor %}</mj-text></mj-column></mj-section>",
        poem_text="{{ section.rows | length }} verses",
    )  # fmt: skip
    reader = canaries.fill(tmp_path / "published.duckdb")
    rendered = issue.render(mine, reader, "leaving")
    assert "2 customers may leave" in rendered.html
    assert 'href="https://crm.example/DE"' in rendered.html
    assert "and 1 more" in rendered.html
    assert "Anna full_name of 90.0%" in rendered.html
    assert "2 verses" in rendered.text
    assert rendered.view["period"]["key"].startswith("2026-W")
    assert not rendered.is_empty
    german = Edition("de_DE", "Europe/Berlin", rows=(("country", ("DE",)),))
    assert canaries.CANARY not in issue.render(mine, reader, "leaving", edition=german).html


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("limit: 1", "limti: 1", "sections.table.limti: Extra inputs"),
        ("format: share", "format: shares", "sections.table.columns.1.format"),
        ("kind: own", "kind: poem", "sections.poem"),
        ("    id: poem\n", "    id: table\n", "two sections are called table"),
        ("query: risky\n    limit", "query: riskier\n    limit", "no query 'riskier'"),
        ("period: week", "period: fortnight", "period: Input should be"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(
    mine: Settings, full: marts.Reader, before: str, after: str, told: str
) -> None:
    assert before in CHURN
    add(mine, "leaving", CHURN.replace(before, after, 1), risky_sql=RISKY)
    with pytest.raises(RapportError) as caught:
        issue.render(mine, full, "leaving")
    assert caught.value.code == "report-invalid"
    assert told in caught.value.what
    assert caught.value.where.endswith("reports/leaving/report.yml")


@pytest.mark.parametrize(
    ("files", "code", "where"),
    [
        ({"risky_sql": "select who, from rpt_churn_risk"}, "report-query", "risky.sql"),
        ({"risky_sql": "select nothing_such from rpt_churn_risk"}, "report-query", "risky.sql"),
        ({"risky_sql": "select 1 as n from raw.people"}, "report-query", "risky.sql"),
        ({"risky_sql": RISKY, "poem_html": "a\n{{ oops }}"}, "report-template", "poem.mjml.j2"),
    ],
)
def test_a_broken_report_names_the_file_and_the_others_are_whole(
    mine: Settings, tmp_path: Path, files: dict[str, str], code: str, where: str
) -> None:
    add(mine, "leaving", CHURN, **{"poem_html": "", "poem_text": "", **files})
    reader = canaries.fill(tmp_path / "published.duckdb")
    with pytest.raises(RapportError) as caught:
        issue.render(mine, reader, "leaving")
    assert caught.value.code == code
    assert where in caught.value.where
    assert issue.render(mine, reader, "sales").html


def test_an_expression_without_a_value_is_named(mine: Settings, tmp_path: Path) -> None:
    add(mine, "leaving", CHURN.replace("n | count", "first.sum | count"), risky_sql=RISKY)
    with pytest.raises(RapportError) as caught:
        issue.render(mine, canaries.fill(tmp_path / "published.duckdb"), "leaving")
    assert caught.value.code == "report-expression"
    assert caught.value.where.endswith("report.yml, sections.sentences.rules.0.values.count")


@pytest.mark.parametrize("text", ["rows.__class__.__mro__", "''.__class__", "first.pop('x')"])
def test_an_expression_reaches_nothing_but_its_rows(
    mine: Settings, tmp_path: Path, text: str
) -> None:
    add(mine, "leaving", CHURN.replace("n | count", text), risky_sql=RISKY)
    with pytest.raises(RapportError):
        issue.render(mine, canaries.fill(tmp_path / "published.duckdb"), "leaving")


@pytest.mark.parametrize("name", declaration.reports(REPO))
def test_every_report_holds_without_a_fact(name: str, tmp_path: Path) -> None:
    reader = marts.fill(tmp_path / "published.duckdb", empty=True)
    rendered = issue.render(settings_in(tmp_path), reader, name)
    assert rendered.is_empty
    assert "How sure these figures are" in rendered.html


def test_sections_are_shown_by_choice_and_the_proof_always(
    tmp_path: Path, full: marts.Reader
) -> None:
    form = Edition("en_GB", "Europe/Berlin", sections=("tiles",))
    rendered = issue.render(settings_in(tmp_path), full, "executive", edition=form)
    assert [part["id"] for part in rendered.view["sections"]] == ["tiles", "proof"]


def test_lint_finds_nothing_in_the_reports_that_ship_and_what_is_wrong_in_others(
    mine: Settings,
) -> None:
    assert lint.faults(mine) == []
    wrong = CHURN.replace("when: n", "when: n +").replace("title: Who may leave", "title: Strange")
    add(mine, "leaving", wrong, risky_sql="select 1 from raw.x")
    faults = "\n".join(lint.faults(mine, ["leaving"]))
    assert "'Strange' has no translation" in faults
    assert "'raw.x' is no published mart" in faults
    assert "sections.sentences.rules.0.when: 'n +' is no expression" in faults
