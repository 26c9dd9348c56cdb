"""Asking witnesses: a checkpoint goes to each, a cosignature or a warning comes back.

One that knows less than we thought is told from where it stands. One that knows more, or another root, is the reason
witnesses exist: what we have was rolled back or forked, and the answer says so instead of an exception.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from msgspec import Struct

from amends.proof.tlog import Malformed, Note, Signature, Verifier, signatures
from amends.proof.witnessing import Submission
from amends.settings import WitnessAddress
from amends.store import log
from amends.store.connect import Database

PATIENCE_SECONDS = 10.0
LONGEST_ANSWER = 16 * 1024


class Cosigned(Struct, frozen=True):
    """The witness cosigned."""

    signature: Signature


class Ahead(Struct, frozen=True):
    """The witness has cosigned a longer log than the one we hold."""

    size: int


class Forked(Struct, frozen=True):
    """The witness has cosigned a log that ours did not grow out of; `size` is where it stands."""

    size: int
    why: str


class Away(Struct, frozen=True):
    """The witness did not answer, or not as the protocol says."""

    why: str


Verdict = Cosigned | Ahead | Forked | Away


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The witnesses of the settings, and how many of them must cosign what is published."""

    addresses: tuple[WitnessAddress, ...] = ()
    quorum: int = 1

    async def ask(self, db: Database, note: Note, size: int) -> dict[str, Verdict]:
        """What each witness, by its key, says to a signed checkpoint of our log at its present size."""
        known = await log.witnessed(db)
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            asked = [ask(client, db, each, note, size, known.get(each.vkey, 0)) for each in self.addresses]
            verdicts = await asyncio.gather(*asked)
        for each, verdict in zip(self.addresses, verdicts, strict=True):
            if isinstance(verdict, Cosigned):
                await log.note_witness(db, each.vkey, size)
        return {each.vkey: verdict for each, verdict in zip(self.addresses, verdicts, strict=True)}


async def ask(
    client: httpx.AsyncClient, db: Database, witness: WitnessAddress, note: Note, size: int, old: int
) -> Verdict:
    """Ask one witness, beginning at the size we believe it knows; once more from the size it names."""
    for _ in range(3):
        proof = await log.consistency(db, old, size, size) if 0 < old < size else ()
        answered = await _submit(client, witness, Submission(old, tuple(proof), note))
        if isinstance(answered, Away):
            return answered
        if answered.status_code == 200:
            return _cosignature(witness, note, answered.text)
        if answered.status_code == 422:
            return Forked(old, f"it answers 422: the log of {size} leaves did not grow out of the {old} it cosigned")
        if answered.status_code != 409:
            return Away(f"it answers {answered.status_code}: {answered.text[:200].strip()}")
        stands = _size(answered)
        if stands == old:
            return Forked(old, f"it answers 409: it cosigned another root at {old} leaves")
        if stands is None:
            return Away("it answers 409 without a size")
        if stands > size:
            return Ahead(stands)
        old = stands
    return Away("it keeps moving")


async def _submit(client: httpx.AsyncClient, witness: WitnessAddress, submission: Submission) -> httpx.Response | Away:
    try:
        answered = await client.post(f"{witness.url}/add-checkpoint", content=str(submission).encode())
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return Away(f"{type(problem).__name__}: {problem}")
    return answered if len(answered.content) <= LONGEST_ANSWER else Away("its answer is too long")


def _cosignature(witness: WitnessAddress, note: Note, lines: str) -> Verdict:
    """The good cosignature of the witness's own key; lines of other keys are passed over."""
    try:
        found = Verifier.parse(witness.vkey).of(Note(note.text, signatures(lines)))
    except Malformed as fault:
        return Away(f"its answer cannot be read: {fault}")
    return Cosigned(found) if found else Away("its answer holds no good cosignature of its key")


def _size(answered: httpx.Response) -> int | None:
    text = answered.text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def tell(verdicts: dict[str, Verdict]) -> Sequence[str]:
    """A line for each witness that did not cosign."""
    lines: list[str] = []
    for vkey, verdict in verdicts.items():
        name = vkey.partition("+")[0]
        match verdict:
            case Ahead(size):
                lines.append(f"{name} has cosigned {size} leaves, more than we hold")
            case Forked(_, why) | Away(why):
                lines.append(f"{name}: {why}")
    return lines
