"""Companies without their legal form, and ids whose checksum holds."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.identity import normalise


@pytest.mark.parametrize(
    ("written", "name", "form"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne", "gmbh co kg"),
        ("Acme, Inc.", "acme", "inc"),
        ("ACME Incorporated", "acme", "inc"),
        ("Foo S.A. de C.V.", "foo", "sa cv"),
        ("Foo S. à r. l.", "foo", "sarl"),
        ("Bar G.m.b.H.", "bar", "gmbh"),
        ("Zeta Sp. z o.o.", "zeta", "zoo"),
        ("Widgets Pty Ltd", "widgets", "pty ltd"),
        ("Huawei Co., Ltd.", "huawei", "co ltd"),
        ("ООО Ромашка", "ромашка", "ооо"),
        ("北京科技有限公司", "北京科技", "有限公司"),
        ("株式会社ソニー", "ソニー", "株式会社"),
        ("㈜삼성", "삼성", "주"),
        ("AG", "ag", None),
        ("Private", None, None),
        ("n/a", None, None),
        (None, None, None),
    ],
)
def test_legal_form(written: str | None, name: str | None, form: str | None) -> None:
    names, forms = normalise.companies(pa.array([written], pa.string()))
    assert (names.to_pylist(), forms.to_pylist()) == ([name], [form])


FORMS = st.sampled_from(["gmbh", "s. a.", "co ltd", "ooo", "有限公司", "x", "b"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text() | st.lists(FORMS, max_size=5).map(" ".join), min_size=1, max_size=20))
def test_any_text_is_a_company_once(written: list[str]) -> None:
    once, _ = normalise.companies(pa.array(written))
    twice, _ = normalise.companies(once)
    assert once == twice


@pytest.mark.parametrize(
    ("written", "country", "found"),
    [
        ("44051401359", "PL", "44051401359"),
        ("440514-01359", "PL", "44051401359"),
        ("44051401358", "PL", None),  # wrong checksum
        ("7364009", "AU", "7364009"),  # another kind of id
        ("ab 12-34", None, "AB1234"),
        ("0000000", None, None),
        ("n/a", None, None),
        (None, "PL", None),
    ],
)
def test_national_id(written: str | None, country: str | None, found: str | None) -> None:
    ids = normalise.national_ids(pa.array([written], pa.string()), pa.array([country], pa.string()))
    assert ids.to_pylist() == [found]


@pytest.mark.parametrize(
    ("written", "country", "found"),
    [
        ("ATU 13585627", None, "ATU13585627"),
        ("U13585627", "AT", "ATU13585627"),
        ("DE136695976", "AT", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("DE136695978", "DE", None),
        ("136695978", "DE", None),
        ("123/456", None, "123456"),
    ],
)
def test_tax_id(written: str, country: str | None, found: str | None) -> None:
    ids = normalise.tax_ids(pa.array([written]), pa.array([country], pa.string()))
    assert ids.to_pylist() == [found]


COUNTRIES = ["", "DE", "AT", "FR", "ES", "IT", "PL", "US", "CN", "BR", "IN", "SE", "GR", "MX", "XX"]


IDS = st.text() | st.from_regex(r"[A-Z]{0,2}[0-9]{8,12}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(IDS, st.sampled_from(COUNTRIES)), min_size=1, max_size=20))
def test_any_text_is_an_id_once(cases: list[tuple[str, str]]) -> None:
    values, of = (pa.array(column) for column in zip(*cases, strict=True))
    for ids in (normalise.national_ids, normalise.tax_ids):
        once = ids(values, of)
        assert ids(once, of) == once
