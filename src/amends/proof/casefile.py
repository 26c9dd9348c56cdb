"""The case file: everything about one case, for one reader, as one signed archive that anyone can check offline. Pure.

The builder is handed what the reader may see and writes it down: the same contents give the same bytes. What is in the
file, and why, is docs/explanation/case-file.md; proof/verifier checks it and shares the layout of the archive.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import msgspec
from msgspec import UNSET, Struct, UnsetType

from amends.proof.hashes import canonical
from amends.proof.verifier.archive import MOST_BYTES, NAME, central_record, end_record, local_header
from amends.proof.verifier.bag import BAGIT, TAG_FILES

CHUNK_BYTES = 1024 * 1024
Source = bytes | Path


class TooLargeForOne(ValueError):
    """The files of the case do not fit into one archive; `str()` says how large it would be."""


class Opened(Struct, frozen=True):
    """A personal text of an event: it stands in the event as `digest`, the salted digest of `value`."""

    digest: str
    salt: str
    value: str


class EventLine(Struct, frozen=True, kw_only=True):
    """One event. `event` is its sealed body, or null where the reader may not have it whole: then `shown` is the rest.

    Hashes are hexadecimal.
    """

    seq: int
    prev_hash: str | None
    hash: str
    salt: str
    leaf: str
    event: msgspec.Raw | None
    openings: tuple[Opened, ...] = ()
    shown: msgspec.Raw | UnsetType = UNSET


class ProofLine(Struct, frozen=True):
    """Where an event's leaf stands in the log, and the hashes that lead from it to the checkpoint's root."""

    seq: int
    leaf_index: int
    hashes: tuple[str, ...]


class Contents(Struct, frozen=True, kw_only=True):
    """What goes into a case file. `case` and `policy` are JSON, `files` lie under data/ by their path there."""

    case_id: str
    revision: int
    marketplace: str
    made_for: str
    made_at: datetime
    case: bytes
    events: tuple[EventLine, ...]
    receipts: tuple[bytes, ...]
    proofs: tuple[ProofLine, ...]
    checkpoint: str
    policy_name: str
    policy: bytes
    files: Mapping[str, Source] = {}


def write(target: BinaryIO, contents: Contents, vkey: str, sign: Callable[[str], str]) -> int:
    """Write the case file and return its size in bytes. `sign` makes a signed note of a text with the key `vkey`.

    Raises TooLargeForOne before anything is written.
    """
    payload = {f"data/{name}": source for name, source in _payload(contents).items()}
    digests = {name: _digest(source) for name, source in payload.items()}
    tags: dict[str, bytes] = {
        "bagit.txt": BAGIT,
        "bag-info.txt": _info(contents, vkey, sum(size for _, size, _ in digests.values()), len(payload)),
        "manifest-sha256.txt": _manifest({name: digest for name, (digest, _, _) in digests.items()}),
    }
    tags["tagmanifest-sha256.txt"] = _manifest({name: sha256(tags[name]).hexdigest() for name in TAG_FILES})
    listed = sha256(tags["tagmanifest-sha256.txt"]).hexdigest()
    text = f"amends case file v1\n{contents.case_id}\n{contents.revision}\n{listed}\n"
    tags["signature.txt"] = sign(text).encode()
    sizes = {name: (size, checksum) for name, (_, size, checksum) in digests.items()}
    sizes |= {name: (len(body), crc32(body)) for name, body in tags.items()}
    return _write(target, f"case-{contents.case_id}/", payload | tags, sizes)


def lines(values: tuple[Struct, ...]) -> bytes:
    """Canonical JSON, one object a line."""
    return b"".join(canonical(value) + b"\n" for value in values)


def _payload(contents: Contents) -> dict[str, Source]:
    """The files under data/."""
    return {
        **contents.files,
        "case.json": contents.case,
        "events.jsonl": lines(contents.events),
        "receipts.jsonl": b"".join(receipt + b"\n" for receipt in contents.receipts),
        "proofs.jsonl": lines(contents.proofs),
        "log/checkpoint.txt": contents.checkpoint.encode(),
        f"policy/{contents.policy_name}.json": contents.policy,
    }


def _info(contents: Contents, vkey: str, size: int, count: int) -> bytes:
    facts = {
        "Amends-Made-At": _rfc3339(contents.made_at),
        "Amends-Made-For": contents.made_for,
        "Amends-Revision": str(contents.revision),
        "Amends-Signing-Key": vkey,
        "Bagging-Date": contents.made_at.date().isoformat(),
        "External-Description": "Amends case file v1",
        "External-Identifier": contents.case_id,
        "Payload-Oxum": f"{size}.{count}",
        "Source-Organization": contents.marketplace,
    }
    assert not any("\n" in value or "\r" in value for value in facts.values()), "ids have no line ends"
    return "".join(f"{name}: {value}\n" for name, value in facts.items()).encode()


def _rfc3339(at: datetime) -> str:
    return str(msgspec.to_builtins(at))


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def _digest(source: Source) -> tuple[str, int, int]:
    """SHA-256, size and CRC-32 of a file's bytes."""
    digest, size, checksum = sha256(), 0, 0
    for chunk in _chunks(source):
        digest.update(chunk)
        size += len(chunk)
        checksum = crc32(chunk, checksum)
    return digest.hexdigest(), size, checksum


def _chunks(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _write(target: BinaryIO, base: str, sources: Mapping[str, Source], sizes: Mapping[str, tuple[int, int]]) -> int:
    """The canonical archive: headers and contents in the order of the names, the list of them, the end."""
    names = {f"{base}{name}".encode("ascii"): name for name in sources}
    assert all(NAME.fullmatch(name.decode()) for name in names), "every name is made by the house"
    total = END_AND_ALL + sum(sizes[name][0] + FIXED + 2 * len(packed) for packed, name in names.items())
    if total > MOST_BYTES:
        raise TooLargeForOne(f"the case file would have {total} bytes, {MOST_BYTES} are the most")
    at, records = 0, list[bytes]()
    for packed in sorted(names):
        size, checksum = sizes[names[packed]]
        header = local_header(packed, size, checksum)
        records.append(central_record(packed, size, checksum, at))
        target.write(header)
        for chunk in _chunks(sources[names[packed]]):
            target.write(chunk)
        at += len(header) + size
    listing = b"".join(records)
    target.write(listing + end_record(len(records), len(listing), at))
    return at + len(listing) + END_AND_ALL


END_AND_ALL = len(end_record(0, 0, 0))
FIXED = len(local_header(b"", 0, 0)) + len(central_record(b"", 0, 0, 0))
