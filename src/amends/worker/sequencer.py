"""The sequencer: gives events their leaves, and publishes signed checkpoints of the log.

A checkpoint is made when enough events wait, when it has been quiet for a moment after some, or at the latest after a
minute; all three are settings. Where witnesses are set, what is published carries their cosignatures, and while too
few answer the log goes on growing but the published checkpoint stays. As many sequencers as one likes may run; one at
a time works.
"""

import asyncio
from time import monotonic

import structlog
from msgspec import Struct
from prometheus_client import Counter, Gauge

from amends.proof.tlog import Note
from amends.settings import Settings
from amends.store import log
from amends.store.connect import Database
from amends.store.errors import DatabaseError
from amends.store.files import NoSpace
from amends.store.log import LogLost, LogState
from amends.store.log_growth import Growth
from amends.store.signing import SignerRefused
from amends.worker.cosigning import Cosigned, Witnesses, tell

LOOK_SECONDS = 0.5
LONGEST_REST_SECONDS = 30.0
LEAVES = Counter("amends_log_leaves_total", "Leaves this process has put into the log")
SIZE = Gauge("amends_log_size", "Leaves in the log")
UNPUBLISHED = Gauge("amends_log_unpublished", "Leaves not yet under a published checkpoint")
REFUSED = Gauge("amends_log_witnesses_refusing", "Witnesses that did not cosign the last checkpoint")
trouble = structlog.get_logger("amends.sequencer")


class Pace(Struct, frozen=True):
    """When a checkpoint is due: so many leaves wait, or nothing new came for a moment, or the oldest waited long."""

    leaves: int = 256
    quiet_seconds: float = 1.0
    longest_seconds: float = 60.0


class Sequencer:
    """One worker on the log of one database."""

    def __init__(self, db: Database, witnesses: Witnesses | None = None, pace: Pace | None = None) -> None:
        self._db = db
        self._growth = Growth(db)
        self._witnesses = witnesses or Witnesses()
        self._pace = pace or Pace()
        self._seen: list[tuple[str, int]] = []
        self._changed_at = self._since = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. Nothing that goes wrong ends it; it rests longer, up to half a minute.

        Where what was signed is lost, the house only reads from then on, as after a start (recovery.py).
        """
        look = min(LOOK_SECONDS, self._pace.quiet_seconds / 2)
        rest = look
        while not stop.is_set():
            try:
                behind = await self.turn()
            except LogLost as lost:
                self._db.recovery = str(lost)
                trouble.error("recovery", why=str(lost))
                behind = True
            except (DatabaseError, SignerRefused, NoSpace, OSError) as problem:
                trouble.error("sequencer_failed", error=str(problem))
                behind = True
            except Exception as defect:
                trouble.error("sequencer_failed", error=str(defect), exc_info=True)
                behind = True
            rest = min(rest * 2, LONGEST_REST_SECONDS) if behind else look
            await _pause(stop, rest)

    async def turn(self) -> bool:
        """Look, and do what is due; whether the published checkpoint stays behind though nothing waits."""
        if self._due(await self._growth.waiting(self._pace.leaves), monotonic()):
            return not await self.once()
        now = await log.state(self._db)
        if now.size > (now.published_size or 0):
            return not await self.publish()
        return False

    async def once(self) -> bool:
        """Give every event its leaf that can have one now, and publish.

        False when another sequencer was at it, or too few witnesses cosigned.
        """
        while (grown := await self._growth.grow()) is not None:
            LEAVES.inc(grown.size - grown.before)
            if not grown.more:
                break
        self._seen = []
        return await self.publish() and grown is not None

    async def publish(self) -> bool:
        """Sign the log as it stands and publish it, if enough witnesses cosign; whether it is published."""
        now = await log.state(self._db)
        SIZE.set(now.size)
        if now.size == (now.published_size or 0):
            UNPUBLISHED.set(0)
            return True
        note = Note.parse(await signed_head(self._db, now))
        verdicts = await self._witnesses.ask(self._db, note, now.size)
        found = [each.signature for each in verdicts.values() if isinstance(each, Cosigned)]
        REFUSED.set(len(verdicts) - len(found))
        for line in tell(verdicts):
            trouble.error("not_cosigned", witness=line, size=now.size)
        enough = not verdicts or len(found) >= self._witnesses.quorum
        if enough:
            await log.publish(self._db, Note(note.text, (*note.signatures, *found)))
        UNPUBLISHED.set(0 if enough else now.size - (now.published_size or 0))
        return enough

    def _due(self, waiting: list[tuple[str, int]], at: float) -> bool:
        if not waiting:
            self._seen = []
            return False
        if not self._seen:
            self._since = at
        if waiting != self._seen:
            self._seen, self._changed_at = waiting, at
        pace = self._pace
        return (
            len(waiting) >= pace.leaves
            or at - self._changed_at >= pace.quiet_seconds
            or at - self._since >= pace.longest_seconds
        )


def sequencer_of(db: Database, settings: Settings) -> Sequencer:
    """The sequencer these settings ask for."""
    pace = Pace(settings.log_leaves, settings.log_quiet_seconds, settings.log_longest_seconds)
    return Sequencer(db, Witnesses(settings.witnesses, settings.witness_quorum), pace)


async def signed_head(db: Database, now: LogState) -> str:
    """The signed checkpoint of the log as it stands. Raises SignerRefused."""
    last = db.signer.last.size
    proof = await log.consistency(db, last, now.size, now.size) if 0 < last < now.size else []
    return await db.signer.checkpoint(now.size, now.root, proof)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Rest, but wake at once to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
