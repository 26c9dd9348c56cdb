"""Reused photos over HTTP: leads for staff, made in access/reused.py."""

from amends.access.reused import Reused, reused
from amends.api.call import Answer, Call, answer
from amends.api.cases import found
from amends.api.route import STAFF, Route


async def of_case(call: Call) -> Answer:
    """Pictures of the case that stand in other cases too."""
    case, _ = await found(call)
    return answer(await reused(call.hinge.db, call.marketplace, case, call.locale or "en"))


ROUTES = (
    Route(
        method="GET", path="/v1/cases/{case_id}/reused-pictures", name="reused_pictures", tag="desk", does=of_case,
        summary="Pictures of the case that are like pictures of other cases: leads to look at, never verdicts",
        roles=STAFF, answer=Reused, also=(404,),
    ),
)  # fmt: skip
