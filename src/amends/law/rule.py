"""What every rule is given and what it answers: a moment (who, when, on which case, under which policy) and a result.

Small things that all chapters need to say live here: ending deadlines, citing, checking an evidence item.
Clauses: none of its own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from amends.law.actors import Actor
from amends.law.case import Case, Deadline, DeadlineKind, Ended, is_pending
from amends.law.events import Event
from amends.law.facts import NOTHING, Known
from amends.law.policy import Cited, Policy
from amends.law.refusal import Refused


class Moment(msgspec.Struct, frozen=True):
    """One question to the law: may `actor` do this `at` this instant on this `case` under this `policy`?"""

    case: Case
    actor: Actor
    at: datetime
    policy: Policy
    known: Known = NOTHING


Result = tuple[Event, ...] | Refused
Rule = Callable[[Moment, Any], Result]
Ready = Callable[[Moment], Refused | None]


def cites(*cited: Cited) -> tuple[str, ...]:
    """The clauses of several policy values, each once, in order."""
    return unique(clause for value in cited for clause in value.clauses)


def unique(clauses: Iterable[str]) -> tuple[str, ...]:
    """Each clause once, in order."""
    return tuple(dict.fromkeys(clauses))


def ending(case: Case, *kinds: DeadlineKind, subject: str | None = None) -> tuple[Ended, ...]:
    """All open deadlines of the kinds (and subject, when given), as ended."""
    return tuple(Ended(d.id) for d in case.open_deadlines(*kinds) if subject is None or d.subject == subject)


def ending_all(case: Case, *kept: DeadlineKind) -> tuple[Ended, ...]:
    """All open deadlines as ended, but for the kept kinds and what has its own life: enforcement, files under way."""
    appeals = {str(a.number) for a in case.appeals if a.against.startswith("x") and is_pending(a)}
    return tuple(
        Ended(d.id)
        for d in case.open_deadlines()
        if d.kind not in (*kept, "enforcement", "upload") and not (d.kind == "appeal_decision" and d.subject in appeals)
    )


def open_for(case: Case, kind: DeadlineKind, subject: str | None = None) -> Deadline | None:
    """The open deadline of a kind (and subject), or None."""
    for deadline in case.open_deadlines(kind):
        if subject is None or deadline.subject == subject:
            return deadline
    return None


def settling(m: "Moment") -> tuple[str, ...]:
    """Where the parties' freedom to settle, and that it needs both, is written (US-28, ID-10)."""
    return m.policy.pack.rule_clauses.get("settlement.accept", m.policy.windows.settlement_offer.clauses)


def paused(m: "Moment") -> bool:
    """Whether deductions wait: while a further dispute (ID-18) or an appeal runs, where the policy says so (A9)."""
    rules = m.policy.pack.appeals
    if m.case.stage in ("gathering_evidence", "under_review"):
        return rules.further_dispute_suspends_deduction.value
    return m.case.stage == "under_appeal" and rules.suspends_performance.value


def instant(at: datetime | None) -> str:
    """An instant as refusals print it."""
    return "-" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
