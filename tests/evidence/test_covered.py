"""Covered pieces: the other side gets the painted copy or nothing; owner and staff see what was sent."""

import io

import pytest
from PIL import Image

from amends.store import derivatives
from tests.api.callers import Caller, Callers
from tests.cast import MARKET
from tests.evidence.pieces import Pipeline, picture, with_photo

pytestmark = pytest.mark.database
AREA = {"page": 1, "left": 0, "top": 0, "width": 5000, "height": 10000}
RED = (200, 30, 30)


async def left_and_right(who: Caller, upload_id: str, variant: str = "w640") -> tuple[bool, bool]:
    """Whether the red of the photo is to be seen in its left and in its right half."""
    shown = await who.ask("GET", f"/v1/evidence/{upload_id}/{variant}")
    assert shown.status_code == 200, shown.text
    image = Image.open(io.BytesIO(shown.content)).convert("RGB")
    return reddish(image, 0.25), reddish(image, 0.75)


def reddish(image: Image.Image, at: float) -> bool:
    pixel = image.getpixel((int(image.width * at), int(image.height * 0.9)))
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 40 for one, other in zip(pixel, RED, strict=True))


async def covered(callers: Callers, case_id: str, *areas: dict[str, int]) -> None:
    alice = await callers.alice()
    await alice.post(f"/v1/cases/{case_id}/redact-evidence", {"evidence_id": "e1", "areas": list(areas or (AREA,))})


async def test_the_other_side_gets_nothing_until_the_painted_copy_is_there(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers, picture(colour=RED))
    await pipeline.settle()
    alice, bob = await callers.alice(), await callers.bob()
    assert await left_and_right(bob, upload_id) == (True, True)
    await covered(callers, case_id)
    for variant in ("w160", "w640", "w1600"):
        assert (await bob.get(f"/v1/evidence/{upload_id}/{variant}", 409))["code"] == "redacted_copy_awaited"
    facts = await bob.get(f"/v1/evidence/{upload_id}")
    assert (facts["redacted"], facts["variants"], facts["original"]) == (True, [], None)
    await pipeline.settle()
    for variant in ("w160", "w640", "w1600"):
        assert await left_and_right(bob, upload_id, variant) == (False, True)
    assert len((await bob.get(f"/v1/evidence/{upload_id}"))["variants"]) == 3
    assert await left_and_right(alice, upload_id) == (True, True)
    assert await left_and_right(callers.dana, upload_id) == (True, True)


async def test_covering_more_takes_the_former_copy_away_at_once(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers, picture(colour=RED))
    await pipeline.settle()
    bob = await callers.bob()
    await covered(callers, case_id)
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 409
    await pipeline.settle()
    path = (await bob.post(f"/v1/evidence/{upload_id}/links", {"variant": "w640"}, 201))["url"].partition("8420")[2]
    await covered(callers, case_id, {"page": 1, "left": 5000, "top": 0, "width": 5000, "height": 10000})
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 409
    assert (await callers.nobody.ask("GET", path)).status_code == 409
    await pipeline.settle()
    assert await left_and_right(bob, upload_id) == (False, False)


async def test_covered_before_it_was_checked_is_never_shown_uncovered(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers, picture(colour=RED))
    await covered(callers, case_id)
    bob = await callers.bob()
    assert (await bob.get(f"/v1/evidence/{upload_id}/w640", 409))["code"] == "file_unchecked"
    await pipeline.settle()
    assert (await bob.get(f"/v1/evidence/{upload_id}/w640", 409))["code"] == "redacted_copy_awaited"
    await pipeline.settle()
    assert await left_and_right(bob, upload_id) == (False, True)


async def test_what_cannot_be_painted_over_is_not_shown(
    callers: Callers, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    case_id, upload_id = await with_photo(callers)
    await pipeline.settle()
    await covered(callers, case_id)
    bob = await callers.bob()
    await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")
    [copy] = await derivatives.claim_copies(pipeline.hinge.db, MARKET, limit=5, rest=derivatives.timedelta(seconds=9))
    await derivatives.settle_copy(pipeline.hinge.db, MARKET, copy, "failed")
    answered = await bob.get(f"/v1/evidence/{upload_id}/w640", 409, headers={"Accept-Language": "id"})
    assert answered["code"] == "file_unavailable"
    assert answered["detail"].startswith("Sebagian dari bukti ini ditutup")


def test_the_same_areas_in_another_order_are_the_same_copy():
    one, other = (1, 0, 0, 10, 10), (2, 5, 5, 10, 10)
    assert derivatives.digest([one, other]) == derivatives.digest([other, one, one])
    assert derivatives.digest([one]) != derivatives.digest([other])
    assert derivatives.digest([]) == derivatives.WHOLE
