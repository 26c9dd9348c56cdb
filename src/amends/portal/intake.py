"""Files that come with a form, on their way in: taken by the same rules as the API takes them (reception/)."""

from collections.abc import AsyncIterator

import msgspec
from litestar.datastructures import UploadFile

from amends.portal.visit import Visit
from amends.reception.refusing import NotTaken as Refused
from amends.reception.taking import Sender, whole
from amends.store.rows import UploadRow

READ_AT_ONCE_BYTES = 256 * 1024


class NotTaken(msgspec.Struct, frozen=True):
    """Why a file was not taken, in the visitor's language; `name` is the file's own."""

    name: str
    says: str


def sender(visit: Visit, key: str | None = None) -> Sender:
    """The visitor as a sender of files."""
    return Sender(visit.hinge, visit.portal.settings, visit.marketplace, visit.actor, key)


async def take(visit: Visit, file: UploadFile) -> str | NotTaken:
    """Keep a file; its upload id, or why it was not taken.

    A file of a form that is sent twice is the one that was taken first: the form's key and the file's place name it.
    """
    found = await kept(visit, file)
    return found if isinstance(found, NotTaken) else found.upload_id


async def kept(visit: Visit, file: UploadFile) -> UploadRow | NotTaken:
    """Keep a file; its row, or why it was not taken."""
    name = file.filename
    try:
        return await whole(sender(visit, _key(visit, file)), name, file.content_type, _chunks(file))
    except Refused as why:
        return NotTaken(name, f"{name}: {why.says[visit.locale]}")


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(READ_AT_ONCE_BYTES):
        yield chunk


def _key(visit: Visit, file: UploadFile) -> str | None:
    form = visit.form.get("key")
    return f"form-{form}-{visit.files.index(file)}" if form else None
