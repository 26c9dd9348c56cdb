"""The keys: one for each subject of a case, each order's person and each upload, all wrapped by a key of the house.

The house's key lies in a file outside the database (`vault.key` in the folder of keys): a stolen copy of the database
opens nothing. To erase is to delete a wrapped key. Keys of cases travel with the case (`CaseKeys`), in the statements
that read and append it; nothing is kept in memory between commands, so a destroyed key is gone at once everywhere.
"""

import hmac
import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from amends.proof.seal import SUBJECTS, Unsealable, open_bytes, seal_bytes
from amends.store.errors import UnsafeDatabase
from amends.store.statements import load

if TYPE_CHECKING:  # connect.py opens the vault
    from amends.store.connect import Connection, Database

SQL = load("vault")
KEY_BYTES = 32
KEY_FILE = "vault.key"
CHECKED = b"amends vault v1"
PLAIN, COMPRESSED = b"\x00", b"\x01"
LONGEST_STATE = 7000
"""Bytes of a state that, with the columns beside it, stay within the case's row (toast_tuple_target)."""


class Vault:
    """The house's key. `folder` is where it lies, with the journal of erasures and the signing key beside it."""

    def __init__(self, master: bytes, folder: Path) -> None:
        self._master, self.folder = master, folder

    def wrap(self, key: bytes, marketplace: str, scope: str, subject: str) -> bytes:
        """A key as it is stored: a byte for its subject, then the key sealed for this very place."""
        return bytes([SUBJECTS.index(subject)]) + seal_bytes(self._master, key, _place(marketplace, scope, subject))

    def unwrap(self, wrapped: bytes, marketplace: str, scope: str) -> bytes:
        """The key. Raises Unsealable when it was not wrapped here for this scope."""
        return open_bytes(self._master, wrapped[1:], _place(marketplace, scope, SUBJECTS[wrapped[0]]))

    def proof(self) -> bytes:
        """What a database keeps to know this key again; it tells nothing about it."""
        return hmac.digest(self._master, CHECKED, "sha256")


class CaseKeys:
    """The keys of one case as they were read, and those made since, which its next append brings."""

    __slots__ = ("_case_id", "_marketplace", "_open", "_vault", "_wrapped", "generation", "made")

    def __init__(
        self, vault: Vault, marketplace: str, case_id: str, wrapped: Iterable[bytes] | None = None, generation: int = 0
    ) -> None:
        self._vault, self._marketplace, self._case_id = vault, marketplace, case_id
        self._wrapped = {SUBJECTS[each[0]]: each for each in wrapped or ()}
        self.generation = generation
        self._open: dict[str, bytes] = {}
        self.made: list[tuple[str, bytes]] = []

    def of(self, subject: str) -> bytes:
        """The case's key of a subject, made where there is none."""
        return self.get(subject) or self._make(subject)

    def get(self, subject: str) -> bytes | None:
        """The case's key of a subject, or None where there is none (any more)."""
        key = self._open.get(subject)
        if key is None and (wrapped := self._wrapped.get(subject)) is not None:
            key = self._open[subject] = self._vault.unwrap(wrapped, self._marketplace, f"case:{self._case_id}")
        return key

    def all(self) -> dict[str, bytes]:
        """Every key there is, by subject."""
        return {subject: key for subject in (*self._wrapped, *self._open) if (key := self.get(subject))}

    def seal_state(self, revision: int, state: bytes) -> bytes:
        """The case's state as it is stored. What would not fit its row is compressed; ciphertext no longer can be."""
        packed = COMPRESSED + zlib.compress(state, 1) if len(state) > LONGEST_STATE else PLAIN + state
        return seal_bytes(self.of("state"), packed, _state_place(self._case_id, revision))

    def open_state(self, revision: int, sealed: bytes) -> bytes:
        """A stored state. Raises Unsealable when it is not this case's at this revision."""
        key = self.get("state")
        if key is None:
            raise Unsealable(f"case {self._case_id} has no key for its state")
        packed = open_bytes(key, sealed, _state_place(self._case_id, revision))
        return zlib.decompress(packed[1:]) if packed[:1] == COMPRESSED else packed[1:]

    def mark(self, subject: str, digest: bytes) -> bytes:
        """A digest only this case's key of the subject can make again: without the key no guess can be confirmed."""
        return hmac.digest(self.of(subject), digest, "sha256")

    def _make(self, subject: str) -> bytes:
        key = self._open[subject] = os.urandom(KEY_BYTES)
        self.made.append((subject, self._vault.wrap(key, self._marketplace, f"case:{self._case_id}", subject)))
        return key


async def keys_of(db: "Database", marketplace: str, scope: str) -> dict[str, bytes]:
    """The keys of `case:<id>`, `upload:<id>` or `order:<id>` by subject; empty where none is left."""
    async with db.reading(marketplace) as connection:
        return await keys_within(db.vault, connection, marketplace, scope)


async def keys_within(vault: Vault, connection: "Connection", marketplace: str, scope: str) -> dict[str, bytes]:
    """`keys_of` inside a transaction already open."""
    kind, _, name = scope.partition(":")
    statement = SQL["case_keys"] if kind == "case" else SQL["keys"]
    rows = await connection.fetch(statement, marketplace, name if kind == "case" else scope)
    return {SUBJECTS[row["wrapped"][0]]: vault.unwrap(row["wrapped"], marketplace, scope) for row in rows}


async def make_key(db: "Database", connection: "Connection", marketplace: str, scope: str, subject: str) -> bytes:
    """The key of a subject of `upload:<id>` or `order:<id>`: the one there is, else a new one, kept with this commit.

    Keys of cases are made by the append that needs them, never here.
    """
    made = await make_keys(db.vault, connection, marketplace, [(scope, subject)])
    return made[scope, subject]


async def make_keys(
    vault: Vault, connection: "Connection", marketplace: str, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], bytes]:
    """Many keys at once, by scope and subject; those there are already stay."""
    pairs = sorted(set(wanted))
    if any(scope.startswith("case:") for scope, _ in pairs):
        raise ValueError("a case's keys are made by its append")
    fresh = [vault.wrap(os.urandom(KEY_BYTES), marketplace, scope, subject) for scope, subject in pairs]
    scopes, subjects = [scope for scope, _ in pairs], [subject for _, subject in pairs]
    await connection.execute(SQL["add"], marketplace, scopes, subjects, fresh)
    rows = await connection.fetch(SQL["keys_of_many"], marketplace, scopes)
    return {(row["scope"], row["subject"]): vault.unwrap(row["wrapped"], marketplace, row["scope"]) for row in rows}


async def destroy(connection: "Connection", marketplace: str, scope: str, subjects: Iterable[str] = SUBJECTS) -> int:
    """Destroys keys, and with them for ever what they sealed; how many there were."""
    kind, _, name = scope.partition(":")
    statement = SQL["destroy_case_keys"] if kind == "case" else SQL["destroy"]
    place = name if kind == "case" else scope
    return len(await connection.fetch(statement, marketplace, place, list(subjects)))


async def open_vault(connection: "asyncpg.Connection | Connection", folder: Path) -> Vault:
    """The vault of a database. Its key is made when neither the file nor the database knows one.

    Raises UnsafeDatabase, one readable line, when the file is missing, is no key, or is not this database's.
    """
    known: bytes | None = await connection.fetchval(SQL["proof"])
    path = folder / KEY_FILE
    if known is not None and not path.exists():
        raise UnsafeDatabase(
            f"The vault key {path} is missing, and this database was sealed with it: put it back from its backup "
            "(AMENDS_KEYS names its folder)."
        )
    vault = Vault(_read(path) if path.exists() else _make_file(path), folder)
    if known is None:
        await connection.execute(SQL["keep_proof"], vault.proof())
        known = await connection.fetchval(SQL["proof"])
    if known is None or not hmac.compare_digest(known, vault.proof()):
        raise UnsafeDatabase(
            f"The vault key {path} is not the one this database was sealed with: put the right one there "
            "(AMENDS_KEYS names its folder)."
        )
    return vault


def _read(path: Path) -> bytes:
    with suppress(ValueError, OSError):
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if len(key) == KEY_BYTES:
            return key
    raise UnsafeDatabase(f"The vault key {path} cannot be read: it must hold {KEY_BYTES} bytes in hexadecimal.")


def _make_file(path: Path) -> bytes:
    """A new key in a file only we may read, durable before it seals anything; another's where one was faster."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        write_durably(draft, os.urandom(KEY_BYTES).hex().encode() + b"\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        sync_folder(path.parent)
    except OSError as problem:
        raise UnsafeDatabase(f"The vault key {path} cannot be made: {problem.strerror or problem}.") from problem
    return _read(path)


def write_durably(path: Path, data: bytes) -> None:
    """A new file of mode 0600, on the disk when this returns (its folder's entry: `sync_folder`)."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes a folder's entries durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _place(marketplace: str, scope: str, subject: str) -> bytes:
    return f"{marketplace}|{scope}|{subject}".encode()


def _state_place(case_id: str, revision: int) -> bytes:
    return f"state|{case_id}|{revision}".encode()
