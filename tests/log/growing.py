"""Events to be logged, and a log looked at with other eyes than its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from amends.proof.merkle import leaf_hash
from amends.proof.receipt import leaf_entry, leaf_salt
from amends.proof.tlog import Checkpoint, Note, entries_of, hashes_of, tile_path
from amends.store import cases, log, marketplaces
from amends.store.connect import Database
from tests.cast import ALICE, MARKET, Stage
from tests.log import trees


async def told(stage: Stage, order_id: str = "O1", messages: int = 0) -> str:
    """A case of 1 + `messages` events."""
    case_id = await stage.order(order_id, "US", delivered_at=datetime.now(UTC) - timedelta(days=1))
    await stage.file(case_id, order_id)
    for number in range(messages):
        await stage.act(case_id, ALICE, "post_message", text=f"Message {number}", to="seller")
    return case_id


async def entries(db: Database) -> list[bytes]:
    """All entries of the log, from the bundles alone."""
    size = (await log.state(db)).size
    found: list[bytes] = []
    for index in range(-(-size // 256)):
        found += entries_of(await log.tile(db, "entries", index, min(256, size - 256 * index)))
    return found


async def is_sound(db: Database, places: Sequence[str] = (MARKET,)) -> int:
    """Every event has its leaf once, leaves have no gap, files and rows agree with the root; how many there are."""
    now = await log.state(db)
    logged = await entries(db)
    assert trees.root(logged) == now.root
    seen: set[int] = set()
    for place in places:
        secret = await marketplaces.secret(db, place)
        async for history in cases.histories(db, place):
            case_id = history.case.case_id
            leaves = {leaf.seq: leaf for leaf in await log.leaves_of_case(db, place, case_id)}
            for row in history.events:
                leaf = leaves[row.seq]
                assert logged[leaf.index] == leaf.entry == leaf_entry(leaf_salt(secret, case_id, row.seq), row.hash)
                assert leaf.index not in seen
                seen.add(leaf.index)
    assert seen == set(range(now.size))
    for level, width in ((0, now.size), (1, now.size >> 8)):
        for index in range(-(-width // 256)):
            part = min(256, width - 256 * index)
            tile = hashes_of(await log.tile(db, level, index, part))
            if level == 0:
                assert tile == [leaf_hash(entry) for entry in logged[256 * index : 256 * index + part]]
            assert len(tile) == part, tile_path(level, index, part)
    if now.published:
        note = Note.parse(now.published)
        assert db.signer.verifier.check(note)
        head = Checkpoint.parse(note.text)
        assert head.root == trees.root(logged[: head.size])
    return now.size
