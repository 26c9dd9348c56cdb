"""The table of moves: stage × command × role → rule. `decide` runs it, buttons and 409s are read off it.

`decide` finds the row, asks whether it is ready, calls the rule, then draws what follows of itself (a review begins,
a default decision falls, a case closes). The state diagram in the docs and the exhaustive test walk the same rows.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from amends.law import (
    appeal,
    decision,
    desk,
    dispute,
    enforcement,
    evidence,
    files,
    privacy,
    recourse,
    remedy,
    request,
    returns,
    settlement,
)
from amends.law import commands as k
from amends.law import ready as when
from amends.law.actions import Action, action
from amends.law.actors import CLOCK, Actor, Role
from amends.law.case import Case, Stage, actor_is_party
from amends.law.events import Event
from amends.law.evolve import fold
from amends.law.facts import NOTHING, Known
from amends.law.follow import follow
from amends.law.lapse import lapse
from amends.law.policy import Policy
from amends.law.refusal import Refused
from amends.law.rule import Moment, Ready, Result, Rule


class Move(msgspec.Struct, frozen=True):
    """One row: in these stages, this command of these roles, if `ready`, is decided by `rule` and may lead `to`."""

    command: str
    stages: frozenset[Stage]
    roles: frozenset[Role]
    rule: Rule
    ready: Ready
    to: tuple[Stage, ...]

    @property
    def does(self) -> str:
        """The rule's name, chapter.function."""
        return f"{self.rule.__module__.rsplit('.', 1)[-1]}.{self.rule.__name__}"


OPEN: frozenset[Stage] = frozenset({"awaiting_seller", "refused", "gathering_evidence", "under_review", "agreed",
                                    "decided", "under_appeal", "withdrawn"})  # fmt: skip
NOT_CLOSED: frozenset[Stage] = OPEN | {"suspended"}
BEGUN: frozenset[Stage] = NOT_CLOSED | {"closed"}
"""What is done about the record itself (its files, its keeping) is done at any time, and changes no outcome."""
DISPUTED: frozenset[Stage] = frozenset({"gathering_evidence", "under_review"})
DESK: frozenset[Stage] = DISPUTED | {"under_appeal"}
TRAVEL: frozenset[Stage] = OPEN - {"awaiting_seller", "refused"}
"""Stages in which goods may be on their way back: whatever else is contested, the leg's clock runs."""
ALLOCATED: frozenset[Stage] = frozenset({"decided", "agreed", "refused", "withdrawn"})


def row(command: str, stages: set[Any] | frozenset[Any], roles: str, rule: Rule, ready: Ready, to: str = "") -> Move:
    """A row; `to` lists the stages it may lead to beside staying (space-separated)."""
    return Move(command, frozenset(stages), frozenset(roles.split()), rule, ready, tuple(to.split()))  # type: ignore[arg-type]  # names checked by a test


MOVES: tuple[Move, ...] = (
    row("file_request", {"unopened", "withdrawn"}, "buyer", request.file, when.can_file, "awaiting_seller"),
    row("approve_request", {"awaiting_seller", "refused"}, "seller", request.approve, when.answer_open,
        "agreed closed"),
    row("reject_request", {"awaiting_seller"}, "seller", request.reject, when.answer_open, "refused closed"),
    row("open_dispute", {"refused", "withdrawn", "decided"}, "buyer", dispute.open_dispute, dispute.ready,
        "gathering_evidence"),
    row("withdraw", {"awaiting_seller", "refused"} | DISPUTED, "buyer", settlement.withdraw, when.always,
        "withdrawn decided closed"),
    row("submit_evidence", DESK | {"decided", "agreed"}, "buyer seller carrier", evidence.submit, when.may_submit,
        "under_review decided"),
    row("decline_evidence", DESK | {"decided", "agreed"}, "buyer seller carrier", evidence.decline, when.may_decline,
        "under_review decided"),
    row("offer_settlement", OPEN - {"agreed"}, "buyer seller", settlement.offer, when.may_settle),
    row("accept_settlement", OPEN - {"agreed"}, "buyer seller", settlement.accept, when.offer_to_answer,
        "agreed closed"),
    row("decline_settlement", OPEN - {"agreed"}, "buyer seller", settlement.decline, when.offer_open),
    row("post_message", OPEN, "buyer seller", settlement.post, when.always),
    row("report_proceedings", OPEN, "buyer seller", settlement.report_proceedings, when.always, "suspended"),
    row("record_proceedings_outcome", {"suspended"}, "operator", settlement.record_outcome, when.always,
        "awaiting_seller refused gathering_evidence under_review agreed decided under_appeal withdrawn closed"),
    row("ship_return", TRAVEL, "buyer", returns.ship, when.return_to_ship),
    row("receive_return", TRAVEL, "seller", returns.receive, when.return_under_way),
    row("refuse_return", TRAVEL, "seller", returns.refuse, when.return_under_way, "refused"),
    row("report_remedy", OPEN, "seller", remedy.report, when.owes("seller"), "closed"),
    row("confirm_payment", NOT_CLOSED, "operator", remedy.confirm_payment, when.owes_money, "closed"),
    row("confirm_deduction", OPEN, "operator", remedy.confirm_deduction, when.overdue_money, "closed"),
    row("claim", DESK | ALLOCATED, "adjudicator", desk.claim, when.work_to_claim),
    row("release", DESK | ALLOCATED, "adjudicator", desk.release, when.claimed),
    row("request_evidence", DESK, "adjudicator", evidence.request_evidence, when.free),
    row("reclassify", DISPUTED, "adjudicator", desk.reclassify, when.reclassifiable, "decided"),
    row("admit_evidence", DESK, "adjudicator", evidence.admit, when.late_evidence),
    row("record_verification", DESK, "adjudicator", desk.verify, when.free),
    row("decide", {"under_review"}, "adjudicator", decision.decide, when.decidable, "decided closed"),
    row("correct_decision", {"decided"}, "adjudicator", decision.correct, when.correctable, "closed"),
    row("appeal", {"decided"}, "seller", appeal.lodge, when.appealable, "under_appeal"),
    row("appeal", OPEN - {"decided"}, "seller", appeal.lodge, when.enforcement_appealable),
    row("decide_appeal", OPEN, "adjudicator", appeal.decide, when.appeal_pending, "decided under_review closed"),
    row("allocate_recourse", ALLOCATED, "adjudicator", recourse.allocate, when.recourse_open, "closed"),
    row("extend_deadline", OPEN, "adjudicator", desk.extend, when.has_deadlines),
    row("update_facts", NOT_CLOSED, "operator", desk.update_facts, when.always, "decided"),
    row("report_chargeback", NOT_CLOSED, "operator", desk.chargeback, when.money_left, "closed"),
    row("apply_enforcement", OPEN, "operator", enforcement.apply, when.always),
    row("reverse_enforcement", OPEN, "operator", enforcement.reverse, when.enforced, "closed"),
    row("redact_evidence", OPEN, "buyer seller carrier adjudicator", files.redact, when.redactable),
    row("place_legal_hold", BEGUN, "operator", privacy.place_hold, privacy.can_hold),
    row("lift_legal_hold", BEGUN, "operator", privacy.lift_hold, privacy.can_lift),
    row("erase_personal_data", {"closed"}, "operator", privacy.erase, privacy.can_erase),
    row("note_file", BEGUN, "clock", files.note, when.always, "under_review decided"),
    row("lapse", OPEN | {"closed"}, "clock", lapse, when.something_due,
        "agreed closed under_review decided"),
)  # fmt: skip

BY_COMMAND: dict[str, tuple[Move, ...]] = {
    name: tuple(move for move in MOVES if move.command == name) for name in k.COMMANDS
}


def decide(
    case: Case, command: k.Command, actor: Actor, at: datetime, policy: Policy, known: Known = NOTHING
) -> Result:
    """The events a command leads to, or why it is refused. Changes nothing."""
    m = Moment(case, actor, at, policy, known)
    move = _row(m, k.name_of(command))
    if isinstance(move, Refused):
        return move
    if refused := move.ready(m):
        return refused
    events = move.rule(m, command)
    if isinstance(events, Refused):
        return events
    return tuple(_with_consequences(m, files.awaiting(m, events)))


def _with_consequences(m: Moment, events: tuple[Event, ...]) -> Iterator[Event]:
    """The events and, one after another, what follows of itself from the state they leave."""
    yield from events
    after = msgspec.structs.replace(m, case=fold(m.case, events), actor=CLOCK)
    while (event := follow(after)) is not None:
        yield event
        after = msgspec.structs.replace(after, case=fold(after.case, (event,)))


def _row(m: Moment, name: str) -> Move | Refused:
    """The row for stage, command and role, or the refusal that says why there is none."""
    if not actor_is_party(m.case, m.actor):
        return Refused("not_your_case", ())
    rows = BY_COMMAND[name]
    for move in rows:
        if m.case.stage in move.stages and m.actor.role in move.roles:
            return move
    return _no_row(m, name, rows)


def _no_row(m: Moment, name: str, rows: tuple[Move, ...]) -> Refused:
    stage = m.case.stage
    if all(m.actor.role not in move.roles for move in rows):
        roles = ", ".join(sorted({role for move in rows for role in move.roles}))
        return Refused("not_your_turn", (), {"whose": f"only the {roles} may do this"})
    if stage == "suspended":
        held = m.case.proceedings[-1]
        clauses = m.policy.pack.rule_clauses.get("proceedings.report", ())
        return Refused("proceedings_open", clauses, {"kind": held.kind, "reference": held.reference})
    if name in ("file_request", "open_dispute"):
        return _not_again(m, name)
    return Refused("not_in_stage", (), {"stage": stage})


def _not_again(m: Moment, name: str) -> Refused:
    """Why no request or dispute can be started in this stage, by the grounds of refusal (US-20 … US-22)."""
    grounds = {g.check: g.clauses for g in (*m.policy.pack.eligibility.accept, *m.policy.pack.eligibility.refuse)}
    stage = m.case.stage
    if stage == "unopened":
        return Refused("seller_has_not_refused", grounds.get("in_time_after_refusal", ()))
    if stage == "awaiting_seller":
        code = "seller_has_not_refused" if name == "open_dispute" else "request_open"
        return Refused(code, grounds.get("request_running", ()))  # type: ignore[arg-type]  # two of the codes
    if stage in ("gathering_evidence", "under_review", "under_appeal"):
        return Refused("dispute_open", grounds.get("request_running", ()))
    leg = m.case.return_leg
    if stage == "refused" or (leg is not None and leg.state in ("awaiting_shipment", "in_transit")):
        return Refused("request_open", grounds.get("request_running", ()))
    return dispute.closed(m) or Refused("already_resolved", grounds.get("already_resolved", ()))


def available_actions(case: Case, actor: Actor, at: datetime, policy: Policy) -> tuple[Action, ...]:
    """What this actor may do now, read off the table; the clock's own move is not shown."""
    m = Moment(case, actor, at, policy)
    if actor.role == "clock" or not actor_is_party(case, actor):
        return ()
    return tuple(
        action(m, move.command)
        for move in MOVES
        if case.stage in move.stages and actor.role in move.roles and move.ready(m) is None
    )
