"""Whether a record key still stands for the person it stood for."""

from __future__ import annotations

# What is remembered of a record's person. Text, so that the state store needs one type only.
PERSON = (
    "given_name given_root family_name birth_date email phone national_id tax_id"
).split()  # fmt: skip
# Names differ in one letter, or in two of long ones, or as Jon and John do: a typo. The Winkler
# bound is Splink's usual one for "almost the same name".
_ALIKE = (
    "({0} = {1} or jaro_winkler_similarity({0}, {1}) >= 0.9 or damerau_levenshtein({0}, {1}) <= 1)"
)
# The contract's bound: strong keys further apart than this contradict each other.
_FURTHER = "({0} <> {1} and damerau_levenshtein({0}, {1}) > 2)"


def another_person(was: str, now: str) -> str:
    """SQL: the reason why the person `now` is not the one that the key stood for; null if it is.

    A strong key (birth date, national id, tax id) that contradicts what it was, unless the name
    and the e-mail address or phone number stay: then it was corrected. Or given and family name
    both differ by more than typo, nickname, initial and turning round, and neither e-mail
    address, phone number nor birth date stays.

    Args:
        was, now: aliases of relations with the columns of `PERSON`.
    """

    def both(column: str, test: str) -> str:
        return f"coalesce({test.format(f'{was}.{column}', f'{now}.{column}')}, false)"

    def alike(one: str, other: str) -> str:
        one, other = f"{was}.{one}", f"{now}.{other}"
        initial = f"(least(length({one}), length({other})) = 1 and {one}[1] = {other}[1])"
        return f"({_ALIKE.format(one, other)} or {initial})"

    given = f"({alike('given_name', 'given_name')} or {both('given_root', '{0} = {1}')})"
    family = alike("family_name", "family_name")
    turned = f"({alike('given_name', 'family_name')} and {alike('family_name', 'given_name')})"
    reachable = f"({both('email', '{0} = {1}')} or {both('phone', '{0} = {1}')})"
    corrected = f"(coalesce({turned} or ({given} and {family}), false) and {reachable})"
    others_name = f"coalesce(not {given} and not {family} and not {turned}, false)"
    same_birth = f"({was}.birth_date is not null and not {both('birth_date', _FURTHER)} and "
    same_birth += f"{now}.birth_date is not null)"
    contradictions = "\n".join(
        f"when {both(column, _FURTHER)} and not {corrected} then 'another {words}'"
        for column, words in (
            ("birth_date", "birth date"),
            ("national_id", "national id"),
            ("tax_id", "tax id"),
        )
    )
    return (
        f"case {contradictions}\nwhen {others_name} and not {reachable} and not {same_birth} "
        "then 'another name, and neither e-mail address, phone number nor birth date stayed' end"
    )
