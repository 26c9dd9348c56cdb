"""What events mean in money: journals that sum to zero, and accounts that clear when the case is closed."""

from collections import Counter
from datetime import timedelta

import pytest

from amends.law.evolve import evolve
from amends.law.postings import Journal, postings
from tests.law.stories import ALICE, BOB, DANA, EKO, ID, OLGA, Story, decided, requested, split

SHIPPED = {"mode": "ship_by_platform"}


def journals(story: Story) -> list[Journal]:
    """All journals of a story, in order."""
    case, made = story.start, list[Journal]()
    for event in story.events:
        made += postings(case, event)
        case = evolve(case, event)
    return made


def balances(story: Story) -> dict[str, int]:
    """Each account that is not zero at the end of a story."""
    total = Counter[str]()
    for journal in journals(story):
        for leg in journal.legs:
            total[leg.account] += leg.amount
    return {account: amount for account, amount in total.items() if amount}


def pays(story: Story, remedy_id: str) -> Story:
    return story.does(OLGA, "confirm_payment", remedy_id=remedy_id, reference="P")


def test_an_ordered_refund_is_an_obligation_against_the_buyers_claim() -> None:
    story = requested().does(BOB, "approve_request")
    assert balances(story) == {"seller:bob:obligation": -4000, "buyer:alice:claim": 4000}
    assert [journal.purpose for journal in journals(story)] == ["ordered"]


def test_paying_moves_the_sellers_payout_to_the_buyer_and_clears_the_rest() -> None:
    story = pays(requested().does(BOB, "approve_request"), "r1")
    assert story.case.stage == "closed"
    assert balances(story) == {"seller:bob:payout": -4000, "buyer:alice:refunded": 4000}


def test_a_deduction_does_the_same_as_a_payment() -> None:
    story = requested().does(BOB, "approve_request").lapses("remedy")
    story.does(OLGA, "confirm_deduction", remedy_id="r1", reference="D")
    assert journals(story)[-1].purpose == "deducted"
    assert balances(story) == {"seller:bob:payout": -4000, "buyer:alice:refunded": 4000}


def test_goods_cost_no_money_until_they_are_overdue() -> None:
    story = requested(wanted="replacement").does(BOB, "approve_request")
    assert journals(story) == []
    story.lapses("remedy")
    assert balances(story) == {"seller:bob:obligation": -4000, "buyer:alice:claim": 4000}


def test_a_waived_refund_leaves_nothing() -> None:
    story = requested(wanted="refund_after_return").does(BOB, "approve_request")
    story.does(BOB, "report_remedy", remedy_id="r1", reference="LABEL-1").lapses("return_shipment")
    assert [journal.purpose for journal in journals(story)] == ["ordered", "waived"]
    assert balances(story) == {}


def test_a_chargeback_shrinks_what_is_owed_and_counts_as_refunded() -> None:
    story = decided().does(OLGA, "report_chargeback", amount=1500, reference="CB")
    assert story.case.owed == 2500
    assert balances(story)["buyer:alice:claim"] == 2500
    assert balances(story)["buyer:alice:refunded"] == 1500


def test_a_settlement_replaces_what_was_owed() -> None:
    story = decided().does(BOB, "offer_settlement", remedy="partial_refund", amount=900)
    story.does(ALICE, "accept_settlement", offer_id="o1")
    assert balances(story) == {"seller:bob:obligation": -900, "buyer:alice:claim": 900}


def test_platform_shipping_pays_first_and_recourse_moves_the_cost_to_the_bearer() -> None:
    story = requested(reason="not_received", fulfilment=SHIPPED).does(BOB, "approve_request")
    pays(story, "r1").lapses("carrier_evidence")
    story.does(DANA, "allocate_recourse", bearer="carrier", rationale="Lost in its depot")
    assert story.case.stage == "closed"
    assert balances(story) == {"platform:payout": -4000, "buyer:alice:refunded": 4000,
                               "carrier:charlie:recourse": -4000, "platform:recourse": 4000}  # fmt: skip


def test_shares_are_moved_share_by_share_whether_allocated_before_or_after_the_payment() -> None:
    shares = [{"bearer": "carrier", "amount": 3000}, {"bearer": "platform", "amount": 1000}]
    for early in (True, False):
        story = requested(reason="not_received", fulfilment=SHIPPED).does(BOB, "approve_request")
        story = story if early else pays(story, "r1")
        story.lapses("carrier_evidence")
        story.does(DANA, "allocate_recourse", bearer="carrier", rationale="Mostly", shares=shares)
        story = pays(story, "r1") if early else story
        assert story.case.stage == "closed"
        assert {account: amount for account, amount in balances(story).items() if account.endswith("recourse")} == {
            "carrier:charlie:recourse": -3000, "platform:recourse": 3000}  # fmt: skip


def test_a_won_appeal_makes_the_seller_whole_from_the_platform_and_the_buyer_keeps_the_refund() -> None:
    story = pays(decided(), "r1").does(BOB, "appeal", grounds="procedure", statement="x")
    story.does(EKO, "decide_appeal", result="changed", rationale="It was answered")
    pays(story, story.case.remedies[-1].id)
    assert balances(story) == {"platform:payout": -4000, "buyer:alice:refunded": 4000}


@pytest.mark.parametrize("story", [requested(ID).does(BOB, "approve_request"), decided(ID), split(ID)])
def test_journals_are_in_the_orders_currency_and_sum_to_zero(story: Story) -> None:
    assert journals(story)
    for journal in journals(story):
        assert journal.currency == "IDR"
        assert sum(leg.amount for leg in journal.legs) == 0


def test_words_move_no_money() -> None:
    story = requested().does(ALICE, "post_message", text="Hello", to="seller").passes(timedelta(hours=1))
    story.does(BOB, "reject_request", statement="No").does(ALICE, "open_dispute")
    assert journals(story) == []


def test_a_split_owes_its_part_only() -> None:
    assert balances(split(amount=1000)) == {"seller:bob:obligation": -1000, "buyer:alice:claim": 1000}


def test_shares_that_do_not_add_up_to_the_cost_are_refused() -> None:
    story = requested(reason="not_received", fulfilment=SHIPPED).does(BOB, "approve_request").lapses("carrier_evidence")
    for amount in (3999, 4001):
        told = {"bearer": "carrier", "rationale": "Mostly", "shares": [{"bearer": "carrier", "amount": amount}]}
        assert story.refused(DANA, "allocate_recourse", **told).code == "amount_invalid"
