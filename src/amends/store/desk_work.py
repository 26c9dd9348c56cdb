"""Work in hand on the desk: one adjudicator's findings and reasons in one case, and decisions waiting out their minute.

What is written is sealed under the case's key of the staff, as drafts of parties are under theirs. A staged decision
is taken by one worker at a time; who undoes it before that has it back as it was.
"""

from datetime import datetime
from typing import Literal

import asyncpg
import msgspec
from msgspec import Struct

from amends.proof.seal import Unsealable, open_bytes, seal_bytes
from amends.store import drafts
from amends.store.connect import Database
from amends.store.statements import load
from amends.store.vault import CaseKeys

SQL, LOCK = load("desk"), drafts.SQL
State = Literal["kept", "staged", "filing", "filed", "refused"]
REFUSAL = b"|refusal"


class Work(Struct, frozen=True, kw_only=True):
    """An adjudicator's work in a case. `files_at`: a staged decision goes out then. `refusal` says why it did not."""

    case_id: str
    staff_id: str
    staff_name: str | None
    body: bytes
    saved_at: datetime
    state: State = "kept"
    findings_saved: bool = False
    files_at: datetime | None = None
    version: int = 1
    refusal: bytes | None = None


class Sheet(Struct, frozen=True):
    """What is written in a piece of work: the form's fields, and of a staged decision its command and its key."""

    fields: dict[str, str]
    command: msgspec.Raw = msgspec.Raw(b"null")
    key: str = ""


_decode_sheet = msgspec.json.Decoder(Sheet).decode


def sheet_of(work: Work | None) -> Sheet:
    """What the work holds; an empty sheet where there is none."""
    return _decode_sheet(work.body) if work is not None else Sheet({})


class Waiting(Struct, frozen=True):
    """A decision of somebody that is going out, or came back."""

    case_id: str
    state: State
    files_at: datetime | None


async def save(db: Database, marketplace: str, work: Work) -> bool:
    """Keep work in the place of what was; False where there is no such case, or a decision of it is going out."""
    async with db.writing(marketplace) as connection:
        case = await connection.fetchrow(LOCK["lock_case"], marketplace, work.case_id)
        if case is None:
            return False
        keys = CaseKeys(db.vault, marketplace, work.case_id, case["keys"], case["key_generation"])
        body = seal_bytes(keys.of("staff"), work.body, _place(work.case_id, work.staff_id))
        for subject, wrapped in keys.made:
            await connection.execute(LOCK["add_key"], marketplace, work.case_id, subject, wrapped, work.saved_at)
            await connection.execute(LOCK["keys_changed"], marketplace, work.case_id)
        saved = await connection.fetchval(
            SQL["save_work"], marketplace, work.case_id, work.staff_id, work.staff_name, work.state, body,
            work.findings_saved, work.saved_at, work.files_at,
        )  # fmt: skip
    return bool(saved)


async def of(db: Database, marketplace: str, case_id: str, staff_id: str) -> Work | None:
    """A person's work in a case, or None; work whose key is gone is gone."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["work_of"], marketplace, case_id, staff_id)
    return None if row is None else _opened(db, marketplace, row)


async def waiting(db: Database, marketplace: str, staff_id: str) -> list[Waiting]:
    """A person's decisions that are going out, or came back."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["waiting_of"], marketplace, staff_id)
    return [Waiting(str(row["case_id"]), row["state"], row["files_at"]) for row in rows]


async def undo(db: Database, marketplace: str, case_id: str, staff_id: str) -> bool:
    """Take a staged decision back; False when it is not (or no longer) staged."""
    async with db.writing(marketplace) as connection:
        return bool(await connection.fetchval(SQL["undo"], marketplace, case_id, staff_id))


async def drop(db: Database, marketplace: str, case_id: str, staff_id: str) -> None:
    """Throw a person's work in a case away."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["drop_work"], marketplace, case_id, staff_id)


async def claim_staged(db: Database, marketplace: str, now: datetime, *, limit: int = 20) -> list[Work]:
    """Decisions whose minute is over, now this worker's to file."""
    async with db.writing(marketplace) as connection:
        rows = await connection.fetch(SQL["claim_staged"], marketplace, now, limit)
    return [work for row in rows if (work := _opened(db, marketplace, row)) is not None]


async def settle(db: Database, marketplace: str, work: Work, refusal: bytes | None) -> None:
    """It was filed, or refused for the reason given and is its author's again."""
    async with db.writing(marketplace) as connection:
        why = None
        if refusal is not None:
            row = await connection.fetchrow(SQL["work_of"], marketplace, work.case_id, work.staff_id)
            key = _keys(db, marketplace, row).get("staff") if row is not None else None
            why = None if key is None else seal_bytes(key, refusal, _place(work.case_id, work.staff_id) + REFUSAL)
        state = "filed" if refusal is None else "refused"
        await connection.execute(
            SQL["settle"], marketplace, work.case_id, work.staff_id, work.version, state, why
        )  # fmt: skip


def _keys(db: Database, marketplace: str, row: asyncpg.Record) -> CaseKeys:
    return CaseKeys(db.vault, marketplace, str(row["case_id"]), row["keys"], row["key_generation"])


def _opened(db: Database, marketplace: str, row: asyncpg.Record) -> Work | None:
    case_id, key = str(row["case_id"]), _keys(db, marketplace, row).get("staff")
    place = _place(case_id, row["staff_id"])
    try:
        if key is None:
            return None
        body = open_bytes(key, row["body"], place)
        refusal = None if row["refusal"] is None else open_bytes(key, row["refusal"], place + REFUSAL)
    except Unsealable:
        return None
    stored = {name: row[name] for name in Work.__struct_fields__}
    return Work(**stored | {"case_id": case_id, "body": body, "refusal": refusal})


def _place(case_id: str, staff_id: str) -> bytes:
    return "|".join(("desk work", case_id, staff_id)).encode()
