"""Who gets what of a file: every person, every variant, every state, as one table; and what ends at once."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from amends.media.signatures import by_brand
from amends.store import checks
from amends.store.checks import Finding
from tests.api.callers import Caller, Callers
from tests.cast import MARKET
from tests.evidence.pieces import TEXT, Pipeline, picture, sent, with_photo
from tests.media.making import box, clock, mp4, track

pytestmark = pytest.mark.database
WHY = "?reason=checking+the+label"
NOBODY, ALL = "", "alice bob dana olga aude"
STAFF = "dana olga aude"
MADE_AT = (3_800_000_000).to_bytes(4, "big") + (1).to_bytes(4, "big")
"""What the film of `mp4` says of when it was made and changed."""

PICTURE = ("w160", "w640", "w1600")
TABLE: list[tuple[str, str, str, str]] = [
    # state, file, what is asked, who gets it; everybody else of ALL and the strangers get nothing
    ("received", "photo", "pictures", NOBODY),
    ("received", "photo", "original", "alice"),
    ("received", "photo", "facts", ALL),
    ("scanning", "photo", "pictures", NOBODY),
    ("scanning", "photo", "original", "alice"),
    ("refused", "photo", "pictures", NOBODY),
    ("refused", "photo", "original", "alice"),
    ("refused", "photo", "facts", ALL),
    ("infected", "photo", "pictures", NOBODY),
    ("infected", "photo", "original", NOBODY),
    ("infected", "photo", "facts", ALL),
    ("unscannable", "photo", "pictures", NOBODY),
    ("unscannable", "photo", "original", "alice"),
    ("clean", "photo", "pictures", ALL),
    ("clean", "photo", "text", NOBODY),
    ("clean", "photo", "original", f"alice {STAFF}"),
    ("clean", "photo", "facts", ALL),
    ("clean", "text", "text", ALL),
    ("clean", "text", "pictures", NOBODY),
    ("clean", "text", "original", f"alice {STAFF}"),
    ("received", "text", "text", NOBODY),
    ("infected", "text", "text", NOBODY),
]


async def people(callers: Callers) -> dict[str, Caller]:
    """Those of the case, and strangers to it: another buyer, another seller, the carrier (of no piece here)."""
    return {
        "alice": await callers.alice(),
        "bob": await callers.bob(),
        "dana": callers.dana,
        "olga": callers.operator,
        "aude": callers.auditor,
        "charlie": await callers.charlie(),
        "eve": await callers.party("buyer", "eve"),
        "bobby": await callers.party("seller", "bobby"),
        "alice as seller": await callers.party("seller", "alice"),
    }


async def brought_to(pipeline: Pipeline, upload_id: str, state: str) -> None:
    """The check in this state, whatever the file is."""
    if state == "clean":
        await pipeline.settle()
        assert (await pipeline.state(upload_id)).state == "clean"
    elif state != "received":
        from datetime import timedelta

        [claim] = await checks.claim(pipeline.hinge.db, MARKET, limit=10, lease=timedelta(hours=1))
        if state == "infected":
            finding = Finding("refused", "infected", infected=True)
        elif state in ("refused", "unscannable"):
            finding = Finding(state, "damaged_file" if state == "refused" else "scanner_limit")  # type: ignore[arg-type]  # one of both
        else:
            return
        assert await checks.settle(pipeline.hinge.db, MARKET, claim, finding)


@pytest.mark.parametrize(("state", "kind", "asked", "entitled"), TABLE)
async def test_exactly_those_entitled_get_it(
    callers: Callers, pipeline: Pipeline, state: str, kind: str, asked: str, entitled: str
):
    content, name = (TEXT, "note.txt") if kind == "text" else (None, "photo.jpg")
    case_id, upload_id = await with_photo(callers, content, name)
    await brought_to(pipeline, upload_id, state)
    ways = {
        "pictures": [f"/{one}" for one in PICTURE],
        "original": ["/original" + WHY],
        "facts": [""],
        "text": ["/text"],
    }
    for name, who in (await people(callers)).items():
        for way in ways[asked]:
            for within in ("", f"case={case_id}"):
                path = f"/v1/evidence/{upload_id}{way}" + (("&" if "?" in way else "?") + within if within else "")
                response = await who.ask("GET", path)
                gets = name in entitled.split()
                assert (response.status_code == 200) is gets, (
                    f"{name} {path}: {response.status_code} {response.text[:200]}"
                )
                assert response.status_code in (200, 404, 409), path


async def test_what_is_foreign_and_what_is_not_there_are_answered_in_the_same_words(
    callers: Callers, pipeline: Pipeline
):
    _, upload_id = await with_photo(callers)
    await pipeline.settle()
    eve = await callers.party("buyer", "eve")
    ids = [upload_id, "00000000-0000-4000-8000-000000000000", "x", "..", "%00", upload_id[:-1]]
    for way in ("", "/w160", "/w640?page=2", "/text", "/original", "/original" + WHY):
        answers = {(await eve.ask("GET", f"/v1/evidence/{one}{way}")).content for one in ids}
        answers |= {(await eve.ask("GET", f"/v1/evidence/{ids[1]}{way}")).content}
        assert len(answers) == 1, f"{way}: {answers}"
    posted = {(await eve.ask("POST", f"/v1/evidence/{one}/links", json={"variant": "w160"})).content for one in ids[:3]}
    assert len(posted) == 1


async def test_a_case_that_does_not_hold_the_file_gives_no_right_to_it(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers)
    other_case, _ = await with_photo(callers, order_id="O2")
    await pipeline.settle()
    for who in (await callers.alice(), await callers.bob(), callers.dana):
        assert (await who.ask("GET", f"/v1/evidence/{upload_id}/w160?case={other_case}")).status_code == 404
        assert (await who.ask("GET", f"/v1/evidence/{upload_id}/w160?case={case_id}")).status_code == 200


async def test_a_private_piece_stays_with_its_owner_and_staff(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers, private=True)
    await pipeline.settle()
    for way in ("", "/w160", "/w640", "/w1600", "/original"):
        assert (await (await callers.bob()).ask("GET", f"/v1/evidence/{upload_id}{way}")).status_code == 404
    assert (await callers.dana.ask("GET", f"/v1/evidence/{upload_id}/w160")).status_code == 200


async def test_a_medical_certificate_is_never_the_other_sides(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers, type="medical_certificate")
    await pipeline.settle()
    assert (await (await callers.bob()).ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 404
    assert (await callers.dana.ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 200


async def test_the_files_name_and_its_claims_stay_with_those_they_are_for(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers, name="alice at home.jpg")
    await pipeline.settle()
    facts = {name: await who.get(f"/v1/evidence/{upload_id}") for name, who in
             {"alice": await callers.alice(), "bob": await callers.bob(), "dana": callers.dana}.items()}  # fmt: skip
    assert (facts["alice"]["name"], facts["bob"]["name"], facts["dana"]["name"]) == (
        "alice at home.jpg", None, "alice at home.jpg",
    )  # fmt: skip
    assert (facts["alice"]["claims"], facts["bob"]["claims"]) == (None, None)
    assert facts["bob"]["receipt"] is None


async def test_a_page_that_is_not_there_is_not_found(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers)
    await pipeline.settle()
    bob = await callers.bob()
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w160?page=2")).status_code == 404
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w999")).status_code == 404
    for query in ("page=0", "page=-1", "page=x", "page=1&page=1", "size=1", "case="):
        assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w160?{query}")).status_code == 400, query


async def test_what_a_case_hides_from_now_on_is_hidden_at_the_very_next_request(
    callers: Callers, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    _, upload_id = await with_photo(callers)
    await pipeline.settle()
    bob = await callers.bob()
    link = await bob.post(f"/v1/evidence/{upload_id}/links", {"variant": "w640"}, 201)
    at = link["url"].partition("/v1/")[2]
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 200
    assert (await callers.nobody.ask("GET", f"/v1/{at}")).status_code == 200
    from amends.access import standing

    never: Callable[..., bool] = lambda *_: False  # noqa: E731  # a right taken away
    monkeypatch.setattr(standing, "may_see", never)
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w640")).status_code == 404
    assert (await callers.nobody.ask("GET", f"/v1/{at}")).status_code == 404


async def test_ten_people_asking_at_once_each_get_their_own(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers, private=True)
    await pipeline.settle()
    everyone = await people(callers)

    async def ask(name: str) -> tuple[str, int]:
        return name, (await everyone[name].ask("GET", f"/v1/evidence/{upload_id}/w160")).status_code

    answers: list[Any] = await asyncio.gather(*(ask(name) for _ in range(5) for name in everyone))
    assert {name for name, status in answers if status == 200} == {"alice", "dana", "olga", "aude"}


async def test_a_file_sent_in_twice_is_shown_by_the_piece_that_shows_it(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers, private=True)
    await pipeline.settle()
    alice, bob = await callers.alice(), await callers.bob()
    again = {"items": [{"type": "photo_of_item", "upload": upload_id}]}
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w160")).status_code == 404
    await alice.post(f"/v1/cases/{case_id}/submit-evidence", again)
    assert (await bob.ask("GET", f"/v1/evidence/{upload_id}/w160")).status_code == 200
    await pipeline.settle()
    pieces = (await alice.get(f"/v1/cases/{case_id}"))["evidence"]
    assert [piece["file"]["state"] for piece in pieces] == ["clean", "clean"]


async def test_a_file_checked_before_it_is_handed_in_is_clean_in_the_case(callers: Callers, pipeline: Pipeline):
    case = await callers.requested()
    alice, bob = await callers.alice(), await callers.bob()
    file = await sent(alice, picture())
    await pipeline.settle()
    at = f"/v1/cases/{case['id']}"
    await bob.post(f"{at}/reject-request", {"statement": "No"})
    await alice.post(f"{at}/open-dispute", {"evidence": [{"type": "photo_of_item", "upload": file["id"]}]})
    await pipeline.settle()
    assert (await alice.get(at))["evidence"][0]["file"]["state"] == "clean"


async def test_a_film_goes_to_the_other_side_as_an_attachment_once_it_is_clean(callers: Callers, pipeline: Pipeline):
    content = mp4()
    _, upload_id = await with_photo(callers, content, "unpacking.mp4", type="unpacking_video")
    bob, eve = await callers.bob(), await callers.party("buyer", "eve")
    at = f"/v1/evidence/{upload_id}/original"
    assert (await bob.ask("GET", at)).status_code == 409
    await pipeline.settle()
    shown = await bob.ask("GET", at)
    blank = content.replace(MADE_AT, bytes(len(MADE_AT)))
    assert (shown.status_code, shown.content) == (200, blank)
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-disposition"].startswith("attachment;")
    assert (await bob.get(f"/v1/evidence/{upload_id}"))["original"] is not None
    assert (await callers.dana.ask("GET", at)).status_code == 400, "staff say why"
    assert (await eve.ask("GET", at)).status_code == 404
    link = await bob.post(f"/v1/evidence/{upload_id}/links", {"variant": "original"}, 201)
    assert (await callers.nobody.ask("GET", "/v1/" + link["url"].partition("/v1/")[2])).content == blank


async def test_what_a_film_says_of_itself_stays_with_its_owner_and_staff(callers: Callers, pipeline: Pipeline):
    place, maker = b"+37.33180-122.03060/", b"Alices telephone"
    notes = box(b"udta", box(b"\xa9xyz", bytes(4) + place)) + box(b"meta", bytes(4) + maker)
    content = mp4([box(b"mvhd", clock(1000, 5000)), track(), notes]) + box(b"uuid", bytes(16) + place)
    _, upload_id = await with_photo(callers, content, "unpacking.mp4", type="unpacking_video")
    await pipeline.settle()
    bob, at = await callers.bob(), f"/v1/evidence/{upload_id}/original"
    shown = (await bob.ask("GET", at)).content
    assert (await (await callers.alice()).ask("GET", at)).content == content
    assert len(shown) == len(content)
    for said in (place, maker, (3_800_000_000).to_bytes(4, "big")):
        assert said in content
        assert said not in shown
    first, last = content.index(place) - 5, content.index(place) + 9
    part = await bob.ask("GET", at, headers={"Range": f"bytes={first}-{last}"})
    assert (part.status_code, part.content) == (206, shown[first : last + 1])
    assert by_brand(shown[:512]) == "video/mp4"
