"""The return leg: goods on their way back, who bears breakage, damage and loss, and what inspection leads to.

BREAKAGE: goods arrive broken or not working. DAMAGE: worse than sent, short of that. LOSS: they never arrive (A18).
Clauses: US-55, 57 … 60, 117, 118; ID-24 … ID-27; readings A18, G5.
"""

from amends.law import commands as k
from amends.law import events as e
from amends.law.actors import Bearer
from amends.law.case import Case, Deadline, Ended, ReturnLeg, is_live
from amends.law.deadlines import dispute_window, starting
from amends.law.evidence import collect
from amends.law.policy import Policy, Risk
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, ending, unique
from amends.law.table import Row

NO_FINDINGS = k.Findings()


def risk_row(case: Case, policy: Policy, findings: k.Findings = NO_FINDINGS) -> Row[Risk]:
    """Who bears each return risk, by the matrix. Deception must be found; a fault counts as major unless minor."""
    deceptive = findings.deceptive if findings.deceptive is not None else bool(case.deceptive)
    severity = findings.severity or case.severity or "major"
    row = policy.return_risk.decide({"scenario": case.scenario or "inconsistent", "deceptive": deceptive,
                                     "severity": severity}).row  # fmt: skip
    assert row is not None, "the return-risk matrix has no gap"
    return row


def new_leg(m: Moment, remedy_id: str, findings: k.Findings = NO_FINDINGS) -> ReturnLeg:
    """A return that is now to be shipped."""
    row = risk_row(m.case, m.policy, findings)
    return ReturnLeg("awaiting_shipment", remedy_id, row.then, row.clauses)


def ship(m: Moment, command: k.ShipReturn) -> Result:
    """The buyer uploads tracking: from here the matrix says who bears what. [ID-24 … ID-27, A18]"""
    assert m.case.return_leg is not None, "ready() saw a leg"
    inspection = starting(m, "return_inspection", "seller", m.policy.windows.return_inspection, "accept_return",
                          event="return_shipped", subject=m.case.return_leg.remedy_id)  # fmt: skip
    labels = [d for r in m.case.remedies if r.kind == "return_label" for d in ending(m.case, "remedy", subject=r.id)]
    clauses = unique(m.policy.pack.returns.risk_passes_on_tracking.clauses + m.case.return_leg.clauses)
    return (e.ReturnShipped(at=m.at, actor=m.actor, clauses=clauses, starts=(inspection,),
                            ends=(*ending(m.case, "return_shipment"), *labels),
                            carrier=command.carrier, tracking_number=command.tracking_number),)  # fmt: skip


def receive(m: Moment, command: k.ReceiveReturn) -> Result:
    """The seller accepts the goods in the condition they came; what the buyer bore is taken off nothing here."""
    return (_accepted(m, command.condition, ending(m.case, "return_inspection"), by_silence=False),)


def refuse(m: Moment, command: k.RefuseReturn) -> Result:
    """The seller refuses the goods: the refund that waited is off and the buyer may dispute that. [A2, G5]"""
    if command.condition == "as_expected":
        return Refused("nothing_new", m.policy.windows.return_inspection.clauses,
                       {"what": "a refusal says what is wrong with the goods"})  # fmt: skip
    items = collect(m, command.evidence)
    if isinstance(items, Refused):
        return items
    window = _forum(m)
    off = [r for r in m.case.remedies if is_live(r) and (r.awaits == "return" or r.kind == "return_label")]
    labels = [d for r in off for d in ending(m.case, "remedy", subject=r.id)]
    settled = m.case.stage in ("agreed", "decided")
    rights = ending(m.case, "appeal", "further_dispute") if settled else ()
    clauses = unique(m.policy.windows.return_inspection.clauses + m.policy.windows.open_dispute.clauses)
    return (
        e.ReturnRefused(
            at=m.at, actor=m.actor, clauses=clauses, starts=(window,) if window else (),
            ends=(*ending(m.case, "return_inspection"), *rights, *labels),
            condition=command.condition, statement=command.statement, borne_by=_borne(m, command.condition),
            evidence=items,
            waived=tuple(r.id for r in off),
        ),
    )  # fmt: skip


def lapse_shipment(m: Moment, deadline: Deadline) -> Result:
    """Goods not sent back in time: what waited for them is no longer owed."""
    waiting = [r for r in m.case.remedies if is_live(r) and (r.awaits == "return" or r.kind == "return_label")]
    labels = [d for r in waiting for d in ending(m.case, "remedy", subject=r.id)]
    return (e.ReturnLapsed(at=m.at, actor=m.actor, clauses=deadline.clauses,
                           ends=(Ended(deadline.id, "fired"), *labels),
                           waived=tuple(r.id for r in waiting)),)  # fmt: skip


def lapse_inspection(m: Moment, deadline: Deadline) -> Result:
    """A seller that does not inspect in time has accepted the goods."""
    return (_accepted(m, "as_expected", (Ended(deadline.id, "fired"),), by_silence=True),)


def _accepted(m: Moment, condition: k.Condition, ends: tuple[Ended, ...], *, by_silence: bool) -> e.ReturnReceived:
    return e.ReturnReceived(at=m.at, actor=m.actor, clauses=m.policy.windows.return_inspection.clauses, ends=ends,
                            condition=condition, by_silence=by_silence, borne_by=_borne(m, condition))  # fmt: skip


def _forum(m: Moment) -> Deadline | None:
    """The buyer's time to dispute the refusal: none while a dispute or appeal runs anyway, or when none is left."""
    if m.case.stage not in ("agreed", "decided") or m.case.round >= m.policy.limits.disputes_per_line.value:
        return None
    return dispute_window(m, of_return=True)


HARMS: dict[k.Condition, str] = {"broken": "breakage", "damaged": "damage", "empty": "loss"}


def _borne(m: Moment, condition: k.Condition) -> Bearer | None:
    """Who bears the harm the goods show, by the matrix; None where nothing happened on the way."""
    harm = HARMS.get(condition)
    if harm is None or m.case.return_leg is None:
        return None
    trouble = m.case.return_leg.trouble
    return bearer_of(
        m.policy,
        m.case.return_leg,
        harm,
        wrong_address=trouble == "wrong_address",
        carrier_fault=trouble == "carrier" and m.case.order.fulfilment.mode != "ship_by_seller",
    )


def bearer_of(
    policy: Policy, leg: ReturnLeg, harm: str, *, wrong_address: bool = False, carrier_fault: bool = False
) -> Bearer:
    """Who bears a harm (breakage, damage, loss) to goods under way, by the order of precedence of A18.

    A wrong return address is always the seller's; then a platform label with carrier fault; then the matrix, which
    counts only once valid tracking was uploaded; before that the buyer bears it.
    """
    rules = policy.pack.returns
    if wrong_address:
        return rules.wrong_address_bearer.value
    if carrier_fault:
        return rules.platform_label_carrier_fault_bearer.value
    if leg.shipped_at is None:
        return rules.before_tracking_bearer.value
    bearer: Bearer = getattr(leg.risk, harm)
    return bearer
