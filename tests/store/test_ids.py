"""Case ids are derived, stable and unguessable."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.store.ids import case_id, parse_case_id

SECRET = b"\x01" * 32


def test_the_derivation_never_changes():
    assert case_id(SECRET, "O1", "1") == "172d90ea-4800-8e26-a622-e14e07f7aad7"


@given(st.text(), st.text())
def test_an_id_is_a_version_8_uuid_and_canonical(order_id: str, line_id: str):
    text = case_id(SECRET, order_id, line_id)
    assert (UUID(text).version, UUID(text).variant) == (8, "specified in RFC 4122")
    assert parse_case_id(text) == parse_case_id(text.upper()) == text


@given(st.text(), st.text(), st.text(), st.text())
def test_two_lines_never_share_an_id(a: str, b: str, c: str, d: str):
    assert (case_id(SECRET, a, b) == case_id(SECRET, c, d)) == ((a, b) == (c, d))


def test_the_border_between_the_parts_counts():
    assert case_id(SECRET, "O1", "11") != case_id(SECRET, "O11", "1")


def test_another_secret_gives_another_id():
    assert case_id(SECRET, "O1", "1") != case_id(b"\x02" * 32, "O1", "1")


@pytest.mark.parametrize("text", ["", "1", "{" + "0" * 34 + "}", "g" * 36, "0" * 32, "urn:uuid:" + "0" * 27])
def test_what_is_not_an_id_is_none(text: str):
    assert parse_case_id(text) is None
