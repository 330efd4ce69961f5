"""What HubSpot's objects must hold before they are loaded; one function an object type.

The entity's own description already refuses rows without id and values of another type. A
critical rule about a row quarantines that row; a warning is told in the data-quality report.
"""

from __future__ import annotations

from datetime import datetime

import great_expectations as gx
import great_expectations.expectations as gxe

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
OLDEST, NEWEST = datetime(2000, 1, 1), datetime(2100, 1, 1)


def contacts() -> gx.ExpectationSuite:
    """People in the CRM."""
    return _suite(
        "contacts",
        _known_time("createdate"),
        gxe.ExpectColumnValuesToMatchRegex(
            column="email",
            regex=EMAIL,
            mostly=0.95,
            severity="warning",
            notes="Sales types these by hand; 5 % junk is normal, more is a broken import.",
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="date_of_birth",
            regex=r"^\s*(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\s*$",
            mostly=0.99,
            severity="warning",
            notes="Free text in HubSpot; another form only weakens the matching of this person.",
        ),
    )


def companies() -> gx.ExpectationSuite:
    """Accounts in the CRM."""
    return _suite("companies", _known_time("createdate"))


def deals() -> gx.ExpectationSuite:
    """Deals: their amounts enter the pipeline figures."""
    return _suite(
        "deals",
        _known_time("createdate"),
        gxe.ExpectColumnValuesToBeBetween(
            column="amount",
            min_value=0,
            severity="critical",
            notes="A deal below zero would lower the pipeline it is added to.",
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="closedate",
            column_B="createdate",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            severity="warning",
            notes="Imported deals are sometimes dated back; only time-to-close suffers.",
        ),
    )


def tickets() -> gx.ExpectationSuite:
    """Service tickets."""
    return _suite("tickets", _known_time("createdate"))


def calls() -> gx.ExpectationSuite:
    """Calls logged by people."""
    return _suite(
        "calls",
        _known_time("hs_timestamp"),
        gxe.ExpectColumnValuesToBeInSet(
            column="hs_call_direction",
            value_set=["INBOUND", "OUTBOUND"],
            severity="warning",
            notes="Without a direction a call answers no lead.",
        ),
    )


def emails() -> gx.ExpectationSuite:
    """Mails logged by people."""
    return _suite("emails", _known_time("hs_timestamp"))


def meetings() -> gx.ExpectationSuite:
    """Meetings."""
    return _suite("meetings", _known_time("hs_timestamp"))


def communications() -> gx.ExpectationSuite:
    """Text messages logged by people."""
    return _suite("communications", _known_time("hs_timestamp"))


def notes() -> gx.ExpectationSuite:
    """Notes."""
    return _suite("notes", _known_time("hs_timestamp"))


def tasks() -> gx.ExpectationSuite:
    """Tasks."""
    return _suite("tasks", _known_time("hs_createdate"))


def feedback_submissions() -> gx.ExpectationSuite:
    """Survey answers: CSAT 1 to 5, NPS 0 to 10."""
    return _suite(
        "feedback_submissions",
        _known_time("hs_submission_timestamp"),
        gxe.ExpectColumnValuesToBeInSet(
            column="hs_survey_type",
            value_set=["CSAT", "NPS", "CES"],
            severity="critical",
            notes="The scale of an unknown survey is unknown too.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="hs_value",
            min_value=0,
            max_value=10,
            severity="critical",
            notes="Outside every scale; one such answer would move a small month's score.",
        ),
    )


def campaigns() -> gx.ExpectationSuite:
    """Campaigns."""
    return _suite("campaigns")


def campaign_members() -> gx.ExpectationSuite:
    """Who was in which campaign, treated or as control."""
    return _suite(
        "campaign_members",
        gxe.ExpectColumnValuesToNotBeNull(
            column="campaign_id",
            severity="critical",
            notes="A member of no campaign proves nothing.",
        ),
        gxe.ExpectColumnValuesToNotBeNull(
            column="contact_id",
            severity="critical",
            notes="The effect is measured on this contact's orders.",
        ),
    )


def owners() -> gx.ExpectationSuite:
    """The company's own people."""
    return _suite("owners")


def deal_pipeline_stages() -> gx.ExpectationSuite:
    """Stages of the pipelines of deals."""
    return _suite(
        "deal_pipeline_stages",
        gxe.ExpectColumnValuesToBeBetween(
            column="probability",
            min_value=0,
            max_value=1,
            severity="critical",
            notes="A closed stage with the probability 1 is how HubSpot says won.",
        ),
    )


def ticket_pipeline_stages() -> gx.ExpectationSuite:
    """Stages of the pipelines of tickets."""
    return _suite("ticket_pipeline_stages")


def _suite(name: str, *expectations: gxe.Expectation) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(name=f"raw_hubspot.{name}", expectations=list(expectations))


def _known_time(column: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeBetween(
        column=column,
        min_value=OLDEST,
        max_value=NEWEST,
        severity="critical",
        notes="A time outside this century is a typing error and would enter no period, ever.",
    )
