"""The desk: what waits for an adjudicator, most urgent first, and taking the next case.

Taking a case is the law's command `claim`; its lock expires by itself and is renewed by claiming again.
"""

from typing import Annotated

import msgspec

from amends.access.caller import may_see
from amends.access.shapes import CaseView
from amends.answers import Accepted, KeyReused
from amends.api.call import Answer, Call, answer
from amends.api.cases import CasePage, shown, summary
from amends.api.problems import problem
from amends.api.route import STAFF, Route
from amends.handle import handle, now_of
from amends.law.commands import Claim
from amends.store import cases, queue
from amends.store.cases import CaseFilter

TRIES = 50
"""How many of the most urgent cases are offered before the desk counts as empty."""


class QueueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


async def waiting(call: Call) -> Answer:
    """What nobody holds."""
    at = await now_of(call.hinge, call.marketplace)
    rows = await queue.waiting(call.hinge.db, call.marketplace, at=at, limit=call.query.limit)
    return answer(CasePage(tuple(summary(call, row) for row in rows), None))


async def take_next(call: Call) -> Answer:
    """Claim the most urgent case that the caller may work on; 204 when there is none."""
    if call.key is not None and (taken := await _taken_with(call, call.key)) is not None:
        return taken
    at = await now_of(call.hinge, call.marketplace)
    for row in await queue.waiting(call.hinge.db, call.marketplace, at=at, limit=TRIES):
        answered = await handle(call.hinge, call.marketplace, row.case_id, Claim(), call.actor, key=call.key)
        if isinstance(answered, Accepted) and may_see(answered.case, call.actor):
            return shown(call, answered.case, answered.at)
    return Answer(b"", 204)


async def _taken_with(call: Call, key: str) -> Answer | None:
    """The case that was taken with this key before, asked for again."""
    db, principal = call.hinge.db, f"{call.actor.role}:{call.actor.id}"
    held = await cases.list_cases(db, call.marketplace, CaseFilter(assigned_to=call.actor.id), limit=TRIES)
    for row in held.rows:
        read = await cases.read_case(db, call.marketplace, row.case_id, principal=principal, key=key)
        if read.answered is None:
            continue
        answered = await handle(call.hinge, call.marketplace, row.case_id, Claim(), call.actor, key=key)
        if isinstance(answered, KeyReused):
            raise problem("idempotency_key_reused", "This Idempotency-Key belongs to another command.")
        if isinstance(answered, Accepted):
            return shown(call, answered.case, answered.at)
    return None


ROUTES = (
    Route(
        method="GET", path="/v1/queue", name="queue", tag="desk", summary="What waits for an adjudicator, most urgent "
        "first", does=waiting, roles=STAFF, query=QueueQuery, answer=CasePage,
    ),
    Route(
        method="POST", path="/v1/queue/next", name="take_next", tag="desk", does=take_next,
        summary="Claim the most urgent case (204: there is none)", roles=frozenset({"adjudicator"}),
        answer=CaseView, also=(204,), key="optional", etag=True,
    ),
)  # fmt: skip
