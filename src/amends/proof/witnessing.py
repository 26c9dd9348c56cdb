"""The witness protocol (c2sp.org/tlog-witness) in words: what is asked, what a witness must find, what is answered.

Both ends read it here: the log that asks for a cosignature and the witness that gives or refuses one. Pure: who keeps
what, and how it travels, is worker/witness.py and worker/cosigning.py.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from amends.proof.merkle import EMPTY_ROOT, verify_consistency
from amends.proof.tlog import SIZE, Checkpoint, Malformed, Note, Verifier, decoded, encoded

SIZE_MEDIA = "text/x.tlog.size"
MOST_PROOF_LINES = 63
MOST_BYTES = 64 * 1024


class Submission(Struct, frozen=True):
    """A request to `add-checkpoint`: the size the log believes is known, a proof from there, the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        return f"old {self.old}\n" + "".join(f"{encoded(each)}\n" for each in self.proof) + f"\n{self.note}"

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """The submission of a request's body. Raises Malformed."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise Malformed("the body is not UTF-8") from None
        head, gap, written = text.partition("\n\n")
        first, *lines = head.split("\n")
        word, _, old = first.partition(" ")
        if not gap or word != "old" or not SIZE.fullmatch(old):
            raise Malformed("the body begins with a line like `old 7`, proof lines and an empty line")
        if len(lines) > MOST_PROOF_LINES:
            raise Malformed(f"a proof has at most {MOST_PROOF_LINES} lines")
        return cls(int(old), tuple(decoded(line, 32) for line in lines), Note.parse(written))


class Refusal(Struct, frozen=True):
    """Why a witness does not cosign: the HTTP status the protocol has for it, and a line. `size`: what it knows."""

    status: int
    why: str
    size: int | None = None


class Seen(Struct, frozen=True):
    """The largest log a witness has cosigned under an origin."""

    size: int = 0
    root: bytes = EMPTY_ROOT


def checkpoint_of(submission: Submission, logs: Mapping[str, Sequence[Verifier]]) -> Checkpoint | Refusal:
    """The checkpoint submitted, if one of the keys trusted for its origin signed it."""
    try:
        found = Checkpoint.parse(submission.note.text)
    except Malformed as fault:
        return Refusal(400, f"{fault}")
    if found.origin not in logs:
        return Refusal(404, "this log is not witnessed here")
    if not any(key.check(submission.note) for key in logs[found.origin]):
        return Refusal(403, "no key known for this log signed the checkpoint")
    return found


def judge(submission: Submission, found: Checkpoint, seen: Seen) -> Refusal | None:
    """Whether a signed checkpoint follows from what the witness has seen; None when it may be cosigned."""
    if submission.old > found.size:
        return Refusal(400, "the old size is larger than the checkpoint's")
    if submission.old != seen.size:
        return Refusal(409, "the old size is not that of the last checkpoint cosigned", seen.size)
    if found.size == seen.size and found.root != seen.root:
        return Refusal(409, "another root was cosigned at this size", seen.size)
    if seen.size in (0, found.size):
        held = not submission.proof
    else:
        held = verify_consistency(seen.size, found.size, seen.root, found.root, submission.proof)
    return None if held else Refusal(422, "the consistency proof does not hold")
