"""Privacy: legal holds, and erasing what is personal once the time for keeping it is over.

The retention clock starts when a case closes, which is when nobody can contest anything any more; a hold stops it, and
lifting the hold lets it go on with the time it had left. What is erased are the parties' own words, names and files;
the ruling, the figures, the clauses and the hashes stay. Destroying keys is the store's. Reading D4.
Clauses: those of the retention window and `privacy.hold` in the packs.
"""

from datetime import timedelta

from msgspec.structs import replace

from amends.law import commands as k
from amends.law import events as e
from amends.law.actors import PARTIES
from amends.law.case import Case, Deadline, Ended
from amends.law.deadlines import started, starting
from amends.law.refusal import Refused
from amends.law.rule import Moment, Result, ending, instant

AT_LEAST = timedelta(seconds=1)
"""A retention clock that goes on lies ahead, however little was left of it."""


def retention(m: Moment) -> tuple[Deadline, ...]:
    """The clock that starts as a case closes; none while a hold stands."""
    if m.case.held is not None or not unerased(m.case):
        return ()
    rule = m.policy.windows.retention
    return (starting(m, "retention", "operator", rule, "erase_personal_data", event="closed"),)


def unerased(case: Case) -> tuple[k.PartyName, ...]:
    """The parties whose personal data is still there."""
    return tuple(party for party in PARTIES if party not in case.erased)


def place_hold(m: Moment, command: k.PlaceLegalHold) -> Result:
    """Nothing of the case is erased from here on; the retention clock stops."""
    return (e.LegalHoldPlaced(at=m.at, actor=m.actor, clauses=hold_clauses(m), ends=ending(m.case, "retention"),
                              statement=command.statement),)  # fmt: skip


def lift_hold(m: Moment, command: k.LiftLegalHold) -> Result:
    """The hold ends; in a closed case the retention clock goes on."""
    starts = _going_on(m) if m.case.stage == "closed" else ()
    return (e.LegalHoldLifted(at=m.at, actor=m.actor, clauses=hold_clauses(m), starts=starts,
                              statement=command.statement),)  # fmt: skip


def _going_on(m: Moment) -> tuple[Deadline, ...]:
    """What was left of the retention when the hold stopped it, from now; all of it where it had not begun."""
    hold = m.case.held
    assert hold is not None, "only a hold that stands is lifted"
    lifted = replace(m, case=replace(m.case, holds=(*m.case.holds[:-1], replace(hold, lifted_at=m.at))))
    stopped = [d for d in m.case.deadlines if d.kind == "retention"]
    if not stopped:
        return retention(lifted)
    last = stopped[-1]
    left = max(last.due_at - hold.placed_at, AT_LEAST)
    derivation = replace(last.derivation, start_at=m.at, start_event="hold_lifted", window=None, skipped=(),
                         due_at=m.at + left)  # fmt: skip
    return (started(m, "retention", "operator", derivation, "erase_personal_data", last.clauses),)


def erase(m: Moment, command: k.ErasePersonalData) -> Result:
    """The operator erases a party's data before its time, as the law may require; the rest keeps its clock."""
    asked = PARTIES if command.party == "all" else (command.party,)
    subjects = tuple(party for party in asked if party in unerased(m.case))
    clauses = m.policy.windows.retention.clauses
    if not subjects:
        return Refused("nothing_new", clauses, {"what": f"data of {command.party} that is not yet erased"})
    ends = ending(m.case, "retention") if set(subjects) == set(unerased(m.case)) else ()
    return (e.PersonalDataErased(at=m.at, actor=m.actor, clauses=clauses, ends=ends, subjects=subjects,
                                 statement=command.statement),)  # fmt: skip


def lapse_retention(m: Moment, deadline: Deadline) -> Result:
    """The time for keeping is over."""
    return (e.PersonalDataErased(at=m.at, actor=m.actor, clauses=deadline.clauses, ends=(Ended(deadline.id, "fired"),),
                                 subjects=unerased(m.case)),)  # fmt: skip


def hold_clauses(m: Moment) -> tuple[str, ...]:
    """Where it is written that evidence of a running matter is kept."""
    return m.policy.pack.rule_clauses.get("privacy.hold", m.policy.windows.retention.clauses)


def not_held(m: Moment) -> Refused | None:
    """No hold stands."""
    if m.case.held is None:
        return None
    return Refused("legal_hold", hold_clauses(m), {"since": instant(m.case.held.placed_at)})


def can_hold(m: Moment) -> Refused | None:
    """No hold stands yet, and there is something left to keep."""
    if unerased(m.case):
        return not_held(m)
    return Refused("nothing_new", hold_clauses(m), {"what": "everything personal is already erased"})


def can_lift(m: Moment) -> Refused | None:
    """A hold stands."""
    if m.case.held is not None:
        return None
    return Refused("unknown_reference", hold_clauses(m), {"what": "legal hold to lift"})


def can_erase(m: Moment) -> Refused | None:
    """Nothing holds the case, and somebody's data is still there."""
    if m.case.held is None and not unerased(m.case):
        return Refused("nothing_new", m.policy.windows.retention.clauses, {"what": "all of it is already erased"})
    return not_held(m)
