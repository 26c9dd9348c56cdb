"""Recourse: who bears the cost in the end, decided apart from and after the buyer was made whole.

With platform shipping the platform pays first and the carrier has its window; with seller shipping the seller bears it
and turns to its own carrier. Clauses: US-95 … 97, 99 … 102, 105, 106; readings A25, A26, A27.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from amends.law import commands as k
from amends.law import events as e
from amends.law.actors import Bearer
from amends.law.case import MONEY_KINDS, CostShare, Deadline, Ended, Recourse, Remedy, next_id
from amends.law.deadlines import remedy_deadline, starting
from amends.law.policy import RecourseRule
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, ending, open_for, unique


class First(msgspec.Struct, frozen=True):
    """The recourse row that applies before anybody was heard: who pays first, who is proposed to bear it."""

    rule: RecourseRule
    clauses: tuple[str, ...]

    @property
    def pays(self) -> str:
        """Who makes the buyer whole."""
        return self.rule.pays

    def of(self, m: Moment, remedies: Sequence[Remedy], most: int) -> tuple[Recourse | None, tuple[Deadline, ...]]:
        """The recourse for newly ordered money, and the clock it starts; None when there is no cost to share.

        Where the platform carried the parcel, goods the seller sends again cost what was paid for them, at most `most`.
        """
        about = [r for r in remedies if r.kind in MONEY_KINDS]
        carried = self.rule.pays == "platform"
        if not about and carried:
            about = [r for r in remedies if r.kind in ("replacement", "resend_missing")]
        cost = sum(r.amount or 0 for r in about) or (most if about else 0)
        if cost == 0:
            return None, ()
        paid_by: Literal["seller", "platform"] = "platform" if any(r.owner == "platform" for r in about) else "seller"
        ids = tuple(r.id for r in about)
        fixed = any(r.amount is not None for r in about) and paid_by != self.rule.pays
        if self.rule.bearer == paid_by or fixed or not (self.rule.awaits_carrier or paid_by == "seller"):
            bearer: Bearer = "seller" if fixed else self.rule.bearer
            share = (CostShare(bearer, cost),)
            return Recourse("allocated", paid_by, bearer, cost, self.clauses, ids, bearer, share, allocated_at=m.at), ()
        before = m.case.recourse
        if before is not None and before.status == "pending" and before.paid_by == paid_by:
            cost, ids = cost + before.cost, before.remedies + ids
        return Recourse("pending", paid_by, self.rule.bearer, cost, self.clauses, ids), self._clock(m)

    def _clock(self, m: Moment) -> tuple[Deadline, ...]:
        if open_for(m.case, "carrier_evidence"):
            return ()
        if any(d.kind == "carrier_evidence" for d in m.case.deadlines):
            return () if open_for(m.case, "recourse") else (allocation_alarm(m),)
        window = m.policy.windows.carrier_evidence
        return (starting(m, "carrier_evidence", "carrier", window, "end_window", event="notice"),)


def first_recourse(m: Moment, fault: k.Fault | None, intact: bool | None = None) -> First:
    """The row for scenario and fulfilment; with no finding yet, a platform shipment's fault is the carrier's."""
    mode = m.case.order.fulfilment.mode
    presumed = fault or ("seller" if mode == "ship_by_seller" else "carrier")
    values = {"scenario": m.case.scenario or "inconsistent", "fulfilment": mode, "fault": presumed,
              "intact_at_handover": intact}  # fmt: skip
    verdict = m.policy.recourse.decide(values)
    if verdict.row is None:
        return First(RecourseRule("seller", "seller"), m.policy.windows.recourse.clauses)
    return First(verdict.row.then, verdict.row.clauses)


def allocation_alarm(m: Moment) -> Deadline:
    """The adjudicator's time to allocate, once the carrier was heard."""
    return starting(m, "recourse", "adjudicator", m.policy.windows.recourse, "alarm", event="carrier_heard")


def allocate(m: Moment, command: k.AllocateRecourse) -> Result:
    """Say who bears the cost, with a reason; shares add up to it. A seller who paid but does not bear is made whole."""
    recourse = m.case.recourse
    assert recourse is not None, "ready() saw a pending recourse"
    if not command.rationale.strip():
        return Refused("missing_rationale", recourse.clauses, {"what": "rationale"})
    shares = tuple(CostShare(s.bearer, s.amount) for s in command.shares or (k.Share(command.bearer, recourse.cost),))
    if sum(s.amount for s in shares) != recourse.cost:
        return Refused("amount_invalid", recourse.clauses, {"what": f"shares must add up to {recourse.cost}"})
    remedies: tuple[Remedy, ...] = ()
    starts: tuple[Deadline, ...] = ()
    others = sum(s.amount for s in shares if s.bearer != "seller")
    if recourse.paid_by == "seller" and others:
        remedies, starts = make_whole(m, others, recourse.clauses, "recourse")
    return (e.RecourseAllocated(at=m.at, actor=m.actor, clauses=recourse.clauses, starts=starts,
                                ends=ending(m.case, "recourse", "carrier_evidence"), bearer=command.bearer,
                                shares=shares, rationale=command.rationale, remedies=remedies),)  # fmt: skip


def make_whole(
    m: Moment, amount: int, clauses: tuple[str, ...], source: str, *, have: int = 0, clocks: int = 0
) -> tuple[tuple[Remedy, ...], tuple[Deadline, ...]]:
    """The platform owes the seller an amount it paid but does not bear. [US-96, US-102, US-106]

    `have` remedies and `clocks` remedy deadlines were made before it by the same event.
    """
    remedy_id = next_id("r", len(m.case.remedies) + have)
    deadline = remedy_deadline(m, "platform", remedy_id, "reimburse_seller", nth=clocks + 1)
    remedy = Remedy(remedy_id, "reimburse_seller", "platform", unique(clauses), source, amount,
                    due_at=deadline.due_at)  # fmt: skip
    return (remedy,), (deadline,)


def lapse_alarm(m: Moment, deadline: Deadline) -> Result:
    """The platform's own terms alarm; they never decide. [G2]"""
    return (e.DeadlineLapsed(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=(Ended(deadline.id, "fired"),),
                             deadline_id=deadline.id, alarm=True),)  # fmt: skip
