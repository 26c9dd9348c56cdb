"""Asking clamd whether it knows a file: bytes go over its socket, and only one exact answer means clean.

clamd says OK also of what it gave up on, so a size at or above our limit is never sent and never clean. Its own limits
must be larger and must be reported (docs/how-to/scan-evidence.md). Every other outcome is `NotScanned`: a scanner
that is away, slow, full, of another mind or not a scanner at all never makes a file clean.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

import msgspec

Why = Literal["off", "unreachable", "timeout", "too_large", "size_differs", "scanner_limit", "scanner_error", "garbled"]
LONGEST_REPLY = 4_096
LONGEST_PIECE = 256 * 1024
SIGNATURE_CHARS = 200
_FOUND = re.compile(r"stream: ([\x21-\x7e]{1,200}) FOUND")
_GAVE_UP = ("Heuristics.Limits.Exceeded", "Heuristics.Encrypted")
"""Findings that say only that clamd did not look inside: AlertExceedsMax and AlertEncrypted."""
_ADDRESS = re.compile(r"unix:/[^\0]{1,100}|tcp:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]{1,253}):(\d{1,5})|off")


class Clean(msgspec.Struct, frozen=True):
    """clamd read every byte under every limit and knows nothing bad of it."""


class Infected(msgspec.Struct, frozen=True):
    """clamd knows the file, under this name."""

    signature: str


class NotScanned(msgspec.Struct, frozen=True):
    """Nobody can say; the file stays unseen until somebody can. `detail` is for the log, not for parties."""

    why: Why
    detail: str = ""


Verdict = Clean | Infected | NotScanned


class _Sent(Exception):
    """The pieces did not add up to what was announced."""


def address_problem(address: str) -> str | None:
    """What is wrong with a scanner's address, or None."""
    found = _ADDRESS.fullmatch(address)
    if found is None or (found[2] and not 0 < int(found[2]) < 65536):
        return "it must look like unix:/run/clamav/clamd.ctl, tcp:host:3310 or off"
    return None


async def scan(
    address: str, chunks: AsyncIterator[bytes], size_bytes: int, limit_bytes: int, timeout_seconds: float = 60.0
) -> Verdict:
    """What clamd at `address` says of exactly `size_bytes` bytes.

    Bytes that cannot be read (an OSError of `chunks`) count as unreachable, other errors of `chunks` are raised.
    `limit_bytes` is the size from which on nothing is sent; clamd's own limits must lie above it.
    """
    if address == "off":
        return NotScanned("off")
    if size_bytes >= limit_bytes:
        return NotScanned("too_large", f"{size_bytes} bytes of {limit_bytes}")
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _scan(address, chunks, size_bytes)
    except TimeoutError:
        return NotScanned("timeout")
    except _Sent as fault:
        return NotScanned("size_differs", str(fault))


async def ping(address: str, timeout_seconds: float = 2.0) -> bool:
    """Whether a clamd answers there."""
    return await _ask(address, b"zPING\0", timeout_seconds) == "PONG"


async def version(address: str, timeout_seconds: float = 2.0) -> str | None:
    """What clamd calls itself, with the number and date of its signatures; None when it does not answer."""
    reply = await _ask(address, b"zVERSION\0", timeout_seconds)
    return reply if reply and reply.startswith("ClamAV ") else None


async def _scan(address: str, chunks: AsyncIterator[bytes], size_bytes: int) -> Verdict:
    try:
        async with _connection(address) as (reader, writer):
            reply = asyncio.create_task(_reply(reader))
            try:
                if not await _sent(writer, reply, chunks, size_bytes):
                    return _stopped(await reply)
                return _verdict(await reply)
            finally:
                reply.cancel()
    except (OSError, ValueError) as fault:
        return NotScanned("unreachable", type(fault).__name__)


async def _sent(
    writer: asyncio.StreamWriter, reply: asyncio.Task[str], chunks: AsyncIterator[bytes], size_bytes: int
) -> bool:
    """Send all pieces; False when clamd answered or hung up before the end: that is no verdict on the whole."""
    total = 0
    try:
        writer.write(b"zINSTREAM\0")
        async for chunk in chunks:
            total += len(chunk)
            if total > size_bytes:
                raise _Sent(f"more than {size_bytes} bytes came")
            for at in range(0, len(chunk), LONGEST_PIECE):
                piece = chunk[at : at + LONGEST_PIECE]
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
                if reply.done():
                    return False
        if total != size_bytes:
            raise _Sent(f"{total} bytes came of {size_bytes}")
        await asyncio.sleep(0)
        if reply.done():
            return False
        writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        return False
    return True


async def _reply(reader: asyncio.StreamReader) -> str:
    """Everything up to the end of the answer, at most LONGEST_REPLY bytes; empty when there was none."""
    raw = b""
    with suppress(ConnectionError):
        while len(raw) <= LONGEST_REPLY and not raw.endswith(b"\0") and (piece := await reader.read(LONGEST_REPLY)):
            raw += piece
    return raw.decode("latin-1") if len(raw) <= LONGEST_REPLY else ""


def _verdict(reply: str) -> Verdict:
    if reply == "stream: OK\0":
        return Clean()
    found = _FOUND.fullmatch(reply.removesuffix("\0"))
    if found and found[1].startswith(_GAVE_UP):
        return NotScanned("scanner_limit", found[1][:SIGNATURE_CHARS])
    return Infected(found[1]) if found and reply.endswith("\0") else _stopped(reply)


def _stopped(reply: str) -> NotScanned:
    """Why there is no verdict, in clamd's words where they are its own."""
    plain = "".join(each for each in reply if each.isprintable())[:SIGNATURE_CHARS]
    if "size limit exceeded" in reply:
        return NotScanned("scanner_limit", plain)
    return NotScanned("scanner_error" if plain.endswith("ERROR") else "garbled", plain)


async def _ask(address: str, command: bytes, timeout_seconds: float) -> str | None:
    with suppress(TimeoutError, OSError, ValueError):
        async with asyncio.timeout(timeout_seconds), _connection(address) as (reader, writer):
            writer.write(command)
            await writer.drain()
            reply = await _reply(reader)
            return reply[:-1] if reply.endswith("\0") else None
    return None


@asynccontextmanager
async def _connection(address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection, closed for certain. Raises OSError, and ValueError for an address that is none."""
    if problem := address_problem(address):
        raise ValueError(problem)
    scheme, _, rest = address.partition(":")
    if scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(rest)
    elif scheme == "tcp":
        host, _, port = rest.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    else:
        raise ValueError("the scanner is off")
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()
