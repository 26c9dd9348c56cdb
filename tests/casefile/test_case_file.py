"""The case file of a played case: sound for every reader, and holding nothing that is not theirs."""

from datetime import timedelta
from pathlib import Path

import pytest

from amends.handle import Hinge
from amends.proof.verifier.report import as_text, verify
from amends.proof.verifier.single import source
from amends.store import uploads
from amends.store.files import blob_path
from amends.sweep import advance
from amends.worker import privacy
from tests.api.callers import Callers
from tests.casefile.conftest import Fetch
from tests.casefile.packing import apart
from tests.cast import MARKET, MONDAY
from tests.evidence.pieces import Pipeline, picture, with_photo
from tests.media.making import box, mp4

pytestmark = pytest.mark.database


@pytest.mark.parametrize("market", ["US", "ID"])
async def test_the_file_is_sound_for_every_reader(callers: Callers, fetch: Fetch, market: str):
    case = await callers.decided(market=market)
    parties = {"buyer": await callers.alice(), "seller": await callers.bob(), "carrier": await callers.charlie()}
    readers = parties | {"adjudicator": callers.dana, "operator": callers.operator, "auditor": callers.auditor}
    for role, reader in readers.items():
        path = await fetch(reader, case["id"], name=f"{role}.zip")
        report = verify(str(path))
        assert report.sound, as_text(report)
        assert report.about["Amends-Made-For"].startswith(role)


async def test_it_waits_for_the_log_and_says_when_to_ask_again(callers: Callers, fetch: Fetch):
    case = await callers.decided()
    early = await callers.dana.ask("GET", f"/v1/cases/{case['id']}/file")
    assert (early.status_code, early.json()["code"]) == (503, "case_file_awaited")
    assert int(early.headers["retry-after"]) > 0
    path = await fetch(callers.dana, case["id"])
    assert verify(str(path)).sound


async def test_it_is_an_attachment_for_those_the_case_exists_for(callers: Callers, fetch: Fetch):
    case = await callers.decided()
    await fetch(callers.dana, case["id"])
    answer = await callers.dana.ask("GET", f"/v1/cases/{case['id']}/file")
    assert answer.headers["content-type"] == "application/zip"
    assert f'filename="case-{case["id"]}.zip"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    stranger = await callers.party("buyer", "mallory")
    assert (await stranger.ask("GET", f"/v1/cases/{case['id']}/file")).status_code == 404
    assert (await callers.nobody.ask("GET", f"/v1/cases/{case['id']}/file")).status_code == 401


async def test_the_verifier_is_given_to_everybody(callers: Callers, tmp_path: Path):
    answer = await callers.nobody.ask("GET", "/v1/verifier")
    assert answer.text == source()
    assert answer.headers["content-type"].startswith("text/x-python")
    assert "attachment" in answer.headers["content-disposition"]


async def test_a_reader_gets_the_statement_in_the_language_asked_for(callers: Callers, fetch: Fetch):
    case = await callers.decided()
    for locale in ("en", "id"):
        bag = apart((await fetch(callers.dana, case["id"], f"?locale={locale}")).read_bytes())
        assert [name for name in bag if "/decisions/" in name] == [f"case-{case['id']}/data/decisions/1.{locale}.pdf"]
    wrong = await callers.dana.ask("GET", f"/v1/cases/{case['id']}/file?locale=fr")
    assert wrong.status_code == 400


async def test_each_reader_gets_the_files_that_are_theirs_to_have(callers: Callers, pipeline: Pipeline, fetch: Fetch):
    photo = picture()
    case_id, _ = await with_photo(callers, photo)
    await pipeline.settle()
    alice, bob = await callers.alice(), await callers.bob()
    own = evidence_in(await fetch(alice, case_id))
    assert own == {"e1/original.jpg": photo}
    theirs = evidence_in(await fetch(bob, case_id))
    assert set(theirs) == {"e1/page-1.webp"}
    assert set(evidence_in(await fetch(callers.dana, case_id))) == {"e1/page-1.webp"}
    assert not (await callers.operator.get(f"/v1/cases/{case_id}/looks"))["items"]
    whole = evidence_in(await fetch(callers.dana, case_id, "?reason=For+the+court"))
    assert whole == {"e1/original.jpg": photo}
    [look] = (await callers.operator.get(f"/v1/cases/{case_id}/looks"))["items"]
    assert (look["who"], look["reason"]) == ("dana", "For the court")
    refused = await bob.ask("GET", f"/v1/cases/{case_id}/file?reason=Curious")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_query")
    assert not list(pipeline.hinge.db.quarantine.rglob("*.part")), "no plain file is left behind"


async def test_the_other_side_gets_a_film_without_what_it_says_of_itself(
    callers: Callers, pipeline: Pipeline, fetch: Fetch
):
    content = mp4() + box(b"uuid", b"+37.33180-122.03060/")
    case_id, _ = await with_photo(callers, content, "unpacking.mp4", type="unpacking_video")
    await pipeline.settle()
    theirs = evidence_in(await fetch(await callers.bob(), case_id))
    assert set(theirs) == {"e1/film.mp4"}
    assert len(theirs["e1/film.mp4"]) == len(content)
    assert b"+37.33180" not in theirs["e1/film.mp4"]
    assert evidence_in(await fetch(await callers.alice(), case_id)) == {"e1/original.mp4": content}


async def test_the_other_side_gets_the_covered_copy_or_waits_for_it(callers: Callers, pipeline: Pipeline, fetch: Fetch):
    case_id, _ = await with_photo(callers, picture())
    await pipeline.settle()
    alice, bob = await callers.alice(), await callers.bob()
    before = evidence_in(await fetch(bob, case_id))
    area = {"page": 1, "left": 0, "top": 0, "width": 5000, "height": 10000}
    await alice.post(f"/v1/cases/{case_id}/redact-evidence", {"evidence_id": "e1", "areas": [area]})
    await fetch(alice, case_id)
    assert (await bob.ask("GET", f"/v1/cases/{case_id}/file")).status_code == 503
    await pipeline.settle()
    after = evidence_in(await fetch(bob, case_id))
    assert set(after) == set(before)
    assert after != before
    assert evidence_in(await fetch(alice, case_id)) == {"e1/original.jpg": picture()}


async def test_a_file_that_was_not_checked_reaches_its_owner_alone(callers: Callers, fetch: Fetch):
    case_id, _ = await with_photo(callers)
    assert evidence_in(await fetch(await callers.alice(), case_id)) == {"e1/original.jpg": picture()}
    assert evidence_in(await fetch(await callers.bob(), case_id)) == {}
    assert evidence_in(await fetch(callers.dana, case_id, "?reason=For+the+court")) == {}


def evidence_in(path: Path) -> dict[str, bytes]:
    """The evidence in a case file that is sound."""
    report = verify(str(path))
    assert report.sound, as_text(report)
    bag = apart(path.read_bytes())
    return {name.partition("/evidence/")[2]: content for name, content in bag.items() if "/evidence/" in name}


async def test_after_an_erasure_it_still_proves_everything_and_says_nothing_of_the_erased(
    callers: Callers, hinge: Hinge, fetch: Fetch
):
    at = f"/v1/cases/{(await callers.decided())['id']}"
    case_id = at.rpartition("/")[2]
    before = text_in(apart((await fetch(callers.dana, case_id)).read_bytes()))
    assert "It does not switch on" in before
    await callers.operator.post(f"{at}/confirm-payment", {"remedy_id": "r1", "reference": "P-1"}, key="paid")
    await advance(hinge, MARKET, MONDAY + timedelta(days=120))
    await callers.operator.post(f"{at}/erase-personal-data", {"party": "buyer", "statement": "Asked for by letter"})
    await privacy.catch_up(hinge.db)
    for reader in (callers.dana, await callers.bob(), await callers.alice()):
        path = await fetch(reader, case_id, "?locale=id")
        report = verify(str(path))
        assert report.sound, as_text(report)
        bag = apart(path.read_bytes())
        after = text_in(bag)
        assert "It does not switch on" not in after
        assert "A dark screen" not in after
        assert "It worked when it left" in after
        assert "[dihapus]" in after
        assert any("/decisions/" in name for name in bag)


def text_in(bag: dict[str, bytes]) -> str:
    """Everything that can be read in a case file without a program for documents."""
    return "".join(content.decode("utf-8", "replace") for content in bag.values())


async def test_a_damaged_file_is_told_of_and_never_left_out_in_silence(
    callers: Callers, pipeline: Pipeline, fetch: Fetch
):
    case_id, upload_id = await with_photo(callers)
    await pipeline.settle()
    alice = await callers.alice()
    await fetch(alice, case_id)
    row = await uploads.get(pipeline.hinge.db, MARKET, upload_id)
    assert row is not None
    assert row.blob is not None
    await pipeline.hinge.db.files.delete(blob_path(MARKET, row.blob))
    answer = await alice.ask("GET", f"/v1/cases/{case_id}/file")
    assert (answer.status_code, answer.json()["code"]) == (409, "file_unavailable")
