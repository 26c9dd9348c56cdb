"""Files on their way in: a ticket that fixes the instant of receipt, and a plain form; resumable uploads are in tus.py.

A file belongs to whoever sent it; a command of its sender makes it evidence. A ticket may be named in a command before
its bytes are there. Getting files out again is the affair of evidence.py.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from amends.api import intake
from amends.api.call import Answer, Call, answer
from amends.api.forms import ENVELOPE_BYTES, MULTIPART, SentFile, announced_bytes
from amends.api.problems import problem
from amends.api.route import Route
from amends.proof.receipt import UploadReceipt
from amends.reception import taking
from amends.store.rows import UploadRow

SENDERS = frozenset({"buyer", "seller", "carrier"})
TUS = "/v1/uploads/tus"
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, lower-case hexadecimal")]


class AskForTicket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that will be sent: what it is called, how long it is, what it is, and its digest."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    size_bytes: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    media_type: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    sha256: Digest


class Ticket(msgspec.Struct, frozen=True):
    """A promise of a file: received at `ticket_at` if its bytes come in time. Send them to either address."""

    id: str
    ticket_at: datetime
    expires_at: datetime
    send_to: str
    send_resumably_to: str
    receipt: UploadReceipt


class Uploaded(msgspec.Struct, frozen=True):
    """A file. `media_type` is what its bytes say, `ticket_at` the receipt, `received_at` null until bytes came."""

    id: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    ticket_at: datetime
    received_at: datetime | None
    receipt: UploadReceipt


class Form(msgspec.Struct, frozen=True):
    """The form: one file."""

    file: bytes


class UploadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket whose bytes these are, if there is one."""

    ticket: str | None = None


async def take_ticket(call: Call) -> Answer:
    """Fix the instant of receipt of a file that is still to be sent."""
    asked: AskForTicket = call.body
    with intake.said_plainly(call):
        sender = intake.sender_of(call)
        row = await taking.new_ticket(sender, asked.name, asked.size_bytes, asked.media_type, asked.sha256)
    return answer(ticket(call, row), 201)


async def upload(call: Call) -> Answer:
    """Take a file in."""
    query: UploadQuery = call.query
    with intake.said_plainly(call):
        sender = intake.sender_of(call)
        row = await taking.own_ticket(sender, query.ticket) if query.ticket is not None else None
        limit = row.size_bytes if row else sender.limit_bytes
        if (announced_bytes(call) or 0) > limit + ENVELOPE_BYTES:
            raise problem("too_large", f"There may be at most {limit} bytes.")
        sent = await SentFile(call).opened()
        if row is None:
            kept = await taking.whole(sender, sent.name, sent.declared, sent.chunks())
        else:
            kept = await taking.promised(sender, row, sent.chunks())
    return answer(uploaded(call, kept), 201)


def ticket(call: Call, row: UploadRow) -> Ticket:
    """A ticket as its holder sees it."""
    to = f"/v1/uploads?ticket={row.upload_id}"
    return Ticket(
        row.upload_id, row.ticket_at, taking.deadline_of(row), to, f"{TUS}/{row.upload_id}", receipt_of(call, row)
    )


def uploaded(call: Call, row: UploadRow) -> Uploaded:
    """A file as its sender and staff see it."""
    return Uploaded(row.upload_id, row.sha256, row.size_bytes, row.media_type, row.name, row.ticket_at, row.received_at,
                    receipt_of(call, row))  # fmt: skip


def receipt_of(call: Call, row: UploadRow) -> UploadReceipt:
    """What the sender can hold against the house: this file, announced or received at this instant."""
    return call.hinge.db.signer.upload_receipt(row.upload_id, row.sha256, row.ticket_at)


ROUTES = (
    Route(
        method="POST", path="/v1/upload-tickets", name="take_ticket", tag="evidence", does=take_ticket,
        summary="Announce a file: the instant of its receipt is fixed before its bytes are sent", roles=SENDERS,
        body=AskForTicket, answer=Ticket, status=201, key="optional", also=(413, 507),
    ),
    Route(
        method="POST", path="/v1/uploads", name="upload", tag="evidence", summary="Take a file in; a command makes it "
        "evidence", does=upload, roles=SENDERS, query=UploadQuery, body=Form, body_media=MULTIPART, answer=Uploaded,
        status=201, key="optional", also=(404, 410, 507),
    ),
)  # fmt: skip
