"""Enforcement against a shop, and the patterns that lead to it: each with clause, expiry, appeal and reversal.

It never removes a party's procedural rights. A pattern (many buyers, one seller or product) opens an investigation;
bad faith leads to refunds for all; a recall does unless batch documents say otherwise.
Clauses: US-66 … US-76; readings A19, A20, G7.
"""

from typing import Literal

import msgspec

from amends.law import commands as k
from amends.law import events as e
from amends.law.calendar import derive
from amends.law.case import Case, Deadline, Ended, Enforcement, Remedy, claimed, is_live, next_id
from amends.law.deadlines import started, starting
from amends.law.evidence import counts
from amends.law.files import usable
from amends.law.policy import EnforcementRule, Policy
from amends.law.refusal import Refused
from amends.law.remedy import Wish, order
from amends.law.rule import Moment, Result, ending, unique


class Complaints(msgspec.Struct, frozen=True):
    """What is known of one seller's product over the pattern's period: distinct `buyers` complaining, and `orders`."""

    seller_id: str
    sku: str | None
    buyers: int
    orders: int


class Pattern(msgspec.Struct, frozen=True):
    """A pattern found: what to do about it, why, on which clauses."""

    seller_id: str
    sku: str | None
    buyers: int
    percent: int
    action: Literal["investigation"]
    clauses: tuple[str, ...]


def pattern(complaints: Complaints, policy: Policy) -> Pattern | None:
    """Many buyers and a large part of the orders: examine whether the seller ever meant to fulfil. [US-66, G7]"""
    rules = policy.pack.patterns
    if complaints.orders <= 0 or complaints.buyers < rules.buyers.value:
        return None
    percent = complaints.buyers * 100 // complaints.orders
    if percent < rules.percent_of_orders.value:
        return None
    clauses = unique(rules.buyers.clauses + rules.percent_of_orders.clauses + rules.within.clauses)
    return Pattern(complaints.seller_id, complaints.sku, complaints.buyers, percent, "investigation", clauses)


def apply(m: Moment, command: k.ApplyEnforcement) -> Result:
    """Act against the shop on stated clauses; refunds are ordered for this line at the seller's cost."""
    rule: EnforcementRule = getattr(m.policy.pack.enforcement, command.kind)
    if unknown := _clause_fault(m, command, rule):
        return unknown
    if refused := _points_fault(command, rule):
        return refused
    enforcement_id = next_id("x", len(m.case.enforcement))
    appeal = starting(m, "enforcement", "seller", m.policy.windows.enforcement_appeal, "enforcement_stands",
                      event="notice", subject=enforcement_id)  # fmt: skip
    starts = [appeal]
    expires_at = None
    if rule.expires_after is not None:
        derivation = derive(m.at, "notice", rule.expires_after, m.policy.calendar)
        expires_at = derivation.due_at
        starts.append(started(m, "enforcement", "operator", derivation, "enforcement_expires", rule.clauses,
                              enforcement_id, nth=2))  # fmt: skip
    remedies: tuple[Remedy, ...] = ()
    if command.kind == "refunds":
        ordered = _refunds(m, command, enforcement_id)
        if isinstance(ordered, Refused):
            return ordered
        remedies, more = ordered
        starts += more
    applied = Enforcement(enforcement_id, command.kind, m.at, command.clauses, command.statement, command.points,
                          expires_at, appeal.due_at)  # fmt: skip
    return (e.EnforcementApplied(at=m.at, actor=m.actor, clauses=command.clauses, starts=tuple(starts),
                                 enforcement=applied, remedies=remedies),)  # fmt: skip


def _clause_fault(m: Moment, command: k.ApplyEnforcement, rule: EnforcementRule) -> Refused | None:
    if not command.clauses:
        return Refused("missing_clause", rule.clauses, {"what": f"for example {', '.join(rule.clauses)}"})
    unknown = [clause for clause in command.clauses if clause not in m.policy.pack.clauses]
    if unknown:
        return Refused("missing_clause", rule.clauses, {"what": f"{', '.join(unknown)} is not in {m.policy.name}"})
    return None


def _points_fault(command: k.ApplyEnforcement, rule: EnforcementRule) -> Refused | None:
    if (command.kind == "violation_points") != (command.points is not None):
        return Refused("amount_invalid", rule.clauses, {"what": "give `points` for violation_points, and only then"})
    low, high = rule.points_min or 1, rule.points_max or 1000
    if command.points is not None and not low <= command.points <= high:
        return Refused("amount_invalid", rule.clauses, {"what": f"points lie between {low} and {high}"})
    return None


def _refunds(
    m: Moment, command: k.ApplyEnforcement, enforcement_id: str
) -> tuple[tuple[Remedy, ...], tuple[Deadline, ...]] | Refused:
    """Bad faith or a recall: the seller refunds this line too, unless a batch document says it is not concerned."""
    rules = m.policy.pack.patterns
    bad_faith = set(command.clauses) & set(rules.bad_faith_refunds_all.clauses)
    if bad_faith and not rules.bad_faith_refunds_all.value:
        return Refused("missing_clause", rules.bad_faith_refunds_all.clauses, {"what": "another ground than bad faith"})
    recall = set(command.clauses) & set(rules.recall_refunds_all.clauses)
    if recall and not rules.recall_refunds_all.value:
        return Refused("missing_clause", rules.recall_refunds_all.clauses, {"what": "another ground than a recall"})
    if recall and rules.recall_scope_statement_limits.value and _outside_recall(m.case):
        return Refused("already_resolved", rules.recall_scope_statement_limits.clauses)
    most = claimed(m.case, m.case.requests[-1].quantity)
    if min(most, m.case.refundable) == 0:
        return Refused("amount_too_large", command.clauses, {"most": "0"})
    ordered = order(
        m, (Wish("refund", command.clauses, "seller"),), most, f"enforcement {enforcement_id}", fault="seller"
    )
    return ordered.remedies, ordered.starts


def _outside_recall(case: Case) -> bool:
    return any(x.type == "recall_scope_statement" and x.party == "seller" and counts(x) and usable(x)
               for x in case.evidence)  # fmt: skip


def reverse(m: Moment, command: k.ReverseEnforcement) -> Result:
    """Take it back; a refund it ordered and that is not paid yet falls away."""
    found = next((x for x in m.case.enforcement if x.id == command.enforcement_id), None)
    if found is None:
        return Refused("unknown_reference", (), {"what": f"enforcement {command.enforcement_id}"})
    if found.status in ("reversed", "expired"):
        return Refused("remedy_done", found.clauses, {"status": found.status})
    waived = tuple(r.id for r in m.case.remedies if is_live(r) and r.ordered_by == f"enforcement {found.id}")
    gone = tuple(d for r in waived for d in ending(m.case, "remedy", subject=r))
    alarms = tuple(d for a in m.case.appeals if a.against == found.id and a.result is None
                   for d in ending(m.case, "appeal_decision", subject=str(a.number)))  # fmt: skip
    return (e.EnforcementReversed(at=m.at, actor=m.actor, clauses=found.clauses,
                                  ends=ending(m.case, "enforcement", subject=found.id) + gone + alarms,
                                  enforcement_id=found.id, statement=command.statement, waived=waived),)  # fmt: skip


def lapse(m: Moment, deadline: Deadline) -> Result:
    """An enforcement runs out, or the time to appeal it does."""
    fired = (Ended(deadline.id, "fired"),)
    appealed = any(x.id == deadline.subject and x.status == "appealed" for x in m.case.enforcement)
    if deadline.on_timeout == "enforcement_stands" or appealed:
        return (e.DeadlineLapsed(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=fired,
                                 deadline_id=deadline.id),)  # fmt: skip
    assert deadline.subject is not None, "an enforcement's deadline names it"
    return (e.EnforcementExpired(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=fired,
                                 enforcement_id=deadline.subject),)  # fmt: skip
