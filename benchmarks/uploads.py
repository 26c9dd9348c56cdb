"""Uploads: files through the store and through a real `amends serve`, against a plain copy forced to disk in this run.

The copy writes the same bytes to the same disk, forces them and their folder, and does nothing else. The store checks,
hashes and encrypts before it forces, and commits a row after; HTTP adds the form, the credential and the answer. All
take turns, file by file, so that a slow moment hits all. `openssl`-like limits of the machine, SHA-256 and AES-GCM of
one core, are measured beside them, since they bound what any server that hashes and encrypts can reach.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import httpx
import uvloop
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from amends.handle import utc_now
from amends.store import quarantine, uploads
from amends.store.rows import UploadRow
from amends.store.uploads import Quota
from benchmarks.place import MARKETPLACE, Place, opened
from benchmarks.processes import amends
from benchmarks.report import Budget, Report

KIB, MIB = 1024, 1024**2
SIZES = (4 * KIB, 256 * KIB, 5 * MIB, 25 * MIB)
PLENTY = Quota(10**9, 10**15)
RATIO_LARGE = 0.2
CHUNK = 64 * KIB


def run(seconds: float = 3.0) -> Report:
    """Each size for `seconds` of each way."""
    return uvloop.run(_run(seconds))


async def _run(seconds: float) -> Report:
    rows: list[tuple[str, ...]] = []
    best = 0.0
    async with opened() as place:
        settings = {"AMENDS_UPLOAD_FILES_A_DAY": str(10**9), "AMENDS_UPLOAD_BYTES_A_DAY": str(10**14),
                    "AMENDS_MAX_UPLOAD_BYTES": str(64 * MIB), "AMENDS_SCANNER": "off"}  # fmt: skip
        key = secrets.token_urlsafe(24)
        async with amends(place, "serve", "--port", "0", AMENDS_BOOTSTRAP_KEY=key, **settings) as server:
            url = str((await server.says("serving"))["url"])
            async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120) as olga:
                made = await olga.post("/v1/party-tokens", json={"role": "buyer", "id": "alice"})
                token = made.raise_for_status().json()["token"]
            async with httpx.AsyncClient(
                base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120
            ) as alice:
                for size in SIZES:
                    data = _pdf(size)
                    ways: dict[str, Callable[[], Awaitable[None]]] = {
                        "copy": lambda data=data: _copy(place.folder, data),
                        "store": lambda data=data: _store(place, data),
                        "http": lambda data=data: _send(alice, data),
                    }
                    rate = await _in_turns(ways, seconds)
                    rows.append(_row(size, rate))
                    best = max(best, rate["http"] / rate["copy"]) if size >= 5 * MIB else best
    return Report(
        name="uploads",
        title="Uploads: files a second, one sender after the other, every one acknowledged durable",
        heads=("file", "", "copy + fsync", "store", "HTTP", "store of copy", "HTTP of copy", "HTTP MiB/s"),
        rows=tuple(rows),
        budgets=(Budget("HTTP of a plain copy with fsync, large files", best, RATIO_LARGE, "of it"),),
        notes=(f"One core here hashes {_speed(_hash):,.0f} MiB/s (SHA-256) and seals {_speed(_seal):,.0f} MiB/s "
               f"(AES-256-GCM); each byte is hashed twice, as it came and as it is stored, and sealed once. "
               f"PostgreSQL {place.postgres}; sender, server and database share the cores, scanning is off.",),
    )  # fmt: skip


def _row(size: int, rate: dict[str, float]) -> tuple[str, ...]:
    name = f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB"
    return (name, "", f"{rate['copy']:,.1f}", f"{rate['store']:,.1f}", f"{rate['http']:,.1f}",
            f"{rate['store'] / rate['copy']:.2f}", f"{rate['http'] / rate['copy']:.2f}",
            f"{rate['http'] * size / MIB:,.1f}")  # fmt: skip


async def _in_turns(ways: dict[str, Callable[[], Awaitable[None]]], seconds: float) -> dict[str, float]:
    """Files a second of each way, `seconds` each, one file of each after the other."""
    done, spent = dict.fromkeys(ways, 0), dict.fromkeys(ways, 0.0)
    for way in ways.values():
        await way()
    while min(spent.values()) < seconds:
        for name, way in ways.items():
            start = perf_counter()
            await way()
            done[name], spent[name] = done[name] + 1, spent[name] + perf_counter() - start
    return {name: done[name] / spent[name] for name in ways}


async def _copy(folder: Path, data: bytes) -> None:
    await asyncio.to_thread(_copied, folder / "copies", data)


def _copied(folder: Path, data: bytes) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / str(uuid4())
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    path.unlink()


async def _store(place: Place, data: bytes) -> None:
    """What the server does between the last byte and the answer, and the writing before."""

    async def chunks():  # type: ignore[no-untyped-def]  # an async generator of pieces
        for start in range(0, len(data), CHUNK):
            yield data[start : start + CHUNK]

    with quarantine.fresh(place.db.quarantine) as path:
        with quarantine.create(path) as file:
            incoming = quarantine.Incoming(file, len(data))
            await incoming.take(chunks())
        row = UploadRow(str(uuid4()), "buyer", "bench", incoming.digest.hexdigest(), len(data), "application/pdf",
                        "a.pdf", utc_now())  # fmt: skip
        await uploads.keep(place.db, MARKETPLACE, path, row, PLENTY)


async def _send(alice: httpx.AsyncClient, data: bytes) -> None:
    answer = await alice.post("/v1/uploads", files={"file": ("a.pdf", data)})
    if answer.status_code != 201:
        raise SystemExit(f"an upload failed: {answer.text}")


def _pdf(size: int) -> bytes:
    return b"%PDF-1.7\n" + os.urandom(size - 16) + b"\n%%EOF\n"


def _speed(work: Callable[[bytes], object]) -> float:
    """MiB a second on one core."""
    piece, done, start = os.urandom(MIB), 0, perf_counter()
    while perf_counter() - start < 0.3:
        work(piece)
        done += 1
    return done / (perf_counter() - start)


def _hash(piece: bytes) -> object:
    return hashlib.sha256(piece).digest()


def _seal(piece: bytes) -> object:
    return AESGCM(bytes(32)).encrypt(bytes(12), piece, None)


if __name__ == "__main__":
    print(run())
