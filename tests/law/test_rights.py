"""Rights that one act must not take from another: each test is a way it could be lost."""

from datetime import timedelta

import pytest

from amends.law.case import is_pending
from tests.law.stories import (
    ALICE,
    ANSWERED,
    BOB,
    CHARLIE,
    DANA,
    EKO,
    ID,
    OLGA,
    PHOTO,
    PROVED,
    Story,
    decided,
    disputed,
    requested,
    reviewed,
    split,
)

APPEAL = {"grounds": "procedure", "statement": "Look again"}
PARCEL = {"carrier": "charlie", "tracking_number": "12345"}
RETURN = PROVED | {"returnable": True}
WARNING = {"kind": "warning", "clauses": ["US-72"], "statement": "Again"}
DAY = timedelta(days=1)


def sent_back_to_bob() -> Story:
    """Bob must refund once the goods are back, and they are on their way."""
    return decided(wanted="refund_after_return", findings=RETURN).does(ALICE, "ship_return", **PARCEL)


def kinds(story: Story) -> set[str]:
    return {deadline.kind for deadline in story.case.open_deadlines()}


def test_taking_a_further_dispute_back_does_not_cost_the_seller_its_appeal() -> None:
    story = split().does(ALICE, "open_dispute").does(ALICE, "withdraw")
    assert story.case.stage == "decided"
    story.does(BOB, "appeal", **APPEAL)


def test_an_appeal_does_not_cost_the_buyer_its_further_dispute() -> None:
    story = split().does(BOB, "appeal", **APPEAL).does(EKO, "decide_appeal", result="stands", rationale="Right")
    story.does(ALICE, "open_dispute")


@pytest.mark.parametrize("ending", ["decide", "withdraw", "settle"])
def test_what_ends_the_dispute_leaves_an_enforcement_its_appeal_and_its_expiry(ending: str) -> None:
    story = reviewed().does(OLGA, "apply_enforcement", **WARNING)
    if ending == "decide":
        story.does(DANA, "decide", findings=PROVED, rationale="Seen")
    elif ending == "withdraw":
        story.does(ALICE, "withdraw")
    else:
        story.does(ALICE, "offer_settlement", remedy="refund").does(BOB, "accept_settlement", offer_id="o1")
    story.does(BOB, "appeal", **APPEAL, enforcement_id="x1")
    story.does(DANA, "decide_appeal", result="stands", rationale="Right", enforcement_id="x1")
    assert story.case.enforcement[0].status == "upheld"


def test_deciding_an_enforcements_appeal_leaves_the_dispute_its_right_of_reply() -> None:
    story = disputed().does(BOB, "submit_evidence", items=[PHOTO], last=True)
    story.does(ALICE, "submit_evidence", items=[PHOTO]).does(OLGA, "apply_enforcement", **WARNING)
    story.does(BOB, "appeal", **APPEAL, enforcement_id="x1")
    assert "reply" in kinds(story)
    story.does(DANA, "decide_appeal", result="stands", rationale="Right", enforcement_id="x1")
    assert "reply" in kinds(story)


def test_a_refund_waived_with_its_measure_never_comes_back() -> None:
    story = requested().does(OLGA, "apply_enforcement", kind="refunds", clauses=["US-76"], statement="Bad faith")
    story.does(BOB, "appeal", **APPEAL, enforcement_id="x1")
    story.does(DANA, "decide_appeal", result="changed", rationale="No", enforcement_id="x1").passes(60 * DAY)
    assert story.case.remedies[0].status == "waived"
    assert story.case.enforcement[0].status == "reversed"


def test_a_settled_case_is_not_dragged_back_by_the_appeal_it_settled() -> None:
    story = split().does(BOB, "appeal", **APPEAL).does(ALICE, "offer_settlement", remedy="refund")
    story.does(BOB, "accept_settlement", offer_id="o1")
    story.refused(EKO, "decide_appeal", result="stands", rationale="Too late")
    assert story.case.stage == "agreed"


def test_the_buyer_may_send_goods_back_while_its_own_further_dispute_runs() -> None:
    story = decided(outcome="split", remedies=[{"kind": "refund_after_return", "amount": 1000}], departure="Both erred")
    story.does(ALICE, "open_dispute").does(ALICE, "ship_return", **PARCEL)


def test_goods_refused_while_the_appeal_runs_open_the_dispute_when_it_stands() -> None:
    story = sent_back_to_bob().does(BOB, "appeal", **APPEAL)
    story.does(BOB, "refuse_return", condition="empty", statement="Nothing in it")
    story.does(EKO, "decide_appeal", result="stands", rationale="Right")
    story.does(ALICE, "open_dispute")


def test_goods_refused_while_the_further_dispute_runs_are_not_forgotten_when_it_is_withdrawn() -> None:
    story = decided(outcome="split", remedies=[{"kind": "refund_after_return", "amount": 1000}], departure="Both erred")
    story.does(ALICE, "ship_return", **PARCEL).does(ALICE, "open_dispute")
    story.does(BOB, "refuse_return", condition="empty", statement="Nothing in it").does(ALICE, "withdraw")
    assert "open_dispute" in kinds(story) or story.case.remedies[-1].kind == "ship_back_to_buyer"


def test_goods_refused_after_the_acceptance_period_can_still_be_disputed() -> None:
    story = requested(ID, reason="item_wrong", wanted="refund_after_return").does(BOB, "approve_request")
    story.passes(4 * DAY).does(ALICE, "ship_return", **PARCEL).passes(4 * DAY)
    story.does(BOB, "refuse_return", condition="damaged", statement="Worn").does(ALICE, "open_dispute")


def test_the_seller_is_heard_on_late_material_before_its_silence_decides() -> None:
    story = disputed(reason="damaged_in_transit").passes(timedelta(hours=49))
    story.does(ALICE, "submit_evidence", items=[PHOTO]).does(DANA, "admit_evidence", evidence_id="e1", statement="x")
    assert story.case.stage == "gathering_evidence"
    assert story.lapses("reply").case.stage == "decided"


def test_an_appeal_waits_for_the_material_it_asked_for() -> None:
    story = decided().does(BOB, "appeal", **APPEAL)
    story.does(EKO, "request_evidence", party="buyer", types=["tracking"], statement="Where was it?")
    assert story.refused(EKO, "decide_appeal", result="stands", rationale="x").code == "not_your_turn"
    story.does(ALICE, "decline_evidence").does(EKO, "decide_appeal", result="stands", rationale="Right")


def test_a_carrier_that_is_asked_may_answer_whatever_the_scenario() -> None:
    story = reviewed().does(DANA, "request_evidence", party="carrier", types=["tracking"], statement="Where?")
    story.does(CHARLIE, "submit_evidence", items=[{"type": "tracking", "text": "There"}])
    assert story.case.evidence_requests[0].status == "answered"


def test_a_won_appeal_gives_back_what_that_decision_took_and_no_more() -> None:
    story = split().does(OLGA, "confirm_payment", remedy_id="r1", reference="P").does(ALICE, "open_dispute")
    for party in (ALICE, BOB):
        story.does(party, "submit_evidence", items=[PHOTO], last=True)
    story.does(DANA, "decide", findings=PROVED, rationale="Seen")
    story.does(OLGA, "confirm_payment", remedy_id="r2", reference="P").does(BOB, "appeal", **APPEAL)
    story.does(EKO, "decide_appeal", result="changed", rationale="It was answered")
    assert story.case.remedies[-1].kind == "reimburse_seller"
    assert story.case.remedies[-1].amount == 3000


def test_a_won_appeal_also_ends_the_refund_that_replaced_overdue_goods() -> None:
    story = decided(wanted="replacement").lapses("remedy").does(BOB, "appeal", **APPEAL)
    assert story.case.owed == 4000
    story.does(EKO, "decide_appeal", result="changed", rationale="It was answered")
    assert story.case.owed == 0


def test_a_won_appeal_takes_the_cost_from_the_seller_where_the_platform_paid() -> None:
    story = reviewed(reason="not_received", fulfilment={"mode": "ship_by_platform"})
    story.does(DANA, "decide", findings=PROVED | {"fault": "seller"}, rationale="Seen")
    story.does(OLGA, "confirm_payment", remedy_id="r1", reference="P").does(BOB, "appeal", **APPEAL)
    story.does(EKO, "decide_appeal", result="changed", rationale="It was answered")
    assert story.case.recourse is not None
    assert story.case.recourse.bearer == "platform"


def test_a_decision_sent_back_and_lost_by_the_buyer_is_no_longer_owed() -> None:
    story = decided().does(BOB, "appeal", **APPEAL).does(EKO, "decide_appeal", result="sent_back", rationale="Again")
    story.does(EKO, "decide", findings=ANSWERED, rationale="It was answered")
    assert story.case.owed == 0


def test_an_enforcement_that_expires_under_appeal_leaves_no_appeal_hanging() -> None:
    story = requested().does(ALICE, "withdraw").does(OLGA, "apply_enforcement", **WARNING).passes(29 * DAY)
    story.does(BOB, "appeal", **APPEAL, enforcement_id="x1").passes(400 * DAY)
    if story.case.stage != "closed":
        story.does(DANA, "decide_appeal", result="changed", rationale="Wrong", enforcement_id="x1")
    assert not any(is_pending(appeal) for appeal in story.case.appeals)


def test_a_part_still_open_is_recommended_and_never_more() -> None:
    story = reviewed(wanted="partial_refund").does(OLGA, "report_chargeback", amount=3000, reference="CB")
    story.does(DANA, "decide", findings=PROVED, rationale="Seen")
    assert story.case.owed == 1000


def test_two_returns_in_one_decision_are_refused() -> None:
    asked = [{"kind": "refund_after_return", "amount": 1}, {"kind": "refund_after_return"}]
    told = {"findings": PROVED, "rationale": "Seen", "departure": "Twice", "remedies": asked}
    assert reviewed().refused(DANA, "decide", **told).code == "amount_invalid"


def test_no_two_clocks_ever_share_an_id() -> None:
    """A discard has no clock of its own; the seller's money back is counted after it all the same."""
    story = decided().does(OLGA, "confirm_payment", remedy_id="r1", reference="P").does(BOB, "appeal", **APPEAL)
    ordered = [{"kind": "discard_item"}]
    story.does(EKO, "decide_appeal", result="changed", rationale="It was answered", remedies=ordered)
    story.does(DANA, "correct_decision", kind="omission", statement="Forgot", remedies=[{"kind": "replacement"}])
    ids = [deadline.id for deadline in story.case.deadlines]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("ordered", [{"kind": "reimburse_seller", "amount": 3000}, {"kind": "reimburse_seller"}])
def test_a_seller_that_paid_nothing_gets_nothing_back(ordered: dict[str, object]) -> None:
    told = {"findings": ANSWERED, "rationale": "Seen", "departure": "So", "remedies": [ordered]}
    assert reviewed().refused(DANA, "decide", **told).code in ("amount_too_large", "amount_invalid")


def test_a_decision_is_appealed_only_while_no_dispute_of_it_runs() -> None:
    story = split().does(OLGA, "apply_enforcement", **WARNING).does(ALICE, "open_dispute")
    story.refused(BOB, "appeal", **APPEAL)
    story.does(BOB, "appeal", **APPEAL, enforcement_id="x1")
    assert story.case.stage == "gathering_evidence"


@pytest.mark.parametrize("how", ["settled", "external"])
def test_no_appeal_hangs_when_the_case_ends_another_way(how: str) -> None:
    story = decided().does(BOB, "appeal", **APPEAL)
    if how == "settled":
        story.does(ALICE, "offer_settlement", remedy="replacement").does(BOB, "accept_settlement", offer_id="o1")
    else:
        story.does(BOB, "report_proceedings", kind="court", reference="C-1")
        story.does(OLGA, "record_proceedings_outcome", resume=False)
    assert not any(is_pending(appeal) for appeal in story.case.appeals)


def test_goods_no_longer_owed_cost_nobody_anything() -> None:
    """Bob sent one replacement; a second, ordered later, became a refund and was waived: the cost of one is left."""
    shipped = {"mode": "ship_by_platform"}
    found = {"findings": PROVED | {"fault": "carrier"}, "rationale": "Seen"}
    story = reviewed(reason="not_received", wanted="replacement", fulfilment=shipped).does(DANA, "decide", **found)
    story.does(BOB, "report_remedy", remedy_id="r1", reference="T-1").does(BOB, "appeal", **APPEAL)
    story.does(EKO, "decide_appeal", result="sent_back", rationale="Look again").does(EKO, "decide", **found)
    story.lapses("remedy").does(BOB, "appeal", **APPEAL)
    story.does(DANA, "decide_appeal", result="changed", rationale="It was answered")
    assert [r.kind for r in story.case.remedies if r.status == "fulfilled"] == ["replacement"]
    assert story.case.recourse is not None
    assert story.case.recourse.cost <= story.case.paid
