"""A witness of somebody's log: it cosigns checkpoints that grow out of the last one it cosigned, and nothing else.

For a party that wants to hold an Amends installation (or any C2SP log) to its word. It needs no database: a key in a
file, and a folder in which the last cosigned checkpoint of each log is replaced whole and forced to disk before the
cosignature leaves. One process at a time has the folder; requests about a log are judged one after the other.
"""

import asyncio
import base64
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof.tlog import COSIGNATURE, Checkpoint, Malformed, Note, Verifier, cosigned, decoded, verifier_of
from amends.proof.witnessing import MOST_BYTES, SIZE_MEDIA, Refusal, Seen, Submission, checkpoint_of, judge

log = structlog.get_logger("amends.witness")
TEXT = "text/plain; charset=utf-8"
PATH = "/add-checkpoint"
SECRET = "AMENDS-WITNESS-KEY"


class WitnessRefused(Exception):
    """The witness cannot begin; `str()` is one readable line."""


class Witness:
    """A witness with its key and its folder, as an ASGI application."""

    def __init__(
        self, name: str, key: Ed25519PrivateKey, logs: Sequence[Verifier], folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._name, self._key, self._folder, self._clock = name, key, folder, clock
        self._logs = {each.name: [other for other in logs if other.name == each.name] for each in logs}
        self._turns = {origin: asyncio.Lock() for origin in self._logs}
        self._hold = _only_one(folder)
        for origin in self._logs:
            self.seen(origin)  # a folder that cannot be read must not look like one that is new

    @property
    def vkey(self) -> str:
        """What the log's house puts into its settings."""
        return str(verifier_of(self._name, self._key, COSIGNATURE))

    def close(self) -> None:
        """Lets go of the folder."""
        os.close(self._hold)

    def seen(self, origin: str) -> Seen:
        """The last checkpoint cosigned for a log. Raises WitnessRefused when its file is not one."""
        path = self._file(origin)
        try:
            kept = Checkpoint.parse(Note.parse(path.read_text(encoding="utf-8")).text)
        except FileNotFoundError:
            return Seen()
        except (Malformed, UnicodeDecodeError) as fault:
            raise WitnessRefused(f"{path} cannot be read ({fault}): restore it; never begin again without it") from None
        if kept.origin != origin:
            raise WitnessRefused(f"{path} is about {kept.origin}, not {origin}")
        return Seen(kept.size, kept.root)

    async def add_checkpoint(self, body: bytes) -> str | Refusal:
        """The cosignature line for a submission, or why there is none."""
        try:
            submission = Submission.parse(body)
        except Malformed as fault:
            return Refusal(400, str(fault))
        found = checkpoint_of(submission, self._logs)
        if isinstance(found, Refusal):
            return found
        async with self._turns[found.origin]:
            seen = self.seen(found.origin)
            if refusal := judge(submission, found, seen):
                log.warning("refused", origin=found.origin, status=refusal.status, why=refusal.why, size=found.size,
                            root=found.root.hex(), seen_size=seen.size, seen_root=seen.root.hex())  # fmt: skip
                return refusal
            signature = cosigned(submission.note.text, self._name, self._key, int(self._clock()))
            proper = [good for key in self._logs[found.origin] if (good := key.of(submission.note))]
            kept = Note(submission.note.text, (*proper, signature))  # whatever else stood under it is anybody's
            await asyncio.to_thread(self._keep, found.origin, str(kept))
        log.info("cosigned", origin=found.origin, size=found.size)
        return str(signature)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return
        if scope["path"] != PATH:
            await _answer(send, 404, "a witness takes POST /add-checkpoint\n")
        elif scope["method"] != "POST":
            await _answer(send, 405, "a witness takes POST /add-checkpoint\n", headers=[(b"allow", b"POST")])
        elif (body := await _body(receive)) is None:
            await _answer(send, 400, f"a submission has at most {MOST_BYTES} bytes\n")
        else:
            answered = await self.add_checkpoint(body)
            if isinstance(answered, str):
                await _answer(send, 200, answered)
            elif answered.size is not None:
                await _answer(send, answered.status, f"{answered.size}\n", SIZE_MEDIA)
            else:
                await _answer(send, answered.status, f"{answered.why}\n")

    def _file(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"

    def _keep(self, origin: str, note: str) -> None:
        """Replace the last checkpoint: whole or not at all, and on the disk before anybody is told."""
        path = self._file(origin)
        draft = path.with_suffix(".draft")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(note.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(self._folder)


def make_key(name: str, path: Path) -> str:
    """A new key in a file only we may read; answers its verifier key. Raises WitnessRefused."""
    key = Ed25519PrivateKey.generate()
    try:
        verifier = verifier_of(name, key, COSIGNATURE)
        secret = base64.b64encode(bytes([COSIGNATURE]) + key.private_bytes_raw()).decode()
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{SECRET}+{name}+{verifier.key_id.hex()}+{secret}\n")
            file.flush()
            os.fsync(file.fileno())
        _sync(path.absolute().parent)
    except FileExistsError:
        raise WitnessRefused(f"{path} is there already; a witness keeps its key") from None
    except (OSError, Malformed) as problem:
        raise WitnessRefused(f"the key cannot be made: {problem}") from None
    return str(verifier)


def read_key(path: Path) -> tuple[str, Ed25519PrivateKey]:
    """A witness's name and key. Raises WitnessRefused."""
    try:
        kind, name, key_id, secret = path.read_text(encoding="ascii").strip().split("+", 3)
        data = decoded(secret, 33)
        key = Ed25519PrivateKey.from_private_bytes(data[1:])
    except (OSError, ValueError) as problem:
        raise WitnessRefused(f"the key {path} cannot be read ({problem}); `amends witness keygen` makes one") from None
    if kind != SECRET or data[0] != COSIGNATURE or verifier_of(name, key, COSIGNATURE).key_id.hex() != key_id:
        raise WitnessRefused(f"{path} holds no witness key; `amends witness keygen` makes one")
    return name, key


def open_witness(logs: Sequence[str], key: Path, folder: Path) -> Witness:
    """A witness of the logs with these verifier keys. Raises WitnessRefused."""
    name, private = read_key(key)
    try:
        verifiers = [Verifier.parse(each) for each in logs]
    except Malformed as fault:
        raise WitnessRefused(f"--log: {fault}") from None
    if not verifiers:
        raise WitnessRefused("name at least one log by its verifier key, as GET /log/vkey of the log gives it")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Witness(name, private, verifiers, folder)
    except OSError as problem:
        raise WitnessRefused(f"the folder {folder} cannot be used: {problem.strerror or problem}") from None


def _only_one(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise WitnessRefused(f"another witness uses the folder {folder}") from None
    return handle


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _body(receive: Any) -> bytes | None:
    """The whole body, or None when it is too long or never ends."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or len(body) > MOST_BYTES:
            return None
        more = message.get("more_body", False)
    return body


async def _answer(
    send: Any, status: int, text: str, media: str = TEXT, headers: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    body = text.encode()
    plain = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": "http.response.body", "body": body})
