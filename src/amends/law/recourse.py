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

    def of(self, m: Moment, remedies: Sequence[Remedy]) -> tuple[Recourse | None, tuple[Deadline, ...]]:
        """The recourse for newly ordered money, and the clock it starts; None when no money was ordered."""
        cost = sum(r.amount or 0 for r in remedies if r.kind in MONEY_KINDS)
        if cost == 0:
            return None, ()
        by_platform = any(r.owner == "platform" for r in remedies if r.kind in MONEY_KINDS)
        paid_by: Literal["seller", "platform"] = "platform" if by_platform else "seller"
        if not (self.rule.awaits_carrier and paid_by == "platform"):
            bearer: Bearer = self.rule.bearer if paid_by == self.rule.pays else "seller"
            share = (CostShare(bearer, cost),)
            return Recourse("allocated", paid_by, bearer, cost, self.clauses, bearer, share, allocated_at=m.at), ()
        recourse = Recourse("pending", paid_by, self.rule.bearer, cost, self.clauses)
        return recourse, self._clock(m)

    def _clock(self, m: Moment) -> tuple[Deadline, ...]:
        if open_for(m.case, "carrier_evidence"):
            return ()
        heard = any(d.kind == "carrier_evidence" for d in m.case.deadlines)
        if heard:
            return (allocation_alarm(m),)
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
        return First(RecourseRule("seller", "seller"), ())
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
    m: Moment, amount: int, clauses: tuple[str, ...], source: str, *, have: int = 0
) -> tuple[tuple[Remedy, ...], tuple[Deadline, ...]]:
    """The platform owes the seller an amount it paid but does not bear. [US-96, US-102, US-106]"""
    remedy_id = next_id("r", len(m.case.remedies) + have)
    deadline = remedy_deadline(m, "platform", remedy_id, nth=have + 1)
    remedy = Remedy(remedy_id, "reimburse_seller", "platform", unique(clauses), source, amount,
                    due_at=deadline.due_at)  # fmt: skip
    return (remedy,), (deadline,)


def lapse_alarm(m: Moment, deadline: Deadline) -> Result:
    """The platform's own terms alarm; they never decide. [G2]"""
    return (e.DeadlineLapsed(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=(Ended(deadline.id, "fired"),),
                             deadline_id=deadline.id, alarm=True),)  # fmt: skip
