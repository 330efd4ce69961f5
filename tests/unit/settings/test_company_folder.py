"""What the company folder may say, and the sentence that tells what it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rapport import settings
from rapport.errors import RapportError
from rapport.settings import Settings


def company(
    folder: Path, given: dict[str, Any] | None = None, **sources: dict[str, Any]
) -> Settings:
    """Settings of a company with these vars and sources."""
    document = {
        "name": "Acme",
        "business_timezone": "UTC",
        "reporting_currency": "EUR",
        "history_start": "2024-01-01",
        "sources": sources,
        "feeds": {},
        "vars": given or {},
    }
    (folder / "company.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return settings.load(folder, {})


def test_two_sources_of_a_system_whose_models_read_one_are_refused(tmp_path: Path) -> None:
    crm = {"system": "hubspot", "kind": "crm"}
    with pytest.raises(RapportError, match="are both of hubspot"):
        company(tmp_path, europe=crm, america=crm)


def test_several_sources_of_a_tracker_are_one_block_each(tmp_path: Path) -> None:
    site = {"system": "segment", "kind": "web"}
    assert set(company(tmp_path, shop=site, blog=site).company.sources) == {"shop", "blog"}


def test_a_source_called_like_a_system_in_use_would_mix_their_rows(tmp_path: Path) -> None:
    with pytest.raises(RapportError, match="called like the system segment"):
        company(
            tmp_path,
            segment={"system": "files", "kind": "web"},
            site={"system": "segment", "kind": "web"},
        )


def test_a_folder_in_another_alphabet_makes_ids_that_mail_can_carry(tmp_path: Path) -> None:
    folder = tmp_path / "茶 Söhne"
    folder.mkdir()
    assert company(folder).company.slug == "cha_soehne"
    file = folder / "company.yml"
    file.write_text(f"slug: 茶\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    with pytest.raises(RapportError, match="slug: "):
        settings.load(folder, {})


@pytest.mark.parametrize("currency", ["eur", "EURO", "€"])
def test_a_currency_that_no_amount_is_in_is_refused_at_once(tmp_path: Path, currency: str) -> None:
    company(tmp_path)
    file = tmp_path / "company.yml"
    file.write_text(file.read_text().replace("EUR", currency))
    with pytest.raises(RapportError, match="reporting_currency: "):
        settings.load(tmp_path, {})


def test_a_day_that_there_is_not_is_told_with_the_file(tmp_path: Path) -> None:
    company(tmp_path)
    file = tmp_path / "company.yml"
    file.write_text(file.read_text().replace("'2024-01-01'", "2024-02-31"))
    with pytest.raises(RapportError, match=r"day is out of range.*company.yml"):
        settings.load(tmp_path, {})


def test_an_unknown_system_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RapportError) as caught:
        company(tmp_path, crm={"system": "hubspott", "kind": "crm"})
    assert "sources.crm.system is 'hubspott'" in caught.value.what
    assert "salesforce" in caught.value.todo


def test_a_company_adds_a_column_without_repeating_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    own = {"entities": {"contacts": {"columns": {"vip": {"path": "properties.vip"}}}}}
    (tmp_path / "sources" / "crm.yml").write_text(yaml.safe_dump(own))
    columns = company(tmp_path, crm={"system": "hubspot", "kind": "crm"}).company.sources["crm"]
    assert {"vip", "email"} <= set(columns.entities["contacts"].columns)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"active_day": 60}, "no such threshold.*What to do: write active_days, or one of those"),
        ({"zebra": 1}, "no such threshold.*What to do: use one of those"),
        ({"active_days": "ninety"}, "active_days is 'ninety': Input should be a valid integer"),
        ({"active_days": True}, "active_days is True: Input should be a valid integer"),
        ({"active_days": None}, "active_days is None: Input should be a valid integer"),
        ({"active_days": -1}, "active_days is -1: Input should be greater than or equal to 0"),
        ({"active_days": 89.5}, "active_days is 89.5: .*valid integer.*write one such as 90;"),
        ({"active_days": 1_000_000}, "active_days is 1000000: .*less than or equal to 36500"),
        ({"gap_min_repeat_buyers": 0}, "is 0: Input should be greater than or equal to 1"),
        ({"gap_shrinkage": 0}, "is 0: Input should be greater than or equal to 0.1"),
        ({"kpi_watch_pct": 101}, "is 101: Input should be less than or equal to 100"),
        ({"discount_rate_yearly": float("nan")}, "is nan: Input should be less than"),
        ({"ticket_cost": "6,50"}, "ticket_cost is '6,50': Input should be a valid number"),
        ({"attribution_counts_sales": 1}, "sales is 1: Input should be a valid boolean"),
        ({"retention_spend": "email"}, "retention_spend is 'email': Input should be a valid list"),
        ({"retention_spend": [2024]}, "retention_spend.0 is 2024: Input should be a valid string"),
        ({"bot_user_agents": "bot|("}, "Input should be a valid regular expression"),
        ({"trust_rank": {"erp": "first"}}, "trust_rank.erp is 'first': .*valid integer"),
        ({"trust_rank": {}}, "trust_rank is {}: .*at least 1 item"),
        ({"loyalty_tiers": [{"tier": "gold"}]}, "loyalty_tiers.0.min_revenue .*Field required"),
        ({"profile_attributes_wanted": {"person": []}}, "person is .*at least 1 item"),
        ({"identity_default_country": "Germany"}, "should match pattern.*dbt_project.yml tells"),
        ({"business_timezone": "UTC"}, "set by Rapport itself.*comes from the field of this name"),
        ({"build_id": "x"}, "set by Rapport itself.*remove the line Runbook"),
    ],
)
def test_a_threshold_that_dbt_would_pass_over_in_silence_is_refused(
    tmp_path: Path, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(RapportError, match=told) as error:
        company(tmp_path, given)
    assert error.value.code == "company-invalid"


def test_thresholds_of_each_kind_and_vars_of_the_companys_own_models_are_taken(
    tmp_path: Path,
) -> None:
    (tmp_path / "dbt_project.yml").write_text("vars: {mine: 1, company: {ours: 2}}\n")
    given = {
        "mine": 2, "ours": "x", "active_days": 60, "discount_rate_yearly": 0, "ticket_cost": 6.5,
        "attribution_counts_sales": False, "retention_spend": ["email"], "trust_rank": {"crm": 1},
        "identity_default_country": "DE", "kpi_watch_pct": 2.5,
    }  # fmt: skip
    assert company(tmp_path, given).company.vars == given


def test_a_misspelt_option_of_a_connection_is_told_with_the_right_ones(tmp_path: Path) -> None:
    """`endpoint_ulr` was passed over, and the files asked of another storage."""
    connection = {"path": "s3://acme", "endpoint_ulr": "http://storage.acme.example"}
    with pytest.raises(RapportError) as caught:
        company(tmp_path, web={"system": "files", "kind": "web", "connection": connection})
    assert "sources.web.connection has no option 'endpoint_ulr'" in caught.value.what
    assert "endpoint_url" in caught.value.todo


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("sources:", "sources: [crm]\nwas:", "sources is no block"),
        ("sources:", "sources: {crm: }\nwas:", "sources.crm is no block"),
        ("sources:", "sources: {crm: {system: sql, connection: x}}\nwas:", "crm.connection is no"),
        ("sources:", "sources: {crm: {system: sql, entities: a}}\nwas:", "crm.entities is no list"),
        ("name:", "- name:", "The file is no block|Not valid YAML"),
        ("name:", "on: 1\nname:", "The file is no block"),
        ("UTC", "Mars/Base", "business_timezone: .*no time zone 'Mars/Base'"),
        ("UTC", "UTC\nbuild_deadline: at six", "build_deadline: .*'at six' is no cron"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, words: str
) -> None:
    """These were faults of Rapport, or stopped Airflow from reading any DAG without saying why."""
    company(tmp_path)
    file = tmp_path / "company.yml"
    file.write_text(file.read_text().replace(before, after, 1))
    with pytest.raises(RapportError, match=words) as caught:
        settings.load(tmp_path, {})
    assert caught.value.code == "company-invalid"
    assert caught.value.where == str(file)


def test_a_source_that_is_an_alias_of_another_has_its_own_name(tmp_path: Path) -> None:
    """Both had the name of the last, and the rows of one replaced those of the other."""
    company(tmp_path)
    file = tmp_path / "company.yml"
    block = "sources:\n  shop: &site {system: segment, kind: web}\n  blog: *site\nwas:"
    file.write_text(file.read_text().replace("sources:", block).replace("was: {}\n", ""))
    found = settings.load(tmp_path, {}).company.sources
    assert {name: source.name for name, source in found.items()} == {"shop": "shop", "blog": "blog"}
