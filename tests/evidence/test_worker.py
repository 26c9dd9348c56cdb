"""The check worker: claims that end, notes that are never lost, and a process killed at any moment."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from amends.answers import Contended
from amends.store import checks
from amends.store.checks import Finding
from amends.worker import checks as worker
from tests.api.callers import Callers
from tests.cast import MARKET
from tests.evidence.pieces import Pipeline, picture, sent, with_photo

pytestmark = pytest.mark.database
LEASE = timedelta(hours=1)


async def forget_rests(pipeline: Pipeline) -> None:
    """As if every rest and every lease had ended."""
    async with pipeline.hinge.db.writing(MARKET) as connection:
        await connection.execute("UPDATE upload_check SET not_before = now() - interval '1 s'")
        await connection.execute(
            "UPDATE upload_check SET leased_until = now() - interval '1 s' WHERE state = 'scanning'"
        )
        await connection.execute("UPDATE file_note SET not_before = now() - interval '1 s'")


async def test_a_claimed_file_is_nobody_elses_until_the_lease_ends(callers: Callers, pipeline: Pipeline):
    await sent(await callers.alice(), picture())
    db = pipeline.hinge.db
    [first] = await checks.claim(db, MARKET, limit=10, lease=LEASE)
    assert await checks.claim(db, MARKET, limit=10, lease=LEASE) == []
    await forget_rests(pipeline)
    [second] = await checks.claim(db, MARKET, limit=10, lease=LEASE)
    assert (first.attempt, second.attempt, second.failures) == (1, 2, 2)
    late = Finding("clean", sha256="00" * 32)
    assert not await checks.settle(db, MARKET, first, late), "whoever lost the claim settles nothing"
    assert await checks.settle(db, MARKET, second, Finding("refused", "damaged"))


async def test_workers_at_once_share_the_files(callers: Callers, pipeline: Pipeline):
    alice = await callers.alice()
    for number in range(6):
        await sent(alice, picture(colour=(number * 30, 9, 9)))
    rounds = await asyncio.gather(*(worker.check_some(pipeline.bench, MARKET) for _ in range(4)))
    assert max(rounds) <= worker.AT_ONCE, "nobody takes more than asked for"
    await pipeline.settle()
    async with pipeline.hinge.db.reading(MARKET) as connection:
        ended = await connection.fetch("SELECT state, attempts FROM upload_check")
    assert [(row["state"], row["attempts"]) for row in ended] == [("clean", 1)] * 6


async def test_a_file_that_takes_its_worker_down_is_given_up_in_the_end(
    callers: Callers, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    upload_id = (await sent(await callers.alice(), picture()))["id"]

    async def dies(*_: object) -> None:
        raise RuntimeError("the worker died")

    monkeypatch.setattr(worker, "examine", dies)
    for number in range(1, worker.MOST_FAILURES + 1):
        assert (await pipeline.state(upload_id)).state == "received", number
        await pipeline.round()
        await forget_rests(pipeline)
    found = await pipeline.state(upload_id)
    assert (found.state, found.why) == ("unscannable", "not_checked")


async def test_an_ended_check_never_ends_otherwise(callers: Callers, pipeline: Pipeline):
    upload_id = (await sent(await callers.alice(), picture()))["id"]
    [claim] = await checks.claim(pipeline.hinge.db, MARKET, limit=1, lease=LEASE)
    await checks.settle(pipeline.hinge.db, MARKET, claim, Finding("refused", "infected", infected=True))
    for change in ("state = 'clean', why = NULL, infected = false, sha256 = decode(repeat('00', 32), 'hex')",
                   "state = 'received', why = NULL, infected = false, checked_at = NULL"):  # fmt: skip
        with pytest.raises(Exception, match="may not become"):
            async with pipeline.hinge.db.writing(MARKET) as connection:
                await connection.execute(f"UPDATE upload_check SET {change}")
    assert not await checks.found_damaged(pipeline.hinge.db, MARKET, upload_id)


async def test_a_note_is_told_until_the_case_knows(
    callers: Callers, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    case_id, _ = await with_photo(callers)
    real = worker.handle

    async def busy(*_: object) -> Contended:
        return Contended()

    monkeypatch.setattr(worker, "handle", busy)
    await pipeline.round()
    await pipeline.round()
    at = f"/v1/cases/{case_id}"
    assert (await callers.dana.get(at))["evidence"][0]["file"]["state"] == "received"
    monkeypatch.setattr(worker, "handle", real)
    await forget_rests(pipeline)
    await pipeline.settle()
    told = await callers.dana.get(at)
    assert told["evidence"][0]["file"]["state"] == "clean"
    await pipeline.settle()
    assert (await callers.dana.get(at))["revision"] == told["revision"], "it is told once"


async def test_a_case_that_gets_the_file_again_while_it_is_told_is_told_again(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers)
    await worker.check_some(pipeline.bench, MARKET)
    [note] = await checks.untold(pipeline.hinge.db, MARKET, limit=10)
    again = {"items": [{"type": "photo_of_item", "upload": upload_id}]}
    await (await callers.alice()).post(f"/v1/cases/{case_id}/submit-evidence", again)
    await checks.told(pipeline.hinge.db, MARKET, note, "clean")
    assert len(await checks.untold(pipeline.hinge.db, MARKET, limit=10)) == 1


def test_what_a_dead_worker_left_is_removed_and_a_living_ones_is_not(tmp_path: Path):
    for name in ("4194305", str(os.getppid()), "x"):
        (tmp_path / "checking" / name).mkdir(parents=True)
        (tmp_path / "checking" / name / "file").write_text("opened")
    mine = worker.working_folder(tmp_path)
    assert {path.name for path in (tmp_path / "checking").iterdir()} == {mine.name, str(os.getppid())}
    assert mine.stat().st_mode & 0o077 == 0


KILLED = """
import asyncio, sys
from pathlib import Path
from amends.handle import Hinge
from amends.settings import Settings
from amends.store.connect import open_database
from amends.store.policies import installed
from amends.worker import checks

async def main(owner, app, data):
    db = await open_database(owner, app_url=app, data_dir=Path(data), migrate_first=False)
    print("up", flush=True)
    settings = Settings(scanner="off", data=Path(data))
    await checks.run(Hinge(db, installed()), settings, asyncio.Event(), idle_seconds=0.05)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
async def test_a_worker_killed_again_and_again_loses_no_file(
    callers: Callers, pipeline: Pipeline, tmp_path: Path, database_server: object
):
    alice = await callers.alice()
    ids = [(await sent(alice, picture(900, 700, (n * 9, 40, 90), quality=95)))["id"] for n in range(12)]
    case_id, upload_id = await with_photo(callers)
    name = await pipeline.hinge.db.pool.fetchval("SELECT current_database()")
    urls = [database_server.url(user, name) for user in ("owner", "app")]  # type: ignore[attr-defined]  # a Server
    for seconds in (0.2, 0.5, 0.8, 1.1):
        killed = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, *urls, str(tmp_path), stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert killed.stdout is not None
        assert await killed.stdout.readline() == b"up\n"
        await asyncio.sleep(seconds)
        os.kill(killed.pid, signal.SIGKILL)
        await killed.wait()
    await forget_rests(pipeline)
    await pipeline.settle()
    states = await checks.state_of(pipeline.hinge.db, MARKET, [*ids, upload_id])
    assert {one.state for one in states.values()} == {"clean"}
    for one in (*ids, upload_id):
        for variant in ("w160", "w640", "w1600"):
            assert (await alice.ask("GET", f"/v1/evidence/{one}/{variant}")).status_code == 200
    assert (await alice.get(f"/v1/cases/{case_id}"))["evidence"][0]["file"]["state"] == "clean"
    worker.working_folder(tmp_path / "elsewhere")
    left = [path for path in (tmp_path / "checking").rglob("*") if path.is_file()]
    again = worker.working_folder(tmp_path)
    assert not [path for path in (tmp_path / "checking").rglob("*") if path.is_file()], f"{left} stayed, {again}"
