"""The recommendation laid open: which rows of the policy's table apply, what each asks, and what would change it.

Nothing is decided here: the law's `recommend` is asked, with the findings as they are and with each single finding
changed. Pure.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args

import msgspec
from msgspec import structs

from amends.law import commands as c
from amends.law.case import MONEY_KINDS, Case, claimed
from amends.law.decision import Recommendation, recommend, values_of
from amends.law.policy import Policy
from amends.law.remedy import Wish
from amends.law.table import Row, Value

State = Literal["met", "not", "unknown"]
DOMAINS: dict[str, tuple[Value, ...]] = {
    "claim": ("proved", "not_proved", "not_shown"),
    "rebuttal": ("credible", "insufficient", "none"),
    "fault": ("seller", "carrier", "buyer", "platform", "none"),
    "delivered_to_right_address": (True, False),
    "intact_at_handover": (True, False),
    "returnable": (True, False),
    "severity": ("major", "minor"),
    "deceptive": (True, False),
}
"""What each finding can be, in the order it is asked."""
FACTS = frozenset({"scenario", "fulfilment", "outcome", "wanted"})
"""Columns that the case itself answers."""


REMEDIES = get_args(c.RemedyKind)
"""Every remedy an adjudicator may order."""


class Condition(msgspec.Struct, frozen=True):
    """One condition of a row: the finding, the values it accepts, what was found, and whether that fits."""

    column: str
    accepts: tuple[Value, ...]
    found: Value | None
    state: State


class Clause(msgspec.Struct, frozen=True):
    """One row of the table that these facts leave: what it leads to, and how each of its conditions stands."""

    row: str
    outcome: str
    state: Literal["applies", "open", "out"]
    conditions: tuple[Condition, ...]
    clauses: tuple[str, ...]
    because: str | None
    reading: bool


class Change(msgspec.Struct, frozen=True):
    """What a single other finding would lead to."""

    column: str
    value: Value
    outcome: str | None
    remedies: tuple[Wish, ...]


class Advice(msgspec.Struct, frozen=True):
    """The recommendation with its reasons. `share` is how much of what it asks is answered, in percent."""

    recommended: Recommendation
    clauses: tuple[Clause, ...]
    changes: tuple[Change, ...]
    asked: tuple[str, ...]
    answered: int
    outcomes: tuple[str, ...]

    @property
    def share(self) -> int:
        """How many of the findings that count are made, in percent."""
        return 100 if not self.asked else round(100 * self.answered / len(self.asked))


class Option(msgspec.Struct, frozen=True):
    """One decision the policy knows for this case: an outcome with its remedies."""

    code: str
    outcome: str
    remedies: tuple[Wish, ...]
    clauses: tuple[str, ...]
    returnable: bool | None = None


def advice(case: Case, findings: c.Findings, policy: Policy) -> Advice:
    """What the policy says to these findings, and why."""
    found = recommend(case, findings, policy)
    values = values_of(case, findings)
    rows = [_clause(row, values, DOMAINS) for row in policy.decision.rows if _fits_facts(row, values)]
    asked = asked_of(case, policy)
    return Advice(
        recommended=found,
        clauses=tuple(sorted(rows, key=lambda one: ("applies", "open", "out").index(one.state))),
        changes=tuple(_changes(case, findings, policy, found, asked)),
        asked=asked,
        answered=sum(getattr(findings, name) is not None for name in asked),
        outcomes=tuple(dict.fromkeys(one.outcome for one in rows if one.state != "out")),
    )


def asked_of(case: Case, policy: Policy) -> tuple[str, ...]:
    """The findings that can matter for this case, in the order they are asked."""
    values = values_of(case, c.Findings())
    columns = {
        column
        for table in (policy.decision, policy.remedies, policy.recourse, policy.return_risk)
        for row in table.rows
        if _fits_facts(row, values | {"wanted": case.wanted})
        for column in row.when
    }
    if case.severity is not None:
        columns.discard("severity")
    return tuple(name for name in DOMAINS if name in columns)


def options(case: Case, policy: Policy) -> tuple[Option, ...]:
    """The decisions the policy's own table knows for this case, those for the buyer first."""
    found: dict[str, Option] = {}
    for row in policy.remedies.rows:
        if not _fits_facts(row, {"scenario": case.scenario, "wanted": case.wanted}, but=("outcome",)):
            continue
        for outcome in _accepted(row.when.get("outcome", ("buyer_favour", "split", "seller_favour"))):
            code = "+".join([str(outcome), *(one.kind for one in row.then.order)])
            asked = tuple(Wish(one.kind, row.clauses, one.owner) for one in row.then.order)
            returnable = row.when.get("returnable")
            known = returnable if isinstance(returnable, bool) else None
            found.setdefault(code, Option(code, str(outcome), asked, row.clauses, known))
    order = ("buyer_favour", "split", "seller_favour")
    return tuple(sorted(found.values(), key=lambda one: order.index(one.outcome)))


def code_of(outcome: str, remedies: Iterable[Any]) -> str:
    """The code of the option that an outcome with these remedies is."""
    return "+".join([outcome, *(one.kind for one in remedies)])


def receives(case: Case, remedies: Iterable[Wish | c.OrderedRemedy], amount: int | None = None) -> int:
    """What the buyer would receive under these remedies, minor units, at most what may still be ordered."""
    most = min(claimed(case, case.requests[-1].quantity), case.refundable)
    total = 0
    for one in remedies:
        if one.kind in MONEY_KINDS:
            given = one.amount if one.amount is not None else amount if one.kind == "partial_refund" else most
            total += given or 0
    return min(total, most)


def _clause(row: Row[Any], values: dict[str, Value | None], order: Iterable[str]) -> Clause:
    conditions = tuple(
        _condition(column, row.when[column], values.get(column)) for column in order if column in row.when
    )
    states = {one.state for one in conditions}
    state: Literal["applies", "open", "out"] = "open" if "unknown" in states else "applies"
    state = "out" if "not" in states else state
    return Clause(
        row.id, row.then.outcome, state, conditions, row.clauses, row.because, row.status == "reading"
    )  # fmt: skip


def _condition(column: str, accepts: Value | tuple[Value, ...], found: Value | None) -> Condition:
    accepted = _accepted(accepts)
    state: State = "unknown" if found is None else "met" if found in accepted else "not"
    return Condition(column, accepted, found, state)


def _fits_facts(row: Row[Any], values: dict[str, Value | None], but: tuple[str, ...] = ()) -> bool:
    """Whether what the case itself says leaves the row possible."""
    for column in FACTS.difference(but) & row.when.keys():
        given = values.get(column)
        if given is not None and given not in _accepted(row.when[column]):
            return False
    return True


def _changes(
    case: Case, findings: c.Findings, policy: Policy, now: Recommendation, asked: tuple[str, ...]
) -> Iterator[Change]:
    """Every single finding that leads elsewhere than the findings as they are."""
    here = (now.outcome, tuple(one.kind for one in now.remedies))
    for column in asked:
        for value in DOMAINS[column]:
            if getattr(findings, column) == value:
                continue
            then = recommend(case, structs.replace(findings, **{column: value}), policy)
            if then.outcome is not None and (then.outcome, tuple(one.kind for one in then.remedies)) != here:
                yield Change(column, value, then.outcome, then.remedies)


def _accepted(accepts: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    return accepts if isinstance(accepts, tuple) else (accepts,)
