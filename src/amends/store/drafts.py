"""Drafts: commands a party has prepared in a case. Saved, read by their author, withdrawn, settled by the sweep.

What a draft says is sealed under the case's key of its author's side, so erasing that side takes its drafts too. All
writing holds the case's lock, as a sweep does: a draft is filed as it stood, or as it was changed, never in between.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec
from msgspec import Struct

from amends.proof.seal import Unsealable, open_bytes, seal_bytes
from amends.store.connect import Connection, Database
from amends.store.rows import DraftRow
from amends.store.statements import load
from amends.store.vault import CaseKeys

SQL = load("drafts")
REFUSAL = b"|refusal"


class Waiting(Struct, frozen=True, kw_only=True):
    """A draft that is to file itself, as a claim of due deadlines brings it: still sealed."""

    role: str
    author_id: str
    command: str
    body: str
    deadline_id: str
    given: int
    saved_at: datetime


_decode_waiting = msgspec.json.Decoder(list[Waiting]).decode


async def save(db: Database, marketplace: str, draft: DraftRow) -> bool:
    """Keep a draft in the place of the one before; False where there is no such case, or its author was erased."""
    async with db.writing(marketplace) as connection:
        case = await connection.fetchrow(SQL["lock_case"], marketplace, draft.case_id)
        if case is None:
            return False
        keys = CaseKeys(db.vault, marketplace, draft.case_id, case["keys"], case["key_generation"])
        body = seal_bytes(
            keys.of(draft.role), draft.body, _place(draft.case_id, draft.role, draft.author_id, draft.command)
        )
        if keys.made and case["erased"]:
            return False
        for subject, wrapped in keys.made:
            await connection.execute(SQL["add_key"], marketplace, draft.case_id, subject, wrapped, draft.saved_at)
            await connection.execute(SQL["keys_changed"], marketplace, draft.case_id)
        await connection.execute(
            SQL["save"],
            marketplace,
            draft.case_id,
            draft.role,
            draft.author_id,
            draft.command,
            body,
            draft.file_at_deadline,
            draft.deadline_id,
            draft.given,
            draft.saved_at,
        )
    return True


async def of_author(
    db: Database, marketplace: str, case_id: str, role: str, author_id: str, command: str | None = None
) -> list[DraftRow]:
    """The author's drafts in a case, oldest first: all, or the one of a command. Those whose key is gone are gone."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["of_author"], marketplace, case_id, role, author_id, command)
    return [found for row in rows if (found := _opened(db, marketplace, row)) is not None]


async def withdraw(db: Database, marketplace: str, case_id: str, role: str, author_id: str, command: str) -> bool:
    """Delete a draft; False where there is none."""
    async with db.writing(marketplace) as connection:
        await connection.fetchrow(SQL["lock_case"], marketplace, case_id)
        return bool(await connection.fetchval(SQL["withdraw"], marketplace, case_id, role, author_id, command))


async def settle(
    connection: Connection, marketplace: str, draft: DraftRow, keys: CaseKeys, at: datetime, refusal: bytes | None
) -> None:
    """Filed, or refused for the reason given, in the transaction that files it."""
    place = _place(draft.case_id, draft.role, draft.author_id, draft.command)
    why = None if refusal is None else seal_bytes(keys.of(draft.role), refusal, place + REFUSAL)
    whose = (marketplace, draft.case_id, draft.role, draft.author_id, draft.command)
    await connection.execute(SQL["settle"], *whose, "filed" if refusal is None else "refused", at, why)


async def forget(connection: Connection, marketplace: str, case_id: str, parties: Sequence[str]) -> None:
    """Delete the drafts of these parties in a case, in the transaction of `connection`."""
    await connection.execute(SQL["forget"], marketplace, case_id, list(parties))


def waiting(case_id: str, found: bytes | None, keys: CaseKeys) -> tuple[DraftRow, ...]:
    """The drafts of a locked case that are to file themselves, opened; `found` is what the claim read."""
    if not found:
        return ()
    drafts = list[DraftRow]()
    for each in _decode_waiting(found):
        place = _place(case_id, each.role, each.author_id, each.command)
        body = _plain(keys.get(each.role), bytes.fromhex(each.body), place)
        if body is None:
            continue
        values = msgspec.structs.asdict(each) | {"case_id": case_id, "body": body, "file_at_deadline": True}
        drafts.append(DraftRow(**values))
    return tuple(drafts)


def _opened(db: Database, marketplace: str, row: asyncpg.Record) -> DraftRow | None:
    case_id = str(row["case_id"])
    key = CaseKeys(db.vault, marketplace, case_id, row["keys"], row["key_generation"]).get(row["role"])
    place = _place(case_id, row["role"], row["author_id"], row["command"])
    body = _plain(key, row["body"], place)
    if body is None:
        return None
    refusal = None if row["refusal"] is None else _plain(key, row["refusal"], place + REFUSAL)
    stored = {name: row[name] for name in DraftRow.__struct_fields__}
    return DraftRow(**stored | {"case_id": case_id, "body": body, "refusal": refusal})


def _plain(key: bytes | None, sealed: bytes, place: bytes) -> bytes | None:
    """What was sealed; None where its key is gone or it does not open: one damaged draft must not stop others."""
    try:
        return None if key is None else open_bytes(key, sealed, place)
    except Unsealable:
        return None


def _place(case_id: str, role: str, author_id: str, command: str) -> bytes:
    return "|".join(("draft", case_id, role, author_id, command)).encode()
