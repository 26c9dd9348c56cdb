"""What anybody might ask of a case: each command with fields that mostly fit it and sometimes do not."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any, get_args

from amends.law import commands as k
from amends.law.case import is_live, is_pending
from amends.law.facts import Trait
from tests.law.stories import Story

Fields = dict[str, Any]
GOODS_REASONS = ("item_wrong", "item_missing", "counterfeit", "defective", "allergy", "damaged_in_transit")
SOME_TYPES = ("photo_of_item", "video_of_item", "tracking", "medical_certificate", "commercial_invoice",
              "recall_scope_statement", "carrier_statement", "test_report", "address_check")  # fmt: skip


def fields(rnd: Random, story: Story, name: str) -> Fields:
    """Fields for the command of this name, in view of the case."""
    maker = ASKED.get(name)
    return maker(rnd, story) if maker else {}


def _maybe(rnd: Random, chance: float, **given: Any) -> Fields:
    return given if rnd.random() < chance else {}


def _one(rnd: Random, ids: Sequence[str], otherwise: str) -> str:
    """One of the ids, rarely one that does not exist."""
    return rnd.choice(ids) if ids and rnd.random() < 0.95 else otherwise


def _amount(rnd: Random, most: int) -> int:
    return rnd.choice([1, max(1, most // 3), max(1, most // 2), max(1, most), most + 1])


def _items(rnd: Random) -> list[Fields]:
    """Between one and three pieces; rarely an empty one or one whose upload nobody knows."""
    if rnd.random() < 0.04:
        return [{"type": "photo_of_item"} | rnd.choice([{}, {"upload": rnd.choice(["gone", "too-slow", "bad"])}])]
    return [_item(rnd) for _ in range(rnd.choice([1, 1, 2, 3]))]


def _item(rnd: Random) -> Fields:
    what = rnd.choice(
        [
            {"text": "look"},
            {"upload": rnd.choice(["u1", "soon", "soon", "clean"])},
            {"tracking": {"carrier": "charlie", "number": "12345"}},
        ]
    )
    return {"type": rnd.choice(SOME_TYPES), **what}


def _wanted(rnd: Random, story: Story) -> Fields:
    wanted = rnd.choice(get_args(k.Wanted))
    named = (wanted == "partial_refund") != (rnd.random() < 0.05)
    return {"wanted": wanted} | ({"amount": _amount(rnd, story.case.paid)} if named else {})


def _request(rnd: Random, story: Story) -> Fields:
    undelivered = story.case.order.fulfilment.delivered_at is None
    likely = ("delivery_late", "not_received") if undelivered else GOODS_REASONS
    reason = rnd.choice(likely if rnd.random() < 0.8 else get_args(k.Reason))
    return {"reason": reason, "statement": "Please", **_wanted(rnd, story),
            **_maybe(rnd, 0.3, quantity=rnd.choice([1, 1, 2, 9])),
            **_maybe(rnd, 0.5, visibility=rnd.choice(["visible", "hidden"])),
            **_maybe(rnd, 0.3, evidence=_items(rnd))}  # fmt: skip


def _dispute(rnd: Random, story: Story) -> Fields:
    return {**_maybe(rnd, 0.2, reason=rnd.choice(get_args(k.Reason))), **_maybe(rnd, 0.4, evidence=_items(rnd)),
            **_maybe(rnd, 0.2, wanted=rnd.choice(get_args(k.Wanted))),
            **_maybe(rnd, 0.3, visibility=rnd.choice(["visible", "hidden"]))}  # fmt: skip


def _remedy(rnd: Random, story: Story) -> Fields:
    wanted = _wanted(rnd, story)
    return {"remedy": wanted.pop("wanted"), **wanted}


def _offer(rnd: Random, story: Story) -> Fields:
    until = story.at + rnd.choice([-1, 3, 400]) * timedelta(hours=1)
    return _remedy(rnd, story) | _maybe(rnd, 0.2, valid_until=until.isoformat())


def _answer_offer(rnd: Random, story: Story) -> Fields:
    offers = story.case.offers
    return {"offer_id": _one(rnd, [o.id for o in offers if o.status == "open"] or [o.id for o in offers], "o9")}


def _findings(rnd: Random, story: Story) -> Fields:
    found = {"claim": rnd.choice(get_args(k.ClaimFinding)), "rebuttal": rnd.choice(get_args(k.Rebuttal)),
             "fault": rnd.choice(get_args(k.Fault)), "returnable": rnd.random() < 0.5, "deceptive": rnd.random() < 0.2,
             "severity": rnd.choice(["major", "minor"]), "delivered_to_right_address": rnd.random() < 0.3,
             "intact_at_handover": rnd.random() < 0.5}  # fmt: skip
    if rnd.random() < 0.1:
        del found[rnd.choice(list(found))]
    return found


def _ordered(rnd: Random, story: Story) -> list[Fields]:
    kinds = get_args(k.RemedyKind)[:8] if rnd.random() < 0.9 else get_args(k.RemedyKind)
    chosen = [rnd.choice(kinds) for _ in range(rnd.choice([0, 1, 1, 2]))]
    return [{"kind": kind, **_maybe(rnd, 0.6, amount=_amount(rnd, story.case.refundable))} for kind in chosen]


def _decide(rnd: Random, story: Story) -> Fields:
    ids = [x.id for x in story.case.evidence]
    weights = [{"id": i, "weight": rnd.choice(get_args(k.Weight)), **_maybe(rnd, 0.9, why="blurred")} for i in ids]
    made: Fields = {"findings": _findings(rnd, story), "rationale": "Seen" if rnd.random() < 0.97 else " ",
                    **_maybe(rnd, 0.5, evidence=weights)}  # fmt: skip
    if rnd.random() < 0.4:
        made |= _maybe(rnd, 0.8, departure="Both erred") | _maybe(rnd, 0.6, outcome=rnd.choice(get_args(k.Outcome)))
        made |= _maybe(rnd, 0.6, remedies=_ordered(rnd, story))
    return made


def _correct(rnd: Random, story: Story) -> Fields:
    kind = rnd.choice(["typing", "arithmetic", "omission"])
    return {"kind": kind, "statement": "A slip", **_maybe(rnd, 0.5, rationale="Meant so"),
            **_maybe(rnd, 0.6, remedies=_ordered(rnd, story))}  # fmt: skip


def _measures(story: Story) -> list[str]:
    return [x.id for x in story.case.enforcement]


def _appeal(rnd: Random, story: Story) -> Fields:
    against = _maybe(rnd, 0.4, enforcement_id=_one(rnd, _measures(story), "x9")) if story.case.enforcement else {}
    grounds = rnd.choice(["new_evidence", "error_of_fact", "error_of_policy", "procedure"])
    return {"grounds": grounds, "statement": "Look again", **_maybe(rnd, 0.5, evidence=_items(rnd)), **against}


def _decide_appeal(rnd: Random, story: Story) -> Fields:
    pending = [a.against for a in story.case.appeals if is_pending(a)]
    against = rnd.choice(pending) if pending else "1"
    made: Fields = {"result": rnd.choice(["stands", "changed", "sent_back"]), "rationale": "Seen again"}
    if against.startswith("x"):
        return made | {"enforcement_id": against}
    made |= _maybe(rnd, 0.4, outcome=rnd.choice(get_args(k.Outcome))) | _maybe(rnd, 0.2, fraud=True)
    return made | _maybe(rnd, 0.4, remedies=_ordered(rnd, story)) | _maybe(rnd, 0.4, findings=_findings(rnd, story))


def _allocate(rnd: Random, story: Story) -> Fields:
    bearer = rnd.choice(["seller", "carrier", "platform", "buyer"])
    cost = story.case.recourse.cost if story.case.recourse else 10
    shares = [{"bearer": "carrier", "amount": cost // 2}, {"bearer": "seller", "amount": cost - cost // 2}]
    return {"bearer": bearer, "rationale": "So it is", **_maybe(rnd, 0.3, shares=shares)}


def _live(rnd: Random, story: Story) -> Fields:
    live = [r.id for r in story.case.remedies if is_live(r)]
    return {"remedy_id": _one(rnd, live or [r.id for r in story.case.remedies], "r9")}


def _payment(rnd: Random, story: Story) -> Fields:
    return {**_live(rnd, story), "reference": "P1", **_maybe(rnd, 0.05, amount=77)}


def _extend(rnd: Random, story: Story) -> Fields:
    running = story.case.open_deadlines()
    if not running:
        return {"kind": "remedy", "party": "seller", "by": "PT1H", "statement": "Ill"}
    chosen = rnd.choice(running)
    by = rnd.choice(["PT24H", "P2D", "PT30M", "P1DT2H", "PT0H" if rnd.random() < 0.1 else "PT1H"])
    return {"kind": chosen.kind, "party": chosen.party, "by": by, "statement": "Ill"}


def _reclassify(rnd: Random, story: Story) -> Fields:
    made: Fields = {"statement": "It is rather this", **_maybe(rnd, 0.6, reason=rnd.choice(get_args(k.Reason)))}
    return made | _maybe(rnd, 0.5, visibility=rnd.choice(["visible", "hidden"])) | _maybe(rnd, 0.3, deceptive=True)


def _facts(rnd: Random, story: Story) -> Fields:
    when = (story.at - timedelta(hours=rnd.choice([1, 50]))).isoformat()
    fact = rnd.choice(["delivered_at", "last_tracking_at", "shipped_at", "promised_by"])
    made: Fields = {"source": "scan", **_maybe(rnd, 0.8, **{fact: when}),
            **_maybe(rnd, 0.3, traits=[rnd.choice(get_args(Trait))])}  # fmt: skip
    return made | _maybe(rnd, 0.3, return_trouble=rnd.choice(["wrong_address", "carrier"]))


def _enforce(rnd: Random, story: Story) -> Fields:
    kind = rnd.choice(get_args(k.EnforcementKind))
    cited = list(getattr(story.policy.pack.enforcement, kind).clauses) if rnd.random() < 0.9 else []
    clauses = [clause for clause in cited if clause in story.policy.pack.clauses]
    return {"kind": kind, "clauses": clauses or ["XX-1"], "statement": "Again",
            **({"points": 5} if kind == "violation_points" else {})}  # fmt: skip


def _late(rnd: Random, story: Story) -> Fields:
    late = [x.id for x in story.case.evidence if x.late and not x.admitted]
    return {"evidence_id": _one(rnd, late or [x.id for x in story.case.evidence], "e99"), "statement": "It matters"}


def _ask_for(rnd: Random, story: Story) -> Fields:
    return {"party": rnd.choice(["buyer", "seller", "carrier"]), "types": [rnd.choice(SOME_TYPES)], "statement": "?"}


def noted(rnd: Random, files: Sequence[str]) -> Fields:
    """What the house says of a file."""
    state = rnd.choice(["arrived", "arrived", "clean", "clean", "refused"])
    return {"upload": _one(rnd, files, "gone"), "state": state, **_maybe(rnd, 0.5, why="Eicar-Test")}


def _cover(rnd: Random, story: Story) -> Fields:
    pieces = [x.id for x in story.case.evidence if x.file] or [x.id for x in story.case.evidence]
    area = {"page": 1, "left": rnd.choice([0, 9_000]), "top": 10, "width": rnd.choice([1, 500, 2_000]), "height": 90}
    return {"evidence_id": _one(rnd, pieces, "e99"), "areas": [area], **_maybe(rnd, 0.8, statement="An address")}


def _condition(rnd: Random) -> str:
    return str(rnd.choice(get_args(k.Condition)))


ASKED: dict[str, Callable[[Random, Story], Fields]] = {
    "file_request": _request, "open_dispute": _dispute, "offer_settlement": _offer, "decide": _decide,
    "accept_settlement": _answer_offer, "decline_settlement": _answer_offer, "correct_decision": _correct,
    "appeal": _appeal, "decide_appeal": _decide_appeal, "allocate_recourse": _allocate, "report_remedy":
    lambda rnd, story: _live(rnd, story) | _maybe(rnd, 0.8, reference="TRACK1"),
    "confirm_payment": _payment, "confirm_deduction": _payment, "extend_deadline": _extend,
    "reclassify": _reclassify, "update_facts": _facts, "apply_enforcement": _enforce, "admit_evidence": _late,
    "request_evidence": _ask_for,
    "approve_request": lambda rnd, story: _remedy(rnd, story) if rnd.random() < 0.4 else {},
    "reject_request": lambda rnd, story: {"statement": "No", **_maybe(rnd, 0.2, evidence=_items(rnd))},
    "submit_evidence": lambda rnd, story: {"items": _items(rnd), "last": rnd.random() < 0.4},
    "decline_evidence": lambda rnd, story: _maybe(rnd, 0.3, type=rnd.choice(SOME_TYPES)),
    "post_message": lambda rnd, story: {"text": "Hello", "to": rnd.choice(["buyer", "seller", "all"])},
    "report_proceedings": lambda rnd, story: {"kind": "court", "reference": "C-1"},
    "record_proceedings_outcome": lambda rnd, story: {"resume": rnd.random() < 0.8},
    "ship_return": lambda rnd, story: {"carrier": "charlie", "tracking_number": "12345"},
    "receive_return": lambda rnd, story: {"condition": _condition(rnd)},
    "refuse_return": lambda rnd, story: {"condition": _condition(rnd), "statement": "Not mine"},
    "record_verification": lambda rnd, story: {"source": "laboratory", "result": "genuine"},
    "report_chargeback": lambda rnd, story: {"amount": _amount(rnd, story.case.paid - story.case.refunded),
                                             "reference": "CB"},
    "reverse_enforcement": lambda rnd, story: {"enforcement_id": _one(rnd, _measures(story), "x9"),
                                               "statement": "Wrong"},
    "redact_evidence": _cover,
    "place_legal_hold": lambda rnd, story: {"statement": "A suit is announced"},
    "lift_legal_hold": lambda rnd, story: {"statement": "It is over"},
    "erase_personal_data": lambda rnd, story: {"party": rnd.choice(["buyer", "seller", "all"]), "statement": "Asked"},
    "note_file": lambda rnd, story: noted(rnd, [x.file.id for x in story.case.evidence if x.file]),
    "lapse": lambda rnd, story: {"deadline_id": _one(rnd, [d.id for d in story.case.deadlines], "remedy.99")},
}  # fmt: skip
