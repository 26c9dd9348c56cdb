"""Files as phones and lines really bring them: broken, huge, twice, turned, in any script, cut off and late.

Each file says in words whether it was taken; what was taken is never lost, whatever becomes of the rest.
"""

import asyncio
import io
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Page, expect

from tests.browser import photos
from tests.browser.buyer.test_live import at_evidence
from tests.browser.conftest import Pages
from tests.browser.hands import Pointer
from tests.browser.world import KILN, RANI, Market

MIB = 1024 * 1024
FOREIGN = "写真 صورة foto ✓.jpg"
DEAD_SECONDS = 0.5


def rows(page: Page) -> Any:
    return page.locator("[data-list] .filerow")


async def choose(page: Page, *files: Path) -> None:
    await page.locator("input[type=file][multiple]").first.set_input_files(files)


def keep(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


async def test_every_file_says_whether_it_was_taken_and_what_was_taken_is_shown_upright(
    market: Market, signed_in: Any, guard: Any, tmp_path: Path
):
    guard.expect(400, 413, 415, 422)
    market.order("LIVE-1")
    page = await signed_in("buyer", RANI.id, width=390)
    await at_evidence(page)
    mug = photos.mug(cracked=True, seed=9)
    taken = {FOREIGN: mug, "the same again.jpg": mug, "IMG_0007.HEIC": photos.HEIC, "upright.jpg": photos.turned()}
    refused = {
        "nothing.jpg": (b"", "empty"),
        "letter.doc.jpg": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Office document"),
        "film.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(25 * MIB), "25 MB"),
    }
    files = taken | {name: content for name, (content, _) in refused.items()}
    await choose(page, *(keep(tmp_path, name, content) for name, content in files.items()))
    for name in taken:
        await expect(rows(page).filter(has_text=name)).to_contain_text("Received")
    for name, (_, why) in refused.items():
        row = rows(page).filter(has_text=name)
        await expect(row.locator(".bad")).to_contain_text(why)
        await row.get_by_role("button", name="Remove").click()
    hand = Pointer(page)
    await hand.press(page.locator("form.ask button.pri"))
    await hand.write(page.locator("#statement"), "It came broken.")
    await hand.press(page.locator("form.ask button.pri"))
    await expect(page.locator("main")).to_contain_text(FOREIGN)
    await hand.press(page.locator("main form[action$='/check'] button.pri"))
    market.all_files_checked()
    case = (await page.locator("main a[href^='/cases/']").first.get_attribute("href") or "").rpartition("/")[2]
    await page.goto(f"{page.url.partition('/my/')[0]}/cases/{case}")
    pictures = [await shown(page, link) for link in await page.locator(".thumb img").all()]
    assert len(pictures) == len(taken)
    assert sorted(one.size[0] > one.size[1] for one in pictures) == [False, True, True, True], "one was held upright"
    heic = next(one for one in pictures if one.size == (96, 64))
    assert (heic.getpixel((10, 30))[2], heic.getpixel((80, 30))[0]) > (140, 180), (
        "blue on the left, orange on the right"
    )


async def shown(page: Page, image: Any) -> Image.Image:
    """A picture of the page, as it was sent."""
    answer = await page.request.get(str(await image.get_attribute("src")))
    assert answer.ok, answer.url
    return Image.open(io.BytesIO(await answer.body())).convert("RGB")


class Line:
    """A line to the server that can break: after so many more bytes of the page's, both its ends are cut."""

    def __init__(self, url: str) -> None:
        self.to, self.cuts_after, self.dead_until = int(url.rpartition(":")[2]), -1, 0.0
        self.carried = 0

    async def carry(self, page: asyncio.StreamReader, to_page: asyncio.StreamWriter) -> None:
        if time.monotonic() < self.dead_until:
            to_page.transport.abort()
            return
        server, to_server = await asyncio.open_connection("127.0.0.1", self.to)
        ways = [asyncio.create_task(self.copy(page, to_server, True)), asyncio.create_task(self.copy(server, to_page))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        to_server.close()
        to_page.transport.abort()

    async def copy(self, here: asyncio.StreamReader, there: asyncio.StreamWriter, counted: bool = False) -> None:
        with suppress(ConnectionError):
            while piece := await here.read(16 * 1024):
                there.write(piece)
                await there.drain()
                if counted and self.cuts_after >= 0:
                    self.carried += len(piece)
                    if self.carried >= self.cuts_after:
                        self.cuts_after, self.dead_until = -1, time.monotonic() + DEAD_SECONDS
                        return


async def test_cut_off_half_way_a_file_goes_on_from_there(market: Market, pages: Pages, guard: Any, tmp_path: Path):
    """The line breaks in the middle of the bytes and is dead for a moment; what had come is not sent again."""
    guard.expect(423)  # the server may still be busy with the line that broke
    market.order("LIVE-1")
    line = Line(market.url)
    listening = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    near = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    page = await pages.open(market.cookies("buyer", RANI.id), base_url=near)
    sent: list[Any] = []
    page.on("request", lambda one: sent.append(one) if "/uploads/tus/" in one.url else None)
    await at_evidence(page)
    content = "".join(f"{n} The mug came with a crack.\n" for n in range(60_000)).encode()
    line.cuts_after = len(content) // 2
    await choose(page, keep(tmp_path, "chat.txt", content))
    await expect(rows(page)).to_contain_text("Received", timeout=20_000)
    assert line.dead_until > 0, "the line broke"
    assert line.carried >= len(content) // 2
    last = [one for one in sent if one.method == "PATCH"][-1]
    assert any(one.method == "HEAD" for one in sent), "it asked how far it had come"
    assert int(last.headers["upload-offset"]) > 0, "what had come was not sent again"
    listening.close()
    guard.heard[:] = [said for said in guard.heard if not any(one in said for one in ("net::ERR_", "/uploads/tus"))]


async def test_a_deadline_that_passes_while_a_file_is_sent_is_said_and_file_and_words_stay(
    market: Market, signed_in: Any, guard: Any, tmp_path: Path
):
    guard.expect(409)
    case = market.disputed("LATE-2", pictures=False)
    shot = {"type": "photo_of_item", "upload": market.photo(KILN, photos.mug(seed=12))}
    market.say(case, KILN, "submit_evidence", items=[shot], last=True)
    ends = max(datetime.fromisoformat(one["due_at"]) for one in market.server.case(case)["deadlines"])
    market.stand(ends - timedelta(hours=1))
    page = await signed_in("buyer", RANI.id)
    going = asyncio.Event()

    async def slow(route: Any) -> None:
        await going.wait()
        await route.continue_()

    await page.route("**/uploads/tus/*", slow)
    await page.goto(f"/cases/{case}/submit-evidence?type=photo_of_item")
    async with page.expect_response(lambda one: one.url.endswith("/uploads/tus")):
        await choose(page, keep(tmp_path, "shards.jpg", photos.mug(cracked=True, seed=7)))
    await page.locator("main form button.pri").last.click()
    await expect(page.locator("[data-wait]")).to_be_visible()
    market.stand(ends + timedelta(minutes=1))
    assert market.server.case(case)["stage"] == "under_review"
    going.set()
    await page.wait_for_url("**/submit-evidence")
    await expect(page.locator("main")).to_contain_text("shards.jpg")
    await expect(page.locator("main .note.warn:visible")).to_contain_text("The time for this is over.")
    await Pointer(page).press(page.locator("main form button.pri").last)
    last = market.server.case(case)["evidence"][-1]
    assert (last["party"], last["late"], last["file"]["ticket_at"] < ends.isoformat()) == ("buyer", True, True)
