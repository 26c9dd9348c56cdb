"""The case file over HTTP: everything about one case, for its reader, as one archive that anyone can check offline.

Parties get what they may see, staff everything; originals go to staff only with a reason, and each is recorded as a
look. The program that checks such a file is given to everybody.
"""

import tempfile
from collections.abc import AsyncIterator
from typing import Annotated, BinaryIO, Literal

import msgspec
import structlog

from amends.access.checked import SAYS
from amends.access.gathering import Behind, Gathering
from amends.access.sight import Sight
from amends.api.call import Answer, Call
from amends.api.cases import found
from amends.api.problems import Problem, problem
from amends.api.route import Route
from amends.api.sending import Part, Sent
from amends.handle import policy_of
from amends.proof.casefile import TooLargeForOne
from amends.proof.seal import Unsealable
from amends.proof.verifier.single import FILE_NAME, source

log = structlog.get_logger("amends.api")
PIECE_BYTES = 256 * 1024
IN_MEMORY_BYTES = 8 * 1024 * 1024
RETRY_AFTER_SECONDS = 2
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class FileQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`locale` is the language of the statements of reasons. `reason` (staff): takes the original files along."""

    locale: Literal["en", "id"] | None = None
    reason: Reason | None = None


async def case_file(call: Call) -> Answer:
    """The case file."""
    case, at = await found(call)
    query: FileQuery = call.query
    sight = Sight(case, call.actor, policy_of(call.hinge, case), query.locale or call.locale)
    if query.reason is not None and not sight.is_staff:
        raise problem("bad_query", "`reason` is for staff: your own files are in your case file anyway.")
    file: BinaryIO = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # type: ignore[assignment]  # noqa: SIM115  # the answer closes it
    try:
        size = await Gathering(call.hinge, call.marketplace, case, sight, at, query.reason).write(file)
    except Behind as waiting:
        file.close()
        raise not_ready(str(waiting)) from None
    except (Unsealable, FileNotFoundError) as damage:
        file.close()
        log.error("case_file_damaged", marketplace=call.marketplace, case=case.id, error=str(damage))
        raise problem("file_unavailable", SAYS["damaged"][sight.locale]) from None
    except TooLargeForOne as large:
        file.close()
        raise problem("too_large", f"{large}; ask without `reason`.") from None
    file.seek(0)
    return Sent(Part(0, size, size, True), _pieces(file), media=b"application/zip", name=f"case-{case.id}.zip")


async def verifier(call: Call) -> Answer:
    """The program that checks a case file."""
    body = source().encode()
    kind = b"text/x-python; charset=utf-8"
    return Sent(Part(0, len(body), len(body), True), _one(body), media=kind, name=FILE_NAME)


def not_ready(what: str) -> Problem:
    """503: a moment later it is there."""
    headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())]
    return problem("case_file_awaited", f"{what} Ask again in a moment.", headers)


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


ROUTES = (
    Route(
        method="GET", path="/v1/cases/{case_id}/file", name="case_file", tag="cases", does=case_file, query=FileQuery,
        answer=bytes, answer_media="application/zip", also=(404, 409, 413),
        summary="The case file: one signed archive with the case, its events, evidence, statements and proofs",
    ),
    Route(
        method="GET", path="/v1/verifier", name="verifier", tag="cases", does=verifier, roles=None, answer=bytes,
        answer_media="text/x-python", summary="The program that checks a case file offline, one file of Python",
    ),
)  # fmt: skip
