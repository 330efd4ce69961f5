"""Every number the simulated company is made with: dirt rates and generative parameters.

The dirt rates were fixed before anything was tuned to them; the defaults are those of the project's
brief. A test may pass other rates, nothing else should.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Shares (0 to 1) of dirt. Each says of what it is a share."""

    erp_without_crm: float = 0.12
    """of ERP customers: no CRM contact at all."""
    email_missing_one_side: float = 0.15
    """of customers in both systems: e-mail missing in one of the two (either, evenly)."""
    email_other: float = 0.14
    """of customers in both systems: another address in the CRM than in the ERP."""
    name_typo: float = 0.08
    """of names written down (one per record)."""
    email_typo: float = 0.03
    """of e-mail addresses written down (one per record)."""
    name_variant: float = 0.06
    """of names written down: a nickname, or first and last name the other way round."""
    phone_missing: float = 0.35
    """of records."""
    birth_date_missing: float = 0.40
    """of records of people."""
    moved: float = 0.05
    """of customers: the CRM still holds the address before the move."""
    crm_duplicate: float = 0.06
    """of people in the CRM: they stand there twice."""
    erp_duplicate: float = 0.03
    """of customers in the ERP: they stand there twice."""
    household_mailbox: float = 0.02
    """of people: they share their mailbox with somebody of the household."""
    shared_device: float = 0.01
    """of devices: used by two to four people."""
    role_mailbox: float = 0.002
    """of people's addresses: info@, office@ and the like, used by several people."""
    event_duplicate: float = 0.01
    """of web events: delivered twice under the same messageId."""
    event_late: float = 0.02
    """of web events: arriving up to three days after they happened."""
    event_bot: float = 0.04
    """of web events: made by crawlers."""
    erp_impossible: float = 0.005
    """of rows of customers, orders, order_lines, returns, invoices, payments: one value that
    cannot be."""


@dataclass(frozen=True)
class Model:
    """Parameters of the generative model; times in days unless the name says otherwise."""

    account_share: float = 0.06
    """of customers that are companies (B2B)."""
    bgnbd_r: float = 1.1
    bgnbd_alpha_days: float = 62.0
    """purchase rate per day ~ Gamma(shape r, rate alpha): mean r / alpha."""
    bgnbd_a: float = 0.9
    bgnbd_b: float = 6.5
    """chance to leave after any purchase ~ Beta(a, b): mean a / (a + b)."""
    account_rate_factor: float = 1.8
    growth_yearly: float = 0.45
    """growth of the number of new customers a year."""
    rate_growth_yearly: float = 0.05
    """growth of the purchase rate of those who are customers already."""
    late_share: float = 0.09
    """of shipped orders, doubled in November and December."""
    ticket_if_late: float = 0.45
    ticket_if_on_time: float = 0.025
    leave_if_late: float = 0.06
    leave_if_ticket: float = 0.12
    leave_if_late_and_ticket: float = 0.38
    """chances to leave that come on top of the beta-distributed one."""
    csat_answer_share: float = 0.55
    nps_answer_share: float = 0.22
    cancelled_share: float = 0.03
    return_share: float = 0.06
    """of delivered lines."""
    orphan_return_share: float = 0.04
    """of returns: a credit note that names no order."""
    unpaid_share: float = 0.03
    referral_share: float = 0.06
    """of new customers."""
    lead_customer_share: float = 0.30
    """of new customers who were a lead first."""
    lead_fast_share: float = 0.62
    """of leads: answered within 72 hours."""
    lead_convert_fast: float = 0.40
    lead_convert_slow: float = 0.20
    """chance that a lead becomes a customer, answered in time or not."""
    lead_unanswered_share: float = 0.25
    """of the leads not answered within 72 hours: never answered."""
    import_share: float = 0.06
    """bought-in contacts that nobody ever spoke to, per customer."""
    anonymous_devices: float = 0.8
    """devices per customer whose owner never says who they are."""
    account_contacts: float = 0.8
    """further CRM contacts per account (Poisson)."""
    store_only_share: float = 0.15
    """of people who only buy in stores and never visit the site."""
    email_consent_share: float = 0.55
    """of CRM contacts: said yes to letters by e-mail at some time."""
    campaign_member_share: float = 0.6
    campaign_control_share: float = 0.25
    campaign_dead_factor: float = 0.2
    """the campaign's effect on those who had left, relative to the others."""
    visits_monthly_alive: float = 0.30
    visits_monthly_gone: float = 0.05

    @property
    def lead_convert_share(self) -> float:
        """Share of all leads that become customers."""
        fast = self.lead_fast_share
        return fast * self.lead_convert_fast + (1 - fast) * self.lead_convert_slow

    @property
    def fast_if_converted(self) -> float:
        """P(answered in time | became a customer), by Bayes' rule."""
        return self.lead_fast_share * self.lead_convert_fast / self.lead_convert_share

    @property
    def fast_if_not(self) -> float:
        """P(answered in time | did not become a customer), by Bayes' rule."""
        return self.lead_fast_share * (1 - self.lead_convert_fast) / (1 - self.lead_convert_share)

    @property
    def lost_leads(self) -> float:
        """Leads that never buy, per customer."""
        return self.lead_customer_share * (1 - self.lead_convert_share) / self.lead_convert_share
