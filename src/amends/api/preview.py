"""What would happen: the same question to the same law, with nothing done.

The answer is either the events, deadlines, money and the case as it would be, or the refusal, as the command itself
would have been answered.
"""

from datetime import datetime
from typing import Any, Union

import msgspec

from amends.access import view
from amends.access.history import Foreseen, foresee
from amends.access.shapes import CaseView, DerivedDeadline
from amends.access.sight import Sight
from amends.answers import Missing, Preview
from amends.api.call import Answer, Call, answer
from amends.api.cases import found
from amends.api.problems import ProblemDetails, not_found, problem, refusal
from amends.api.route import EVERYONE, Route
from amends.handle import policy_of, would
from amends.law import commands as c
from amends.law.evolve import evolve
from amends.law.money import Money
from amends.law.postings import postings
from amends.law.refusal import Refused

AnyOfPeople: Any = Union[tuple(kind for name, kind in c.COMMANDS.items() if name not in c.OF_THE_HOUSE)]  # noqa: UP007
"""A command with its name in `command`."""


class LegView(msgspec.Struct, frozen=True):
    """One posting."""

    account: str
    amount: Money


class JournalView(msgspec.Struct, frozen=True):
    """Postings that belong together; they sum to zero."""

    purpose: str
    legs: tuple[LegView, ...]


class Prospect(msgspec.Struct, frozen=True, kw_only=True):
    """What a command would do at `at`; when it `would_be` refused, `refusal` says why and the rest is empty."""

    would_be: str
    at: datetime
    events: tuple[Foreseen, ...] = ()
    deadlines: tuple[DerivedDeadline, ...] = ()
    money: tuple[JournalView, ...] = ()
    case: CaseView | None = None
    refusal: ProblemDetails | None = None


async def preview(call: Call) -> Answer:
    """Ask what a command would do."""
    case, at = await found(call)
    command: Any = call.body
    if isinstance(command, c.FileRequest) and (command.order_id, command.line_id) != (
        case.order.order_id,
        case.order.line.id,
    ):
        raise problem("does_not_fit", "`order_id` and `line_id` must be those of this case.")
    answered = await would(call.hinge, call.marketplace, case.id, command, call.actor)
    if isinstance(answered, Missing):
        raise not_found()
    policy = policy_of(call.hinge, case)
    if isinstance(answered, Refused):
        actions = view.actions(case, call.actor, at, policy)
        why = refusal(answered, call.locale or policy.pack.locale, actions).details
        return answer(Prospect(would_be="refused", at=at, refusal=why))
    return answer(_prospect(call, answered))


def _prospect(call: Call, answered: Preview) -> Prospect:
    case, policy = answered.case, policy_of(call.hinge, answered.case)
    sight = Sight(case, call.actor, policy, call.locale)
    before = {deadline.id for deadline in answered.case_before.deadlines}
    deadlines = view.deadlines(case, call.actor, policy, call.locale)
    return Prospect(
        would_be="done",
        at=answered.at,
        events=foresee(sight, answered.events),
        deadlines=tuple(d for d in deadlines if d.id not in before),
        money=_money(answered) if sight.shop_matters else (),
        case=view.show(case, call.actor, answered.at, policy, locale=call.locale),
    )


def _money(answered: Preview) -> tuple[JournalView, ...]:
    """The journals of every event, on the case as it was before it."""
    journals, case = list[JournalView](), answered.case_before
    for event in answered.events:
        for journal in postings(case, event):
            legs = tuple(LegView(leg.account, Money(leg.amount, journal.currency)) for leg in journal.legs)
            journals.append(JournalView(journal.purpose, legs))
        case = evolve(case, event)
    return tuple(journals)


ROUTES = (
    Route(
        method="POST", path="/v1/cases/{case_id}/preview", name="preview", tag="cases", does=preview,
        summary="What a command would do: events, deadlines, money, or the refusal; changes nothing",
        roles=EVERYONE, body=AnyOfPeople, answer=Prospect, also=(404,), key="optional",
    ),
)  # fmt: skip
