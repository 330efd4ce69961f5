"""What `rapport source add` and `rapport init` refuse, and that a refusal leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rapport.errors import RapportError
from rapport.sources.add import add
from rapport.sources.init import init
from tests.integration.sources.conftest import Shop
from tests.support.portal import Portal


def refused(shop: Shop, code: str, name: str, system: str, **arguments: object) -> RapportError:
    """The error of an `add` after which the company folder is as it was."""
    before = shop.files()
    with pytest.raises(RapportError) as error:
        shop.add(name, system, **arguments)
    assert error.value.code == code
    assert shop.files() == before
    return error.value


def test_a_name_cannot_be_taken_twice(shop: Shop) -> None:
    """A second block of the same name would silently replace the first one."""
    shop.add("crm", "sql")
    refused(shop, "source-exists", "crm", "files")


def test_files_of_an_earlier_source_are_not_written_over(shop: Shop) -> None:
    """Somebody may have worked on them."""
    left = shop.folder / "expectations" / "raw_crm.py"
    left.parent.mkdir()
    left.write_text("# mine\n")
    refused(shop, "source-exists", "crm", "sql")


@pytest.mark.parametrize("name", ["Crm", "my crm", "my__crm", "1crm", "hubspot", "../crm"])
def test_a_name_that_cannot_be_a_schema_or_folder_is_refused(shop: Shop, name: str) -> None:
    """It would fail later, in dbt, where nobody looks for it."""
    refused(shop, "source-arguments", name, "sql")


def test_an_unset_variable_is_named(shop: Shop) -> None:
    """What `add` expects must be said by its name."""
    del shop.environ["ACME_CRM_URL"]
    assert "ACME_CRM_URL" in refused(shop, "secret-missing", "crm", "sql").what


def test_a_database_that_does_not_answer_is_refused_with_the_reason(shop: Shop) -> None:
    """Of an unknown system nothing can be described without seeing it."""
    shop.environ["ACME_CRM_URL"] = "postgresql://nobody:pass4711@127.0.0.1:1/none"
    assert "pass4711" not in str(refused(shop, "source-down", "crm", "sql"))


def test_an_empty_folder_is_refused(shop: Shop, tmp_path: Path) -> None:
    """A source without entities would look connected and deliver nothing."""
    (tmp_path / "empty").mkdir()
    shop.environ["ACME_ERP_PATH"] = str(tmp_path / "empty")
    refused(shop, "source-arguments", "erp", "files")


def test_an_entity_that_is_not_there_is_named(shop: Shop) -> None:
    """A typing error must not make a source of nothing."""
    assert "contacts" in refused(shop, "entity-unknown", "crm", "sql", entities=["contcats"]).todo


@pytest.mark.parametrize(
    ("system", "options"),
    [
        ("hubspot", {"token": "pat-4711"}),
        ("sql", {"url": "postgresql://me:pw4711@db/erp"}),
        ("files", {"path": "s3://bucket", "secret": "pw4711"}),
    ],
)
def test_a_secret_written_out_is_refused(shop: Shop, system: str, options: dict[str, str]) -> None:
    """company.yml is read by all who may read the folder."""
    error = refused(shop, "source-arguments", "other", system, options=options)
    assert "4711" not in str(error)


def test_a_misspelt_option_is_refused_with_the_right_ones(shop: Shop) -> None:
    """It was written into company.yml, where nothing reads it."""
    options = {"path": "s3://bucket", "endpoint_ulr": "http://storage.acme.example"}
    error = refused(shop, "source-arguments", "other", "files", options=options)
    assert "endpoint_ulr" in error.what
    assert "endpoint_url" in error.todo


def test_a_second_source_of_a_known_system_is_refused(shop: Shop) -> None:
    """The models that ship read one source; the second would silently not be read."""
    shop.add("crm", "hubspot", options={"base_url": "http://127.0.0.1:1"})
    refused(shop, "source-exists", "crm_two", "hubspot")


def test_a_broken_company_file_is_left_as_it_is(shop: Shop) -> None:
    """Nothing is written into a file that cannot be understood."""
    loaded = shop.load()
    (shop.folder / "company.yml").write_text("sources: [\n")
    with pytest.raises((RapportError, yaml.YAMLError)):
        add(loaded, "crm", "sql")
    assert (shop.folder / "company.yml").read_text() == "sources: [\n"
    assert not (shop.folder / "sources").exists()


def test_a_disk_that_fails_half_way_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a source would break every build of the company."""
    before = shop.files()
    (shop.folder / "models" / "staging").mkdir()
    (shop.folder / "models" / "staging" / "crm").write_text("in the way")
    with pytest.raises(OSError):
        shop.add("crm", "sql")
    (shop.folder / "models" / "staging" / "crm").unlink()
    assert shop.files() == before


def test_init_touches_no_folder_that_holds_something(shop: Shop) -> None:
    """A company of years must not be replaced by an empty one."""
    before = shop.files()
    with pytest.raises(RapportError) as error:
        init(shop.folder, "Other")
    assert error.value.code == "folder-not-empty"
    assert shop.files() == before


@pytest.mark.parametrize("wrong", [{"timezone": "Berlin"}, {"history_start": "soon"}])
def test_init_leaves_nothing_when_an_argument_is_wrong(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    """The next try would be refused as not empty."""
    folder = tmp_path / "other"
    with pytest.raises(RapportError) as error:
        init(folder, "Other: a & b", **wrong)
    assert error.value.code == "company-invalid"
    init(folder, "Other: a & b")


def test_a_known_system_that_shows_nothing_is_refused(shop: Shop, tmp_path: Path) -> None:
    """A source without entities would look connected and deliver nothing."""
    portal = Portal(tmp_path / "portal")
    with portal.served(scopes=[]) as connection:
        shop.environ |= {
            "ACME_CRM_TOKEN": connection["token"],
            "ACME_CRM_BASE_URL": connection["base_url"],
        }
        error = refused(shop, "source-arguments", "crm", "hubspot")
    assert "Not one entity" in error.what


@pytest.mark.parametrize(
    "recipient", ["nobody", "@acme.example", "Ada <ada@acme.example>", "a@b@c"]
)
def test_init_refuses_a_recipient_that_is_no_mail_address(tmp_path: Path, recipient: str) -> None:
    """The first failure mail would have been the one to find out, and nobody would have got it."""
    folder = tmp_path / "acme"
    with pytest.raises(RapportError) as error:
        init(folder, "Acme", recipient=recipient, environ={})
    assert error.value.code == "recipient-invalid"
    assert "--recipient" in error.value.where
    assert not folder.exists()


@pytest.mark.parametrize("day", ["2026-02-31", "yesterday", "2999-01-01"])
def test_init_refuses_a_history_that_starts_on_no_day_or_in_the_future(
    tmp_path: Path, day: str
) -> None:
    """No DAG would run before that day, and the first error named a file that was gone again."""
    with pytest.raises(RapportError) as error:
        init(tmp_path / "acme", "Acme", history_start=day, environ={})
    assert (error.value.code, error.value.where) == (
        "company-invalid",
        "rapport init --history-start",
    )
    assert not (tmp_path / "acme").exists()
