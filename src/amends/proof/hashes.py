"""The hash of each event, chained to the one before it in its case.

The hash is SHA-256 over the canonical JSON (RFC 8785) of `{"case", "event", "prev", "seq"}`: the case's id,
the event, the previous hash in hexadecimal (null for the first) and the event's number from 1. Events hold texts,
booleans, null, integers of at most 53 bits, instants as text, and keys of plain ASCII; for these msgspec's
sorted JSON *is* RFC 8785 (tests/proof shows it against another implementation and the published vectors).
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: object) -> bytes:
    """The canonical JSON of structs, mappings, sequences, texts, integers, booleans, null and instants."""
    return _encode(value)


def event_hash(case_id: str, seq: int, prev: bytes | None, body: bytes) -> bytes:
    """The 32-byte hash of event `seq`; `body` is its canonical JSON, `prev` the hash of the one before."""
    link = b"null" if prev is None else _encode(prev.hex())
    envelope = b'{"case":%b,"event":%b,"prev":%b,"seq":%d}' % (_encode(case_id), body, link, seq)
    return sha256(envelope).digest()


def first_break(case_id: str, links: Iterable[tuple[int, bytes, bytes | None, bytes]]) -> int | None:
    """The number of the first link that does not hold, or None. A link is `(seq, body, prev, hash)`.

    A body is made canonical again first: only what it says counts, not how it is spaced.
    """
    last: bytes | None = None
    for expected, (seq, body, prev, digest) in enumerate(links, start=1):
        again = canonical(msgspec.json.decode(body))
        if seq != expected or prev != last or digest != event_hash(case_id, seq, prev, again):
            return expected
        last = digest
    return None
