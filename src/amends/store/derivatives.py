"""Derivatives: pictures and text made of a file, each stored under a key of its own that comes from the file's key.

Whoever destroys the file's key has destroyed them all. `areas` names what was painted over: '' for nothing, otherwise
the digest of the areas, so that a redacted copy is never mistaken for another. Nothing here draws.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, TypeAlias

import asyncpg
import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amends.proof.hashes import canonical
from amends.proof.seal import open_bytes, seal_bytes
from amends.store import vault
from amends.store.connect import Database
from amends.store.files import blob_path
from amends.store.rows import UploadRow
from amends.store.statements import load
from amends.store.uploads import Erased

SQL = load("derivatives")
WHOLE = ""
"""The areas of a copy in which nothing is painted over."""
Area: TypeAlias = tuple[int, int, int, int, int]
"""page (from 1), left, top, width, height; all but the page in 1/10000 of the page's sides."""
Variant = Literal["w160", "w640", "w1600", "text"]
CopyState = Literal["wanted", "drawn", "failed"]


class Derivative(msgspec.Struct, frozen=True):
    """One picture or text: what it is, not its bytes. `width` and `height` in pixels, 0 for text."""

    upload_id: str
    areas: str
    variant: Variant
    page: int
    width: int
    height: int
    media_type: Literal["image/webp", "text/plain"]
    size_bytes: int
    blob: str


class Made(msgspec.Struct, frozen=True):
    """A picture or text just made, with its bytes."""

    variant: Variant
    page: int
    width: int
    height: int
    media_type: Literal["image/webp", "text/plain"]
    data: bytes


class WantedCopy(msgspec.Struct, frozen=True):
    """A redacted copy to draw."""

    upload_id: str
    areas: str
    drawing: tuple[Area, ...]
    attempts: int


def digest(drawing: Iterable[Area]) -> str:
    """The name of what is painted over, whatever the order: 64 hex digits, or WHOLE when that is nothing."""
    areas = sorted(set(drawing))
    return hashlib.sha256(canonical(areas)).hexdigest() if areas else WHOLE


async def key_of(db: Database, marketplace: str, row: UploadRow) -> bytes:
    """The key of a file. Raises `Erased` when it was destroyed."""
    found = await vault.keys_of(db, marketplace, f"upload:{row.upload_id}")
    if row.owner_role not in found:
        raise Erased(f"the key of upload {row.upload_id} was destroyed")
    return found[row.owner_role]


def seal(key: bytes, plain: bytes, *what: str) -> bytes:
    """Seal something that belongs to a file, under a key made for just this purpose."""
    context = _context(what)
    return seal_bytes(_subkey(key, context), plain, context)


def unseal(key: bytes, sealed: bytes, *what: str) -> bytes:
    """Open what `seal` closed for the same purpose. Raises `proof.seal.Unsealable`."""
    context = _context(what)
    return open_bytes(_subkey(key, context), sealed, context)


async def keep(db: Database, marketplace: str, upload: UploadRow, key: bytes, areas: str, made: Sequence[Made]) -> None:
    """Store what was made; the bytes lie safely before a row names them. What is there already stays as it is."""
    rows = []
    for one in made:
        sealed = seal(key, one.data, *_names(upload.upload_id, areas, one.variant, one.page))
        blob = blob_path(marketplace, hashlib.sha256(sealed).hexdigest())
        await db.files.put_bytes(blob, sealed)
        rows.append((marketplace, upload.upload_id, areas, one.variant, one.page, one.width, one.height,
                     one.media_type, len(one.data), blob))  # fmt: skip
    async with db.writing(marketplace) as connection:
        await connection.executemany(SQL["add"], rows)


async def of_upload(db: Database, marketplace: str, upload_id: str, areas: str = WHOLE) -> list[Derivative]:
    """Everything made of a file with these areas painted over, by page and size."""
    async with db.reading(marketplace) as connection:
        return [_derivative(row) for row in await connection.fetch(SQL["of_upload"], marketplace, upload_id, areas)]


async def one(db: Database, marketplace: str, upload_id: str, areas: str, variant: str, page: int) -> Derivative | None:
    """One derivative, or None where it was not made."""
    async with db.reading(marketplace) as connection:
        row = await connection.fetchrow(SQL["one"], marketplace, upload_id, areas, variant, page)
    return _derivative(row) if row else None


async def content(db: Database, marketplace: str, upload: UploadRow, derivative: Derivative) -> bytes:
    """The bytes of a derivative. Raises `Erased`, `FileNotFoundError` and `proof.seal.Unsealable`."""
    key = await key_of(db, marketplace, upload)
    sealed = await db.files.get_bytes(derivative.blob)
    return unseal(key, sealed, *_names(upload.upload_id, derivative.areas, derivative.variant, derivative.page))


async def want_copy(db: Database, marketplace: str, upload_id: str, drawing: Sequence[Area]) -> CopyState:
    """Ask for a redacted copy, once; how far it is."""
    areas = digest(drawing)
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["want"], marketplace, upload_id, areas, sorted(set(drawing)))
        state: CopyState = await connection.fetchval(SQL["copy_state"], marketplace, upload_id, areas)
    return state


async def claim_copies(db: Database, marketplace: str, *, limit: int, rest: timedelta) -> list[WantedCopy]:
    """Redacted copies to draw now. One that is not settled within `rest` (longer each time) comes again."""
    async with db.writing(marketplace) as connection:
        rows = await connection.fetch(SQL["claim_copies"], marketplace, limit, rest)
    return [
        WantedCopy(
            upload_id=str(row["upload_id"]),
            areas=row["areas"],
            drawing=msgspec.json.decode(row["drawing"], type=tuple[Area, ...]),
            attempts=row["attempts"],
        )
        for row in rows
    ]


async def settle_copy(db: Database, marketplace: str, copy: WantedCopy, state: CopyState) -> None:
    """The redacted copy was drawn, or never will be."""
    async with db.writing(marketplace) as connection:
        await connection.execute(SQL["settle_copy"], marketplace, copy.upload_id, copy.areas, state)


def _names(upload_id: str, areas: str, variant: str, page: int) -> tuple[str, ...]:
    return "derivative", upload_id, areas, variant, str(page)


def _context(what: Sequence[str]) -> bytes:
    return b"\n".join([b"amends file v1", *(part.encode() for part in what)])


def _subkey(key: bytes, context: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=context).derive(key)


def _derivative(row: asyncpg.Record) -> Derivative:
    values: dict[str, Any] = {name: row[name] for name in Derivative.__struct_fields__}
    return Derivative(**values | {"upload_id": str(row["upload_id"])})
