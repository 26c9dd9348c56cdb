"""Resumable uploads by the tus protocol 1.0 over HTTP: the five calls and their headers (reception/resuming.py)."""

from amends.api import intake
from amends.api.call import Answer, Call, Header, answer
from amends.api.forms import announced_bytes, body_of, header_of
from amends.api.route import HeaderSpec, Route
from amends.api.uploads import SENDERS, TUS, Ticket, ticket
from amends.reception import resuming
from amends.reception.refusing import not_taken
from amends.reception.resuming import LONGEST_METADATA, OFFSET_MEDIA, VERSION
from amends.reception.taking import own_ticket
from amends.store.rows import UploadRow

RESUMABLE: tuple[Header, ...] = ((b"tus-resumable", VERSION.encode()),)


async def capabilities(call: Call) -> Answer:
    """What this server can do (tus: OPTIONS)."""
    return Answer(b"", 204, _headers(resuming.capabilities(call.house.settings.max_upload_bytes)))


async def create(call: Call) -> Answer:
    """Take a ticket for a resumable upload, and the first bytes if they come along."""
    with intake.said_plainly(call):
        _version(call)
        brings = header_of(call, b"content-type") == OFFSET_MEDIA
        if not brings and announced_bytes(call):
            raise not_taken("wrong_media")
        length, metadata = header_of(call, b"upload-length"), header_of(call, b"upload-metadata") or ""
        row = await resuming.create(intake.sender_of(call), length, metadata)
        offset = resuming.offset_of(row)
        if brings and not offset:  # asked again, the ticket says how far it got: these bytes are here already
            offset = await _append(call, row, 0)
    where = {"location": f"{TUS}/{row.upload_id}", "upload-offset": str(offset), **resuming.expires(row)}
    return answer(ticket(call, row), 201, _headers(where))


async def offset(call: Call) -> Answer:
    """How many bytes are safely here."""
    with intake.said_plainly(call):
        _version(call)
        row = await own_ticket(intake.sender_of(call), call.path["upload_id"])
    return Answer(b"", 200, _headers(resuming.told(row)))


async def append(call: Call) -> Answer:
    """Send bytes from an offset on; the last ones complete the file."""
    with intake.said_plainly(call):
        _version(call)
        if header_of(call, b"content-type") != OFFSET_MEDIA:
            raise not_taken("wrong_media")
        row = await own_ticket(intake.sender_of(call), call.path["upload_id"])
        at = resuming.number(header_of(call, b"upload-offset"))
        if at is None:
            raise not_taken("no_offset")
        reached = await _append(call, row, at)
    return Answer(b"", 204, _headers({"upload-offset": str(reached), **resuming.expires(row)}))


async def terminate(call: Call) -> Answer:
    """Take a ticket back and drop what was sent."""
    with intake.said_plainly(call):
        _version(call)
        sender = intake.sender_of(call)
        await resuming.take_back(sender, await own_ticket(sender, call.path["upload_id"]))
    return Answer(b"", 204)


async def _append(call: Call, row: UploadRow, at: int) -> int:
    vouched = resuming.vouched_for(header_of(call, b"upload-checksum"))
    return await resuming.append(intake.sender_of(call), row, at, body_of(call), vouched)


def _version(call: Call) -> None:
    if header_of(call, b"tus-resumable") != VERSION:
        raise not_taken("wrong_version")


def _headers(named: dict[str, str]) -> list[Header]:
    return [(name.encode(), value.encode()) for name, value in named.items()]


SPEAKS = HeaderSpec("Tus-Resumable", "The version of the protocol.", {"type": "string", "enum": [VERSION]}, True)
CHECKSUM = HeaderSpec("Upload-Checksum", "`sha1` or `sha256`, a space, and the digest of these bytes in base64.",
                      {"type": "string", "pattern": "^(sha1|sha256) [A-Za-z0-9+/]+=*$"})  # fmt: skip
LENGTH = HeaderSpec("Upload-Length", "The file's length in bytes.",
                    {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}, True)  # fmt: skip
NAMED = HeaderSpec("Upload-Metadata", "`filename`, `filetype` and `sha256` (hexadecimal), each value in base64.",
                   {"type": "string", "maxLength": LONGEST_METADATA, "pattern": "^[ -~]+$"}, True)  # fmt: skip
FROM = HeaderSpec("Upload-Offset", "From which byte on this is.",
                  {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}, True)  # fmt: skip
ONE = f"{TUS}/{{upload_id}}"

ROUTES = (
    Route(
        method="OPTIONS", path=TUS, name="tus_capabilities", tag="evidence", does=capabilities, roles=None, status=204,
        summary="Resumable uploads (tus 1.0): what this server can do", always=RESUMABLE,
    ),
    Route(
        method="POST", path=TUS, name="tus_create", tag="evidence", does=create, roles=SENDERS, body=bytes,
        summary="Resumable uploads (tus 1.0): take a ticket, and send the first bytes if you wish", status=201,
        body_media=OFFSET_MEDIA, body_optional=True, answer=Ticket, key="optional", always=RESUMABLE,
        headers=(SPEAKS, LENGTH, NAMED, CHECKSUM), also=(404, 409, 410, 412, 423, 460, 507),
    ),
    Route(
        method="HEAD", path=ONE, name="tus_offset", tag="evidence", does=offset, roles=SENDERS, headers=(SPEAKS,),
        summary="Resumable uploads (tus 1.0): how many bytes are safely here", always=RESUMABLE,
        also=(404, 410, 412),
    ),
    Route(
        method="PATCH", path=ONE, name="tus_append", tag="evidence", does=append, roles=SENDERS, body=bytes,
        summary="Resumable uploads (tus 1.0): send bytes from an offset on", status=204, body_media=OFFSET_MEDIA,
        headers=(SPEAKS, FROM, CHECKSUM), always=RESUMABLE, also=(404, 409, 410, 412, 423, 460, 507),
    ),
    Route(
        method="DELETE", path=ONE, name="tus_terminate", tag="evidence", does=terminate, roles=SENDERS, status=204,
        summary="Resumable uploads (tus 1.0): take the ticket back", headers=(SPEAKS,), always=RESUMABLE,
        also=(404, 409, 410, 412, 423, 507),
    ),
)  # fmt: skip
