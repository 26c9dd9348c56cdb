"""Erasures carried out: the law orders them by an event, here the keys are destroyed and the files deleted.

Four steps, each of which may be repeated: a line in the journal outside the database, the keys (with a fresh state of
what can still be read), the files, and the mark that all is done. Killed between any two, the next round begins again
with the first. The journal is what tells a restored copy of the database what was erased after the copy was made.
"""

import os
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from amends.proof.hashes import canonical
from amends.store import cases, checks, drafts, marketplaces, pictures, uploads
from amends.store.connect import Connection, Database
from amends.store.files import blob_path
from amends.store.statements import load
from amends.store.vault import CaseKeys, destroy, sync_folder
from amends.store.written import encode_case, folded

SQL = load("erasure")
JOURNAL = "erasures.jsonl"
AT_ONCE = 100


class Erasure(msgspec.Struct, frozen=True):
    """Whose data of which case is to go; `event` is the hash (hex) of the event that ordered it, `at` its instant."""

    marketplace: str
    case: str
    event: str
    at: datetime
    subjects: tuple[str, ...]
    v: Literal[1] = 1


class _Ordered(msgspec.Struct):
    subjects: tuple[str, ...]


_decode_order = msgspec.json.Decoder(_Ordered).decode
_decode_line = msgspec.json.Decoder(Erasure).decode


async def pending(db: Database, marketplace: str, limit: int = AT_ONCE) -> list[Erasure]:
    """Erasures the law ordered and that are not done, the oldest first."""
    async with db.reading(marketplace) as connection:
        rows = await connection.fetch(SQL["pending"], marketplace, limit)
    return [
        Erasure(marketplace, str(row["case_id"]), row["hash"].hex(), row["at"], _decode_order(row["body"]).subjects)
        for row in rows
    ]


async def apply(db: Database, erasure: Erasure) -> bool:
    """Carry one erasure out, from wherever it was left; False when this database has no such case."""
    note(db.vault.folder, erasure)
    files = await _destroy_keys(db, erasure)
    if files is None:
        return False
    for path in await paths_of(db, erasure.marketplace, files):
        await db.files.delete(path)
    await _mark(db, erasure, [upload_id for upload_id, _ in files])
    return True


async def again(db: Database) -> AsyncIterator[Erasure]:
    """Carry out what the journal knows and this database, put back from a copy, does not; gives each one done."""
    by_place: dict[str, list[Erasure]] = {}
    for erasure in journal(db.vault.folder):
        by_place.setdefault(erasure.marketplace, []).append(erasure)
    here = set(await marketplaces.all_ids(db))
    for marketplace, erasures in by_place.items():
        if marketplace not in here:
            continue
        async with db.reading(marketplace) as connection:
            rows = await connection.fetch(SQL["done"], marketplace, [bytes.fromhex(each.event) for each in erasures])
        done = {row["hash"].hex() for row in rows}
        for erasure in {each.event: each for each in erasures if each.event not in done}.values():
            if await apply(db, erasure):
                yield erasure


def journal(folder: Path) -> list[Erasure]:
    """Every line of the journal, in order. A last line cut short by a crash was not acted on and is left out.

    Raises ValueError for any other line that cannot be read: what it said must not be lost silently.
    """
    path = folder / JOURNAL
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    found: list[Erasure] = []
    for number, line in enumerate(lines, start=1):
        try:
            found += [_decode_line(line)] if line else []
        except msgspec.DecodeError as defect:
            if number < len(lines):
                raise ValueError(f"line {number} of {path} cannot be read: {defect}") from None
    return found


def note(folder: Path, erasure: Erasure) -> None:
    """Write the erasure into the journal, durably, unless it is there."""
    if erasure in journal(folder):
        return
    path = folder / JOURNAL
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        _drop_torn_line(handle)
        os.write(handle, canonical(erasure) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(folder)


def _drop_torn_line(handle: int) -> None:
    size = os.fstat(handle).st_size
    kept = os.pread(handle, size, 0).rfind(b"\n") + 1
    if kept < size:
        os.ftruncate(handle, kept)


async def _destroy_keys(db: Database, erasure: Erasure) -> list[tuple[str, bytes | None]] | None:
    """Destroy the keys and write what is left of the state; answers the uploads whose files are to go."""
    marketplace, case_id = erasure.marketplace, erasure.case
    async with db.writing(marketplace) as connection:
        row = await connection.fetchrow(SQL["lock_case"], marketplace, case_id)
        if row is None:
            return None
        await connection.execute(SQL["destroy"], marketplace, case_id, list(erasure.subjects), erasure.at)
        await _write_state(db, connection, erasure, row["revision"])
        await _destroy_order_keys(connection, erasure, row["order_id"])
        found = await connection.fetch(SQL["uploads"], marketplace, case_id, list(erasure.subjects))
        files = [(str(each["upload_id"]), each["blob"]) for each in found]
        await connection.execute(SQL["destroy_data_keys"], marketplace, [f"upload:{each}" for each, _ in files])
    return files


async def _write_state(db: Database, connection: Connection, erasure: Erasure, revision: int) -> None:
    """The case folded from its events as they can still be read, under a key of its own."""
    marketplace, case_id = erasure.marketplace, erasure.case
    left = await connection.fetch(SQL["left"], marketplace, case_id)
    keys = CaseKeys(db.vault, marketplace, case_id, [row["wrapped"] for row in left])
    case = folded(case_id, await cases.events_within(db.vault, connection, marketplace, case_id))
    sealed = keys.seal_state(revision, encode_case(case))
    for subject, wrapped in keys.made:
        await connection.execute(SQL["add_key"], marketplace, case_id, subject, wrapped, erasure.at)
    await connection.execute(SQL["write_state"], marketplace, case_id, sealed)


async def _destroy_order_keys(connection: Connection, erasure: Erasure, order_id: str) -> None:
    arguments = (erasure.marketplace, order_id, erasure.case, list(erasure.subjects))
    rows = await connection.fetch(SQL["order_subjects"], *arguments)
    await destroy(connection, erasure.marketplace, f"order:{order_id}", [row["subject"] for row in rows])


async def paths_of(db: Database, marketplace: str, files: Iterable[tuple[str, bytes | None]]) -> list[str]:
    """Where the originals and the pictures made of them lie."""
    ids = [upload_id for upload_id, _ in files]
    async with db.reading(marketplace) as connection:
        made = await connection.fetch(SQL["derivatives"], marketplace, ids)
    originals = [blob_path(marketplace, blob.hex()) for _, blob in files if blob is not None]
    return [*originals, *(row["blob"] for row in made)]


async def _mark(db: Database, erasure: Erasure, upload_ids: list[str]) -> None:
    """Forget what is left beside the files, and note that the erasure is done: one commit."""
    marketplace = erasure.marketplace
    async with db.writing(marketplace) as connection:
        await drafts.forget(connection, marketplace, erasure.case, erasure.subjects)
        await checks.forget(connection, marketplace, upload_ids)
        await pictures.forget(connection, marketplace, upload_ids)
        await uploads.forget(connection, marketplace, upload_ids)
        await connection.execute(SQL["mark"], marketplace, erasure.case, bytes.fromhex(erasure.event))
