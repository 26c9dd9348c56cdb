"""The log: leaves appended a second with all files forced to disk, proofs verified, receipts signed and verified.

Events are rows made up in the database, so that the sequencer alone is timed: reading them, hashing, writing tiles and
bundles, committing, signing and publishing. A log that falls behind the write path would never catch up, so its rate
is held against the commands a second of ARCHITECTURE.md section 7.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amends.proof import merkle, receipt
from amends.proof.tlog import Checkpoint, Note, signed, verifier_of
from amends.store import log
from amends.store.connect import Database
from amends.worker.sequencer import Sequencer
from benchmarks.place import MARKETPLACE, opened
from benchmarks.report import Budget, Report
from benchmarks.timing import in_turns

COMMANDS_A_SECOND = 1_500.0
ORIGIN = "benchmark.example/log"
TREE = 1 << 16
MADE_UP = """
INSERT INTO event (case_id, seq, marketplace_id, type, at, actor_role, actor_id, clauses, body, hash)
SELECT gen_random_uuid(), 1, $1, 'made_up', now(), 'buyer', 'b', '{}', '{}', sha256(random()::text::bytea)
FROM generate_series(1, $2)
"""


def run(seconds: float = 2.0, count: int = 50_000, small: int = 40) -> Report:
    """Append `count` events in one go and `small` rounds of a few; verify and sign for so many seconds each."""
    at_once, round_ms = asyncio.run(_appended(count, small))
    rates = in_turns(_works(), seconds)
    rows = [
        (f"leaves appended, {count:,} waiting", f"{at_once:,.0f}", f"{1e6 / at_once:,.1f}"),
        ("rounds of 20 leaves, each published", f"{1000 / round_ms:,.0f}", f"{round_ms * 1000:,.0f}"),
        *((name, f"{rate:,.0f}", f"{1e6 / rate:,.1f}") for name, rate in rates.items()),
    ]
    return Report(
        name="log",
        title="The log and its proofs on one core",
        heads=("what", "a second", "microseconds each"),
        rows=tuple(rows),
        budgets=(Budget("log appends keep up with commands", at_once, COMMANDS_A_SECOND, "leaves a second"),),
        notes=(
            f"Proofs are of leaves of a log of {TREE:,} ({TREE.bit_length() - 1} hashes). Every tile, bundle and row "
            "is forced to disk before a size counts; no witness is asked, whose answer is one exchange a round.",
        ),
    )


async def _appended(count: int, small: int) -> tuple[float, float]:
    """Leaves a second with many waiting, and milliseconds for a round of a few."""
    async with opened() as place:
        sequencer = Sequencer(place.db)
        await _make_up(place.db, count)
        start = perf_counter()
        await sequencer.once()
        spent = perf_counter() - start
        now = await log.state(place.db)
        if now.published_size != count:
            raise SystemExit(f"the log published {now.published_size} leaves of {count}")
        rounds = 0.0
        for _ in range(small):
            await _make_up(place.db, 20)
            start = perf_counter()
            await sequencer.once()
            rounds += perf_counter() - start
        return count / spent, rounds / small * 1000


async def _make_up(db: Database, count: int) -> None:
    async with db.writing(MARKETPLACE) as connection:
        await connection.execute("SET LOCAL statement_timeout = '60s'")
        await connection.execute(MADE_UP, MARKETPLACE, count)


def _works() -> dict[str, tuple[Callable[[Any], object], Sequence[Any]]]:
    """What is verified and signed, each with enough inputs that nothing is kept from one call to the next."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    leaves = [merkle.leaf_hash(os.urandom(32)) for _ in range(TREE)]
    levels = [leaves]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([merkle.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)])
    root = levels[-1][0]

    def node(place: merkle.Node) -> bytes:
        return levels[place[0]][place[1]]

    picked = range(7, TREE, TREE // 500)
    inclusion = [(at, merkle.prove(merkle.inclusion_plan(at, TREE), node)) for at in picked]
    grown = [
        (at, merkle.root_of_peaks([node(each) for each in merkle.peaks(at)]),
         merkle.prove(merkle.consistency_plan(at, TREE), node))
        for at in picked
    ]  # fmt: skip
    note = signed(Checkpoint(ORIGIN, TREE, root).text, ORIGIN, key)
    verifier, at, secret = verifier_of(ORIGIN, key), datetime.now(UTC), os.urandom(32)
    events = [(f"00000000-0000-4000-8000-{number:012}", os.urandom(32)) for number in range(500)]

    def sign(event: tuple[str, bytes]) -> receipt.Receipt:
        salt = receipt.leaf_salt(secret, event[0], 1)
        return receipt.sign(key, ORIGIN, case=event[0], seq=1, event=event[1], at=at, salt=salt)

    def whole(given: tuple[int, list[bytes]]) -> bool:
        """What a party does with a receipt, a proof and a checkpoint."""
        head = Checkpoint.parse(Note.parse(str(note)).text)
        return verifier.check(note) and merkle.verify_inclusion(given[0], head.size, leaves[given[0]], given[1], root)

    receipts = [sign(event) for event in events]
    if not all(whole(each) for each in inclusion[:20]) or not receipt.verify(receipts[0], public):
        raise SystemExit("what is timed does not hold")
    return {
        "inclusion proofs verified": (lambda one: merkle.verify_inclusion(one[0], TREE, leaves[one[0]], one[1], root),
                                      inclusion),
        "consistency proofs verified": (lambda one: merkle.verify_consistency(one[0], TREE, one[1], root, one[2]),
                                        grown),
        "inclusion with its signed checkpoint": (whole, inclusion),
        "receipts signed": (sign, events),
        "receipts verified": (lambda one: receipt.verify(one, public), receipts),
    }  # fmt: skip


if __name__ == "__main__":
    print(run())
