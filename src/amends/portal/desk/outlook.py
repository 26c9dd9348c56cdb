"""What a decision would lead to, before anybody is told of it: the law is asked, and the difference told."""

from collections.abc import Mapping

import msgspec

from amends.access.shapes import DeadlineView, RemedyView
from amends.law import commands as c
from amends.law.money import Money
from amends.portal.desk import saved
from amends.portal.desk.advice import Advice
from amends.portal.reading import Failed, Seen, foresee
from amends.portal.visit import Visit


class Then(msgspec.Struct, frozen=True):
    """What a decision would lead to: the case's stage, remedies ordered and given up, clocks, and what money moves."""

    stage: str
    ordered: tuple[RemedyView, ...]
    waived: tuple[RemedyView, ...]
    starts: tuple[DeadlineView, ...]
    buyer: Money
    bearer: str | None


def command_for(visit: Visit, found: Seen, fields: Mapping[str, str], told: Advice) -> c.Command | Failed:
    """The decision (of the dispute, or of its appeal) that a form is, or what does not fit."""
    made = saved.appeal_decision if found.case.stage == "under_appeal" else saved.decision
    return made(visit, found, fields, told)


async def foreseen(visit: Visit, found: Seen, fields: Mapping[str, str], told: Advice) -> Then | None:
    """What the form would lead to as it stands, whatever it still lacks in words; None where it is no decision yet."""
    whole = dict(fields) | {"rationale": fields.get("rationale") or "-", "departure": fields.get("departure") or "-"}
    command = command_for(visit, found, whole, told)
    if isinstance(command, Failed):
        return None
    then = await foresee(visit, found.case.id, command)
    return None if isinstance(then, Failed) else consequence(found, then)


def consequence(before: Seen, after: Seen) -> Then:
    """The difference a decision makes."""
    known, owed = {one.id for one in before.shown.deadlines}, {one.id: one for one in before.shown.remedies}
    ordered = tuple(one for one in after.shown.remedies if one.id not in owed)
    waived = tuple(
        one for one in after.shown.remedies if one.status == "waived" and one.id in owed
        and owed[one.id].status != "waived"
    )  # fmt: skip
    currency = before.case.order.currency
    pays = [one for one in ordered if one.kind in ("refund", "refund_after_return", "partial_refund")]
    total = sum(one.amount.amount for one in pays if one.amount is not None)
    return Then(
        stage=after.shown.stage,
        ordered=ordered,
        waived=waived,
        starts=tuple(one for one in after.shown.deadlines if one.id not in known),
        buyer=Money(total, currency),
        bearer=next((one.owner for one in pays), None),
    )
