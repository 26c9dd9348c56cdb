"""Who may ask what in which stage, written by hand from LAW.md 3 to 5, one stage after another, without the table.

A command listed here may still be refused for what it says or because its window is over; one not listed is refused
always. What a person may do beside the stage's own business is named once (`PARTY`, `SELLER` …) and added.
"""

PARTY = {"offer_settlement", "accept_settlement", "decline_settlement", "post_message", "report_proceedings",
         "redact_evidence"}  # fmt: skip
"""Buyer and seller may talk, settle and go to court at any time before closing (US-27, US-31)."""
EVIDENCE = {"submit_evidence", "decline_evidence"}
SELLER = {"report_remedy", "appeal"}
"""What it owes it may perform at any time; an enforcement has its own appeal at any time (LAW.md 5.13)."""
HOLDS = {"place_legal_hold", "lift_legal_hold"}
"""What a court may need is kept, at any time."""
HOUSE = {"lapse", "note_file"}
"""Time runs out, and the house says that a file came or what the check made of it."""
COVER = {"redact_evidence"}
"""Whoever handed a picture in may cover what the other side has no need of, while the case is open."""
PAYMENTS = {"confirm_payment", "confirm_deduction"}
OPERATOR = PAYMENTS | {"update_facts", "report_chargeback", "apply_enforcement", "reverse_enforcement"} | HOLDS
ADJUDICATOR = {"extend_deadline", "decide_appeal"} | COVER
"""More time for any running clock, and the appeal against an enforcement, whatever the stage."""
CLAIM = {"claim", "release"}
DESK = CLAIM | {"request_evidence", "admit_evidence", "record_verification"}
SHIP, INSPECT = {"ship_return"}, {"receive_return", "refuse_return"}
"""Goods travel back whatever else is contested: their clocks run on."""

ALLOWED: dict[str, dict[str, set[str]]] = {
    "unopened": {"buyer": {"file_request"}},
    "awaiting_seller": {
        "buyer": PARTY | {"withdraw"},
        "seller": PARTY | SELLER | {"approve_request", "reject_request"},
        "carrier": COVER,
        "adjudicator": ADJUDICATOR,
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "refused": {
        "buyer": PARTY | {"withdraw", "open_dispute"},
        "seller": PARTY | SELLER | {"approve_request"},
        "carrier": COVER,
        "adjudicator": ADJUDICATOR | CLAIM | {"allocate_recourse"},
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "gathering_evidence": {
        "buyer": PARTY | EVIDENCE | SHIP | {"withdraw"},
        "seller": PARTY | EVIDENCE | SELLER | INSPECT,
        "carrier": EVIDENCE | COVER,
        "adjudicator": ADJUDICATOR | DESK | {"reclassify"},
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "under_review": {
        "buyer": PARTY | EVIDENCE | SHIP | {"withdraw"},
        "seller": PARTY | EVIDENCE | SELLER | INSPECT,
        "carrier": EVIDENCE | COVER,
        "adjudicator": ADJUDICATOR | DESK | {"reclassify", "decide"},
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "agreed": {
        "buyer": EVIDENCE | SHIP | COVER | {"post_message", "report_proceedings"},
        "seller": EVIDENCE | SELLER | INSPECT | COVER | {"post_message", "report_proceedings"},
        "carrier": EVIDENCE | COVER,
        "adjudicator": ADJUDICATOR | CLAIM | {"allocate_recourse"},
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "decided": {
        "buyer": PARTY | EVIDENCE | SHIP | {"open_dispute"},
        "seller": PARTY | EVIDENCE | SELLER | INSPECT,
        "carrier": EVIDENCE | COVER,
        "adjudicator": ADJUDICATOR | CLAIM | {"allocate_recourse", "correct_decision"},
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "under_appeal": {
        "buyer": PARTY | EVIDENCE | SHIP,
        "seller": PARTY | EVIDENCE | SELLER | INSPECT,
        "carrier": EVIDENCE | COVER,
        "adjudicator": ADJUDICATOR | DESK,
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "suspended": {
        "operator": HOLDS | {"record_proceedings_outcome", "update_facts", "report_chargeback", "confirm_payment"},
        "clock": {"note_file"},
    },
    "withdrawn": {
        "buyer": PARTY | SHIP | {"file_request", "open_dispute"},
        "seller": PARTY | SELLER | INSPECT,
        "carrier": COVER,
        "adjudicator": ADJUDICATOR | CLAIM | {"allocate_recourse"},
        "operator": OPERATOR,
        "clock": HOUSE,
    },
    "closed": {"operator": HOLDS | {"erase_personal_data"}, "clock": HOUSE},
}  # fmt: skip


def may(stage: str, role: str, command: str) -> bool:
    """Whether the hand-written table lists it."""
    return command in ALLOWED[stage].get(role, set())
