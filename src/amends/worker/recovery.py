"""Before the house serves: is our log still the one others have seen?

After a restore of an older backup it is not: the signer remembers, or a witness answers, that more leaves, or other
ones, were signed. Then nothing may be written, for what was lost would be written anew under the same numbers. The
house serves what it has for reading, and a person decides.
"""

import asyncio
from collections.abc import Sequence

import structlog
from msgspec import Struct

from amends.proof.tlog import Note
from amends.settings import Settings, WitnessAddress
from amends.store import log, marketplaces
from amends.store.connect import Database
from amends.store.log import LogBroken, LogState
from amends.store.log_growth import Growth
from amends.store.signing import SignerRefused
from amends.worker.cosigning import Ahead, Away, Forked, Witnesses, tell
from amends.worker.sequencer import sequencer_of, signed_head

SECOND_LOOK_SECONDS = 1.0
told = structlog.get_logger("amends.recovery")


class WitnessAway(Exception):
    """A witness did not answer, and the settings insist that each does; `str()` is one readable line."""


class Recovery(Struct, frozen=True):
    """Why the house only reads: it holds `held` leaves, others have seen `known`; `why` is a line of who says so."""

    held: int
    known: int
    why: str

    def __str__(self) -> str:
        if self.known > self.held:
            return f"{self.why}; leaves {self.held} to {self.known - 1} of the log are lost here"
        return f"{self.why}; the log here is not the one that was signed"


async def compare(db: Database, witnesses: Witnesses, *, insist: bool = False) -> Recovery | None:
    """Compare our log with the signer's memory and with every witness; None when all have seen it as it is.

    Raises WitnessAway with `insist` when one does not answer, LogBroken when the log's rows do not fit together.
    """
    now = await log.state(db)
    if db.signer.last.size > now.size:  # another process may just have signed what it committed
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        now = await log.state(db)
    try:
        note = Note.parse(await _head(db, now))
    except SignerRefused as refused:
        known = db.signer.last.size
        return Recovery(now.size, known, f"the signer: {refused}")
    verdicts = await witnesses.ask(db, note, now.size)
    for line in tell(verdicts):
        told.warning("witness", said=line)
    for vkey, verdict in verdicts.items():
        name = vkey.partition("+")[0]
        if isinstance(verdict, Ahead):
            return Recovery(now.size, verdict.size, f"the witness {name} has cosigned {verdict.size} leaves")
        if isinstance(verdict, Forked):
            return Recovery(now.size, verdict.size, f"the witness {name}: {verdict.why}")
    if insist and (away := [vkey.partition("+")[0] for vkey, each in verdicts.items() if isinstance(each, Away)]):
        raise WitnessAway(
            f"The witness {away[0]} does not answer, and AMENDS_WITNESS_REQUIRED is set: {tell(verdicts)}"
        )
    return None


async def catch_up(db: Database, settings: Settings) -> str | None:
    """Let the log cover what has happened, for somebody who is not the server; why not, where it may not grow.

    From then on nothing may be written through this `db` either.
    """
    found = await compare(db, Witnesses(settings.witnesses, settings.witness_quorum))
    if found is not None:
        db.recovery = str(found)
        return db.recovery
    try:
        await sequencer_of(db, settings).once()
    except SignerRefused as refused:  # a server signed more in this very moment: it does the work then
        return str(refused)
    return None


async def status(db: Database, addresses: Sequence[WitnessAddress]) -> tuple[list[str], bool]:
    """How the log stands, line by line, and whether all who have seen it have seen this one."""
    now, last, waits = await log.state(db), db.signer.last, 0
    for marketplace in await marketplaces.all_ids(db):
        waits += await log.waiting(db, marketplace)
    known = await log.witnessed(db)
    lines = [
        f"log          {now.origin}",
        f"key          {db.signer.vkey}",
        f"leaves       {now.size}, root {now.root.hex()}",
        f"waiting      {waits} events without a leaf",
        f"published    {_published(now)}",
        f"signed last  {last.size} leaves",
        *(f"witness      {each.vkey} at {each.url}, cosigned {known.get(each.vkey, 0)}" for each in addresses),
    ]
    found = await compare(db, Witnesses(tuple(addresses)))
    if found is not None:
        lines.append(f"recovery     {found}")
    return lines, found is None


def _published(now: LogState) -> str:
    return (
        f"{now.published_size} leaves at {now.published_at:%Y-%m-%d %H:%M:%SZ}" if now.published_at else "nothing yet"
    )


async def _head(db: Database, now: LogState) -> str:
    """The signed head; files that were lost are made again from the rows first."""
    try:
        return await signed_head(db, now)
    except LogBroken as problem:
        told.warning("log_files_rewritten", why=str(problem))
        await Growth(db).rewrite()
        return await signed_head(db, now)
