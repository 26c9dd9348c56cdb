"""The log over HTTP: its key, its checkpoint and its tiles for everybody, and proofs for those who hold a receipt.

The addresses under /log are those of c2sp.org/tlog-tiles, so any client of such logs can read this one. Tiles never
change and say so; the checkpoint may be kept for a few seconds. Nothing here names a case, a party or a marketplace.
"""

from typing import Annotated

import msgspec

from amends.api.call import Answer, Call, answer
from amends.api.cases import found
from amends.api.problems import not_found, problem
from amends.api.route import Route
from amends.handle import secret_of
from amends.proof.receipt import Receipt
from amends.proof.tlog import parse_tile_path, tile_is_in
from amends.store import cases, log

NOTE_MEDIA, TILE_MEDIA = "text/plain; charset=utf-8", "application/octet-stream"
FOR_EVER = b"public, max-age=31536000, immutable"
FOR_NOW = b"public, max-age=2"
Place = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Size = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class InclusionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which leaf, in the log of which size; unset: the size that is published."""

    index: Place = 0
    size: Size | None = None


class ConsistencyQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which size to which; unset: the size that is published."""

    first: Size = 1
    second: Size | None = None


class InclusionProof(msgspec.Struct, frozen=True):
    """Shows that a leaf is in the log of a size (RFC 6962); hashes in hexadecimal, lowest first."""

    leaf_index: int
    tree_size: int
    hashes: tuple[str, ...]


class ConsistencyProof(msgspec.Struct, frozen=True):
    """Shows that the log of `second` leaves grew out of that of `first` (RFC 6962); hashes in hexadecimal."""

    first: int
    second: int
    hashes: tuple[str, ...]


class EventProof(msgspec.Struct, frozen=True):
    """Shows that an event is under a checkpoint. `checkpoint` is a signed note; the leaf is in the receipt."""

    leaf_index: int
    tree_size: int
    hashes: tuple[str, ...]
    checkpoint: str


class Receipts(msgspec.Struct, frozen=True):
    """The receipt of every event of a case, in order."""

    items: tuple[Receipt, ...]


async def vkey(call: Call) -> Answer:
    """The key of the log, as signed notes know it."""
    return kept(f"{call.hinge.db.signer.vkey}\n".encode(), NOTE_MEDIA, FOR_NOW)


async def checkpoint(call: Call) -> Answer:
    """The last published checkpoint."""
    note = await log.published(call.hinge.db)
    if note is None:
        raise not_logged_yet()
    return kept(note.encode(), NOTE_MEDIA, FOR_NOW)


async def tile(call: Call) -> Answer:
    """A tile of hashes or a bundle of entries, of what is published."""
    wanted = parse_tile_path(f"tile/{str(call.path['tile']).lstrip('/')}")
    now = await log.state(call.hinge.db)
    if wanted is None or not tile_is_in(*wanted, now.published_size or 0):
        raise not_found()
    try:
        return kept(await log.tile(call.hinge.db, *wanted), TILE_MEDIA, FOR_EVER)
    except FileNotFoundError:
        raise not_found() from None


async def inclusion(call: Call) -> Answer:
    """The proof that a leaf is in the log."""
    query: InclusionQuery = call.query
    longest = await _published_size(call)
    size = longest if query.size is None else query.size
    if size > longest or query.index >= size:
        raise problem("bad_query", f"`index` must be below `size`, and `size` at most {longest}, which is published.")
    hashes = await log.inclusion(call.hinge.db, query.index, size, longest)
    return answer(InclusionProof(query.index, size, tuple(each.hex() for each in hashes)))


async def consistency(call: Call) -> Answer:
    """The proof that the log only grew."""
    query: ConsistencyQuery = call.query
    longest = await _published_size(call)
    second = longest if query.second is None else query.second
    if second > longest or query.first > second:
        raise problem("bad_query", f"`first` must be at most `second`, and that at most {longest}, which is published.")
    hashes = await log.consistency(call.hinge.db, query.first, second, longest)
    return answer(ConsistencyProof(query.first, second, tuple(each.hex() for each in hashes)))


async def event_proof(call: Call) -> Answer:
    """The proof that one event of a case is in the log."""
    case, _ = await found(call)
    seq = call.path["seq"]
    if not (seq.isascii() and seq.isdigit() and 0 < len(seq) < 10 and 1 <= int(seq) <= case.revision):
        raise not_found()
    proof = await log.proof_of(call.hinge.db, call.marketplace, case.id, int(seq))
    if proof is None:
        raise not_logged_yet()
    return answer(EventProof(proof.leaf_index, proof.tree_size, proof.hashes, proof.checkpoint))


async def receipts(call: Call) -> Answer:
    """The receipts of a case; the same bytes as were given at the time."""
    case, _ = await found(call)
    secret = await secret_of(call.hinge, call.marketplace)
    rows = await cases.events_of(call.hinge.db, call.marketplace, case.id)
    signer = call.hinge.db.signer
    return answer(Receipts(tuple(signer.receipt(secret, case.id, row.seq, row.hash, row.at) for row in rows)))


def kept(body: bytes, media: str, how_long: bytes) -> Answer:
    """An answer that may be kept by whoever passes it on."""
    made = Answer(body, media=media.encode())
    made.headers = [each for each in made.headers if each[0] != b"cache-control"]
    made.headers += [(b"cache-control", how_long), (b"access-control-allow-origin", b"*")]
    return made


def not_logged_yet() -> Exception:
    """404: it is accepted, and its receipt is good; a checkpoint over it comes within the minute."""
    detail = "No published checkpoint covers this yet; ask again in a minute. The receipt you hold is good until then."
    return problem("not_logged_yet", detail, [(b"retry-after", b"2")])


async def _published_size(call: Call) -> int:
    size = (await log.state(call.hinge.db)).published_size
    if not size:
        raise not_logged_yet()
    return size


ROUTES = (
    Route(
        method="GET", path="/log/vkey", name="log_vkey", tag="log", does=vkey, roles=None, answer=str,
        answer_media="text/plain", summary="The key of the log: name, hash and Ed25519 public key",
    ),
    Route(
        method="GET", path="/log/checkpoint", name="log_checkpoint", tag="log", does=checkpoint, roles=None,
        answer=str, answer_media="text/plain", also=(404,),
        summary="The last published checkpoint, a signed note with the cosignatures of witnesses",
    ),
    Route(
        method="GET", path="/log/tile/{tile}", name="log_tile", tag="log", does=tile, roles=None, answer=bytes,
        answer_media="application/octet-stream", also=(404,),
        summary="A tile of hashes (`0/x001/067`, `1/000.p/8`) or a bundle of entries (`entries/000`)",
    ),
    Route(
        method="GET", path="/log/proof/inclusion", name="log_inclusion", tag="log", does=inclusion, roles=None,
        query=InclusionQuery, answer=InclusionProof, also=(404,), summary="That a leaf is in the log (RFC 6962)",
    ),
    Route(
        method="GET", path="/log/proof/consistency", name="log_consistency", tag="log", does=consistency, roles=None,
        query=ConsistencyQuery, answer=ConsistencyProof, also=(404,), summary="That the log only grew (RFC 6962)",
    ),
    Route(
        method="GET", path="/v1/cases/{case_id}/events/{seq}/proof", name="event_proof", tag="log", does=event_proof,
        answer=EventProof, also=(404,), summary="That an event is under a published checkpoint of the log",
    ),
    Route(
        method="GET", path="/v1/cases/{case_id}/receipts", name="case_receipts", tag="log", does=receipts,
        answer=Receipts, also=(404,), summary="The signed receipt of every event of the case",
    ),
)  # fmt: skip
