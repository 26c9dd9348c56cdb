"""The people of a simulation: scripted buyers, sellers, carriers, adjudicators and the operator, by stated chances.

What each would do on an occasion is drawn once, from the seed, the order line and the occasion alone, so a simulation
does not depend on who is asked first. They send commands like anyone; what the law refuses is refused.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from amends.law import commands as k
from amends.law.actors import Actor
from amends.law.case import EVIDENCE_WINDOWS, MONEY_KINDS, Case, Deadline, Remedy, is_live
from amends.law.decision import recommend
from amends.law.evidence import counts, materials
from amends.law.policy import Policy

CHANCES: dict[str, dict[str, int]] = {
    "seller answers a request": {"approves": 34, "refuses": 38, "offers half": 8, "is silent": 20},
    "buyer regrets the request": {"withdraws": 4, "goes on": 96},
    "buyer answers an offer": {"accepts": 55, "declines": 25, "is silent": 20},
    "buyer disputes a refusal": {"disputes": 68, "gives up": 32},
    "buyer starts again after withdrawing": {"does": 15, "does not": 85},
    "buyer's evidence": {"all that is asked": 72, "one photo": 10, "nothing": 13, "withdraws": 5},
    "seller's evidence": {"all that is asked": 56, "has none and says so": 8, "nothing": 28, "offers half": 8},
    "carrier's evidence": {"all that is asked": 55, "has none and says so": 10, "nothing": 35},
    "seller replies to new material": {"does": 50, "does not": 50},
    "adjudicator asks for more": {"asks the buyer": 5, "asks the seller": 6, "does not": 89},
    "party asked for more": {"sends it": 65, "has none and says so": 10, "is silent": 25},
    "adjudicator decides": {"in time": 92, "late": 8},
    "adjudicator departs from the recommendation": {"does": 4, "does not": 96},
    "the claim, where the buyer sent evidence": {"proved": 60, "not_proved": 22, "not_shown": 18},
    "the claim, where the buyer sent none": {"proved": 5, "not_proved": 15, "not_shown": 80},
    "the seller's rebuttal, where it sent evidence": {"credible": 42, "insufficient": 58},
    "whose fault": {"seller": 50, "carrier": 25, "none": 18, "buyer": 7},
    "the listing deceived": {"yes": 14, "no": 86},
    "the fault is": {"major": 60, "minor": 40},
    "the goods can be returned": {"yes": 70, "no": 30},
    "delivered to the right address": {"yes": 35, "no": 65},
    "intact when handed over": {"yes": 50, "no": 50},
    "seller performs what it owes": {"in time": 80, "not": 20},
    "buyer sends the goods back": {"does": 88, "does not": 12},
    "seller inspects the return": {"accepts": 62, "refuses": 6, "is silent": 32},
    "seller appeals": {"does": 14, "does not": 86},
    "appeal is decided": {"stands": 72, "changed": 20, "sent_back": 8},
    "buyer disputes again": {"does": 20, "does not": 80},
    "recourse is borne by": {"as proposed": 75, "seller": 15, "platform": 10},
    "buyer goes to court": {"does": 2, "does not": 98},
    "outside proceedings end": {"back to the platform": 60, "decided there": 40},
    "buyer's bank takes the money back": {"does": 1, "does not": 99},
}
"""Every chance in percent; printed in the report."""

STAFF = ("Adi", "Bima", "Citra")
EARLIEST, LATEST = 0.05, 0.8
"""Within a window people act between these parts of it, so that rounding to a turn never makes them late."""

OPERATOR = Actor(role="operator", id="payments")


class Plan(msgspec.Struct, frozen=True):
    """What somebody will do at an instant, unless the case moves on before; `key` is its occasion, used once."""

    at: datetime
    key: str
    actor: Actor
    command: k.Command


class Dice:
    """Chance for one order line. The same seed, line and occasion always fall the same way."""

    def __init__(self, seed: int, line: str) -> None:
        self._root = f"{seed}|{line}"
        self.used: set[str] = set()

    def choose(self, occasion: str, key: str) -> str:
        """One of the occasion's choices, by its chances."""
        chances = CHANCES[occasion]
        return self._random(occasion, key).choices(list(chances), list(chances.values()))[0]

    def among(self, weights: dict[str, int], key: str) -> str:
        """One of several, by whole-number weights."""
        return self._random("among", key).choices(list(weights), list(weights.values()))[0]

    def within(self, start_at: datetime, due_at: datetime, key: str) -> datetime:
        """An instant inside a window."""
        part = self._random("when", key).uniform(EARLIEST, LATEST)
        return start_at + (due_at - start_at) * part

    def after(self, start_at: datetime, low_hours: int, high_hours: int, key: str) -> datetime:
        """An instant some hours later."""
        return start_at + timedelta(seconds=self._random("after", key).randint(low_hours * 3600, high_hours * 3600))

    def _random(self, what: str, key: str) -> random.Random:
        return random.Random(f"{self._root}|{what}|{key}")


def plans(case: Case, policy: Policy, dice: Dice) -> list[Plan]:
    """Everything anyone intends to do in a case as it stands, earliest first."""
    found = [*_by_stage(case, policy, dice), *_offers(case, dice), *_remedies(case, dice), *_return(case, dice),
             *_recourse(case, dice)]  # fmt: skip
    return sorted((plan for plan in found if plan.key not in dice.used), key=lambda plan: (plan.at, plan.key))


def _by_stage(case: Case, policy: Policy, dice: Dice) -> Iterator[Plan]:
    match case.stage:
        case "awaiting_seller":
            yield from _answer(case, dice)
        case "refused" | "withdrawn":
            yield from _dispute(case, dice)
        case "gathering_evidence":
            yield from _gather(case, policy, dice)
        case "under_review":
            yield from _review(case, policy, dice)
        case "decided":
            yield from _after(case, dice)
        case "under_appeal":
            yield from _appeal(case, dice)
        case "suspended":
            began = case.proceedings[-1].started_at
            resume = dice.choose("outside proceedings end", "outcome") == "back to the platform"
            command = k.RecordProceedingsOutcome(resume=resume, outcome="The court has spoken")
            yield Plan(dice.after(began, 200, 900, "court"), f"outcome.{len(case.proceedings)}", OPERATOR, command)


def _answer(case: Case, dice: Dice) -> Iterator[Plan]:
    for deadline in case.open_deadlines("seller_answer"):
        key, seller = deadline.id, _seller(case)
        if dice.choose("buyer regrets the request", key) == "withdraws":
            yield Plan(_within(dice, deadline, "regret"), f"regret.{key}", _buyer(case), k.Withdraw())
        at = _within(dice, deadline, "answer")
        match dice.choose("seller answers a request", key):
            case "approves":
                yield Plan(at, key, seller, k.ApproveRequest())
            case "refuses":
                yield Plan(at, key, seller, k.RejectRequest(statement="The item left us in good order"))
            case "offers half":
                yield Plan(at, key, seller, _half(case))


def _dispute(case: Case, dice: Dice) -> Iterator[Plan]:
    occasion = "buyer disputes a refusal" if case.stage == "refused" else "buyer starts again after withdrawing"
    for deadline in case.open_deadlines("open_dispute", "further_dispute"):
        if dice.choose(occasion, deadline.id) in ("disputes", "does"):
            at = _within(dice, deadline, "dispute")
            yield Plan(at, deadline.id, _buyer(case), k.OpenDispute(statement="The seller will not help"))
    if case.stage == "refused":
        yield from _chargeback(case, dice)


def _chargeback(case: Case, dice: Dice) -> Iterator[Plan]:
    start = case.updated_at
    if start and case.refundable and dice.choose("buyer's bank takes the money back", "bank") == "does":
        command = k.ReportChargeback(amount=case.refundable, reference="CB-1")
        yield Plan(dice.after(start, 12, 60, "bank"), "bank", OPERATOR, command)


def _gather(case: Case, policy: Policy, dice: Dice) -> Iterator[Plan]:
    dispute = case.disputes[-1]
    if dice.choose("buyer goes to court", "court") == "does":
        command = k.ReportProceedings(kind="court", reference="No. 12/2026")
        yield Plan(dice.after(dispute.opened_at, 4, 20, "court"), "court", _buyer(case), command)
    for deadline in case.open_deadlines(*EVIDENCE_WINDOWS, "reply"):
        if plan := _evidence(case, policy, dice, deadline):
            yield plan


def _evidence(case: Case, policy: Policy, dice: Dice, deadline: Deadline) -> Plan | None:
    party, key, at = deadline.party, deadline.id, _within(dice, deadline, "evidence")
    actor = _party(case, party)
    occasion = "seller replies to new material" if deadline.kind == "reply" else f"{party}'s evidence"
    match dice.choose(occasion, key):
        case "all that is asked":
            return Plan(at, key, actor, k.SubmitEvidence(items=_asked(case, party, policy), last=True))
        case "does":
            return Plan(at, key, actor, k.SubmitEvidence(items=(_item("conversation"),), last=True))
        case "one photo":
            return Plan(at, key, actor, k.SubmitEvidence(items=(_item("photo_of_item"),)))
        case "has none and says so":
            return Plan(at, key, actor, k.DeclineEvidence())
        case "withdraws":
            return Plan(at, key, actor, k.Withdraw())
        case "offers half":
            return Plan(at, key, actor, _half(case))
    return None


def _asked(case: Case, party: str, policy: Policy) -> tuple[k.Item, ...]:
    """One item for each line of the party's checklist; a photo or a statement where nothing is listed."""
    asked = [item for item, _ in materials(case, party, policy)]  # type: ignore[arg-type]  # a deadline's party
    types = dict.fromkeys(item.types[0] for item in asked if item.required) or dict.fromkeys(
        item.types[0] for item in asked[:1]
    )
    return tuple(_item(kind) for kind in types) or (_item("conversation"),)


def _item(kind: k.EvidenceType) -> k.Item:
    return k.Item(type=kind, text=f"{kind.replace('_', ' ').capitalize()}, as sent in this simulation")


def _review(case: Case, policy: Policy, dice: Dice) -> Iterator[Plan]:
    waiting = [request.id for request in case.evidence_requests if request.status == "open"]
    for request_id in waiting:
        yield from _more(case, dice, request_id)
    for deadline in case.open_deadlines("reply"):
        if plan := _evidence(case, policy, dice, deadline):
            yield plan
    if not waiting and not case.open_deadlines("reply"):
        yield from _desk(case, policy, dice)


def _desk(case: Case, policy: Policy, dice: Dice) -> Iterator[Plan]:
    """The adjudicator takes the case, perhaps asks for more, and decides."""
    who = _adjudicator(case, dice)
    alarm = next((d for d in reversed(case.deadlines) if d.kind == "decision"), None)
    start = alarm.derivation.start_at if alarm else case.updated_at
    assert start is not None, "a case under review has had an event"
    key = f"{case.round}.{len(case.decisions)}"
    if f"claim.{key}" not in dice.used:
        yield Plan(start, f"claim.{key}", who, k.Claim())
        return
    asks = dice.choose("adjudicator asks for more", key)
    if asks != "does not" and f"ask.{key}" not in dice.used:
        party: k.PartyName = "buyer" if asks == "asks the buyer" else "seller"
        command = k.RequestEvidence(party=party, types=("photo_of_packing",), statement="Please show the packing")
        yield Plan(dice.after(start, 1, 6, f"ask.{key}"), f"ask.{key}", who, command)
        return
    late = dice.choose("adjudicator decides", key) == "late"
    at = dice.after(start, 30, 60, f"late.{key}") if late else dice.after(start, 4, 18, f"decide.{key}")
    if decision := _decision(case, policy, dice, key):
        yield Plan(at, f"decide.{key}.{case.revision}", who, decision)


def _more(case: Case, dice: Dice, request_id: str) -> Iterator[Plan]:
    for deadline in case.open_deadlines("requested_evidence"):
        if deadline.subject != request_id:
            continue
        request = next(q for q in case.evidence_requests if q.id == request_id)
        actor, at = _party(case, request.party), _within(dice, deadline, "more")
        match dice.choose("party asked for more", deadline.id):
            case "sends it":
                yield Plan(at, deadline.id, actor, k.SubmitEvidence(items=(_item(request.types[0]),)))
            case "has none and says so":
                yield Plan(at, deadline.id, actor, k.DeclineEvidence(type=request.types[0]))


def _decision(case: Case, policy: Policy, dice: Dice, key: str) -> k.Decide | None:
    findings = _findings(case, dice, key)
    advice = recommend(case, findings, policy)
    if advice.outcome is None:
        return None
    weighed = tuple(
        k.Weighing(x.id, "relied_on") if counts(x) else k.Weighing(x.id, "not_considered", "it came late")
        for x in case.evidence
    )
    rationale = f"On the evidence the claim is {str(findings.claim).replace('_', ' ')}."
    departs = dice.choose("adjudicator departs from the recommendation", key) == "does"
    if departs and advice.outcome == "buyer_favour" and case.refundable > 1:
        half = k.OrderedRemedy("partial_refund", case.refundable // 2)
        return k.Decide(findings=findings, rationale=rationale, evidence=weighed, outcome="split", remedies=(half,),
                        departure="Both sides contributed to the harm")  # fmt: skip
    return k.Decide(findings=findings, rationale=rationale, evidence=weighed)


def _findings(case: Case, dice: Dice, key: str) -> k.Findings:
    sent = {x.party for x in case.evidence if counts(x)}
    claim = "the claim, where the buyer sent evidence" if "buyer" in sent else "the claim, where the buyer sent none"
    rebuttal = "none"
    if "seller" in sent:
        rebuttal = dice.choose("the seller's rebuttal, where it sent evidence", key)

    def found(occasion: str) -> bool:
        return dice.choose(occasion, key) == "yes"

    return msgspec.convert(
        {
            "claim": dice.choose(claim, key), "rebuttal": rebuttal, "fault": dice.choose("whose fault", key),
            "severity": dice.choose("the fault is", key), "deceptive": found("the listing deceived"),
            "returnable": found("the goods can be returned"),
            "delivered_to_right_address": found("delivered to the right address"),
            "intact_at_handover": found("intact when handed over"),
        },
        k.Findings,
    )  # fmt: skip


def _after(case: Case, dice: Dice) -> Iterator[Plan]:
    for deadline in case.open_deadlines("appeal"):
        if dice.choose("seller appeals", deadline.id) == "does":
            command = k.Appeal(grounds="new_evidence", statement="We found the test report",
                               evidence=(_item("test_report"),))  # fmt: skip
            yield Plan(_within(dice, deadline, "appeal"), deadline.id, _seller(case), command)
    for deadline in case.open_deadlines("further_dispute"):
        if dice.choose("buyer disputes again", deadline.id) == "does":
            command_ = k.OpenDispute(statement="I have more to show", evidence=(_item("video_of_item"),))
            yield Plan(_within(dice, deadline, "again"), deadline.id, _buyer(case), command_)


def _appeal(case: Case, dice: Dice) -> Iterator[Plan]:
    appeal = case.appeals[-1]
    first = case.decision.adjudicator if case.decision else None
    who = next(Actor("adjudicator", name) for name in STAFF if name != first)
    replies = [d.due_at for d in case.open_deadlines("reply") if d.party == "buyer"]
    start = max([appeal.at, *replies])
    key = f"appeal.{appeal.number}.{case.revision}"
    result = dice.choose("appeal is decided", f"appeal.{appeal.number}")
    command = k.DecideAppeal(result=result, rationale="Looked at again by another person")  # type: ignore[arg-type]  # the choices are results
    yield Plan(dice.after(start, 10, 120, f"appeal.{appeal.number}"), key, who, command)


def _offers(case: Case, dice: Dice) -> Iterator[Plan]:
    for deadline in case.open_deadlines("settlement_offer"):
        if deadline.party != "buyer" or deadline.subject is None:
            continue
        at = _within(dice, deadline, "offer")
        match dice.choose("buyer answers an offer", deadline.id):
            case "accepts":
                yield Plan(at, deadline.id, _buyer(case), k.AcceptSettlement(offer_id=deadline.subject))
            case "declines":
                yield Plan(at, deadline.id, _buyer(case), k.DeclineSettlement(offer_id=deadline.subject))


def _remedies(case: Case, dice: Dice) -> Iterator[Plan]:
    if case.stage == "suspended":
        return
    for remedy in case.remedies:
        if is_live(remedy) and remedy.awaits is None and remedy.owner != "buyer":
            yield from _perform(case, dice, remedy)


def _perform(case: Case, dice: Dice, remedy: Remedy) -> Iterator[Plan]:
    clock = next((d for d in reversed(case.deadlines) if d.kind == "remedy" and d.subject == remedy.id), None)
    key, reference = f"perform.{remedy.id}", f"REF-{remedy.id}"
    paid = remedy.kind in MONEY_KINDS or remedy.kind == "reimburse_seller"
    if remedy.status == "overdue" or clock is None or clock.state != "open":
        since = clock.due_at if clock else case.updated_at
        assert since is not None, "a remedy was ordered by an event"
        if paid and remedy.owner == "seller" and remedy.status == "overdue":
            command: k.Command = k.ConfirmDeduction(remedy_id=remedy.id, reference=reference)
            yield Plan(dice.after(since, 2, 30, key), f"{key}.deduct", OPERATOR, command)
        elif paid:
            command = k.ConfirmPayment(remedy_id=remedy.id, reference=reference)
            yield Plan(dice.after(since, 2, 30, key), f"{key}.late", OPERATOR, command)
        else:
            command = k.ReportRemedy(remedy_id=remedy.id, reference=reference)
            yield Plan(dice.after(since, 4, 70, key), f"{key}.late", _seller(case), command)
        return
    if remedy.owner == "seller" and dice.choose("seller performs what it owes", key) == "not":
        return
    at = _within(dice, clock, key)
    if paid:
        yield Plan(at, key, OPERATOR, k.ConfirmPayment(remedy_id=remedy.id, reference=reference))
    else:
        yield Plan(at, key, _seller(case), k.ReportRemedy(remedy_id=remedy.id, reference=reference))


def _return(case: Case, dice: Dice) -> Iterator[Plan]:
    for deadline in case.open_deadlines("return_shipment", "return_inspection"):
        at = _within(dice, deadline, "return")
        if deadline.kind == "return_shipment":
            if dice.choose("buyer sends the goods back", deadline.id) == "does":
                command = k.ShipReturn(carrier="FastShip", tracking_number="RT-0001")
                yield Plan(at, deadline.id, _buyer(case), command)
            continue
        match dice.choose("seller inspects the return", deadline.id):
            case "accepts":
                yield Plan(at, deadline.id, _seller(case), k.ReceiveReturn(condition="as_expected"))
            case "refuses":
                refused = k.RefuseReturn(condition="damaged", statement="It came back scratched")
                yield Plan(at, deadline.id, _seller(case), refused)


def _recourse(case: Case, dice: Dice) -> Iterator[Plan]:
    if case.recourse is None or case.recourse.status != "pending":
        return
    for deadline in case.open_deadlines("carrier_evidence"):
        at, carrier = _within(dice, deadline, "heard"), _party(case, "carrier")
        if case.stage not in ("gathering_evidence", "under_review"):
            match dice.choose("carrier's evidence", deadline.id):
                case "has none and says so":
                    yield Plan(at, deadline.id, carrier, k.DeclineEvidence())
                case "all that is asked":
                    command = k.SubmitEvidence(items=(_item("carrier_statement"),), last=True)
                    yield Plan(at, deadline.id, carrier, command)
    alarm = next((d for d in reversed(case.deadlines) if d.kind == "recourse"), None)
    if alarm is not None:
        chosen = dice.choose("recourse is borne by", alarm.id)
        bearer = case.recourse.proposed if chosen == "as proposed" else chosen
        command_ = k.AllocateRecourse(bearer=bearer, rationale="On what the carrier and the seller showed")  # type: ignore[arg-type]  # bearers
        yield Plan(_within(dice, alarm, "allocate"), f"{alarm.id}.{case.revision}", _adjudicator(case, dice), command_)


def _half(case: Case) -> k.OfferSettlement:
    return k.OfferSettlement(remedy="partial_refund", amount=max(1, case.refundable // 2), statement="Half of it back?")


def _within(dice: Dice, deadline: Deadline, what: str) -> datetime:
    start = deadline.derivation.start_at
    return dice.within(min(start, deadline.due_at), deadline.due_at, f"{what}.{deadline.id}")


def _buyer(case: Case) -> Actor:
    return Actor("buyer", case.order.buyer.id)


def _seller(case: Case) -> Actor:
    return Actor("seller", case.order.seller.id)


def _party(case: Case, party: str) -> Actor:
    if party == "carrier":
        return Actor("carrier", case.order.fulfilment.carrier or "carrier")
    return _seller(case) if party == "seller" else _buyer(case)


def _adjudicator(case: Case, dice: Dice) -> Actor:
    """Who works on the case; not the one whose decision was sent back."""
    before = [decision.adjudicator for decision in case.decisions]
    return Actor("adjudicator", dice.among({name: 1 for name in STAFF if name not in before} or {STAFF[0]: 1}, "desk"))
