"""The sandbox gives back pixels and nothing else, the right way up, painted over where asked, from a locked child."""

import asyncio
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from amends.media import sandbox
from amends.media.answer import Header, Limits, Task, plain_webp_size
from amends.media.sandbox import Processed, Unprocessable, confinement, process
from tests.media.making import encoded, many_pages, mp4, one_page, scene

SECRET = (255, 0, 255)


async def made(
    folder: Path, data: bytes, kind: str, *redactions: tuple[int, ...], **limits: object
) -> Processed | Unprocessable:
    path = folder / "file"
    path.write_bytes(data)
    return await process(path, kind, Limits(**limits), redactions)


def picture(blob: bytes) -> Image.Image:
    return Image.open(io.BytesIO(blob)).convert("RGB")


def near(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
async def test_a_picture_comes_back_in_three_sizes(tmp_path: Path, form: str, kind: str):
    done = await made(tmp_path, encoded(form, scene(2400, 1200)), kind)
    assert isinstance(done, Processed)
    (page,) = done.pages
    assert {side: picture(blob).size for side, blob in page.webp.items()} == {
        160: (160, 80),
        640: (640, 320),
        1600: (1600, 800),
    }
    assert {side: page.size_of(side) for side in page.webp} == {160: (160, 80), 640: (640, 320), 1600: (1600, 800)}


async def test_a_small_picture_is_never_enlarged(tmp_path: Path):
    done = await made(tmp_path, encoded("PNG", scene(200, 100)), "image/png")
    assert isinstance(done, Processed)
    assert {side: picture(blob).size for side, blob in done.pages[0].webp.items()} == {
        160: (160, 80),
        640: (200, 100),
        1600: (200, 100),
    }


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_pictures_stand_upright_and_areas_are_meant_as_they_are_seen(tmp_path: Path, orientation: int):
    """Eight ways to hold a camera; the secret is the upper left corner of what people see."""
    upright = scene(400, 300).copy()
    upright.paste(SECRET, (0, 0, 80, 60))
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that undoes each
    stored = upright.transpose(Image.Transpose(turned[orientation])) if orientation in turned else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded("JPEG", stored, exif=exif.tobytes(), quality=95)
    seen = await made(tmp_path, data, "image/jpeg")
    hidden = await made(tmp_path, data, "image/jpeg", (1, 0, 0, 2000, 2000))
    assert isinstance(seen, Processed)
    assert isinstance(hidden, Processed)
    assert picture(seen.pages[0].webp[1600]).size == (400, 300)
    assert near(picture(seen.pages[0].webp[1600]).getpixel((30, 20)), SECRET)
    for blob in hidden.pages[0].webp.values():
        left = picture(blob)
        assert near(left.getpixel((left.width // 20, left.height // 20)), (0, 0, 0))
        assert not any(near(colour, SECRET) for _, colour in left.getcolors(left.width * left.height))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "PA"])
async def test_every_mode_of_picture_can_be_shown_and_painted(tmp_path: Path, mode: str):
    image = (
        Image.new("I;16", (64, 48), 40_000) if mode == "I;16" else scene(64, 48).convert("L" if mode == "PA" else mode)
    )
    form, kind = ("JPEG", "image/jpeg") if mode == "CMYK" else ("PNG", "image/png")
    extra = {"transparency": 3} if mode == "P" else {}
    done = await made(tmp_path, encoded(form, image, **extra), kind, (1, 5000, 0, 5000, 10000))
    assert isinstance(done, Processed)
    found = picture(done.pages[0].webp[1600])
    assert near(found.getpixel((50, 20)), (0, 0, 0))
    if mode == "I;16":
        assert near(found.getpixel((5, 5)), (156, 156, 156))


async def test_what_the_file_says_of_itself_comes_back_as_claims_and_stays_out_of_the_pixels(tmp_path: Path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker\x07\n" + "x" * 900, "Model 7"
    exif.get_ifd(0x8769)[0x9003] = "2026:03:01 14:05:00"
    exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 12.0, 0.0), 3: "E", 4: (106.0, 48.0, 0.0)})
    done = await made(tmp_path, encoded("JPEG", exif=exif.tobytes(), comment=b"by Budi"), "image/jpeg")
    assert isinstance(done, Processed)
    assert done.claims["device_model"] == "Model 7"
    assert done.claims["taken_at"] == "2026-03-01 14:05:00"
    assert done.claims["place"] == "-6.20000, 106.80000"
    assert len(done.claims["device_make"]) == 200
    assert done.claims["device_make"].startswith("Maker xxx")
    for blob in done.pages[0].webp.values():
        assert plain_webp_size(blob)
        assert not any(word in blob for word in (b"Model 7", b"Budi", b"Exif", b"EXIF", b"2026"))


async def test_pictures_have_likeness_hashes_and_pages_have_none(tmp_path: Path):
    assert getattr(await made(tmp_path, encoded("JPEG", scene(800, 600)), "image/jpeg"), "hashes", None) is not None
    assert getattr(await made(tmp_path, one_page(), "application/pdf"), "hashes", None) == ()


async def test_every_page_of_a_pdf_becomes_a_picture_and_only_the_named_area_is_hidden(tmp_path: Path):
    done = await made(tmp_path, many_pages(3), "application/pdf", (2, 0, 0, 10000, 10000))
    assert isinstance(done, Processed)
    assert [page.number for page in done.pages] == [1, 2, 3]
    assert [page.size_of(160) for page in done.pages] == [(160, 80)] * 3
    middles = [picture(page.webp[640]).getpixel((200, 160)) for page in done.pages]
    assert [near(middle, (0, 0, 255)) for middle in middles] == [True, False, True]
    assert near(middles[1], (0, 0, 0))


async def test_a_long_pdf_is_drawn_by_several_children_without_a_gap(tmp_path: Path):
    done = await made(tmp_path, many_pages(60), "application/pdf", cpu_seconds=1, wall_seconds=120.0)
    assert isinstance(done, Processed)
    assert [page.number for page in done.pages] == list(range(1, 61))


async def test_a_video_is_measured_and_not_decoded(tmp_path: Path):
    done = await made(tmp_path, mp4(length=61_500), "video/mp4")
    assert isinstance(done, Processed)
    assert (done.duration_ms, done.pages, done.claims) == (61_500, (), {"taken_at": "2024-05-31 11:33:20 +00:00"})


async def test_a_text_shows_what_would_hide(tmp_path: Path):
    done = await made(tmp_path, "ok \u202edab\x1b[2J\r\nend".encode() + b"!" * 9000, "text/plain", preview_chars=40)
    assert isinstance(done, Processed)
    assert done.text_preview == "ok [U+202E]dab[U+001B][2J\nend!!!!!!!!!!!"


async def test_the_original_is_untouched_and_a_link_is_not_followed(tmp_path: Path):
    data = encoded("PNG")
    assert isinstance(await made(tmp_path, data, "image/png"), Processed)
    assert (tmp_path / "file").read_bytes() == data
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(OSError, match="symbolic links"):
        await process(tmp_path / "link", "image/png")


async def test_a_child_that_hangs_is_ended_and_the_file_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox, "CHILD", (sys.executable, "-c", "import time; time.sleep(60)"))
    done = await made(tmp_path, b"x", "text/plain", wall_seconds=0.5)
    assert isinstance(done, Unprocessable)
    assert (done.code, done.ours) == ("not_checked", True)


async def test_a_child_that_cannot_start_is_our_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox, "CHILD", (sys.executable, "-c", "raise SystemExit(1)"))
    assert getattr(await made(tmp_path, b"x", "text/plain"), "ours", None) is True


@pytest.mark.parametrize(
    "said",
    [
        "b'\\xff\\xff\\xff\\xff'",
        "(1).to_bytes(4,'big') + b'{'",
        "frame({'pages': [{'number': 1, 'width': 16, 'height': 16, 'sizes': [9, 9, 9]}]}) + b'<html>...' * 3",
        "frame({'pages': [{'number': 1, 'width': 99999, 'height': 16, 'sizes': [9, 9, 9]}]})",
        "frame({'claims': {'x': 'y' * 300}})",
        "frame({'refused': 'no such code'})",
        "frame({}) + b'more'",
        "frame({'text_preview': 'x' * 30000})",
        "b''",
    ],
)
async def test_an_answer_out_of_form_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str):
    program = (
        "import json, os\n"
        "def frame(header):\n    raw = json.dumps(header).encode()\n    return len(raw).to_bytes(4, 'big') + raw\n"
        f"os.write(1, {said})\n"
    )
    monkeypatch.setattr(sandbox, "CHILD", (sys.executable, "-c", program))
    done = await made(tmp_path, b"x", "image/png")
    assert isinstance(done, Unprocessable)
    assert not done.ours


async def test_a_giant_answer_is_not_read(tmp_path: Path):
    done = await made(tmp_path, encoded("PNG", scene(800, 600)), "image/png", output_bytes=2_000)
    assert getattr(done, "code", None) == "too_heavy"


async def test_no_more_children_run_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    running, most = 0, 0
    real = sandbox._in_children

    async def counted(file: int, task: Task) -> Processed | Unprocessable:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await real(file, task)
        finally:
            running -= 1

    monkeypatch.setattr(sandbox, "_in_children", counted)
    (tmp_path / "a").write_bytes(b"hello")
    await asyncio.gather(*[process(tmp_path / "a", "text/plain", Limits(parallel=2)) for _ in range(6)])
    assert most == 2


async def test_the_child_is_held_by_everything_this_machine_allows():
    held = await confinement()
    assert held["limits"]
    assert held["user"] or os.geteuid() == 0
    if sys.platform == "linux" and os.uname().machine in ("x86_64", "aarch64"):
        assert held["syscalls"]


@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/passwd')",
        "open('/tmp/amends-escaped', 'w')",
        "__import__('socket').socket()",
        "os.fork()",
        "os.kill(os.getppid(), 0)",
        "os.execv('/bin/true', ['true'])",
        "os.listdir('/')",
        "os.setuid(0)",
        "bytearray(600 * 1024 * 1024)",
    ],
)
@pytest.mark.parametrize("threads", [False, True])
def test_a_taken_over_child_can_do_nothing(act: str, threads: bool):
    """What code that runs in the child may try, once the child has locked itself up."""
    program = f"""
import os, socket
from amends.media import confine
confine.alone()
held = confine.locked(512 * 1024 * 1024, 5, threads={threads})
try:
    {act}
except (OSError, MemoryError):
    os.write(1, b"held")
else:
    os.write(1, b"escaped")
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, env={}, cwd="/", timeout=60)
    assert done.stdout == b"held", done.stderr


def test_without_the_lock_the_same_acts_succeed():
    program = "import os; os.listdir('/'); open('/etc/passwd'); os.write(1, b'escaped')"
    assert subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, timeout=60).stdout == b"escaped"


def test_headers_have_room_for_nothing_unbounded():
    assert Header().pages == ()
    assert plain_webp_size(encoded("WEBP", scene(30, 20))) == (30, 20)
    assert plain_webp_size(encoded("WEBP", scene(30, 20), lossless=True)) is None
    assert plain_webp_size(encoded("WEBP", scene(30, 20)) + b"x") is None
