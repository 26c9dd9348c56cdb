"""Papers to take home: the statement of reasons of a decision as a PDF, and the whole case as one signed file.

Both are made for their reader by the same rooms as the API's (access/gathering.py).
"""

import tempfile
from collections.abc import AsyncIterator
from typing import Any, BinaryIO

import structlog
from litestar import Response
from litestar.response import Stream

from amends.access.gathering import Behind, Gathering, statement_of
from amends.access.sight import Sight
from amends.portal.reading import Seen, seen
from amends.portal.route import PARTIES, Address
from amends.portal.visit import Lost, Page, Visit
from amends.proof.casefile import TooLargeForOne
from amends.proof.seal import Unsealable
from amends.text import whole_number

IN_MEMORY_BYTES = 8 * 1024 * 1024
PIECE_BYTES = 256 * 1024
SAFE = {"cache-control": "private, no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
log = structlog.get_logger("amends.portal")


async def statement(visit: Visit) -> Page:
    """The statement of reasons of one decision."""
    found, number = await seen(visit), visit.path["number"]
    wanted, made = whole_number(number, 5), None
    if wanted is not None:
        made = await statement_of(visit.hinge, visit.marketplace, _sight(visit, found), wanted)
    if made is None:
        raise Lost(404)
    name = f'inline; filename="decision-{found.case.id[:8]}-{number}.pdf"'
    return Response(made, media_type="application/pdf", headers=SAFE | {"content-disposition": name})


async def case_file(visit: Visit) -> Any:
    """The whole case."""
    found = await seen(visit)
    file: BinaryIO = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # type: ignore[assignment]  # noqa: SIM115  # the answer closes it
    try:
        size = await Gathering(visit.hinge, visit.marketplace, found.case, _sight(visit, found), found.at).write(file)
    except Behind:
        file.close()
        raise Lost(503, "awaited", f"/cases/{found.case.id}") from None
    except (Unsealable, FileNotFoundError, TooLargeForOne) as damage:
        file.close()
        log.error("case_file_not_made", marketplace=visit.marketplace, case=found.case.id, error=str(damage))
        raise Lost(500, "defect", f"/cases/{found.case.id}") from None
    file.seek(0)
    headers = {
        "content-disposition": f'attachment; filename="case-{found.case.id}.zip"', "content-length": str(size),
    }  # fmt: skip
    return Stream(_pieces(file), media_type="application/zip", headers=SAFE | headers)


def _sight(visit: Visit, found: Seen) -> Sight:
    return Sight(found.case, visit.actor, found.policy, visit.locale)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


ADDRESSES = (
    Address(method="GET", path="/cases/{case_id:str}/file", name="case_file", does=case_file, roles=PARTIES),
    Address(method="GET", path="/cases/{case_id:str}/decisions/{number:str}/statement.pdf", name="statement",
            does=statement, roles=PARTIES),
)  # fmt: skip
