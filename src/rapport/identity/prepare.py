"""Records ready to be compared: every column of meaning in one spelling."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from rapport.identity import normalise
from rapport.identity.normalise import text

_TEXT_COLUMNS = """
record_key source_system source_role party_kind
given_name family_name given_name_alt family_name_alt given_root full_name name_sorted
company company_form workplace birth_date email email_local email_domain phone
street house_number city postcode region country
national_id tax_id cross_reference account_reference
""".split()

PREPARED_SCHEMA = pa.schema(
    [(name, pa.date32() if name == "birth_date" else pa.string()) for name in _TEXT_COLUMNS]
)
# Columns that pass through as they are.
_KEPT = ("source_system", "source_role", "party_kind", "cross_reference", "account_reference")


def prepare(
    records: pa.Table | pa.RecordBatch, before: date, default_country: str | None = None
) -> pa.Table:
    """One row a record in `PREPARED_SCHEMA`, sorted by `record_key`.

    Args:
        records: any of the columns of `int_identity_records`, as text (birth_date also as a
            date); columns that are not there count as empty. `house_number` may stand apart from
            `street`. Only `record_key` is needed.
        before: exclusive upper bound of birth dates, the as-of's day.
        default_country: ISO 3166 alpha-2 code for phones of records without a country.

    Returns:
        null wherever a value is absent, invalid or a placeholder. An account's `full_name` is
        its company's name, if it has no other; a full name that is the company's is no person's.
    """
    given = set(records.schema.names)
    empty = pa.nulls(len(records), pa.string())

    def column(name: str) -> pa.Array:
        return text.flat(records[name]) if name in given else empty

    is_account = pc.fill_null(pc.equal(column("party_kind"), "account"), False)
    is_company = pc.fill_null(pc.equal(column("full_name"), column("company_name")), False)
    country = normalise.countries(column("country_code"))
    names = normalise.person_names(
        column("first_name"),
        column("last_name"),
        text.null_if(pc.or_(is_account, is_company), column("full_name")),
        country,
    )
    of_account = pc.if_else(is_account, column("full_name"), empty)
    company, company_form = normalise.companies(pc.coalesce(column("company_name"), of_account))
    email = normalise.emails(column("email"))
    email_local, email_domain = normalise.email_parts(email, column("email"))
    street, number = normalise.streets(column("street"))
    postcode = normalise.postcodes(column("postal_code"), country)
    prepared = {name: column(name) for name in ("record_key", *_KEPT)} | {
        "given_name": names.given,
        "family_name": names.family,
        "given_name_alt": names.given_alt,
        "family_name_alt": names.family_alt,
        "given_root": names.given_root,
        "full_name": names.full,
        "name_sorted": names.in_order,
        "company": company,
        "company_form": company_form,
        "birth_date": normalise.birth_dates(
            records["birth_date"] if "birth_date" in given else empty, before
        ),
        "email": email,
        "email_local": email_local,
        "email_domain": email_domain,
        "phone": normalise.phones(column("phone"), country, default_country),
        "workplace": _workplace(company, names.in_order, postcode),
        "street": street,
        "house_number": pc.coalesce(normalise.house_numbers(column("house_number")), number),
        "city": normalise.cities(column("city")),
        "postcode": postcode,
        "region": normalise.regions(column("region")),
        "country": country,
        "national_id": normalise.national_ids(column("national_id"), country),
        "tax_id": normalise.tax_ids(column("tax_id"), country),
    }
    table = pa.table([prepared[name] for name in PREPARED_SCHEMA.names], schema=PREPARED_SCHEMA)
    return table.take(pc.sort_indices(table["record_key"]))


def _workplace(company: pa.Array, names: pa.Array, postcode: pa.Array) -> pa.Array:
    """Who works where: the names of a person, the company and its postcode, where all are known."""
    return pc.binary_join_element_wise(company, names, postcode, "|")
