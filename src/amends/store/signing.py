"""The signer: the house's Ed25519 key, what it signs, and its own memory of the last checkpoint it signed.

The key lies in `<keys>/signing.key` beside, never in, the database; the database knows its public half and no other
key opens it. The signer trusts nobody about the log: it keeps size and root of the last checkpoint in a small file of
its own, forced to disk before a signature leaves, and signs no smaller log and none that does not grow out of that one.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from amends.proof import receipt
from amends.proof.merkle import EMPTY_ROOT, verify_consistency
from amends.proof.receipt import Receipt, UploadReceipt
from amends.proof.tlog import Checkpoint, Malformed, Verifier, signed, verifier_of
from amends.store.errors import UnsafeDatabase
from amends.store.statements import load

SQL = load("log")
KEY_FILE, STATE_FILE = "signing.key", "signing.state"
SEED_BYTES = 32
DEFAULT_ORIGIN = "amends.localhost/log"
"""The name of a log whose server has no public address."""


class SignerRefused(Exception):
    """A checkpoint that does not follow from the last one signed; `str()` names both."""


class LastSigned(Struct, frozen=True):
    """The last checkpoint signed: its size, and its root in hexadecimal."""

    size: int = 0
    root: str = EMPTY_ROOT.hex()


class Signer:
    """The key under the log's name. Everything it says can be checked with `vkey`."""

    def __init__(self, key: Ed25519PrivateKey, origin: str, folder: Path) -> None:
        self._key, self.origin, self._folder = key, origin, folder
        self.verifier: Verifier = verifier_of(origin, key)

    @property
    def public_key(self) -> bytes:
        """The public half, 32 bytes."""
        return self.verifier.public_key

    @property
    def vkey(self) -> str:
        """The public half as notes know it."""
        return str(self.verifier)

    @property
    def key_hash(self) -> str:
        """Eight hexadecimal characters that tell this key."""
        return self.verifier.key_id.hex()

    def receipt(self, secret: bytes, case_id: str, seq: int, event_hash: bytes, at: datetime) -> Receipt:
        """The receipt of an event; `secret` is its marketplace's. The same event gives the same receipt."""
        salt = receipt.leaf_salt(secret, case_id, seq)
        return receipt.sign(self._key, self.origin, case=case_id, seq=seq, event=event_hash, at=at, salt=salt)

    def upload_receipt(self, upload_id: str, sha256: str, ticket_at: datetime) -> UploadReceipt:
        """The receipt of an upload: `sha256` in hexadecimal, `ticket_at` the instant that counts."""
        return receipt.sign_upload(self._key, self.origin, upload=upload_id, sha256=sha256, at=ticket_at)

    def sign_note(self, text: str) -> str:
        """A signed note over a text that ends with a newline. Not for checkpoints: those go through `checkpoint`."""
        if text.split("\n", 1)[0] == self.origin:
            raise SignerRefused("this would be a checkpoint, which is signed with its proof only")
        return str(signed(text, self.origin, self._key))

    @property
    def last(self) -> LastSigned:
        """The last checkpoint signed, as the signer's own file has it."""
        path = self._folder / STATE_FILE
        if not path.exists():
            return LastSigned()
        try:
            return msgspec.json.decode(path.read_bytes(), type=LastSigned)
        except msgspec.DecodeError as fault:
            raise SignerRefused(f"{path} cannot be read ({fault}): restore it from a backup of the keys") from None

    async def checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> str:
        """The signed checkpoint of a log of this size and root; `proof` shows that it grew out of the last one signed.

        Raises SignerRefused, having signed nothing, when it did not.
        """
        return await asyncio.to_thread(self._checkpoint, size, root, proof)

    def _checkpoint(self, size: int, root: bytes, proof: Sequence[bytes]) -> str:
        with _alone(self._folder):
            return self._sign(size, root, proof)

    def _sign(self, size: int, root: bytes, proof: Sequence[bytes]) -> str:
        last = self.last
        if size < last.size:
            raise SignerRefused(f"the log has {size} leaves, but {last.size} were signed before")
        if last.size and not verify_consistency(last.size, size, bytes.fromhex(last.root), root, proof):
            raise SignerRefused(
                f"the log of {size} leaves and root {root.hex()} did not grow out of the one signed before, "
                f"of {last.size} leaves and root {last.root}"
            )
        if size > last.size or not last.size:
            self._remember(LastSigned(size, root.hex()))
        return str(signed(Checkpoint(self.origin, size, root).text, self.origin, self._key))

    def _remember(self, last: LastSigned) -> None:
        draft = self._folder / f".{STATE_FILE}.{os.getpid()}"
        _write(draft, msgspec.json.encode(last) + b"\n", os.O_TRUNC)
        draft.replace(self._folder / STATE_FILE)
        _sync(self._folder)


async def open_signer(
    connection: asyncpg.Connection | PoolConnectionProxy, folder: Path, origin: str | None, fallback: str
) -> Signer:
    """The signer of a database; key and name are made, and remembered, at the first start.

    `origin` is what the settings insist on, `fallback` the name of a new log otherwise. Raises UnsafeDatabase, one
    readable line, for a key or a name the database does not know.
    """
    known = await connection.fetchrow(SQL["state"])
    path = folder / KEY_FILE
    if known is not None and not path.exists():
        raise UnsafeDatabase(
            f"The signing key {path} is missing, and this database's log was signed with it: put it back from its "
            "backup (AMENDS_KEYS names its folder)."
        )
    key = _read(path) if path.exists() else await asyncio.to_thread(_make_file, path)
    try:
        signer = Signer(key, known["origin"] if known else origin or fallback, folder)
    except Malformed as fault:
        raise UnsafeDatabase(f"AMENDS_LOG_ORIGIN cannot be used: {fault}.") from fault
    if known is None:
        await connection.execute(SQL["begin"], signer.origin, signer.public_key)
        [known] = await connection.fetch(SQL["state"])
    if known["public_key"] != signer.public_key:
        raise UnsafeDatabase(
            f"The signing key {path} is not the one this database's log was signed with: put the right one there "
            "(AMENDS_KEYS names its folder)."
        )
    if origin is not None and known["origin"] != origin:
        raise UnsafeDatabase(
            f"This database's log is called {known['origin']} and cannot be renamed to {origin}: unset "
            "AMENDS_LOG_ORIGIN."
        )
    return Signer(key, known["origin"], folder)


def _read(path: Path) -> Ed25519PrivateKey:
    with suppress(ValueError, OSError):
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if len(seed) == SEED_BYTES:
            return Ed25519PrivateKey.from_private_bytes(seed)
    raise UnsafeDatabase(f"The signing key {path} cannot be read: it must hold {SEED_BYTES} bytes in hexadecimal.")


def _make_file(path: Path) -> Ed25519PrivateKey:
    """A new key in a file only we may read, durable before it is used; another's where one was faster."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(draft, os.urandom(SEED_BYTES).hex().encode() + b"\n", os.O_EXCL)
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
        _sync(path.parent)
    except OSError as problem:
        raise UnsafeDatabase(f"The signing key {path} cannot be made: {problem.strerror or problem}.") from problem
    return _read(path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time: two that remember by turns could forget the longer log."""
    handle = os.open(folder / f".{STATE_FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, data: bytes, how: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
