"""The evidence for links and cuts, in words for the history of ids and for stewards."""

from __future__ import annotations

from rapport.identity.decide import EXPLICIT, HAND, MODEL
from rapport.identity.linkage.model import Model
from rapport.identity.linkage.scoring import level_weights

LINKED = {
    "cross_reference": "one record names the other",
    "login": "logged in with the account",
    "national_id": "same national id",
    "tax_id": "same tax id",
    "email": "same e-mail address",
    "phone": "same phone number",
    "workplace": "same names at the same company and place",
}
CUT = {
    "hand": "kept apart by hand",
    "household": "two persons who share an address, a mailbox or a number",
    "strong_key": "birth dates or ids contradict",
    "one_per_source": "the source holds each customer once",
    "ambiguous": "links equally well to two customers",
    "evidence": "the other records speak against it",
}
_EXPLICIT_FIRST = 1e6  # above any weight: what was said outright comes before what was weighed


def belief(link: str) -> str:
    """SQL that orders links, the most believed first.

    Args:
        link: alias of a relation with rule and weight.
    """
    ranks = " ".join(f"when '{rule}' then {place}" for place, rule in enumerate(EXPLICIT))
    return f"case {link}.rule {ranks} else {_EXPLICIT_FIRST} - {link}.weight end"


def link_words(model: Model, link: str, scored: str, hand: str) -> str:
    """SQL of why two records are linked.

    Args:
        link, scored, hand: aliases of relations with rule and weight, gammas, and words.
    """
    agree = [
        f"case when {scored}.gamma_{name} in ({', '.join(map(str, levels))}) "
        f"then '{name.replace('_', ' ')}' end"
        for name, weights in level_weights(model).items()
        if (levels := [level for level, weight in enumerate(weights) if weight > 0])
    ]
    agreeing = f"concat_ws(', ', {', '.join(agree)})" if agree else "''"
    known = " ".join(f"when '{rule}' then '{words}'" for rule, words in LINKED.items())
    return (
        f"case {link}.rule when '{HAND}' then {hand}.words "
        f"when '{MODEL}' then 'model weight ' || round({link}.weight, 1) || "
        f"case when {agreeing} = '' then '' else ': ' || {agreeing} || ' agree' end "
        f"{known} end"
    )


def cut_words(cut: str, hand: str) -> str:
    """SQL of why a link was not followed.

    Args:
        cut, hand: aliases of relations with reason, and words.
    """
    known = " ".join(f"when '{reason}' then '{words}'" for reason, words in CUT.items())
    return f"coalesce({hand}.words, 'cut: ' || case {cut}.reason {known} else {cut}.reason end)"
