"""One spelling each for what identifies people and companies: Arrow in, Arrow out.

Every function works on the distinct values of a column, so that a value that stands a million
times is looked at once. Normalising the normalised changes nothing, and no text raises.
"""

from rapport.identity.normalise.addresses import (
    cities,
    countries,
    house_numbers,
    postcodes,
    regions,
    streets,
)
from rapport.identity.normalise.companies import companies
from rapport.identity.normalise.dates import birth_dates
from rapport.identity.normalise.emails import email_parts, emails
from rapport.identity.normalise.ids import national_ids, tax_ids
from rapport.identity.normalise.names import Names, person_names
from rapport.identity.normalise.phones import phones
from rapport.identity.normalise.text import fold, latin

__all__ = [
    "Names",
    "birth_dates",
    "cities",
    "companies",
    "countries",
    "email_parts",
    "emails",
    "fold",
    "house_numbers",
    "latin",
    "national_ids",
    "person_names",
    "phones",
    "postcodes",
    "regions",
    "streets",
    "tax_ids",
]
