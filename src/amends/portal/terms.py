"""What the words of the law are called on a page: reasons, remedies, evidence, stages, findings, commands.

Each table maps a code to an English text; pages show it through `term(table, code)`, translated. A code that is missing
here fails a test, so that nobody ever reads `item_wrong`.
"""

from typing import NamedTuple

from amends.portal.words import N_


class Act(NamedTuple):
    """A command on a page: verb and object, one line of help, an icon."""

    label: str
    help: str
    icon: str


REASON = {
    "item_missing": N_("Something is missing"),
    "item_wrong": N_("Wrong item"),
    "wrong_quantity": N_("Wrong quantity"),
    "counterfeit": N_("Fake or counterfeit"),
    "defective": N_("Does not work"),
    "unsafe": N_("Not safe"),
    "allergy": N_("Allergic reaction"),
    "delivery_late": N_("Arrived late"),
    "not_received": N_("Did not arrive"),
    "damaged_in_transit": N_("Arrived damaged"),
    "changed_mind": N_("Changed my mind"),
}
REASON_HELP = {
    "item_missing": N_("A part or an accessory is not in the parcel."),
    "item_wrong": N_("You received something other than what you ordered: model, size, colour."),
    "wrong_quantity": N_("Fewer pieces than you paid for."),
    "counterfeit": N_("You believe the brand is not genuine."),
    "defective": N_("It is broken, stops working, or does not do what it should."),
    "unsafe": N_("It got hot, leaked, broke sharp, or could hurt somebody."),
    "allergy": N_("A cosmetic caused a reaction. You will need a medical certificate; only our staff read it."),
    "delivery_late": N_("The promised date has passed."),
    "not_received": N_("Tracking stands still, or says delivered and you have nothing."),
    "damaged_in_transit": N_("The parcel or the item was damaged on the way."),
    "changed_mind": N_("Nothing is wrong with it. The seller decides; there is no dispute about this."),
}
SCENARIO = {
    "inconsistent": N_("Not as ordered"),
    "counterfeit": N_("Counterfeit"),
    "quality": N_("Quality"),
    "delayed": N_("Delayed"),
    "lost": N_("Lost"),
    "damaged": N_("Damaged in transit"),
}
WANTED = {
    "refund": N_("Full refund"),
    "refund_after_return": N_("Refund after I send it back"),
    "partial_refund": N_("Part of the money back"),
    "replacement": N_("A replacement"),
    "resend_missing": N_("What is missing, sent again"),
}
REMEDY = {
    "refund": N_("Refund"),
    "refund_after_return": N_("Refund after return"),
    "partial_refund": N_("Partial refund"),
    "replacement": N_("Replacement"),
    "resend_missing": N_("Missing part sent again"),
    "discard_item": N_("Discard the item"),
    "return_label": N_("Return label"),
    "ship_back_to_buyer": N_("Goods sent back to the buyer"),
    "reimburse_seller": N_("Seller reimbursed"),
}
REMEDY_STATUS = {
    "pending": N_("To be done"),
    "fulfilled": N_("Done"),
    "overdue": N_("Overdue"),
    "deducted": N_("Taken from the payout"),
    "waived": N_("No longer owed"),
}
EVIDENCE = {
    "photo_of_item": N_("Photo of the item"),
    "video_of_item": N_("Video of the item"),
    "photo_of_packing": N_("Photo of the packing"),
    "unpacking_video": N_("Unpacking video"),
    "tracking": N_("Tracking"),
    "shipping_label": N_("Shipping label"),
    "shipping_receipt": N_("Shipping receipt"),
    "proof_of_delivery": N_("Proof of delivery"),
    "delivery_signature": N_("Signature on delivery"),
    "address_check": N_("Address check"),
    "carrier_statement": N_("Carrier’s statement"),
    "commercial_invoice": N_("Invoice"),
    "supplier_contract": N_("Supplier’s contract"),
    "test_report": N_("Test report"),
    "authority_certificate": N_("Certificate of an authority"),
    "medical_certificate": N_("Medical certificate"),
    "recall_scope_statement": N_("Recall scope"),
    "listing_snapshot": N_("The listing as it was"),
    "conversation": N_("Conversation"),
    "proof_of_refund": N_("Proof of refund"),
    "proof_of_return": N_("Proof of return"),
    "proof_of_replacement": N_("Proof of replacement"),
    "appeal_statement": N_("Appeal statement"),
}
STAGE = {
    "awaiting_seller": N_("Waiting for the seller"),
    "refused": N_("Refused by the seller"),
    "gathering_evidence": N_("Collecting evidence"),
    "under_review": N_("Under review"),
    "agreed": N_("Agreed"),
    "decided": N_("Decided"),
    "under_appeal": N_("Under appeal"),
    "suspended": N_("Suspended"),
    "withdrawn": N_("Withdrawn"),
    "closed": N_("Closed"),
}
CLOSED_AS = {
    "remedied": N_("Closed: put right"),
    "decided": N_("Closed: decided"),
    "settled": N_("Closed: settled"),
    "withdrawn": N_("Closed: withdrawn"),
    "expired": N_("Closed: time ran out"),
    "external": N_("Closed: settled elsewhere"),
}
OUTCOME = {
    "buyer_favour": N_("For the buyer"),
    "seller_favour": N_("For the seller"),
    "split": N_("In part for each"),
}
BASIS = {
    "evidence": N_("on the evidence"),
    "seller_silent": N_("on the buyer’s material, as the seller sent nothing"),
    "buyer_silent": N_("as the buyer sent nothing"),
    "settlement": N_("by agreement"),
}
PARTY = {
    "buyer": N_("Buyer"),
    "seller": N_("Seller"),
    "carrier": N_("Carrier"),
    "platform": N_("Platform"),
    "adjudicator": N_("Reviewer"),
    "operator": N_("Operator"),
    "auditor": N_("Auditor"),
    "clock": N_("The clock"),
    "none": N_("Nobody"),
}
WEIGHT = {
    "relied_on": N_("Relied on"),
    "considered": N_("Considered"),
    "not_considered": N_("Not considered"),
}
FINDING = {
    "claim": N_("The buyer’s claim is"),
    "rebuttal": N_("The seller’s answer is"),
    "fault": N_("At fault"),
    "severity": N_("The fault is"),
    "deceptive": N_("The listing deceived"),
    "returnable": N_("The item can go back"),
    "delivered_to_right_address": N_("Delivered to the right address"),
    "intact_at_handover": N_("Intact when handed to the carrier"),
}
FINDING_VALUE = {
    "proved": N_("proved"),
    "not_proved": N_("not proved"),
    "not_shown": N_("nothing shown"),
    "credible": N_("credible"),
    "insufficient": N_("insufficient"),
    "none": N_("none"),
    "seller": N_("the seller"),
    "carrier": N_("the carrier"),
    "buyer": N_("the buyer"),
    "platform": N_("the platform"),
    "major": N_("major"),
    "minor": N_("minor"),
    "True": N_("yes"),
    "False": N_("no"),
}
CONDITION = {
    "as_expected": N_("As expected"),
    "broken": N_("Broken"),
    "damaged": N_("Damaged"),
    "incomplete": N_("Incomplete"),
    "wrong_item": N_("Not my item"),
    "empty": N_("The parcel is empty"),
}
RETURN = {
    "awaiting_shipment": N_("Waiting for the buyer to send it"),
    "in_transit": N_("On its way back"),
    "received": N_("Received"),
    "refused": N_("Refused by the seller"),
    "lapsed": N_("Not sent in time"),
}
GROUNDS = {
    "new_evidence": N_("There is new evidence"),
    "error_of_fact": N_("A fact is wrong"),
    "error_of_policy": N_("The wrong clause was applied"),
    "procedure": N_("The procedure was not followed"),
}
ENFORCEMENT = {
    "warning": N_("Warning"),
    "violation_points": N_("Violation points"),
    "listing_removed": N_("Listing removed"),
    "selling_revoked": N_("Selling revoked"),
    "refunds": N_("Refunds ordered"),
    "investigation": N_("Investigation"),
}
DEADLINE = {
    "seller_answer": N_("The seller answers"),
    "open_dispute": N_("The buyer may open a dispute"),
    "further_dispute": N_("The buyer may dispute again"),
    "refile_request": N_("The buyer may ask again"),
    "buyer_evidence": N_("The buyer’s evidence"),
    "seller_evidence": N_("The seller’s evidence"),
    "carrier_evidence": N_("The carrier’s evidence"),
    "requested_evidence": N_("Evidence we asked for"),
    "reply": N_("Answer to new material"),
    "decision": N_("Our decision"),
    "remedy": N_("The remedy is performed"),
    "appeal": N_("The seller may appeal"),
    "appeal_decision": N_("Our decision on the appeal"),
    "return_shipment": N_("The buyer sends the item back"),
    "return_inspection": N_("The seller checks the return"),
    "settlement_offer": N_("Answer to the offer"),
    "recourse": N_("Who bears the cost"),
    "enforcement": N_("Enforcement"),
    "upload": N_("An announced file arrives"),
    "retention": N_("Personal data is erased"),
}
ACT = {
    "file_request": Act(N_("Ask the seller again"), N_("A new request about the same item."), "flag"),
    "approve_request": Act(N_("Accept the request"), N_("You agree to what the buyer asks."), "check"),
    "reject_request": Act(
        N_("Contest the request"), N_("You disagree and say why. The buyer may go to the platform."), "x"
    ),
    "open_dispute": Act(N_("Ask us to decide"), N_("We hear both sides and decide by the policy."), "gavel"),
    "withdraw": Act(N_("Withdraw"), N_("You take your request or dispute back."), "undo-2"),
    "submit_evidence": Act(N_("Add evidence"), N_("Photos, video, documents or your own words."), "upload"),
    "decline_evidence": Act(
        N_("Say that you have none"), N_("Ends your time for evidence, so we can go on sooner."), "ban"
    ),
    "offer_settlement": Act(
        N_("Make an offer"), N_("Settle it between you. The other side may accept or decline."), "hand-coins"
    ),
    "accept_settlement": Act(N_("Accept the offer"), N_("Its terms become binding and the dispute ends."), "check"),
    "decline_settlement": Act(N_("Decline the offer"), N_("The case goes on as before."), "x"),
    "post_message": Act(
        N_("Write a message"), N_("The other side reads it. It is kept with the case."), "message-circle"
    ),
    "report_proceedings": Act(N_("Report a court or regulator"), N_("All clocks stop until it ends."), "scale"),
    "ship_return": Act(
        N_("Send the item back"), N_("Give the carrier and tracking number; the risk passes then."), "truck"
    ),
    "receive_return": Act(N_("Confirm the return"), N_("The item is back and as expected."), "package-check"),
    "refuse_return": Act(N_("Refuse the return"), N_("It is not what you sent, or not as it should be."), "x"),
    "report_remedy": Act(N_("Report it done"), N_("Say that you have performed what was ordered."), "circle-check"),
    "appeal": Act(N_("Appeal"), N_("Another reviewer looks at the decision again."), "scale"),
    "redact_evidence": Act(
        N_("Cover parts of a picture"), N_("The other side then sees the covered copy only."), "eye-off"
    ),
    "claim": Act(N_("Take the case"), N_("Nobody else can decide it while you hold it."), "user"),
    "release": Act(N_("Give the case back"), N_("It returns to the queue."), "undo-2"),
    "request_evidence": Act(
        N_("Ask a party for more"), N_("The party gets time of its own; the decision waits."), "message-square"
    ),
    "reclassify": Act(N_("Reclassify"), N_("Correct reason, visibility or severity."), "pencil"),
    "admit_evidence": Act(N_("Admit late evidence"), N_("It will be weighed; the other side may answer."), "check"),
    "record_verification": Act(N_("Record a verification"), N_("What a third party found."), "shield-check"),
    "decide": Act(N_("Decide"), N_("Findings, reasons and remedies."), "gavel"),
    "correct_decision": Act(
        N_("Correct a slip"), N_("Typing, arithmetic or an omission; not a new decision."), "pencil"
    ),
    "decide_appeal": Act(N_("Decide the appeal"), N_("It stands, is changed, or goes back."), "scale"),
    "allocate_recourse": Act(
        N_("Say who bears the cost"), N_("Seller, carrier, platform or buyer, in shares."), "wallet"
    ),
    "extend_deadline": Act(N_("Give more time"), N_("A deadline moves later, with a reason both sides read."), "timer"),
    "update_facts": Act(N_("Update the order’s facts"), N_("Delivery, tracking, traits."), "truck"),
    "confirm_payment": Act(N_("Confirm a payment"), N_("The money has arrived."), "banknote"),
    "confirm_deduction": Act(N_("Confirm a deduction"), N_("It was taken from the payout."), "banknote"),
    "report_chargeback": Act(N_("Report a chargeback"), N_("The bank took money back."), "wallet"),
    "record_proceedings_outcome": Act(N_("Record how proceedings ended"), N_("The case goes on or closes."), "scale"),
    "apply_enforcement": Act(
        N_("Act against the shop"), N_("Warning, points, removal; each with its clause."), "shield-check"
    ),
    "reverse_enforcement": Act(N_("Take enforcement back"), N_("It is reversed, with the reason."), "undo-2"),
    "place_legal_hold": Act(N_("Place a legal hold"), N_("Nothing of this case is erased while it stands."), "lock"),
    "lift_legal_hold": Act(N_("Lift the legal hold"), N_("The time until erasure goes on."), "lock"),
    "erase_personal_data": Act(
        N_("Erase personal data"), N_("Names, texts and files of a party; the ruling stays."), "eye-off"
    ),
}

TABLES: dict[str, dict[str, str]] = {
    "reason": REASON, "reason_help": REASON_HELP, "scenario": SCENARIO, "wanted": WANTED, "remedy": REMEDY,
    "remedy_status": REMEDY_STATUS, "evidence": EVIDENCE, "stage": STAGE, "closed_as": CLOSED_AS, "outcome": OUTCOME,
    "basis": BASIS, "party": PARTY, "weight": WEIGHT, "finding": FINDING, "finding_value": FINDING_VALUE,
    "condition": CONDITION, "return": RETURN, "grounds": GROUNDS, "enforcement": ENFORCEMENT, "deadline": DEADLINE,
}  # fmt: skip


def term(table: str, code: object) -> str:
    """The English text of a code, to be translated; the code itself, spelled, when nobody named it."""
    return TABLES[table].get(str(code)) or str(code).replace("_", " ")
