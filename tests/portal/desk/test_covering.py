"""Covering parts of a picture, by form alone: looked at first, then sent; the other side gets the painted copy."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html
from PIL import Image

from amends.handle import Hinge
from amends.law.actors import Actor
from amends.settings import Settings
from tests.cast import ALICE, BOB, MARKET
from tests.evidence.pieces import Pipeline, picture
from tests.portal.desk.conftest import DINO, OLGA, Desk, Reader, words

Come = Callable[[Actor], Awaitable[Reader]]
LEFT_HALF = {"left-1": "0", "top-1": "0", "width-1": "50", "height-1": "100"}
WHY = "A third person is named on the label."
RED = (200, 30, 30)


@pytest.fixture
def pipeline(hinge: Hinge, tmp_path: Path) -> Pipeline:
    return Pipeline(hinge, Settings(marketplace=MARKET, sandbox=True, scanner="off"), tmp_path)


@pytest.fixture
async def upload(desk: Desk) -> str:
    return await desk.sent(ALICE, picture(colour=RED), "lamp.jpg")


@pytest.fixture
async def case(desk: Desk, upload: str, pipeline: Pipeline) -> str:
    made = await desk.disputed(photo=upload)
    await pipeline.settle()
    return made


def cover(case: str, piece: str = "e1") -> str:
    return f"/desk/cases/{case}/pieces/{piece}/cover"


async def sent(reader: Reader, path: str, **fields: Any) -> httpx.Response:
    return await reader.send(path, path, **fields)


async def halves(reader: Reader, upload: str, case: str) -> tuple[bool, bool]:
    """Whether the photo's red is to be seen in its left and in its right half."""
    shown = await reader.client.get(f"/files/{upload}/w640?case={case}")
    assert shown.status_code == 200, shown.text
    image = Image.open(io.BytesIO(shown.content)).convert("RGB")
    pixels = [image.getpixel((int(image.width * at), int(image.height * 0.9))) for at in (0.25, 0.75)]
    left, right = (all(abs(a - b) < 40 for a, b in zip(each, RED, strict=True)) for each in pixels)  # type: ignore[arg-type]  # RGB
    return left, right


async def test_what_is_covered_is_looked_at_then_sent_and_hidden_from_the_other_side(
    case: str, upload: str, desk: Desk, dana: Reader, signed_in: Come, pipeline: Pipeline
):
    assert (await dana.page(f"/desk/cases/{case}")).xpath(f"//a[@href='{cover(case)}']")
    looked = await sent(dana, cover(case), step="look", statement=WHY, **LEFT_HALF)
    assert looked.status_code == 200
    assert 'width="5000" height="10000"' in looked.text
    assert WHY in looked.text
    assert (await desk.stands(case)).evidence[0].redactions == ()
    done = await sent(dana, cover(case), step="send", statement=WHY, **LEFT_HALF)
    assert (done.status_code, done.headers["location"]) == (303, f"/desk/cases/{case}?done=redact_evidence")
    [area] = (await desk.stands(case)).evidence[0].redactions
    assert (area.page, area.left, area.top, area.width, area.height) == (1, 0, 0, 5000, 10_000)
    await pipeline.settle()  # the copy was ordered: nobody has asked for it yet
    assert await halves(await signed_in(BOB), upload, case) == (False, True)
    assert await halves(await signed_in(ALICE), upload, case) == (True, True)
    assert await halves(dana, upload, case) == (True, True)
    assert "1 part covered" in await dana.text(f"/desk/cases/{case}")


async def test_a_form_that_is_sent_twice_covers_once_and_says_done_both_times(case: str, desk: Desk, dana: Reader):
    page = html.fromstring((await sent(dana, cover(case), step="look", statement=WHY, **LEFT_HALF)).text)
    [form] = [one for one in page.forms if one.get("action") == cover(case)]
    fields = dict(form.form_values()) | {"step": "send"}
    answers = [await dana.client.post(cover(case), data=fields) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert len((await desk.stands(case)).evidence[0].redactions) == 1


async def test_a_reason_that_is_too_long_is_kept_and_named(case: str, dana: Reader):
    answer = await sent(dana, cover(case), statement="x" * 8001, **LEFT_HALF)
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert page.xpath("//div[@id='errors']//a/@href") == ["#statement"]
    [field] = page.xpath("//textarea[@id='statement']")
    assert field.text.strip() == "x" * 8001
    [told] = page.xpath("//p[@id='statement-err']")
    assert told.get("id") in field.get("aria-describedby").split()


async def test_numbers_that_do_not_fit_come_back_with_their_fields(case: str, desk: Desk, dana: Reader):
    wrong = {
        "left-1": "60",
        "top-1": "0",
        "width-1": "50",
        "height-1": "10",
        "left-2": "a",
        "top-2": "",
        "width-2": "0",
    }
    answer = await sent(dana, cover(case), statement=WHY, **wrong)
    assert answer.status_code == 422
    for field in ("left-1", "left-2", "top-2", "width-2", "height-2"):
        assert f'href="#{field}"' in answer.text, field
    assert "This rectangle reaches beyond the page." in answer.text
    odd = await sent(dana, cover(case), statement=WHY, **LEFT_HALF, **{"page-1": "²"})
    assert odd.status_code == 422
    assert WHY in answer.text
    empty = await sent(dana, cover(case), statement=WHY)
    assert (empty.status_code, "Name at least one rectangle." in empty.text) == (422, True)
    assert (await desk.stands(case)).evidence[0].redactions == ()


async def test_an_adjudicator_says_why(case: str, dana: Reader):
    answer = await sent(dana, cover(case), **LEFT_HALF)
    assert answer.status_code == 409
    assert 'href="#statement"' in answer.text


async def test_rectangles_are_shown_dropped_and_kept_before_anything_is_sent(case: str, dana: Reader):
    two = LEFT_HALF | {"left-2": "70", "top-2": "70", "width-2": "12,5", "height-2": "12.5"}
    shown = await sent(dana, cover(case), step="edit", **two)
    assert 'x="7000" y="7000" width="1250" height="1250"' in shown.text
    assert shown.text.count("data-cover-row") == 4
    dropped = await sent(dana, cover(case), drop="1", **two)
    assert 'width="5000"' not in dropped.text
    assert 'x="7000" y="7000" width="1250" height="1250"' in dropped.text


async def test_a_page_of_a_document_is_chosen(desk: Desk, dana: Reader, pipeline: Pipeline):
    out = io.BytesIO()
    pages = [Image.new("RGB", (300, 400), colour) for colour in ((250, 250, 250), (240, 240, 255))]
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    case = await desk.disputed(photo=await desk.sent(ALICE, out.getvalue(), "invoice.pdf"))
    await pipeline.settle()
    turned = await sent(dana, cover(case), turn="2")
    assert "Page 2 of 2" in words_of(turned)
    fields = {"page": "2", "page-1": "2", "left-1": "10", "top-1": "10", "width-1": "20", "height-1": "5"}
    assert (await sent(dana, cover(case), step="send", statement=WHY, **fields)).status_code == 303
    [area] = (await desk.stands(case)).evidence[0].redactions
    assert (area.page, area.left, area.height) == (2, 1000, 500)
    beyond = await sent(dana, cover(case), step="send", statement=WHY, **(fields | {"page-1": "3"}))
    assert beyond.status_code == 422


async def test_a_party_covers_its_own_pieces_and_no_other(
    case: str, upload: str, desk: Desk, signed_in: Come, pipeline: Pipeline
):
    alice, bob, olga = await signed_in(ALICE), await signed_in(BOB), await signed_in(OLGA)
    path = f"/cases/{case}/evidence/e1/cover"
    assert (await alice.page(f"/cases/{case}/evidence/e1")).xpath(f"//a[@href='{path}']")
    assert not (await bob.page(f"/cases/{case}/evidence/e1")).xpath(f"//a[@href='{path}']")
    await bob.page(path, 404)
    await alice.page(f"/cases/{case}/evidence/e2/cover", 404)  # Bob's words
    await olga.page(cover(case), 404)
    await alice.page(cover(case), 404)
    assert (await sent(alice, path, step="send", **LEFT_HALF)).status_code == 303
    await pipeline.settle()
    assert await halves(bob, upload, case) == (False, True)


async def test_a_case_held_by_another_says_so_and_is_left_alone(case: str, desk: Desk, dana: Reader, signed_in: Come):
    dino = await signed_in(DINO)
    await dino.send(f"/desk/cases/{case}", f"/desk/cases/{case}/claim")
    assert "This is not open at the moment." in await dana.text(cover(case))
    answer = await sent(dana, cover(case), step="send", statement=WHY, **LEFT_HALF)
    assert answer.status_code == 409
    assert (await desk.stands(case)).evidence[0].redactions == ()


async def test_why_a_file_was_refused_is_told_to_its_owner_and_the_staff_alone(
    desk: Desk, dana: Reader, signed_in: Come, pipeline: Pipeline
):
    cut = await desk.sent(ALICE, picture()[:400], "lamp.jpg")
    case = await desk.disputed(photo=cut)
    await pipeline.settle()
    check = await pipeline.state(cut)
    assert check.state == "refused"
    assert check.says is not None
    why, plain = check.says["en"], "This file did not pass the check, so it is not shown."
    assert why in await dana.text(f"/desk/cases/{case}")
    assert why in await (await signed_in(ALICE)).text(f"/cases/{case}/evidence/e1")
    bob = await signed_in(BOB)
    told = await bob.text(f"/cases/{case}/evidence/e1")
    assert plain in told
    assert why not in told
    assert why not in await bob.text(f"/cases/{case}")


def words_of(answer: httpx.Response) -> str:
    return words(html.fromstring(answer.text))
