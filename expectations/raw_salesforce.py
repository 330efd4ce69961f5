"""What Salesforce's objects must hold before they are loaded; one function an entity.

The entity's own description already refuses rows without id and values of another type. A
critical rule about a row quarantines that row; a warning is told in the data-quality report.
"""

from __future__ import annotations

from datetime import datetime

import great_expectations as gx
import great_expectations.expectations as gxe

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
OLDEST, NEWEST = datetime(1970, 1, 1), datetime(2100, 1, 1)


def accounts() -> gx.ExpectationSuite:
    """Companies, and people where the org has person accounts."""
    return _suite("accounts", _changed(), _known_time("created_date"))


def contacts() -> gx.ExpectationSuite:
    """People of accounts."""
    return _suite(
        "contacts",
        _changed(),
        _known_time("created_date"),
        _mail_address(),
        gxe.ExpectColumnValuesToBeBetween(
            column="birthdate",
            min_value="1900-01-01",
            max_value="2100-01-01",
            mostly=0.99,
            severity="warning",
            notes="An impossible birth date only weakens the matching of this one person.",
        ),
    )


def leads() -> gx.ExpectationSuite:
    """People who asked, and people on lists that were bought."""
    return _suite("leads", _changed(), _known_time("created_date"), _mail_address())


def opportunities() -> gx.ExpectationSuite:
    """Deals: their amounts enter the pipeline figures."""
    return _suite(
        "opportunities",
        _changed(),
        _known_time("created_date"),
        gxe.ExpectColumnValuesToNotBeNull(
            column="stage_name",
            severity="critical",
            notes="Salesforce asks for a stage; a deal without one was cut off on its way here.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="amount",
            min_value=0,
            severity="warning",
            notes="Some orgs book a credit or a lost renewal as a deal below zero; more than a "
            "few are typing errors that lower the pipeline.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="probability",
            min_value=0,
            max_value=100,
            severity="warning",
            notes="Per cent; Salesforce lets people type more. No figure is computed from it.",
        ),
    )


def opportunity_history() -> gx.ExpectationSuite:
    """Every change of stage, amount, probability or close date of a deal."""
    return _suite(
        "opportunity_history",
        _known_time("created_date"),
        _needed("created_date", "The order of the stages is the order of these times."),
        _needed("opportunity_id", "A stage of no deal."),
        _needed("stage_name", "A change into no stage."),
    )


def opportunity_stages() -> gx.ExpectationSuite:
    """The stages of the sales pipeline."""
    return _suite(
        "opportunity_stages", _needed("api_name", "Deals name their stage by it and nothing else.")
    )


def users() -> gx.ExpectationSuite:
    """The company's own people."""
    return _suite("users")


def tasks() -> gx.ExpectationSuite:
    """Calls and mails that were logged, and to-dos."""
    return _suite("tasks", _changed(), _known_time("created_date"))


def events() -> gx.ExpectationSuite:
    """Entries in the calendars."""
    return _suite("events", _changed(), _known_time("start_date_time"))


def email_messages() -> gx.ExpectationSuite:
    """Mails sent from and received by Salesforce."""
    return _suite("email_messages", _changed(), _known_time("message_date"))


def cases() -> gx.ExpectationSuite:
    """Service tickets."""
    return _suite(
        "cases",
        _changed(),
        _known_time("created_date"),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="closed_date",
            column_B="created_date",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity="warning",
            notes="Imported cases are sometimes dated back; only days-to-solve suffers.",
        ),
    )


def campaigns() -> gx.ExpectationSuite:
    """Campaigns."""
    return _suite("campaigns", _changed())


def campaign_members() -> gx.ExpectationSuite:
    """Who was in which campaign, treated or as control."""
    return _suite(
        "campaign_members",
        _changed(),
        _needed("campaign_id", "A member of no campaign proves nothing."),
    )


def _suite(name: str, *expectations: gxe.Expectation) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(name=f"raw_salesforce.{name}", expectations=list(expectations))


def _changed() -> gxe.Expectation:
    return _needed("system_modstamp", "Without it the latest version of a record is unknown.")


def _needed(column: str, reason: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(column=column, severity="critical", notes=reason)


def _known_time(column: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=OLDEST,
        max_value=NEWEST,
        severity="critical",
        notes="Imports keep the dates of older systems; a time outside these bounds is a typing "
        "error and would enter no period, ever.",
    )


def _mail_address() -> gxe.Expectation:
    return gxe.ExpectColumnValuesToMatchRegex(
        column="email",
        regex=EMAIL,
        mostly=0.99,
        severity="warning",
        notes="Salesforce checks the form of what is typed; more junk than this is an import.",
    )
