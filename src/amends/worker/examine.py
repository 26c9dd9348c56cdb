"""One file's examination: its bytes are compared, scanned, and taken apart in the sandbox; a finding comes out.

The bytes scanned are the bytes served: they are compared with the SHA-256 the file was taken in under after they were
opened, and what is served later opens under the same key or not at all. Only a clean answer under every limit is clean.
The opened file lies in a private folder while it is looked at and is gone when that is done.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import structlog

from amends.handle import Hinge
from amends.media import clamd, sandbox
from amends.proof.seal import Unsealable
from amends.settings import Settings
from amends.store import derivatives, pictures, uploads
from amends.store.checks import Finding
from amends.store.derivatives import WHOLE, Area, Made, Variant
from amends.store.rows import UploadRow
from amends.store.uploads import Erased

READ_AT_ONCE_BYTES = 256 * 1024
SHORTLY = timedelta(seconds=5)
SIDES: dict[int, Variant] = {160: "w160", 640: "w640", 1600: "w1600"}
IN_A_WHILE = timedelta(minutes=1)
SCANNER_ABSENT = frozenset({"unreachable", "garbled"})
"""Why a file was not scanned that cannot lie with the file: it is asked again for as long as it takes."""
SCANNER_FAILED = frozenset({"timeout", "scanner_error", "size_differs"})
"""Why a file was not scanned that may lie with either: it is asked again for about an hour."""
log = structlog.get_logger("amends.checks")


class Later(msgspec.Struct, frozen=True):
    """The file could not be examined now. `blameless`: for a reason that is not the file's."""

    why: str
    blameless: bool = True
    rest: timedelta = SHORTLY


class Damaged(Exception):
    """The stored bytes are not those that were taken in."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What an examination needs: the hinge, the settings, and a private folder."""

    hinge: Hinge
    settings: Settings
    folder: Path


async def examine(bench: Bench, marketplace: str, upload: UploadRow) -> Finding | Later:
    """Examine a file and store what was made of it."""
    try:
        key = await derivatives.key_of(bench.hinge.db, marketplace, upload)
    except Erased:
        return Finding("unscannable", "erased")
    with TemporaryDirectory(dir=bench.folder) as folder:
        path = Path(folder) / "file"
        try:
            await opened(bench, marketplace, upload, path)
        except Damaged as damage:
            log.error("file_damaged", marketplace=marketplace, upload=upload.upload_id, found=str(damage))
            return Finding("unscannable", "damaged")
        except FileNotFoundError:  # or somebody named the wrong bucket: nothing final is made of it at once
            log.error("file_missing", marketplace=marketplace, upload=upload.upload_id)
            return Later("missing", blameless=False, rest=IN_A_WHILE)
        scanned = await _scan(bench, path, upload)
        if scanned is not None:
            return scanned
        seen = await sandbox.process(path, upload.media_type)
    if isinstance(seen, sandbox.Unprocessable):
        return Later(seen.code, blameless=False) if seen.ours else Finding("refused", seen.code, seen.says)
    return await _kept(bench, marketplace, upload, key, seen)


async def redraw(bench: Bench, marketplace: str, upload: UploadRow, drawing: Sequence[Area]) -> bool | Later:
    """Make and store the copy with these areas painted over; False where the file has no pages to paint on."""
    key = await derivatives.key_of(bench.hinge.db, marketplace, upload)
    with TemporaryDirectory(dir=bench.folder) as folder:
        path = Path(folder) / "file"
        await opened(bench, marketplace, upload, path)
        seen = await sandbox.process(path, upload.media_type, redactions=drawing)
    if isinstance(seen, sandbox.Unprocessable):
        return Later(seen.code, blameless=not seen.ours) if seen.ours else False
    if not seen.pages:
        return False
    made = _pictures(seen)
    await derivatives.keep(bench.hinge.db, marketplace, upload, key, derivatives.digest(drawing), made)
    return True


async def opened(bench: Bench, marketplace: str, upload: UploadRow, path: Path) -> None:
    """Open the file's bytes into `path`.

    Raises `Damaged` when they are not those that were taken in, `FileNotFoundError` when there are none.
    """
    try:
        await uploads.plain_to(bench.hinge.db, marketplace, upload, path)
    except Unsealable as problem:
        raise Damaged(f"the bytes do not open: {problem}") from problem
    sha256, size_bytes = await asyncio.to_thread(_measured, path)
    if (sha256, size_bytes) != (upload.sha256, upload.size_bytes):
        raise Damaged(f"SHA-256 {sha256} of {size_bytes} bytes, not {upload.sha256} of {upload.size_bytes}")


async def _scan(bench: Bench, path: Path, upload: UploadRow) -> Finding | Later | None:
    """None when the scanner finds nothing, or is switched off."""
    address = bench.settings.scanner
    if address == "off":
        return None
    limit_bytes = bench.settings.max_upload_bytes + 1
    match await clamd.scan(address, _chunks(path), upload.size_bytes, limit_bytes):
        case clamd.Clean():
            return None
        case clamd.Infected(signature=signature):
            log.warning("file_infected", upload=upload.upload_id, signature=signature)
            return Finding("refused", "infected", infected=True, sha256=upload.sha256)
        case clamd.NotScanned(why=why, detail=detail):
            log.warning("file_not_scanned", upload=upload.upload_id, why=why, detail=detail)
            if why in SCANNER_FAILED:
                return Later(why, blameless=False, rest=IN_A_WHILE)
            return Later(why) if why in SCANNER_ABSENT else Finding("unscannable", why)


async def _kept(bench: Bench, marketplace: str, upload: UploadRow, key: bytes, seen: sandbox.Processed) -> Finding:
    """Store pictures, text, claims and hashes; only then is the file clean."""
    db, made = bench.hinge.db, _pictures(seen)
    if seen.text_preview is not None:
        made.append(Made("text", 1, 0, 0, "text/plain", seen.text_preview.encode()))
    await derivatives.keep(db, marketplace, upload, key, WHOLE, made)
    await pictures.add(db, marketplace, upload.upload_id, seen.hashes)
    claims = dict(seen.claims) | ({} if seen.duration_ms is None else {"duration_ms": str(seen.duration_ms)})
    facts = derivatives.seal(key, msgspec.json.encode(claims), "claims", upload.upload_id) if claims else None
    return Finding("clean", sha256=upload.sha256, pages=len(seen.pages), facts=facts)


def _pictures(seen: sandbox.Processed) -> list[Made]:
    return [
        Made(SIDES[side], page.number, *page.size_of(side), "image/webp", data)
        for page in seen.pages
        for side, data in page.webp.items()
    ]


def _measured(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:  # each read runs in a thread
        while piece := await asyncio.to_thread(file.read, READ_AT_ONCE_BYTES):
            yield piece
