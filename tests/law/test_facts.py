"""Orders: what a line costs, what is wrong with an order, and whose case it is."""

from datetime import timedelta

import pytest

from amends.law.actors import Actor
from amends.law.case import actor_is_party
from amends.law.facts import faults, order_line
from amends.law.money import MAX_AMOUNT
from amends.law.policy import in_force
from tests.law.stories import ALICE, BOB, CHARLIE, DANA, US, order, unopened

LINE = {"id": "1", "unit_price": 4000}


def test_a_line_costs_its_units_and_its_own_tax_shipping_and_discount() -> None:
    line = {"id": "1", "unit_price": 4000, "quantity": 3, "tax": 330, "shipping": 599, "discount": 1000}
    assert order(line=line).lines[0].paid == 3 * 4000 + 330 + 599 - 1000


def test_a_sound_order_has_no_faults() -> None:
    assert faults(order()) == []


def test_two_lines_of_one_id_are_told() -> None:
    assert faults(order(lines=[LINE, LINE, LINE | {"id": "2"}])) == ["line id '1' is used twice"]


@pytest.mark.parametrize("line", [LINE | {"discount": 4001}, LINE | {"unit_price": MAX_AMOUNT, "quantity": 2}])
def test_a_line_below_nothing_or_beyond_counting_is_told(line: dict[str, object]) -> None:
    [told] = faults(order(lines=[line]))
    assert told.startswith("line '1': quantity x unit_price + tax + shipping - discount = ")


def test_a_line_that_is_not_in_the_order_is_none() -> None:
    assert order_line("O1", order(), "2") is None


def test_the_parties_are_those_of_the_order_and_staff_is_always_heard() -> None:
    case = unopened()
    assert all(actor_is_party(case, who) for who in (ALICE, BOB, CHARLIE, DANA))
    for role in ("buyer", "seller", "carrier"):
        assert not actor_is_party(case, Actor(role, "mallory"))  # type: ignore[arg-type]  # roles


def test_a_carrier_is_known_by_name_in_any_case_and_any_when_none_is_named() -> None:
    assert actor_is_party(unopened(), Actor("carrier", "CHARLIE"))
    unnamed = unopened(made=order(fulfilment={"carrier": None}))
    assert actor_is_party(unnamed, Actor("carrier", "anyone"))


def test_the_edition_in_force_is_the_last_that_began() -> None:
    begins = US.pack.in_force_from
    assert in_force([US], begins) is US
    assert in_force([US], begins - timedelta(microseconds=1)) is None
