"""Closed cases full of marked texts, and a search that finds every mark a thief of database and keys could read."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec

from amends.law.actors import Actor
from amends.proof.seal import Unsealable, open_bytes
from amends.store import cases, orders, uploads, vault
from amends.store.cases import CaseFilter
from amends.store.connect import Database
from amends.store.rows import UploadRow
from amends.sweep import advance
from tests.cast import FILING, MARKET, MONDAY, OLGA, Stage

PLENTY = uploads.Quota(10_000, 10**12)
EVERY_TABLE = """
SELECT c.relname FROM pg_catalog.pg_class c
WHERE c.relnamespace = 'amends'::regnamespace AND c.relkind = 'r' ORDER BY c.relname
"""


def mark(party: str, number: int) -> str:
    """A text that stands in everything this party of this case says and is called."""
    return f"{party.upper()}-{number:03}-SAID"


async def a_case(stage: Stage, number: int, *, photo: bool = False) -> str:
    """A case of a buyer and a seller of its own, closed because nobody went on; every text of theirs is marked."""
    buyer, seller = Actor("buyer", f"b{number}", mark("buyer", number)), Actor("seller", f"s{number}")
    says = mark("buyer", number)
    order_id = f"P{number:03}"
    case_id = await stage.order(
        order_id,
        buyer={"id": buyer.id, "name": f"Name {says}", "email": f"{says}@example.com"},
        seller={"id": seller.id, "name": f"Shop {mark('seller', number)}"},
        fulfilment={
            "mode": "ship_by_seller", "carrier": "charlie", "delivered_at": (MONDAY - timedelta(days=1)).isoformat(),
            "tracking_number": f"JX-{says}",
        },
    )  # fmt: skip
    evidence: list[dict[str, Any]] = [{"type": "photo_of_item", "text": f"A crack, {says}"}]
    if photo:
        evidence.append({"type": "photo_of_item", "upload": (await a_file(stage.db, buyer, says)).upload_id})
    filing = FILING | {"statement": f"It does not switch on, {says}", "evidence": evidence}
    await stage.act(case_id, buyer, "file_request", order_id=order_id, line_id="1", key="k", **filing)
    await stage.act(case_id, seller, "reject_request", statement=f"It worked, {mark('seller', number)}")
    return case_id


async def a_file(db: Database, owner: Actor, says: str) -> UploadRow:
    data = f"bytes of {says}".encode()
    digest = hashlib.sha256(data).hexdigest()
    row = UploadRow(str(uuid4()), owner.role, owner.id, digest, len(data), "text/plain", f"{says}.txt", MONDAY)
    path = db.data_dir / f"{row.upload_id}.part"
    path.write_bytes(data)
    kept = await uploads.keep(db, MARKET, path, row, PLENTY)
    path.unlink(missing_ok=True)
    return kept


async def close_all(stage: Stage) -> None:
    """Let so much time pass that every case is closed."""
    await advance(stage.hinge, MARKET, MONDAY + timedelta(days=90))
    rows = (await cases.list_cases(stage.db, MARKET, CaseFilter(), limit=500)).rows
    assert {row.projection.stage for row in rows} == {"closed"}


async def order_erasure(stage: Stage, case_id: str, party: str) -> None:
    await stage.act(case_id, OLGA, "erase_personal_data", party=party, statement="Asked for by letter")


async def lying_about(admin_url: str, db: Database, marks: list[str]) -> set[str]:
    """The marks found as they are in any column of any table, or in any file of the data folder but the keys."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "amends"})
    try:
        text = [
            row[0]
            for table in await connection.fetch(EVERY_TABLE)
            for row in await connection.fetch(f'SELECT t::text FROM "{table["relname"]}" t')
        ]
    finally:
        await connection.close()
    everything = "\n".join(text)
    found = {each for each in marks if each in everything or each.encode().hex() in everything}
    files = b"".join(path.read_bytes() for path in db.data_dir.rglob("*") if path.is_file())
    return found | {each for each in marks if each.encode() in files}


async def readable(db: Database, marks: list[str]) -> set[str]:
    """The marks that can be read with every key there is: cases, events, orders, files and their names."""
    seen = bytearray()
    async for history in cases.histories(db, MARKET):
        seen += history.case.state + b"".join(event.body for event in history.events)
    async for order in orders.iterate(db, MARKET):
        seen += order.facts
    seen += await _of_files(db)
    return {each for each in marks if each.encode() in seen}


async def _of_files(db: Database) -> bytes:
    async with db.reading(MARKET) as connection:
        rows = await connection.fetch("SELECT upload_id::text AS id FROM upload")
    seen = bytearray()
    for found in rows:
        row = await uploads.get(db, MARKET, found["id"])
        assert row is not None
        seen += msgspec.json.encode(row)
        try:
            seen += b"".join([piece async for piece in uploads.plain(db, MARKET, row)])
        except uploads.Erased:
            continue
    return bytes(seen)


async def keys_open(db: Database, case_id: str, sealed: bytes, context: bytes) -> bool:
    """Whether any key the case has left opens these bytes."""
    for key in (await vault.keys_of(db, MARKET, f"case:{case_id}")).values():
        try:
            open_bytes(key, sealed, context)
        except Unsealable:
            continue
        return True
    return False
