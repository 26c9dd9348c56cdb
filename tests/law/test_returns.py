"""The return leg: who bears breakage, damage and loss, from when, and what silence or refusal leads to."""

from itertools import product

import pytest

from amends.law.policy import Policy
from amends.law.returns import bearer_of
from tests.law.stories import ALICE, BOB, ID, OLGA, PROVED, US, Story, decided

PARCEL = {"carrier": "charlie", "tracking_number": "12345"}


def returning(policy: Policy = US, **findings: object) -> Story:
    return decided(policy, wanted="refund_after_return", findings=PROVED | {"returnable": True} | findings)


def bearers(story: Story, **facts: bool) -> tuple[str, str, str]:
    """Who bears breakage, damage, loss."""
    leg = story.case.return_leg
    assert leg is not None
    return tuple(bearer_of(story.policy, leg, harm, **facts) for harm in ("breakage", "damage", "loss"))  # type: ignore[return-value]  # three


MATRIX = {
    ("item_wrong", True, "major"): ("seller", "seller", "seller"),
    ("item_wrong", True, "minor"): ("seller", "seller", "seller"),
    ("item_wrong", False, "major"): ("seller", "buyer", "buyer"),
    ("item_wrong", False, "minor"): ("seller", "buyer", "buyer"),
    ("defective", True, "major"): ("seller", "seller", "seller"),
    ("defective", False, "major"): ("seller", "seller", "seller"),
    ("defective", True, "minor"): ("seller", "buyer", "buyer"),
    ("defective", False, "minor"): ("seller", "buyer", "buyer"),
}
"""US-57 to US-60 and ID-24 to ID-27, written out."""


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
@pytest.mark.parametrize(("reason", "deceptive", "severity"), MATRIX)
def test_the_matrix_says_who_bears_what_once_tracking_is_uploaded(
    policy: Policy, reason: str, deceptive: bool, severity: str
) -> None:
    findings = PROVED | {"returnable": True, "deceptive": deceptive, "severity": severity}
    story = decided(policy, reason=reason, wanted="refund_after_return", findings=findings)
    assert bearers(story) == ("buyer", "buyer", "buyer")
    story.does(ALICE, "ship_return", **PARCEL)
    assert bearers(story) == MATRIX[reason, deceptive, severity]


def test_a_wrong_address_is_always_the_sellers_and_a_carriers_fault_the_carriers() -> None:
    for shipped, carrier_fault in product((True, False), repeat=2):
        story = returning()
        story = story.does(ALICE, "ship_return", **PARCEL) if shipped else story
        assert bearers(story, wrong_address=True, carrier_fault=carrier_fault) == ("seller",) * 3
        if carrier_fault:
            assert bearers(story, carrier_fault=True) == ("carrier",) * 3


def test_the_refund_starts_when_the_goods_are_accepted_in_words_or_by_silence() -> None:
    for silent in (True, False):
        story = returning().does(ALICE, "ship_return", **PARCEL)
        assert story.case.remedies[-1].due_at is None
        story = story.lapses("return_inspection") if silent else story.does(BOB, "receive_return", condition="broken")
        assert story.case.return_leg is not None
        assert story.case.return_leg.accepted_by_silence == silent
        assert story.case.remedies[-1].due_at == story.due("remedy").due_at


def test_goods_that_are_as_expected_cannot_be_refused() -> None:
    story = returning().does(ALICE, "ship_return", **PARCEL)
    refused = story.refused(BOB, "refuse_return", condition="as_expected", statement="No")
    assert refused.code == "nothing_new"


def test_a_refused_return_takes_the_refund_off_and_opens_the_dispute() -> None:
    story = returning().does(ALICE, "ship_return", **PARCEL)
    story.does(BOB, "refuse_return", condition="empty", statement="Nothing in it")
    assert story.case.stage == "refused"
    assert story.case.owed == 0
    story.does(ALICE, "open_dispute")


def test_shipping_twice_is_refused() -> None:
    story = returning().does(ALICE, "ship_return", **PARCEL)
    assert story.refused(ALICE, "ship_return", **PARCEL).code == "unknown_reference"


def test_trouble_on_the_way_is_told_only_while_goods_are_on_their_way() -> None:
    story = returning()
    told = {"source": "carrier", "return_trouble": "wrong_address"}
    assert story.refused(OLGA, "update_facts", **told).code == "unknown_reference"
    story.does(ALICE, "ship_return", **PARCEL).does(OLGA, "update_facts", **told)
    assert story.case.return_leg is not None
    assert story.case.return_leg.trouble == "wrong_address"
