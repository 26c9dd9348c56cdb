"""The public formats of the log, as c2sp.org writes them: tiles, bundles, checkpoints, signed notes, cosignatures.

tlog-tiles, tlog-checkpoint, signed-note and tlog-cosignature (the Ed25519 types 0x01 and 0x04). What this house alone
says (which events, which salts) is in receipt.py; the tree itself in merkle.py. Pure: texts and bytes in and out.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

NOTE, COSIGNATURE = 0x01, 0x04
"""Signature types: a log's own over the note's text, a witness's with the time it was made."""
MOST_SIGNATURES = 64
NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Malformed(ValueError):
    """A text is not what the format asks for; `str()` says what is wrong."""


class Signature(Struct, frozen=True):
    """One signature line of a note: who, the four bytes that tell the key, and what the key gave."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"


class Note(Struct, frozen=True):
    """A text that ends with a newline, and signatures under it."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, written: str) -> "Note":
        """The note of a text as it travels. Raises Malformed."""
        if any(ord(each) < 0x20 and each != "\n" for each in written):
            raise Malformed("a note holds no control characters but newlines")
        text, gap, signed = written.rpartition("\n\n")
        if not gap or not signed.endswith("\n"):
            raise Malformed("a note is a text, an empty line and signature lines")
        return cls(text + "\n", signatures(signed))


class Checkpoint(Struct, frozen=True):
    """The head of a log: its origin, how many leaves it has, and their root. `more` are extension lines."""

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, encoded(self.root), *self.more))

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint a note's text says. Raises Malformed."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise Malformed("a checkpoint has an origin, a size and a root, each on a line")
        origin, size, root, *more = lines
        if not SIZE.fullmatch(size) or int(size) >= 2**63:
            raise Malformed("the size of a checkpoint is a plain number")
        return cls(origin, int(size), decoded(root, 32), tuple(more))


class Verifier(Struct, frozen=True):
    """A public key by name, as a verifier key (`vkey`) carries it: what a signature line must match."""

    name: str
    kind: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before this key's signatures."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encoded(bytes([self.kind]) + self.public_key)}"

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """The verifier of a vkey. Raises Malformed."""
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not NAME.fullmatch(parts[0]) or not re.fullmatch("[0-9a-f]{8}", parts[1]):
            raise Malformed("a verifier key looks like name+0123abcd+base64")
        key = decoded(parts[2], 33)
        found = cls(parts[0], key[0], key[1:])
        if found.kind not in (NOTE, COSIGNATURE):
            raise Malformed(f"keys of type {found.kind} are not known here, only Ed25519 (1) and cosignatures (4)")
        if found.key_id.hex() != parts[1]:
            raise Malformed("the key does not have the hash that stands before it")
        return found

    def of(self, note: Note) -> Signature | None:
        """This key's signature on a note, if it is there and good; otherwise None."""
        for each in note.signatures:
            if (each.name, each.key_id) == (self.name, self.key_id):
                return each if self._holds(note.text, each.signature) else None
        return None

    def check(self, note: Note) -> bool:
        """Whether this key signed the note."""
        return self.of(note) is not None

    def _holds(self, text: str, signature: bytes) -> bool:
        message = text.encode()
        if self.kind == COSIGNATURE:
            if len(signature) != 72:
                return False
            message, signature = _cosigned(text, int.from_bytes(signature[:8], "big")), signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def verifier_of(name: str, key: Ed25519PrivateKey, kind: int = NOTE) -> Verifier:
    """The public half of a key under a name. Raises Malformed for a name no note can carry."""
    if not NAME.fullmatch(name):
        raise Malformed(f"{name!r} cannot name a key: use a name like log.example.com/amends")
    return Verifier(name, kind, key.public_key().public_bytes_raw())


def signed(text: str, name: str, key: Ed25519PrivateKey) -> Note:
    """A note with the signature of one key of type 0x01."""
    return Note(text, (Signature(name, verifier_of(name, key).key_id, key.sign(text.encode())),))


def cosigned(text: str, name: str, key: Ed25519PrivateKey, at: int) -> Signature:
    """A witness's cosignature/v1 on a checkpoint's text, made `at` seconds after 1970."""
    made = at.to_bytes(8, "big") + key.sign(_cosigned(text, at))
    return Signature(name, verifier_of(name, key, COSIGNATURE).key_id, made)


def cosigned_at(signature: Signature) -> int:
    """When a cosignature says it was made, in seconds after 1970."""
    return int.from_bytes(signature.signature[:8], "big")


def signatures(lines: str) -> tuple[Signature, ...]:
    """Signature lines as they stand under a note or in a witness's answer. Raises Malformed."""
    if not lines.endswith("\n"):
        raise Malformed("each signature line ends with a newline")
    found = tuple(map(_signature, lines[:-1].split("\n")))
    if len(found) > MOST_SIGNATURES:
        raise Malformed(f"a note of more than {MOST_SIGNATURES} signatures is not read")
    return found


def tile_path(level: int | str, index: int, width: int = 256) -> str:
    """Where a tile lies: `tile/0/x001/x234/067`, a partial one with its width behind, `tile/1/000.p/17`.

    `level` is 0 to 63, or `entries` for bundles of entries.
    """
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + (f".p/{width}" if width < 256 else "")


def parse_tile_path(path: str) -> tuple[int | str, int, int] | None:
    """Level, index and width of a tile's path; None for what is none, or is not written as it should be."""
    found = re.fullmatch(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", path)
    if found is None:
        return None
    level: int | str = "entries" if found[1] == "entries" else int(found[1])
    index, width = int(found[2].replace("x", "").replace("/", "")), int(found[3] or 256)
    if (found[3] and width > 255) or (isinstance(level, int) and level > 63):
        return None
    return (level, index, width) if tile_path(level, index, width) == path else None


def tile_is_in(level: int | str, index: int, width: int, size: int) -> bool:
    """Whether a log of this size has the tile, in full or at this width."""
    count = size if level == "entries" else size >> (8 * int(level))
    return index * 256 + width <= count


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as a bundle: each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def entries_of(bundled: bytes) -> list[bytes]:
    """The entries of a bundle. Raises Malformed."""
    found, at = list[bytes](), 0
    while at < len(bundled):
        end = at + 2 + int.from_bytes(bundled[at : at + 2], "big")
        if at + 2 > len(bundled) or end > len(bundled):
            raise Malformed("the bundle ends in the middle of an entry")
        found.append(bundled[at + 2 : end])
        at = end
    return found


def hashes_of(tile: bytes) -> list[bytes]:
    """The hashes of a tile. Raises Malformed."""
    if len(tile) % 32 or not tile:
        raise Malformed("a tile is made of hashes of 32 bytes")
    return [tile[at : at + 32] for at in range(0, len(tile), 32)]


def encoded(data: bytes) -> str:
    """Standard base64."""
    return base64.b64encode(data).decode()


def decoded(text: str, length: int | None = None) -> bytes:
    """The bytes of standard base64, exactly as it must be written. Raises Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("that is not base64") from None
    if encoded(data) != text or length not in (None, len(data)):
        raise Malformed("that is not base64 of the right length")
    return data


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, data = rest.partition(" ")
    if dash != "—" or not NAME.fullmatch(name):
        raise Malformed("a signature line is a dash, a name and base64")
    raw = decoded(data)
    if len(raw) < 5:
        raise Malformed("a signature is longer than its key's hash")
    return Signature(name, raw[:4], raw[4:])
