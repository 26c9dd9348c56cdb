"""Chapter 4, the decision: findings through the tables to a recommendation, and the adjudicator's reasoned act.

Every row considered is traced; departing from the recommendation needs a reason. On the seller's silence a decision for
the buyer is automatic only where the buyer's required material is there (A5).
Clauses: US-25, 32 … 35, 45, 49, 65, 79, 91 … 93, 95, 96, 99, 101, 102, 105, 106, 111 … 115; ID-15 … ID-18.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.case import (
    MONEY_KINDS,
    Case,
    Deadline,
    DeadlineKind,
    Decision,
    Recourse,
    Remedy,
    ReturnLeg,
    claimed,
    is_live,
    return_refused_since,
    returning,
    under,
)
from amends.law.deadlines import renewal_window, starting
from amends.law.evidence import counts, seller_silent
from amends.law.files import file_is_clean, usable
from amends.law.policy import Burden, Policy, Remedies, Risk
from amends.law.recourse import make_whole
from amends.law.refusal import Refused
from amends.law.remedy import Wish, order, wishes
from amends.law.returns import risk_row
from amends.law.rule import Moment, Result, ending, ending_all, unique
from amends.law.table import Considered, Row, Value

PAID_KINDS = MONEY_KINDS | {"reimburse_seller"}
STATUTORY = {
    "en": "Decided on the buyer's material alone: the seller sent none in its time, and what the policy asks of the "
    "buyer for this scenario is there.",
    "id": "Diputus hanya berdasarkan bukti pembeli: penjual tidak mengirim bukti pada waktunya, dan bukti yang "
    "diwajibkan dari pembeli sudah lengkap.",
}


class Recommendation(msgspec.Struct, frozen=True):
    """What the policy recommends for findings. `needed` lists findings still missing (then `outcome` is None).

    `burden` is who had to prove; `pays` makes the buyer whole first, `bearer` bears the cost in the end.
    """

    outcome: k.Outcome | None
    fault: k.Fault
    needed: tuple[str, ...]
    trace: tuple[Considered, ...]
    remedies: tuple[Wish, ...]
    return_risk: Risk | None
    pays: str
    bearer: str
    clauses: tuple[str, ...]
    burden: str | None = None


class Ruling(msgspec.Struct, frozen=True):
    """What is to be decided, after all checks: the last step before the event."""

    outcome: k.Outcome
    basis: str
    by: str
    findings: k.Findings
    fault: k.Fault
    clauses: tuple[str, ...]
    rationale: str
    evidence: tuple[k.Weighing, ...]
    wishes: tuple[Wish, ...]
    trace: tuple[Considered, ...]
    recommended: k.Outcome
    departure: str | None = None


def values_of(case: Case, findings: k.Findings) -> dict[str, Value | None]:
    """The case's facts and the findings as the tables' columns."""
    found: dict[str, Value | None] = {name: getattr(findings, name) for name in findings.__struct_fields__}
    found["severity"] = findings.severity or case.severity
    found["deceptive"] = case.deceptive if findings.deceptive is None else findings.deceptive
    return found | {"scenario": case.scenario, "fulfilment": case.order.fulfilment.mode}


def recommend(case: Case, findings: k.Findings, policy: Policy) -> Recommendation:
    """Findings → recommended outcome, remedies, who pays and bears, return risk, with every row considered."""
    values = values_of(case, findings)
    verdict = policy.decision.decide(values)
    if verdict.row is None:
        return Recommendation(None, "none", verdict.needed, verdict.trace, (), None, "seller", "seller", ())
    outcome = verdict.row.then.outcome
    fault = findings.fault or verdict.row.then.fault or ("seller" if outcome == "buyer_favour" else "none")
    remedied = policy.remedies.decide(values | {"outcome": outcome, "wanted": case.wanted})
    if remedied.row is None:
        return Recommendation(None, fault, remedied.needed, verdict.trace + remedied.trace, (), None, "seller",
                              "seller", verdict.row.clauses)  # fmt: skip
    asked = _wished(case, remedied.row)
    risk = None
    clauses = verdict.row.clauses + remedied.row.clauses
    if any(w.kind == "refund_after_return" for w in asked):
        row = risk_row(case, policy, findings)
        risk, clauses = row.then, clauses + row.clauses
    bearer = policy.recourse.decide(values | {"fault": fault})
    if bearer.needed and asked:
        return Recommendation(None, fault, bearer.needed, verdict.trace + remedied.trace, (), None, "seller",
                              "seller", verdict.row.clauses)  # fmt: skip
    pays, bears = (bearer.row.then.pays, bearer.row.then.bearer) if bearer.row else ("seller", "seller")
    clauses += bearer.row.clauses if bearer.row and asked else ()
    proof = burden(policy, case.scenario)
    clauses = unique(clauses + proof.clauses)
    trace = verdict.trace + remedied.trace
    return Recommendation(outcome, fault, (), trace, asked, risk, pays, bears, clauses, proof.bears)


def _wished(case: Case, row: Row[Remedies]) -> tuple[Wish, ...]:
    """The row's remedies; a partial refund is what was asked, as far as that is still left, or nothing."""
    left = min(case.asked_amount, case.refundable) if case.asked_amount else None
    asked = wishes(row.then.order, row.clauses, left)
    return asked if left != 0 else tuple(w for w in asked if w.kind != "partial_refund")


def burden(policy: Policy, scenario: str | None) -> Burden:
    """Who must prove what in a scenario, and so who loses when neither did (A11)."""
    return next(b for b in policy.pack.burden if scenario in b.scenarios)


def decide(m: Moment, command: k.Decide) -> Result:
    """The adjudicator decides on findings, says what each piece was worth and why, and cites the clauses."""
    if refused := _checked(m, command.rationale, command.evidence):
        return refused
    advice = recommend(m.case, command.findings, m.policy)
    if advice.needed:
        return Refused("missing_findings", decision_clauses(m.policy), {"what": ", ".join(advice.needed)})
    ruling = _ruling(m, command, advice)
    if isinstance(ruling, Refused):
        return ruling
    return (issue(m, ruling),)


def _checked(m: Moment, rationale: str, weighings: Sequence[k.Weighing]) -> Refused | None:
    """A reason both sides can read, and a fair account of the evidence."""
    clauses = decision_clauses(m.policy)
    if not rationale.strip():
        return Refused("missing_rationale", clauses, {"what": "rationale"})
    items = {item.id: item for item in m.case.evidence}
    for weighing in weighings:
        item = items.get(weighing.id)
        if item is None:
            return Refused("unknown_reference", (), {"what": f"evidence {weighing.id}"})
        if weighing.weight == "relied_on" and not counts(item):
            return Refused("window_closed", clauses, {"until": f"{weighing.id} came late; admit it first"})
        if weighing.weight == "relied_on" and not usable(item):
            return Refused("missing_evidence", clauses, {"what": f"{weighing.id}, whose file is not here"})
        if weighing.weight == "not_considered" and not weighing.why:
            return Refused("missing_rationale", clauses, {"what": f"why {weighing.id} was not considered"})
    return None


def decision_clauses(policy: Policy) -> tuple[str, ...]:
    """Where it is written that and how the platform decides."""
    return policy.pack.rule_clauses.get("decision.decide", policy.windows.decision.clauses)


def _ruling(m: Moment, command: k.Decide, advice: Recommendation) -> Ruling | Refused:
    assert advice.outcome is not None, "nothing needed means an outcome"
    outcome = command.outcome or advice.outcome
    asked = advice.remedies
    if command.remedies is not None:
        asked = tuple(Wish(r.kind, advice.clauses, None, r.amount) for r in command.remedies)
    elif outcome != advice.outcome:
        found = remedies_for(m, outcome, command.findings)
        if isinstance(found, Refused):
            return found
        asked = found
    if refused := check_amounts(m, asked):
        return refused
    departs = outcome != advice.outcome or _differ(asked, advice.remedies)
    if departs and not (command.departure or "").strip():
        return Refused("missing_departure_reason", advice.clauses, {"recommended": _said(advice)})
    basis = "seller_silent" if seller_silent(m.case) else "evidence"
    if outcome == "seller_favour" and not any(x.party == "buyer" and counts(x) and usable(x) for x in m.case.evidence):
        basis = "buyer_silent"
    return Ruling(outcome, basis, "person", command.findings, advice.fault if not departs else _fault(command, outcome),
                  unique(advice.clauses + decision_clauses(m.policy)), command.rationale, command.evidence, asked,
                  advice.trace, advice.outcome, command.departure)  # fmt: skip


def _fault(command: k.Decide, outcome: str) -> k.Fault:
    return command.findings.fault or ("none" if outcome == "seller_favour" else "seller")


def remedies_for(m: Moment, outcome: str, findings: k.Findings) -> tuple[Wish, ...] | Refused:
    """The remedies of an outcome the adjudicator departs to, or the findings its table still needs."""
    values = values_of(m.case, findings) | {"outcome": outcome, "wanted": m.case.wanted}
    verdict = m.policy.remedies.decide(values)
    if verdict.row is None:
        return Refused("missing_findings", decision_clauses(m.policy), {"what": ", ".join(verdict.needed)})
    return _wished(m.case, verdict.row)


def _differ(asked: Sequence[Wish], advised: Sequence[Wish]) -> bool:
    return [(w.kind, w.amount) for w in asked] != [(w.kind, w.amount) for w in advised]


def _said(advice: Recommendation) -> str:
    kinds = " + ".join(w.kind for w in advice.remedies) or "no remedy"
    return f"{advice.outcome}, {kinds}"


def check_amounts(m: Moment, asked: Sequence[Wish]) -> Refused | None:
    """Money ordered never exceeds what may still be refunded; a partial refund says how much."""
    for wish in asked:
        if wish.kind in ("partial_refund", "reimburse_seller") and wish.amount is None:
            return Refused("amount_invalid", wish.clauses, {"what": f"{wish.kind} needs an amount"})
        if wish.amount is not None and wish.kind not in PAID_KINDS:
            return Refused("amount_invalid", wish.clauses, {"what": f"{wish.kind} has no amount"})
    kinds = {w.kind for w in asked}
    if "return_label" in kinds and "refund_after_return" not in kinds:
        return Refused("amount_invalid", (), {"what": "a return_label goes with a refund_after_return"})
    if [w.kind for w in asked].count("refund_after_return") + returning(m.case) * ("refund_after_return" in kinds) > 1:
        return Refused("amount_invalid", (), {"what": "one return at a time: goods come back once"})
    most = min(claimed(m.case, m.case.requests[-1].quantity), m.case.refundable)
    if sum(w.amount or 0 for w in asked if w.kind in MONEY_KINDS) > most:
        return Refused("amount_too_large", (), {"most": str(most)})
    given = sum(w.amount or 0 for w in asked if w.kind == "reimburse_seller")
    if given > (back := _seller_is_out(m.case)):
        return Refused("amount_too_large", (), {"most": str(back)})
    return None


def _seller_is_out(case: Case) -> int:
    """What the seller paid and has not been promised back, minor units."""
    paid = sum(r.amount or 0 for r in case.remedies
               if r.kind in MONEY_KINDS and r.owner == "seller" and r.status in ("fulfilled", "deducted"))  # fmt: skip
    back = sum(r.amount or 0 for r in case.remedies if r.kind == "reimburse_seller" and r.status != "waived")
    return max(0, paid - back)


def issue(m: Moment, ruling: Ruling) -> e.Decided:
    """The decision as an event: remedies with clocks, return leg, recourse, appeal and further-dispute windows."""
    number = len(m.case.decisions) + 1
    remedies, starts, leg, recourse = order_for(m, ruling, number)
    if m.case.decision and m.case.decision.overturned and ruling.outcome == "seller_favour":
        whole, more = seller_whole(m, m.case.decision, after=remedies, starts=starts)
        remedies, starts = remedies + whole, starts + more
    appeal = _appeal_window(m, ruling.outcome)
    further = further_window(m, ruling.outcome)
    windows = tuple(d for d in (appeal, further) if d is not None)
    decision = Decision(
        number, m.case.round, m.at, ruling.outcome, ruling.basis, ruling.by,  # type: ignore[arg-type]  # literals
        m.actor.id if ruling.by == "person" else None, ruling.findings, ruling.fault, ruling.clauses,
        ruling.rationale, ruling.evidence, tuple(r.id for r in remedies), ruling.trace, ruling.recommended,
        ruling.departure, leg.risk if leg else None, appeal.due_at if appeal else None,
    )  # fmt: skip
    kept: list[DeadlineKind] = ["remedy", "return_shipment", "return_inspection", "recourse"]
    if recourse is not None and recourse.status == "pending":
        kept.append("carrier_evidence")
    return e.Decided(at=m.at, actor=m.actor, clauses=ruling.clauses, starts=starts + windows,
                     ends=ending_all(m.case, *kept), decision=decision,
                     remedies=remedies, return_leg=leg, recourse=recourse)  # fmt: skip


def order_for(
    m: Moment, ruling: Ruling, number: int
) -> tuple[tuple[Remedy, ...], tuple[Deadline, ...], ReturnLeg | None, Recourse | None]:
    """The ruling's remedies; a refused return that the buyer loses must be shipped back to the buyer (G5)."""
    asked = _with_goods_back(m, ruling.outcome, ruling.wishes)
    found = replace(m, case=_with_findings(m.case, ruling.findings))
    most = claimed(m.case, m.case.requests[-1].quantity)
    ordered = order(found, asked, most, f"decision {number}", fault=ruling.fault,
                    intact=ruling.findings.intact_at_handover)  # fmt: skip
    return ordered.remedies, ordered.starts, ordered.return_leg, ordered.recourse


def _with_goods_back(m: Moment, outcome: str, asked: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """Goods the seller refused go back to a buyer who loses."""
    refused_goods = m.case.return_leg is not None and m.case.return_leg.state == "refused"
    if outcome != "seller_favour" or not refused_goods or asked:
        return asked
    return (Wish("ship_back_to_buyer", m.policy.windows.ship_back.clauses, "seller"),)


def _with_findings(case: Case, findings: k.Findings) -> Case:
    deceptive = case.deceptive if findings.deceptive is None else findings.deceptive
    return replace(case, severity=findings.severity or case.severity, deceptive=deceptive)


def seller_whole(
    m: Moment, lifted: Decision, *, after: tuple[Remedy, ...], starts: tuple[Deadline, ...], still_due: int = 0
) -> tuple[tuple[Remedy, ...], tuple[Deadline, ...]]:
    """What the seller paid under a decision that was lifted comes back from the platform, less what is `still_due`."""
    back = paid_under(m.case, lifted, "seller") - still_due
    if back <= 0:
        return (), ()
    clauses = m.policy.pack.appeals.success_pays.clauses
    return make_whole(m, back, clauses, f"appeal of decision {lifted.number}", have=len(after),
                      clocks=sum(1 for d in starts if d.kind == "remedy"))  # fmt: skip


def paid_under(case: Case, decision: Decision, owner: str | None = None) -> int:
    """The money already paid under a decision (by one owner, when given), minor units."""
    return sum(
        r.amount or 0
        for r in under(case, decision)
        if r.kind in MONEY_KINDS and r.status in ("fulfilled", "deducted") and owner in (None, r.owner)
    )


def _appeal_window(m: Moment, outcome: str) -> Deadline | None:
    """The seller may appeal any decision that is not wholly its own (US-109)."""
    if outcome == "seller_favour":
        return None
    return starting(m, "appeal", "seller", m.policy.windows.appeal, "decision_stands", event="notice")


def further_window(m: Moment, outcome: str) -> Deadline | None:
    """The buyer may dispute again a decision that is not wholly its own, while one is left (US-63, A24)."""
    if m.case.round >= m.policy.limits.disputes_per_line.value:
        return None
    if outcome == "buyer_favour" and not return_refused_since(m.case):
        return None
    return renewal_window(m, "further_dispute", m.policy.windows.further_dispute, "no_further_dispute")


def default(m: Moment) -> e.Decided:
    """The seller was silent and the buyer's required material is there: decided for the buyer, by rule. [US-45, 114]"""
    mode = m.case.order.fulfilment.mode
    fault: k.Fault = "seller" if mode == "ship_by_seller" or m.case.scenario not in _CARRIED else "carrier"
    findings = k.Findings(claim="proved", rebuttal="none", fault=fault, returnable=False)
    found = replace(findings, delivered_to_right_address=False) if m.case.scenario == "lost" else findings
    advice = recommend(m.case, found, m.policy)
    clauses = unique(m.policy.pack.silence.decide_on_buyer_material.clauses + advice.clauses)
    if not (asked := advice.remedies):
        fallback = remedies_for(m, "buyer_favour", found)
        asked = () if isinstance(fallback, Refused) else fallback
    relied = (x for x in m.case.evidence if x.party == "buyer" and counts(x) and file_is_clean(x))
    weighed = tuple(k.Weighing(x.id, "relied_on") for x in relied)
    ruling = Ruling("buyer_favour", "seller_silent", "automatic", found, fault, clauses, STATUTORY[_locale(m)],
                    weighed, asked, advice.trace, advice.outcome or "buyer_favour")  # fmt: skip
    return issue(m, ruling)


_CARRIED = frozenset({"delayed", "lost", "damaged"})


def _locale(m: Moment) -> str:
    return m.policy.pack.locale


def correct(m: Moment, command: k.CorrectDecision) -> Result:
    """A slip of typing or arithmetic, or an omission, is put right without a new decision."""
    decision = m.case.decision
    assert decision is not None, "ready() saw a decision"
    if command.remedies is None and command.rationale is None:
        return Refused("nothing_new", decision.clauses, {"what": "corrected remedies or a corrected rationale"})
    if command.remedies is not None and command.kind == "typing":
        return Refused("amount_invalid", decision.clauses, {"what": "a typing slip changes words, not remedies"})
    if command.remedies is None:
        return (e.DecisionCorrected(at=m.at, actor=m.actor, clauses=decision.clauses, number=decision.number,
                                    kind=command.kind, statement=command.statement,
                                    rationale=command.rationale),)  # fmt: skip
    return _reordered(m, command, decision)


def _reordered(m: Moment, command: k.CorrectDecision, decision: Decision) -> Result:
    ordered_before = under(m.case, decision)
    live = {r.id for r in ordered_before if is_live(r)}
    if any(r.id not in live for r in ordered_before if r.status != "waived"):
        return Refused("remedy_done", decision.clauses, {"status": "fulfilled"})
    remedies = tuple(replace(r, status="waived") if r.id in live else r for r in m.case.remedies)
    before = replace(m, case=replace(m.case, remedies=remedies))
    asked = tuple(Wish(r.kind, decision.clauses, None, r.amount) for r in command.remedies or ())
    if refused := check_amounts(before, asked):
        return refused
    asked = _with_goods_back(before, decision.outcome, asked)
    most = claimed(m.case, m.case.requests[-1].quantity)
    ordered = order(before, asked, most, f"decision {decision.number}", fault=decision.fault)  # fmt: skip
    ends = tuple(d for r in live for d in ending(m.case, "remedy", "return_shipment", "return_inspection", subject=r))
    return (e.DecisionCorrected(at=m.at, actor=m.actor, clauses=decision.clauses, starts=ordered.starts, ends=ends,
                                number=decision.number, kind=command.kind, statement=command.statement,
                                rationale=command.rationale, remedies=ordered.remedies,
                                return_leg=ordered.return_leg, recourse=ordered.recourse,
                                waived=tuple(sorted(live))),)  # fmt: skip
