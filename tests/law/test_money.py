"""Amounts: splits lose nothing, are fair to a minor unit, and never depend on floats."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.law.case import claimed
from amends.law.money import MAX_AMOUNT, minor_digits, split
from tests.law.stories import order, unopened

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any)
totals = st.integers(0, MAX_AMOUNT)


@given(totals, weights)
def test_the_parts_sum_to_the_whole(total: int, parts: list[int]) -> None:
    assert sum(split(total, parts)) == total


@given(totals, weights)
def test_each_part_is_within_one_minor_unit_of_its_exact_share(total: int, parts: list[int]) -> None:
    for part, weight in zip(split(total, parts), parts, strict=True):
        exact = Fraction(total * weight, sum(parts))
        assert abs(part - exact) < 1
        assert part == exact or weight


@given(totals, weights)
def test_a_greater_weight_never_gets_less(total: int, parts: list[int]) -> None:
    shares = split(total, parts)
    for i, weight in enumerate(parts):
        for j, other in enumerate(parts):
            assert weight <= other or shares[i] >= shares[j]


@pytest.mark.parametrize(
    ("total", "parts", "shares"),
    [(100, [1, 1, 1], (34, 33, 33)), (101, [1, 1, 1], (34, 34, 33)), (1, [1, 1], (1, 0)), (10, [0, 1], (0, 10)),
     (0, [3, 4], (0, 0)), (5, [2, 2, 2, 2], (2, 1, 1, 1))],
)  # fmt: skip
def test_ties_go_to_the_earlier_part(total: int, parts: list[int], shares: tuple[int, ...]) -> None:
    assert split(total, parts) == shares


@pytest.mark.parametrize("parts", [[], [0, 0], [1, -1], [-1, 3]])
def test_weights_that_make_no_sense_are_an_error(parts: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(10, parts)


@given(st.integers(1, 50), st.integers(0, 10**7), st.integers(0, 10**6))
def test_the_claims_of_all_units_add_up_to_what_was_paid(quantity: int, unit_price: int, tax: int) -> None:
    """Claiming some units and the rest never gives back a minor unit more or less than was paid."""
    case = unopened(made=order(line={"id": "1", "unit_price": unit_price, "quantity": quantity, "tax": tax}))
    assert claimed(case, quantity) == case.paid
    for some in range(1, quantity):
        exact = Fraction(case.paid * some, quantity)
        assert abs(claimed(case, some) - exact) < 1


def test_minor_digits_follow_iso_4217() -> None:
    assert [minor_digits(code) for code in ("USD", "IDR", "JPY", "KWD")] == [2, 2, 0, 3]
