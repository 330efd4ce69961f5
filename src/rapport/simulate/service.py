"""How the company deals with people: answers to leads, calls, tickets, satisfaction."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rapport.simulate import text, voices
from rapport.simulate.desk import Desk
from rapport.simulate.purchases import Lives, Orders
from rapport.simulate.text import Bools, Column, Ints
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


def _file(desk: Desk, kind: str, who: Ints, when: Ints, columns: dict[str, Column]) -> Ints:
    moment = text.iso(when)
    rest = {"hs_createdate": moment, "hs_lastmodifieddate": moment}
    if kind in ("calls", "emails", "meetings"):
        rest["hubspot_owner_id"] = desk.owners(who)
    return desk.add(kind, who, {**columns, **rest})


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
    category = np.where(late, 0, rng.integers(1, 4, len(rows)))
    subject, content, truth = _complaint(desk, person, category)
    ids = desk.add(
        "tickets",
        person,
        {
            "subject": subject,
            "content": content,
            "hs_ticket_category": text.pick(
                ["DELIVERY", "BILLING_ISSUE", "PRODUCT_ISSUE", "GENERAL_INQUIRY"], category
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
    desk.note("tickets", ids, truth)
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
        late[said],
        (2, 4),
    )


def _complaint(desk: Desk, person: Ints, category: Ints) -> tuple[Column, Column, pa.Table]:
    """Subject and content of tickets by category, and the truth: of late parcels mostly cross."""
    pen, count = desk.pen, len(person)
    of_category = [
        ["delivery"],
        ["billing"],
        ["quality", "returns"],
        ["service", "price", "website"],
    ]
    choices = [[voices.TOPICS.index(one) for one in names] for names in of_category]
    topic = np.choose(category, [pen.choice(names, count) for names in choices])
    cross = pen.random(count) < np.where(category == 0, 0.7, 0.3)
    language = voices.languages(pen, desk.people.country[person])
    content, truth = voices.write(
        pen, language, topic, np.where(cross, voices.NEGATIVE, voices.NEUTRAL)
    )
    heads = [["Delivery", "Lieferung", "物流"], ["Invoice", "Rechnung", "发票"],
             ["Item", "Artikel", "商品"], ["Enquiry", "Anfrage", "咨询"]]  # fmt: skip
    subject = text.pick([head for group in heads for head in group], category * 3 + language)
    return subject, content, truth


def _survey(
    rng: np.random.Generator,
    desk: Desk,
    kind: str,
    person: Ints,
    when: Ints,
    score: Ints,
    trouble: Bools,
    limits: tuple[int, int],
) -> None:
    """Answers, of which a little more than half say why.

    Args:
        trouble: a late delivery or a ticket is what they think of.
        limits: scores up to the first mean blame, from the second on praise; those between, and now
            and then the others, are written about without either.
    """
    silent = rng.random(len(score)) < 0.45
    pen = desk.pen
    tone = np.where(score >= limits[1], voices.POSITIVE, voices.NEUTRAL)
    tone = np.where(score <= limits[0], voices.NEGATIVE, tone)
    tone = np.where(pen.random(len(score)) < 0.08, voices.NEUTRAL, tone)
    topic = pen.integers(0, len(voices.TOPICS), len(score))
    topic = np.where(
        trouble & (pen.random(len(score)) < 0.7), voices.TOPICS.index("delivery"), topic
    )
    language = voices.languages(pen, desk.people.country[person])
    comment, truth = voices.write(pen, language, topic, tone)
    ids = _file(
        desk,
        "feedback_submissions",
        person,
        when,
        {
            "hs_survey_type": text.pick([kind], score * 0),
            "hs_value": text.number(score),
            "hs_content": text.blank(comment, silent),
            "hs_submission_timestamp": text.iso(when),
        },
    )
    desk.note("feedback_submissions", ids[~silent], truth.filter(pa.array(~silent)))


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
        _survey(
            rng,
            desk,
            "NPS",
            np.flatnonzero(said),
            when[said],
            points[said],
            lives.trouble[said],
            (6, 9),
        )
