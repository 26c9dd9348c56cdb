"""Looks: every reading of an original by a member of staff, with the reason given. Rows are only ever added.

A look is written before the first byte leaves, so a look that could not be written is a file that was not shown. The
reason is sealed with the file's key: when the file is erased, that somebody looked stays, and why they did goes.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import msgspec

from amends.proof.seal import Unsealable
from amends.store import derivatives
from amends.store.connect import Database
from amends.store.rows import UploadRow
from amends.store.statements import load
from amends.store.uploads import Erased

SQL = load("looks")


class Look(msgspec.Struct, frozen=True):
    """A look at an original. `case_id` None: not within a case; `reason` None: erased with the file."""

    look_id: str
    upload_id: str
    case_id: str | None
    role: str
    who: str
    what: str
    reason: str | None
    at: datetime


async def record(
    db: Database, marketplace: str, upload: UploadRow, *, case_id: str | None, role: str, who: str, what: str,
    reason: str, at: datetime,
) -> str:  # fmt: skip
    """Write a look down; its id. Nothing may be shown unless this returned.

    `at` is real time, also in a sandbox. Raises `uploads.Erased`.
    """
    look_id = str(uuid4())
    key = await derivatives.key_of(db, marketplace, upload)
    sealed = derivatives.seal(key, reason.encode(), "look", look_id)
    async with db.writing(marketplace) as connection:
        values = (marketplace, look_id, upload.upload_id, case_id, role, who, what, sealed, at)
        await connection.execute(SQL["add"], *values)
    return look_id


async def of_case(
    db: Database, marketplace: str, case_id: str, uploads: Sequence[UploadRow], *, limit: int
) -> list[Look]:
    """The looks at a case's files: those made within it, and those made without naming a case. Oldest first."""
    keys: dict[str, bytes] = {}
    for row in uploads:
        try:
            keys[row.upload_id] = await derivatives.key_of(db, marketplace, row)
        except Erased:
            continue
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["of_case"], marketplace, case_id, [u.upload_id for u in uploads], limit)
    return [
        Look(
            look_id=str(row["look_id"]),
            upload_id=str(row["upload_id"]),
            case_id=str(row["case_id"]) if row["case_id"] else None,
            role=row["role"],
            who=row["who"],
            what=row["what"],
            reason=_reason(keys.get(str(row["upload_id"])), str(row["look_id"]), row["reason"]),
            at=row["at"],
        )
        for row in rows
    ]


def _reason(key: bytes | None, look_id: str, sealed: bytes) -> str | None:
    if key is None:
        return None
    try:
        return derivatives.unseal(key, sealed, "look", look_id).decode()
    except Unsealable:
        return None
