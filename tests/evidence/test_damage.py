"""Bytes that changed on disk: found, refused, and never passed on as what somebody handed in."""

from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from amends.access.pictures import BytesChanged
from amends.proof.seal import Unsealable
from amends.store import uploads
from amends.store.connect import Database
from amends.store.derivatives import WHOLE, of_upload
from amends.store.files import blob_path
from tests.api.callers import Callers
from tests.cast import MARKET
from tests.evidence.pieces import Pipeline, picture, sent, with_photo

pytestmark = pytest.mark.database
WHY = "?reason=to+see"


async def place_of(database: Database, upload_id: str) -> Path:
    """Where the file's bytes lie."""
    row = await uploads.get(database, MARKET, upload_id)
    assert row is not None
    assert row.blob is not None
    return database.data_dir / "files" / blob_path(MARKET, row.blob)


def flip(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


async def test_a_file_changed_before_its_check_is_held_unscannable_and_somebody_is_alarmed(
    callers: Callers, pipeline: Pipeline, database: Database
):
    case_id, upload_id = await with_photo(callers)
    flip(await place_of(database, upload_id), 100)
    with capture_logs() as logs:
        await pipeline.settle()
    found = await pipeline.state(upload_id)
    assert (found.state, found.why) == ("unscannable", "damaged")
    assert [line["log_level"] for line in logs if line["event"] == "file_damaged"] == ["error"]
    assert (await callers.dana.get(f"/v1/cases/{case_id}"))["evidence"][0]["file"]["state"] == "refused"


@pytest.mark.parametrize("at", [0, 5000, -1])
async def test_a_file_changed_after_its_check_is_refused_to_everybody(
    callers: Callers, pipeline: Pipeline, database: Database, at: int
):
    content = picture(1600, 1200, quality=100)
    _, upload_id = await with_photo(callers, content)
    await pipeline.settle()
    assert (await callers.dana.ask("GET", f"/v1/evidence/{upload_id}/original{WHY}")).content == content
    flip(await place_of(database, upload_id), at)
    for who in (callers.dana, await callers.alice()):
        response = None
        try:
            response = await who.ask("GET", f"/v1/evidence/{upload_id}/original{WHY}")
        except (Unsealable, BytesChanged, httpx.HTTPError):
            continue  # cut off: whoever downloads it knows that it is not whole
        assert response.status_code == 409
    found = await pipeline.state(upload_id)
    assert (found.state, found.why) == ("unscannable", "damaged")
    assert (await (await callers.bob()).ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 409


async def test_another_files_bytes_in_its_place_are_refused(callers: Callers, pipeline: Pipeline, database: Database):
    _, upload_id = await with_photo(callers)
    other = (await sent(await callers.alice(), picture(colour=(1, 200, 1))))["id"]
    await pipeline.settle()
    (await place_of(database, upload_id)).write_bytes((await place_of(database, other)).read_bytes())
    response = await callers.dana.ask("GET", f"/v1/evidence/{upload_id}/original{WHY}")
    assert response.status_code == 409
    assert (await pipeline.state(upload_id)).why == "damaged"


async def test_a_picture_changed_on_disk_is_refused(callers: Callers, pipeline: Pipeline, database: Database):
    _, upload_id = await with_photo(callers)
    await pipeline.settle()
    made = await of_upload(database, MARKET, upload_id, WHOLE)
    small, large = (next(one for one in made if one.variant == name) for name in ("w160", "w1600"))
    files = database.data_dir / "files"
    (files / small.blob).write_bytes((files / large.blob).read_bytes())
    bob = await callers.bob()
    assert (await bob.get(f"/v1/evidence/{upload_id}/w160", 409))["code"] == "file_unavailable"
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 200


async def test_bytes_that_are_away_may_come_back(callers: Callers, pipeline: Pipeline, database: Database):
    content = picture()
    _, upload_id = await with_photo(callers, content)
    await pipeline.settle()
    path = await place_of(database, upload_id)
    raw = path.read_bytes()
    path.unlink()
    alice = await callers.alice()
    assert (await alice.ask("GET", f"/v1/evidence/{upload_id}/original")).status_code == 409
    path.write_bytes(raw)
    assert (await alice.ask("GET", f"/v1/evidence/{upload_id}/original")).content == content


async def test_nothing_readable_of_a_file_lies_on_disk(callers: Callers, pipeline: Pipeline, database: Database):
    content = picture()
    await with_photo(callers, content)
    await pipeline.settle()
    files = [path for path in database.data_dir.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        raw = path.read_bytes()
        assert content[:64] not in raw, path
        assert b"WEBP" not in raw, path
