"""Scanning: only a clean answer is clean, and a scanner that is away opens nothing."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from amends.access.checked import SAYS
from amends.handle import Hinge
from amends.store import checks
from amends.worker import checks as worker
from tests.api.callers import Caller, Callers
from tests.cast import MARKET
from tests.evidence.pieces import Pipeline, picture, sent, with_photo
from tests.evidence.scanners import BAD, CLAMD, playing, real

pytestmark = pytest.mark.database
AWAY = "unix:/nowhere/clamd.ctl"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a name short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="amends-scan-"))
    yield folder
    shutil.rmtree(folder)


async def seen_by(callers: Callers, upload_id: str, at: str = "/w640") -> dict[str, int]:
    """What each person is answered who asks for a picture of the file or, with a reason, for the file."""
    asks = {"alice": await callers.alice(), "bob": await callers.bob(), "dana": callers.dana, "olga": callers.operator}
    reason = "?reason=for+the+test" if at == "/original" else ""
    return {
        name: (await who.ask("GET", f"/v1/evidence/{upload_id}{at}{reason}")).status_code for name, who in asks.items()
    }


async def test_what_the_scanner_knows_reaches_nobody_not_even_its_owner(
    callers: Callers, pipeline: Pipeline, place: Path
):
    content = picture() + BAD
    _, upload_id = await with_photo(callers, content)
    async with playing(place / "s") as address:
        await pipeline.with_scanner(address).settle()
    found = await pipeline.state(upload_id)
    assert (found.state, found.why, found.infected) == ("refused", "infected", True)
    for at in ("/w160", "/w640", "/w1600", "/text", "/original"):
        answers = await seen_by(callers, upload_id, at)
        assert set(answers.values()) <= {404, 409}, f"{at}: {answers}"
    told = await (await callers.alice()).get(f"/v1/evidence/{upload_id}", headers={"Accept-Language": "id"})
    assert told["says"].startswith("Pemindai menemukan")
    bob = await callers.bob()
    theirs = await bob.get(f"/v1/evidence/{upload_id}", headers={"Accept-Language": "en"})
    refused = (await bob.ask("GET", f"/v1/evidence/{upload_id}/w640", headers={"Accept-Language": "en"})).json()
    assert {theirs["says"], refused["detail"]} == {SAYS["not_passed"]["en"]}, "why is its owner's"
    assert told["original"] is None


async def test_the_case_learns_that_a_file_was_refused(callers: Callers, pipeline: Pipeline, place: Path):
    case_id, _ = await with_photo(callers, picture() + BAD)
    async with playing(place / "s") as address:
        await pipeline.with_scanner(address).settle()
    file = (await callers.operator.get(f"/v1/cases/{case_id}"))["evidence"][0]["file"]
    assert (file["state"], file["why"]) == ("refused", "infected")


async def test_while_the_scanner_is_away_a_file_counts_as_received_and_reaches_nobody(
    callers: Callers, pipeline: Pipeline, place: Path
):
    case_id, upload_id = await with_photo(callers)
    pipeline.with_scanner(AWAY)
    for _ in range(3):
        assert await pipeline.round() == 0
    found = await pipeline.state(upload_id)
    assert (found.state, found.why) == ("received", None)
    assert set((await seen_by(callers, upload_id)).values()) == {409}
    assert await seen_by(callers, upload_id, "/original") == {"alice": 200, "bob": 404, "dana": 409, "olga": 409}
    file = (await callers.operator.get(f"/v1/cases/{case_id}"))["evidence"][0]["file"]
    assert file["state"] == "received"
    async with playing(place / "s") as address:
        await pipeline.with_scanner(address).settle()
    assert set((await seen_by(callers, upload_id)).values()) == {200}


WORDS = [b"stream: OK", b"stream: OK\0\0", b"OK\0", b"", b"stream: OK\n", b"stream: Broken ERROR\0", b"x" * 9000,
         b"INSTREAM size limit exceeded. ERROR\0", b"stream: Heuristics.Encrypted.PDF FOUND\0",
         b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"]  # fmt: skip


@pytest.mark.parametrize("says", WORDS)
async def test_any_other_word_of_the_scanner_is_not_clean(
    callers: Callers, pipeline: Pipeline, place: Path, says: bytes
):
    upload_id = (await sent(await callers.alice(), picture()))["id"]
    async with playing(place / "s", says=says) as address:
        await pipeline.with_scanner(address).round()
    found = await pipeline.state(upload_id)
    assert found.state in ("received", "unscannable"), found
    assert not found.infected


async def test_a_scanner_that_dies_while_it_is_asked_leaves_the_file_received(
    callers: Callers, pipeline: Pipeline, place: Path
):
    upload_id = (await sent(await callers.alice(), picture()))["id"]
    pipeline.with_scanner(AWAY)
    assert await worker.check_some(pipeline.bench, MARKET) == 0, "the scanner answered a moment ago and is gone now"
    found = await pipeline.state(upload_id)
    assert (found.state, found.why) == ("received", None)
    [claim] = await again(pipeline.hinge)
    assert claim.failures == 1, "the scanner's absence is not held against the file"


async def again(hinge: Hinge) -> list[checks.Claim]:
    """The files there are, claimed as if every rest were over."""
    async with hinge.db.writing(MARKET) as connection:
        await connection.execute("UPDATE upload_check SET not_before = now()")
    return await checks.claim(hinge.db, MARKET, limit=10, lease=timedelta(minutes=1))


async def test_a_file_larger_than_the_scanner_takes_is_not_clean(callers: Callers, pipeline: Pipeline, place: Path):
    upload_id = (await sent(await callers.alice(), picture()))["id"]
    async with playing(place / "s") as address:
        await pipeline.with_scanner(address, max_upload_bytes=1024).settle()
    found = await pipeline.state(upload_id)
    assert (found.state, found.why) == ("unscannable", "too_large")


async def test_without_a_scanner_what_does_not_decode_is_still_refused(callers: Callers, pipeline: Pipeline):
    hollow = b"%PDF-1.7\n" + b"nothing to see\n" * 40 + b"startxref\n0\n%%EOF\n"
    upload_id = (await sent(await callers.alice(), hollow, "terms.pdf"))["id"]
    await pipeline.settle()
    found = await pipeline.state(upload_id)
    assert (found.state, found.infected) == ("refused", False)
    told = await (await callers.alice()).get(f"/v1/evidence/{upload_id}")
    assert told["says"]


async def health(who: Caller) -> tuple[str, int]:
    found = await who.get("/health/ready")
    return found["scanner"], found["files_waiting"]


async def test_health_says_how_the_scanner_is_and_how_many_wait(callers: Callers, pipeline: Pipeline):
    assert await health(callers.nobody) == ("off", 0)
    await sent(await callers.alice(), picture())
    assert await health(callers.nobody) == ("off", 1)
    figures = (await callers.nobody.ask("GET", "/metrics")).text
    assert 'amends_scanner{amends_scanner="off"} 1.0' in figures
    assert "amends_files_waiting 1.0" in figures
    await pipeline.settle()
    assert await health(callers.nobody) == ("off", 0)


@pytest.mark.skipif(CLAMD is None, reason="clamd is not installed")
async def test_the_real_clamd_tells_good_from_bad(callers: Callers, pipeline: Pipeline, place: Path):
    alice = await callers.alice()
    good = (await sent(alice, picture()))["id"]
    bad = (await sent(alice, picture() + BAD, "bad.jpg"))["id"]
    with real(place) as address:
        await pipeline.with_scanner(address).settle()
    assert (await pipeline.state(good)).state == "clean"
    assert (await pipeline.state(bad)).infected
