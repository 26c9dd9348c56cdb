"""The checking pipeline: takes files that wait, has them examined, and tells every case how it ended.

While the scanner is away nothing is claimed and files stay `received`: they count as received and reach nobody. A file
whose examination dies with its worker is claimed again when the lease ends; after too many such ends it is held to be
unscannable. What a case must be told is kept in the database until the case knows. Redacted copies are drawn here too.
"""

import asyncio
import os
import shutil
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from prometheus_client import Counter, Histogram

from amends.answers import Accepted
from amends.handle import Hinge, handle
from amends.law.actors import CLOCK
from amends.law.commands import NoteFile
from amends.law.refusal import Refused
from amends.media import clamd
from amends.settings import Settings
from amends.store import checks, derivatives, marketplaces, uploads
from amends.store.checks import Claim, Finding, Note
from amends.store.derivatives import WantedCopy
from amends.store.errors import DatabaseError
from amends.store.uploads import Erased
from amends.sweep import tell_arrivals
from amends.worker.examine import Bench, Damaged, Later, examine, redraw

IDLE_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0
AT_ONCE = 2
NOTES_AT_ONCE = 100
LEASE = timedelta(minutes=5)
MOST_FAILURES = 5
COPY_REST = timedelta(seconds=30)
CHECKED = Counter("amends_files_checked_total", "Files whose check ended", ["state"])
DAMAGED = Counter("amends_files_damaged_total", "Files found damaged while they were checked")
SECONDS = Histogram("amends_files_check_seconds", "How long the examination of a file took")
T = TypeVar("T")
log = structlog.get_logger("amends.checks")


async def run(hinge: Hinge, settings: Settings, stop: asyncio.Event, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Work until `stop` is set; the files in hand are finished first."""
    bench = Bench(hinge, settings, working_folder(hinge.db.data_dir))
    log.info("check_worker_started", scanner=settings.scanner)
    rest = idle_seconds
    try:
        while not stop.is_set():
            done = await _survived("check_round_failed", one_round(bench))
            rest = idle_seconds if done is not None else min(rest * 2, LONGEST_REST_SECONDS)
            if not done:
                await _pause(stop, rest)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    log.info("check_worker_stopped")


async def one_round(bench: Bench) -> int:
    """A few files, copies and notes of every marketplace; how many things were done."""
    able, done = await _can_scan(bench), 0
    for marketplace in await marketplaces.all_ids(bench.hinge.db):
        if able:
            done += await check_some(bench, marketplace)
        done += await draw_some(bench, marketplace)
        done += await tell_cases(bench.hinge, marketplace)
    return done


async def check_some(bench: Bench, marketplace: str) -> int:
    """Claim a few files and examine them side by side."""
    claims = await checks.claim(bench.hinge.db, marketplace, limit=AT_ONCE, lease=LEASE)
    ended = await asyncio.gather(*(_check_one(bench, marketplace, claim) for claim in claims))
    return sum(ended)


async def draw_some(bench: Bench, marketplace: str) -> int:
    """Draw a few redacted copies."""
    copies = await derivatives.claim_copies(bench.hinge.db, marketplace, limit=AT_ONCE, rest=COPY_REST)
    for copy in copies:
        await _survived("redacted_copy_failed", _draw_one(bench, marketplace, copy))
    return len(copies)


async def tell_cases(hinge: Hinge, marketplace: str) -> int:
    """Tell the cases what became of their files: that they arrived, and how their check ended."""
    await _survived("arrivals_not_told", tell_arrivals(hinge, marketplace))
    notes = await checks.untold(hinge.db, marketplace, limit=NOTES_AT_ONCE)
    for note in notes:
        if await _survived("check_not_told", _tell(hinge, marketplace, note)) is None:
            await checks.tell_later(hinge.db, marketplace, note)
    return len(notes)


def working_folder(data_dir: Path) -> Path:
    """A private folder of this process for opened files; what processes that died have left is removed."""
    above, mine = data_dir / "checking", str(os.getpid())
    above.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in above.iterdir():
        if left.name == mine or not _lives(left.name):
            shutil.rmtree(left, ignore_errors=True)
    (above / mine).mkdir(mode=0o700)
    return above / mine


def _lives(pid: str) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


async def _can_scan(bench: Bench) -> bool:
    """Whether files may be examined now: the scanner answers, or is switched off."""
    return bench.settings.scanner == "off" or await clamd.ping(bench.settings.scanner)


async def _check_one(bench: Bench, marketplace: str, claim: Claim) -> bool:
    """Examine one claimed file to an end; False when it must wait."""
    found = await _survived("check_failed", _finding(bench, marketplace, claim)) or Later("failed", blameless=False)
    if isinstance(found, Later) and not found.blameless and claim.failures >= MOST_FAILURES:
        found = Finding("unscannable", "not_checked")
    if isinstance(found, Later):
        rest = found.rest * 2 ** min(claim.failures, 6)
        await checks.put_back(bench.hinge.db, marketplace, claim, rest=rest, blameless=found.blameless)
        log.warning("check_put_off", marketplace=marketplace, upload=claim.upload_id, why=found.why)
        return False
    if await checks.settle(bench.hinge.db, marketplace, claim, found):
        CHECKED.labels(found.state).inc()
        if found.why == "damaged":
            DAMAGED.inc()
        log.info("file_checked", marketplace=marketplace, upload=claim.upload_id, state=found.state, why=found.why)
    return True


async def _finding(bench: Bench, marketplace: str, claim: Claim) -> Finding | Later:
    if claim.failures > MOST_FAILURES:  # it has taken its worker down with it each time
        return Finding("unscannable", "not_checked")
    upload = await uploads.get(bench.hinge.db, marketplace, claim.upload_id)
    if upload is None or upload.blob is None:
        return Finding("unscannable", "erased")
    try:
        with SECONDS.time():
            return await examine(bench, marketplace, upload)
    except (DatabaseError, OSError) as away:  # database, files or room to work in: nothing a file could be guilty of
        return Later(str(away))


async def _draw_one(bench: Bench, marketplace: str, copy: WantedCopy) -> None:
    db = bench.hinge.db
    upload = await uploads.get(db, marketplace, copy.upload_id)
    try:
        drawn = upload is not None and await redraw(bench, marketplace, upload, copy.drawing)
    except (Damaged, Erased, FileNotFoundError) as problem:
        log.error("redacted_copy_not_drawn", marketplace=marketplace, upload=copy.upload_id, why=str(problem))
        drawn = False
    if isinstance(drawn, Later) and copy.attempts < MOST_FAILURES:
        return
    await derivatives.settle_copy(db, marketplace, copy, "drawn" if drawn is True else "failed")


async def _tell(hinge: Hinge, marketplace: str, note: Note) -> bool:
    """Say it to the case; what the law has no use for is settled too. Raises when it must be said again."""
    state = checks.OUTCOMES[note.state]
    answer = await handle(hinge, marketplace, note.case_id, NoteFile(note.upload_id, state, note.why), CLOCK)
    if isinstance(answer, Accepted):
        await checks.told(hinge.db, marketplace, note, state)
    elif isinstance(answer, Refused):
        log.info("check_is_moot", marketplace=marketplace, case=note.case_id, upload=note.upload_id, code=answer.code)
        await checks.told(hinge.db, marketplace, note, "moot")
    else:
        raise LookupError(f"case {note.case_id} could not be told: {answer}")
    return True


async def _survived(trouble: str, work: Awaitable[T]) -> T | None:
    """The work's result, or None and a line in the log: one file's surprise must not stop the others."""
    try:
        return await work
    except Exception as problem:
        log.error(trouble, error=str(problem), exc_info=not isinstance(problem, DatabaseError))
        return None


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Rest, but wake at once to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
