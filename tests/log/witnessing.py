"""A witness served on a loopback port, a log of plain bytes to be witnessed, and the words between them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof.tlog import Checkpoint, Note, signed, verifier_of
from amends.proof.witnessing import Submission
from amends.settings import WitnessAddress
from amends.worker.witness import Witness, make_key, open_witness
from tests.log import trees

ORIGIN = "shop.example/log"
NAME = "witness.example/w1"
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
LOG = str(verifier_of(ORIGIN, KEY))


def entries(count: int, word: str = "entry") -> list[bytes]:
    return [f"{word} {number}".encode() for number in range(count)]


def note(entries: Sequence[bytes], key: Ed25519PrivateKey = KEY, origin: str = ORIGIN) -> Note:
    """The signed checkpoint of a log of these entries."""
    return signed(Checkpoint(origin, len(entries), trees.root(entries)).text, origin, key)


def submission(old: int, entries: Sequence[bytes], proof: Sequence[bytes] | None = None, **more: Any) -> bytes:
    """What a log of these entries sends to a witness that knows the first `old`."""
    if proof is None:
        proof = trees.proof(old, entries) if 0 < old < len(entries) else ()
    return str(Submission(old, tuple(proof), note(entries, **more))).encode()


def made(folder: Path, *logs: str) -> Witness:
    """A witness with its key and state in a folder, the same one each time."""
    key = folder / "witness.key"
    if not key.exists():
        make_key(NAME, key)
    return open_witness(logs or (LOG,), key, folder / "state")


def asked(witness: Witness) -> httpx.AsyncClient:
    """A client at the witness's door."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(witness), base_url="http://witness.test")


@asynccontextmanager
async def served(witness: Witness, port: int = 0) -> AsyncIterator[WitnessAddress]:
    """The witness behind a real port."""
    web = uvicorn.Server(uvicorn.Config(witness, host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(web.serve())
    while not web.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    taken = web.servers[0].sockets[0].getsockname()[1]
    try:
        yield WitnessAddress(witness.vkey, f"http://127.0.0.1:{taken}")
    finally:
        web.should_exit = True
        await serving
