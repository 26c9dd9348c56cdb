"""Files: taken in whole and unchanged, known by their SHA-256, given back only to those entitled.

A file belongs to whoever sent it; a command of its sender makes it evidence. The bytes go to their sender and to staff,
always as an attachment that no browser opens.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.types import Receive, Scope, Send

from amends.api.call import ALWAYS, Answer, Call, answer
from amends.api.media import SNIFF_BYTES, SUFFIXES, TAKEN, media_type
from amends.api.problems import not_found, problem
from amends.api.route import Route
from amends.handle import now_of
from amends.store import uploads
from amends.store.rows import UploadRow
from amends.text import CONTROL

SENDERS = frozenset({"buyer", "seller", "carrier"})
MULTIPART = "multipart/form-data"
ENVELOPE_BYTES = 16 * 1024
"""What the multipart wrapping may weigh beside the file."""
CHUNK_BYTES = 256 * 1024


class Uploaded(msgspec.Struct, frozen=True):
    """A stored file. `sha256` is hexadecimal; `media_type` is what its bytes say."""

    id: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    received_at: datetime


class Form(msgspec.Struct, frozen=True):
    """The form: one file."""

    file: bytes


async def upload(call: Call) -> Answer:
    """Take a file in."""
    limit = call.house.settings.max_upload_bytes
    file = await _file_of(call)
    head = await file.read(SNIFF_BYTES)
    found = media_type(head)
    if found is None:
        raise problem("unsupported_media_type", f"The bytes of this file are none of: {', '.join(TAKEN)}.")
    await file.seek(0)
    try:
        row = await uploads.store(
            call.hinge.db,
            call.marketplace,
            _chunks(file),
            owner_role=call.actor.role,
            owner_id=call.actor.id,
            media_type=found,
            name=_name(file.filename, found),
            at=await now_of(call.hinge, call.marketplace),
            limit_bytes=limit,
            key=call.key,
        )
    except uploads.TooLarge:
        raise problem("too_large", f"A file may have at most {limit} bytes.") from None
    except uploads.KeyReused:
        raise problem("idempotency_key_reused", "Use a new Idempotency-Key for another file; the one sent belongs to "
                      "another.") from None  # fmt: skip
    return answer(_uploaded(row), 201)


async def describe(call: Call) -> Answer:
    """What is known of a file."""
    return answer(_uploaded(await _own(call)))


async def original(call: Call) -> Answer:
    """The file's bytes, exactly as they came."""
    return Streamed(call, await _own(call))


class Streamed(Answer):
    """A file on its way out: an attachment of plain bytes, never shown by the browser; its type is in its facts."""

    __slots__ = ("_pieces",)

    def __init__(self, call: Call, row: UploadRow) -> None:
        name = f"{row.upload_id}.{SUFFIXES.get(row.media_type, 'bin')}"
        super().__init__(b"", 200)
        self.headers = [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", str(row.size_bytes).encode()),
            (b"content-disposition", f"attachment; filename*=UTF-8''{quote(name)}".encode()),
            (b"content-security-policy", b"sandbox; default-src 'none'"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"referrer-policy", b"no-referrer"),
            *ALWAYS,
        ]
        self._pieces = uploads.stream(call.hinge.db, call.marketplace, row)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it piece by piece (ASGI)."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _file_of(call: Call) -> UploadFile:
    """The one file of the form."""
    request: Request[Any, Any, Any] = Request(call.scope, call.receive)
    if request.content_type[0] != MULTIPART:
        raise problem("unsupported_media_type", "Send the file as multipart/form-data in the field `file`.")
    try:
        form = await request.form()
    except (ValueError, UnicodeDecodeError) as fault:
        raise problem("malformed", f"The form cannot be read: {fault}.") from None
    fields = list(form.multi_items())
    if len(fields) != 1 or fields[0][0] != "file" or not isinstance(fields[0][1], UploadFile):
        raise problem("does_not_fit", "The form must have exactly one field, `file`, and it must be a file.")
    return fields[0][1]


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK_BYTES):
        yield chunk


async def _own(call: Call) -> UploadRow:
    """The file of the path, if it exists for the caller: its sender or staff."""
    try:
        upload_id = str(UUID(call.path["upload_id"]))
    except ValueError:
        raise not_found() from None
    row = await uploads.get(call.hinge.db, call.marketplace, upload_id)
    staff = call.caller is not None and call.caller.is_staff
    if row is None or not (staff or (row.owner_role, row.owner_id) == (call.actor.role, call.actor.id)):
        raise not_found()
    return row


def _name(given: str, found: str) -> str:
    """The file's own name without folders, control characters or excess; it is only ever shown."""
    plain = CONTROL.sub("", given.replace("\\", "/").rpartition("/")[2]).replace("\n", "").replace("\t", "").strip()
    return plain[-200:] or f"file.{SUFFIXES[found]}"


def _uploaded(row: UploadRow) -> Uploaded:
    return Uploaded(row.upload_id, row.sha256, row.size_bytes, row.media_type, row.name, row.received_at)


ROUTES = (
    Route(
        method="POST", path="/v1/uploads", name="upload", tag="evidence", summary="Take a file in; a command makes it "
        "evidence", does=upload, roles=SENDERS, body=Form, body_media=MULTIPART, answer=Uploaded, status=201,
        key="optional",
    ),
    Route(
        method="GET", path="/v1/evidence/{upload_id}", name="describe_upload", tag="evidence", does=describe,
        summary="What is known of a file: for its sender and staff", answer=Uploaded, also=(404,),
    ),
    Route(
        method="GET", path="/v1/evidence/{upload_id}/original", name="original", tag="evidence", does=original,
        summary="The file itself, unchanged, as an attachment: for its sender and staff",
        answer=bytes, answer_media="application/octet-stream", also=(404,),
    ),
)  # fmt: skip
