"""The checking pipeline: what a file goes through before anybody else sees it."""

import pytest

from tests.api.callers import Callers
from tests.evidence.pieces import Pipeline, picture, sent, with_photo

pytestmark = pytest.mark.database


async def test_a_photo_becomes_pictures_and_its_case_is_told(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers)
    bob = await callers.bob()
    waiting = await bob.get(f"/v1/evidence/{upload_id}")
    assert (waiting["state"], waiting["variants"]) == ("received", [])
    assert (await bob.get(f"/v1/evidence/{upload_id}/w640", 409))["code"] == "file_unchecked"
    await pipeline.settle()
    seen = await bob.get(f"/v1/evidence/{upload_id}")
    assert (seen["state"], seen["says"], seen["pages"]) == ("clean", None, 1)
    assert [one["variant"] for one in seen["variants"]] == ["w160", "w1600", "w640"]
    shown = await bob.ask("GET", seen["variants"][0]["href"])
    assert shown.status_code == 200, shown.text
    assert shown.headers["content-type"] == "image/webp"
    assert shown.content[:4] == b"RIFF"
    case = await bob.get(f"/v1/cases/{case_id}")
    assert case["evidence"][0]["file"]["state"] == "clean"


async def test_a_file_nobody_uses_is_checked_too(callers: Callers, pipeline: Pipeline):
    alice = await callers.alice()
    file = await sent(alice, picture())
    await pipeline.settle()
    assert (await alice.get(f"/v1/evidence/{file['id']}"))["state"] == "clean"
