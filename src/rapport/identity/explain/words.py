"""An explanation as text, in words that need no statistics."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from rapport.identity.evidence import CUT, LINKED
from rapport.identity.explain.explanation import Explanation, link_words
from rapport.identity.explain.figures import chance, number, odds, signed, table, tenths
from rapport.identity.explain.known import Known
from rapport.identity.explain.weigh import (
    DIFFERENT,
    MISSING,
    SAID_ALREADY,
    SAME,
    SHARED,
    Field,
    Weighed,
)

TYPED = """
first_name last_name full_name company_name email phone street city postal_code region
country_code birth_date national_id tax_id cross_reference account_reference
""".split()
IN_FORM = """
given_name given_name_alt given_root family_name family_name_alt company company_form email phone
street house_number city postcode region country birth_date national_id tax_id
""".split()
NAMES = {
    "place": "postcode and city",
    "street": "street and number",
    "email": "e-mail",
    "given_name": "given name",
    "given_name_alt": "given name, Latin",
    "given_root": "full form of it",
    "family_name_alt": "family name, Latin",
    "house_number": "number",
    "workplace": "names, company and postcode",
}
_STATUS = {
    DIFFERENT: "differs",
    MISSING: "known of one at most",
    SHARED: "shared by too many records",
}
_MOST_LISTED = 20


def lines(explanation: Explanation) -> Iterator[str]:
    """The whole text, line by line."""
    known, pair = explanation.known, explanation.pair
    yield f"{explanation.verdict}."
    yield from (f"  {reason}" for reason in explanation.reasons)
    if pair is None or explanation.across:
        yield from _customers(known)
    if explanation.across:
        yield from _across(explanation)
    if pair is not None:
        if len(explanation.path) > 1:
            yield from _path(explanation)
        yield from _records(known, pair)
        yield from _evidence(known, pair)
        yield from _rules(pair)
    yield from _decisions(known)
    yield from _history(known)
    if pair is not None:
        yield from _todo(explanation, pair)


def field_name(name: str) -> str:
    """A column or comparison for people."""
    return NAMES.get(name, name.replace("_", " "))


def level_words(field: Field) -> str:
    """How far two records agree in a field."""
    return {
        MISSING: "known of one at most",
        SAID_ALREADY: "counted with another field",
        SHARED: "shared by too many to say anything",
    }.get(field.level, field.level)


def shown_bits(pair: Weighed) -> list[float]:
    """Prior and fields to one digit, so that they sum to the weight as it is shown."""
    return tenths([pair.prior, *(field.bits for field in pair.fields)], pair.weight or 0.0)


def _records(known: Known, pair: Weighed) -> Iterator[str]:
    keys = (pair.left_key, pair.right_key)
    in_form = {row["record_key"]: row for row in known.prepared.to_pylist()}
    for title, names, rows in (
        ("As typed", TYPED, known.typed),
        ("Brought to one form", IN_FORM, in_form),
    ):
        yield from ("", title)
        found = [[rows[key].get(name) for key in keys] for name in names]
        yield from table(
            ("", *keys),
            [
                (field_name(name), *values)
                for name, values in zip(names, found, strict=True)
                if any(value is not None for value in values)
                and (name != "given_root" or values != found[0])
            ],
        )


def _evidence(known: Known, pair: Weighed) -> Iterator[str]:
    yield ""
    if pair.weight is None:
        yield f"There is no model, so that only rules link: {known.model.reason}."
        agree = [(field_name(field.name), level_words(field)) for field in pair.fields]
        yield from table(("", "how they agree"), agree)
        return
    yield "The evidence, in bits: each bit for it doubles the odds that the two are one customer."
    yield "Beside them: how many pairs of different people, and of one person, agree or differ so."
    prior, *parts = shown_bits(pair)
    limit = known.model.threshold.chosen
    start = f"1 in {number(1 + 2.0**-pair.prior)} pairs of records is one customer"
    rows = [("before looking", start, signed(prior), "", "", "")]
    for field, bits in zip(pair.fields, parts, strict=True):
        value = f" “{field.value}”" if field.value else ""
        name, how = field_name(field.name), level_words(field) + value
        if field.among_same is None or field.among_others is None:
            rows.append((name, how, "", "", "", ""))
            continue
        rarity = signed(field.frequency_bits) if field.value else ""
        others, same = chance(field.among_others), chance(field.among_same)
        rows.append((name, how, signed(bits), rarity, others, same))
    together = f"odds {odds(pair.weight)} one customer"
    rows.append(("together", together, signed(pair.weight), "", "", ""))
    needed = "even odds" if abs(limit) < 0.05 else f"odds {odds(limit)} one customer"
    needed += "; the model links from here on"
    rows.append(("needed", needed, signed(limit), "", "", ""))
    names = ("", "how they agree", "bits", "of it for rarity", "different people", "one person")
    yield from table(names, rows, cut=60, right=(2, 3, 4, 5))


def _rules(pair: Weighed) -> Iterator[str]:
    yield from ("", "Rules")
    for met in pair.met:
        if met.column:
            said = {SAME: "same: links by itself, unless all else speaks against it"}.get(
                met.status, _STATUS.get(met.status, "")
            )
            if met.records:
                said = f"same, but {met.records:,} records share it: it links nobody"
            yield f"  {met.rule}: {said}"
    if pair.rule in ("hand", "cross_reference", "login"):
        yield f"  {LINKED.get(pair.rule, 'linked by hand')}: links by itself"
    together = [met.rule for met in pair.met if met.status == SAME]
    apart = [
        f"{met.rule} ({_STATUS[met.status]})"
        for met in pair.met
        if met.status != SAME and not met.column
    ]
    if together:
        yield f"  brought together for comparison by: {', '.join(together)}"
    else:
        yield "  no blocking rule brings them together; they were weighed for this answer only"
    if apart:
        yield f"  not by: {', '.join(apart)}"


def _path(explanation: Explanation) -> Iterator[str]:
    yield from ("", "The links from one to the other")
    for link in explanation.path:
        words = link_words(link, explanation.known)
        yield f"  {link.left_key} – {link.right_key}: {words}"


def _customers(known: Known) -> Iterator[str]:
    for customer in sorted({side.customer_id for side in known.sides}):
        size = known.sizes[customer]
        keys = [key for key, owner in known.members.items() if owner == customer]
        yield from ("", f"Customer {customer}: {size:,} record{'s' if size > 1 else ''}")
        rows = []
        for key in keys[:_MOST_LISTED]:
            typed = known.typed.get(key, {})
            parts = [typed.get("first_name"), typed.get("last_name")]
            name = " ".join(part for part in parts if part) or typed.get("full_name")
            rows.append(
                (key, name or typed.get("company_name"), typed.get("email"), typed.get("phone"))
            )
        yield from table(("record", "name", "e-mail", "phone"), rows)
        if size > _MOST_LISTED:
            yield f"  and {size - _MOST_LISTED:,} more"
        mine = [link for link in known.links if known.members.get(link.left_key) == customer]
        held = [link for link in mine if not link.is_cut]
        yield from (
            f"  {link.left_key} – {link.right_key}: {link_words(link, known)}"
            for link in held[:_MOST_LISTED]
        )
        yield from (
            f"  {link.left_key} | {link.right_key}: not followed, "
            f"{CUT.get(link.reason or '', link.reason)}"
            for link in known.links
            if link.is_cut
            and customer in (known.members.get(link.left_key), known.members.get(link.right_key))
        )


def _across(explanation: Explanation) -> Iterator[str]:
    pair = explanation.pair
    assert pair is not None
    yield ""
    yield f"Of {len(explanation.across)} pairs between the two this one says most: "
    yield f"  {pair.left_key} and {pair.right_key}, taken apart below"


def _decisions(known: Known) -> Iterator[str]:
    if known.decided:
        yield from ("", "Decisions by hand")
        for decision, worth in known.decided:
            yield f"  {decision}: {decision.note or 'no note'} [{worth}]"


def _history(known: Known) -> Iterator[str]:
    if not known.history:
        return
    yield from ("", "History of the customer ids")
    hidden = len(known.history) - _MOST_LISTED
    if hidden > 0:
        yield f"  {hidden:,} earlier changes are in fct_identity_changes"
    for change in known.history[-_MOST_LISTED:]:
        who = f"{change.record_key} " if change.record_key else ""
        was = f" from {change.previous_customer_id}" if change.previous_customer_id else ""
        yield (
            f"  {change.as_of[:10]} {change.customer_id} {change.kind} {who}{was.strip()}".rstrip()
            + (f": {change.reason}")
        )


def _todo(explanation: Explanation, pair: Weighed) -> Iterator[str]:
    verb = "unlink" if explanation.is_one else "link"
    yield ""
    yield f"To decide otherwise: {command(verb, pair.left_key, pair.right_key)}"


def command(verb: str, *keys: str) -> str:
    """A command line that decides about records."""
    note = "" if verb == "explain" else " --note '...'"
    return f"rapport identity {verb} {' '.join(map(shlex.quote, keys))}{note}"
