"""What a photo claims of itself (where, when, with what) stays with staff; no picture made of it repeats any of it."""

import io
import random

import msgspec
import pytest
from PIL import Image, PngImagePlugin

from amends.media import sandbox
from amends.store import derivatives
from amends.store.derivatives import WHOLE
from tests.api.callers import Callers
from tests.cast import MARKET
from tests.evidence.pieces import Pipeline, picture, with_photo

MANY = 200
GPS = {1: "S", 2: (6.0, 12.0, 34.5), 3: "E", 4: (106.0, 48.0, 12.25)}
SECRET = "made-by-alice-in-kemang"


def exif(seed: int) -> Image.Exif:
    """EXIF with a place, a time, a device and a word that must not be seen again."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0131] = f"Maker {SECRET}", f"Model {seed} {SECRET}", SECRET
    made[0x0112] = 1 + seed % 8
    made[0x013B] = SECRET
    made.get_ifd(0x8769)[0x9003] = "2026:02:28 10:11:12"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + SECRET.encode()
    made.get_ifd(0x8825).update(GPS)
    return made


def claiming(seed: int) -> tuple[bytes, str]:
    """A picture full of metadata, of one kind or another, and its media type."""
    rng = random.Random(seed)
    kind = ("JPEG", "PNG", "WEBP")[seed % 3]
    image = Image.new("RGB", (rng.randint(16, 400), rng.randint(16, 400)), tuple(rng.choices(range(256), k=3)))
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><city>{SECRET}</city></x:xmpmeta>'.encode()
    out, options = io.BytesIO(), {"exif": exif(seed), "xmp": xmp, "icc_profile": SECRET.encode() * 3}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", SECRET)
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options = {"exif": exif(seed), "pnginfo": info}
    if kind == "JPEG":
        options["comment"] = SECRET.encode()
    image.save(out, kind, **options)
    return out.getvalue() + (SECRET.encode() if kind == "JPEG" and seed % 2 else b""), f"image/{kind.lower()}"


def kept(webp: bytes) -> list[str]:
    """Everything but pixels that a WebP file holds."""
    found, at = [], 12
    while at < len(webp):
        name, size = webp[at : at + 4], int.from_bytes(webp[at + 4 : at + 8], "little")
        if name not in (b"VP8 ", b"VP8L"):
            found.append(name.decode())
        at += 8 + size + size % 2
    image = Image.open(io.BytesIO(webp))
    return (
        found + [name for name in image.info if name not in ("loop", "background")] + [str(t) for t in image.getexif()]
    )


@pytest.mark.slow
async def test_nothing_of_200_claiming_pictures_is_in_what_is_made_of_them(tmp_path):
    limits = sandbox.Limits(parallel=2)
    refused, made = 0, 0
    for seed in range(MANY):
        content, kind = claiming(seed)
        assert SECRET.encode() in content, "the picture claims what it should"
        path = tmp_path / "file"
        path.write_bytes(content)
        seen = await sandbox.process(path, kind, limits)
        if isinstance(seen, sandbox.Unprocessable):
            refused += 1
            continue
        for page in seen.pages:
            for webp in page.webp.values():
                made += 1
                assert kept(webp) == [], f"picture {seed}"
                assert SECRET.encode() not in webp
                assert b"Exif" not in webp
    assert (refused, made) == (0, 3 * MANY)


@pytest.mark.database
async def test_the_claims_are_shown_to_staff_as_claims_and_to_nobody_else(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers, picture(exif=exif(1)))
    await pipeline.settle()
    for who in (callers.dana, callers.operator, callers.auditor):
        claims = (await who.get(f"/v1/evidence/{upload_id}"))["claims"]
        assert claims["taken_at"].startswith("2026")
        assert claims["place"].startswith("-6.2")
        assert SECRET in claims["device_model"]
    for party in (await callers.alice(), await callers.bob()):
        facts = await party.ask("GET", f"/v1/evidence/{upload_id}")
        assert facts.json()["claims"] is None
        assert SECRET not in facts.text
        for variant in ("w160", "w640", "w1600"):
            assert kept((await party.ask("GET", f"/v1/evidence/{upload_id}/{variant}")).content) == []


@pytest.mark.database
async def test_the_claims_lie_sealed(callers: Callers, pipeline: Pipeline):
    _, upload_id = await with_photo(callers, picture(exif=exif(1)))
    await pipeline.settle()
    check = await pipeline.state(upload_id)
    assert check.facts is not None
    assert SECRET.encode() not in check.facts
    from amends.store import uploads

    row = await uploads.get(pipeline.hinge.db, MARKET, upload_id)
    assert row is not None
    key = await derivatives.key_of(pipeline.hinge.db, MARKET, row)
    opened = derivatives.unseal(key, check.facts, "claims", upload_id)
    assert "device_model" in msgspec.json.decode(opened)
    assert len(await derivatives.of_upload(pipeline.hinge.db, MARKET, upload_id, WHOLE)) == 3
