"""How the company deals with people: answers to leads, calls, tickets, satisfaction."""

from __future__ import annotations

import numpy as np

from rapport.simulate import text
from rapport.simulate import vocabulary as words
from rapport.simulate.desk import Desk
from rapport.simulate.purchases import Lives, Orders
from rapport.simulate.text import Column, Ints
from rapport.simulate.world import DAY


def answer_leads(rng: np.random.Generator, desk: Desk) -> None:
    """The first answer, and a second contact some days after it."""
    people = desk.people
    rows = np.flatnonzero(people.answered_at >= 0)
    _activity(rng, desk, rows, people.answered_at[rows])
    again = people.answered_at[rows] + (rng.uniform(1, 12, len(rows)) * DAY).astype(np.int64)
    more = (rng.random(len(rows)) < 0.4) & (again < desk.world.end)
    _activity(rng, desk, rows[more], again[more])


def _activity(rng: np.random.Generator, desk: Desk, person: Ints, moment: Ints) -> None:
    """Outbound calls, mails and meetings; some mails are answered."""
    kind = rng.choice(3, len(person), p=[0.45, 0.43, 0.12])
    for number, name in enumerate(("calls", "emails", "meetings")):
        chosen = kind == number
        who, when = person[chosen], moment[chosen]
        columns = {"hs_timestamp": text.iso(when)}
        done = rng.random(len(who)) < 0.72
        if name == "calls":
            columns["hs_call_direction"] = text.pick(["OUTBOUND"], who * 0)
            columns["hs_call_status"] = text.where(done, "COMPLETED", "NO_ANSWER")
        elif name == "emails":
            columns["hs_email_direction"] = text.pick(["EMAIL"], who * 0)
            columns["hs_email_status"] = text.pick(["SENT"], who * 0)
        else:
            columns["hs_meeting_outcome"] = text.where(done, "COMPLETED", "NO_SHOW")
        _file(desk, name, who, when, columns)
        if name == "emails":
            reply = when + (rng.exponential(1.0, len(who)) * DAY).astype(np.int64) + 600
            some = (rng.random(len(who)) < 0.4) & (reply < desk.world.end)
            _file(
                desk,
                name,
                who[some],
                reply[some],
                {
                    "hs_timestamp": text.iso(reply[some]),
                    "hs_email_direction": text.pick(["INCOMING_EMAIL"], who[some] * 0),
                    "hs_email_status": text.pick(["SENT"], who[some] * 0),
                },
            )


def _file(desk: Desk, kind: str, who: Ints, when: Ints, columns: dict[str, Column]) -> None:
    moment = text.iso(when)
    rest = {"hs_createdate": moment, "hs_lastmodifieddate": moment}
    if kind in ("calls", "emails", "meetings"):
        rest["hubspot_owner_id"] = desk.owners(who)
    desk.add(kind, who, {**columns, **rest})


def care(rng: np.random.Generator, desk: Desk) -> None:
    """Now and then somebody rings a customer, companies more often."""
    people, world = desk.people, desk.world
    customers = np.arange(people.customers)
    known = people.in_crm[customers]
    calls = rng.poisson(np.where(people.is_account[customers], 2.0, 0.15) * known)
    person = np.repeat(customers, calls)
    since = desk.since[person]
    _activity(
        rng, desk, person, since + (rng.random(len(person)) * (world.end - since)).astype(np.int64)
    )


def tickets(rng: np.random.Generator, desk: Desk, orders: Orders) -> None:
    """Tickets from orders, and the satisfaction asked for once they are closed."""
    people, world = desk.people, desk.world
    opened = np.maximum(orders.ticket, desk.since[orders.customer] + 60)
    rows = np.flatnonzero(
        (orders.ticket >= 0) & people.in_crm[orders.customer] & (opened < world.end)
    )
    person, opened, late = orders.customer[rows], opened[rows], orders.late[rows]
    closed = opened + (rng.gamma(1.3, np.where(late, 3.0, 1.5)) * DAY).astype(np.int64) + 1800
    solved = closed < world.end
    subject = np.where(
        late, rng.integers(0, len(words.TICKET_LATE), len(rows)),
        len(words.TICKET_LATE) + rng.integers(0, len(words.TICKET_OTHER), len(rows)),
    )  # fmt: skip
    subjects = [*words.TICKET_LATE, *words.TICKET_OTHER]
    desk.add(
        "tickets",
        person,
        {
            "subject": text.pick(subjects, subject),
            "content": text.pick([f"{entry} (via shop form)" for entry in subjects], subject),
            "hs_ticket_category": text.pick(
                ["DELIVERY", "BILLING_ISSUE", "PRODUCT_ISSUE", "GENERAL_INQUIRY"],
                np.where(late, 0, rng.integers(1, 4, len(rows))),
            ),
            "hs_ticket_priority": text.pick(
                ["LOW", "MEDIUM", "HIGH"], np.where(late, 2, rng.integers(0, 2, len(rows)))
            ),
            "hs_pipeline_stage": text.where(solved, "4", "2"),
            "createdate": text.iso(opened),
            "closed_date": text.iso(closed, ~solved),
            "hs_lastmodifieddate": text.iso(np.where(solved, closed, opened)),
        },
    )
    answered = closed + (rng.exponential(1.5, len(rows)) * DAY).astype(np.int64) + 600
    said = (rng.random(len(rows)) < world.model.csat_answer_share) & (answered < world.end)
    low = rng.choice([1, 2, 3, 4, 5], len(rows), p=[0.34, 0.30, 0.18, 0.12, 0.06])
    high = rng.choice([1, 2, 3, 4, 5], len(rows), p=[0.05, 0.08, 0.17, 0.38, 0.32])
    _survey(
        rng,
        desk,
        "CSAT",
        person[said],
        answered[said],
        np.where(late, low, high)[said].astype(np.int64),
        4,
    )


def _survey(
    rng: np.random.Generator,
    desk: Desk,
    kind: str,
    person: Ints,
    when: Ints,
    score: Ints,
    good_from: int,
) -> None:
    comments = [*words.BAD_WORDS, *words.GOOD_WORDS]
    bad, good = len(words.BAD_WORDS), len(words.GOOD_WORDS)
    choice = np.where(
        score >= good_from,
        bad + rng.integers(0, good, len(score)),
        rng.integers(0, bad, len(score)),
    )
    silent = rng.random(len(score)) < 0.45
    _file(
        desk,
        "feedback_submissions",
        person,
        when,
        {
            "hs_survey_type": text.pick([kind], score * 0),
            "hs_value": text.number(score),
            "hs_content": text.blank(text.pick(comments, choice), silent),
            "hs_submission_timestamp": text.iso(when),
        },
    )


def nps(rng: np.random.Generator, desk: Desk, lives: Lives) -> None:
    """Every half year all known customers are asked; trouble costs about four points."""
    people, world = desk.people, desk.world
    count = people.customers
    for asked in range(world.start + 150 * DAY, world.end, 182 * DAY):
        when = asked + (rng.exponential(3.0, count) * DAY).astype(np.int64)
        said = people.in_crm[:count] & (desk.since[:count] < asked)
        said &= (rng.random(count) < world.model.nps_answer_share) & (when < world.end)
        score = np.where(lives.trouble, 5.2, 8.9) + rng.normal(0, 1.7, count)
        points = np.clip(np.round(score), 0, 10).astype(np.int64)
        _survey(rng, desk, "NPS", np.flatnonzero(said), when[said], points[said], 8)
