"""Files: taken by their bytes, not by their names; given back unchanged, as attachments, to those entitled."""

import asyncio
import hashlib

import httpx
import pytest
from litestar import Litestar

from amends.api.app import create_app
from amends.api.media import media_type
from amends.handle import Hinge
from amends.settings import Settings
from amends.store.connect import Database
from amends.store.policies import installed
from tests.api.callers import Caller, Callers

pytestmark = pytest.mark.database

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
KINDS = [
    (b"\xff\xd8\xff\xe0", "image/jpeg"), (PNG, "image/png"), (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    (b"%PDF-1.7\n", "application/pdf"), (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
    (b"Dear platform,\r\n", "text/plain"),
    ("Pesanan rusak – lihat foto".encode(), "text/plain"), (b"\xef\xbb\xbfwith a mark", "text/plain"),
    (b"a" * 4094 + "é".encode()[:1], None), (b"a" * 4095 + "é".encode()[:1], "text/plain"),
    (b"", None), (b"PK\x03\x04", None), (b"<!DOCTYPE html><p>", None), (b"  <svg xmlns=", None),
    (b"<?xml version", None),
    (b"%!PS-Adobe", None), (b"MZ\x90\x00", None), (b"\xef\xbb\xbf<html>", None),
    (b"GIF89a\x01\x00", None), (b"caf\xe9", None),
    (b"text with \x00 in it", None),
]  # fmt: skip


@pytest.mark.parametrize(("head", "found"), KINDS)
def test_a_file_is_what_its_first_bytes_say(head: bytes, found: str | None):
    assert media_type(head) == found


async def test_a_file_comes_back_as_it_was(callers: Callers):
    alice = await callers.alice()
    response = await alice.ask("POST", "/v1/uploads", files={"file": ("../../photo.svg", PNG, "image/svg+xml")})
    assert response.status_code == 201, response.text
    made = response.json()
    assert made["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert (made["media_type"], made["name"], made["size_bytes"]) == ("image/png", "photo.svg", len(PNG))
    assert made["received_at"] == "2026-03-02T03:00:00Z"
    assert await alice.get(f"/v1/evidence/{made['id']}") == made
    file = await alice.ask("GET", f"/v1/evidence/{made['id']}/original")
    assert file.content == PNG
    assert file.headers["content-disposition"] == f"attachment; filename*=UTF-8''{made['id']}.png"
    assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert file.headers["x-content-type-options"] == "nosniff"


async def test_a_file_becomes_evidence_of_its_sender_only(callers: Callers):
    case = await callers.requested()
    at, alice, bob = f"/v1/cases/{case['id']}", await callers.alice(), await callers.bob()
    sent = (await alice.ask("POST", "/v1/uploads", files={"file": ("a.png", PNG)})).json()
    item = {"type": "photo_of_item", "upload": sent["id"]}
    stolen = await bob.post(f"{at}/reject-request", {"statement": "No", "evidence": [item]}, 409)
    assert stolen["code"] == "unknown_reference"
    await bob.post(f"{at}/reject-request", {"statement": "No"})
    seen = await alice.post(f"{at}/open-dispute", {"evidence": [item]})
    assert seen["evidence"][0]["file"]["sha256"] == sent["sha256"]


@pytest.mark.parametrize("upload", ["x", "e1", "00000000-0000-4000-8000-000000000000"])
async def test_an_unknown_file_is_an_unknown_reference(callers: Callers, upload: str):
    await callers.order()
    filing = {"order_id": "O1", "line_id": "1", "reason": "defective", "wanted": "refund", "statement": "Dead"}
    evidence = [{"type": "photo_of_item", "upload": upload}]
    problem = await (await callers.alice()).post("/v1/cases", filing | {"evidence": evidence}, 409)
    assert problem["code"] == "unknown_reference"


async def test_what_is_not_one_file_is_refused(callers: Callers):
    alice = await callers.alice()
    for options, status in (
        ({"json": {"file": "x"}}, 415),
        ({"files": {"photo": ("a.png", PNG)}}, 422),
        ({"files": [("file", ("a.png", PNG)), ("file", ("b.png", PNG))]}, 422),
        ({"files": {"file": ("a.png", PNG)}, "data": {"note": "x"}}, 422),
        ({"files": {"file": ("a.zip", b"PK\x03\x04")}}, 415),
        ({"files": {"file": ("a.png", b"")}}, 415),
        ({"content": b"--x\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    ):
        response = await alice.ask("POST", "/v1/uploads", **options)
        assert response.status_code == status, f"{options}: {response.text}"
        assert response.headers["content-type"] == "application/problem+json"


async def test_a_file_too_large_is_413_and_leaves_nothing(callers: Callers, database: Database):
    small: Litestar = create_app(Hinge(database, installed()), Settings(max_upload_bytes=1024))
    callers.client._transport.app = small  # type: ignore[attr-defined]  # the same callers at another door
    alice = await callers.alice()
    for size, status in ((1024 - len(PNG), 201), (1025 - len(PNG), 413), (100_000, 413)):
        response = await alice.ask("POST", "/v1/uploads", files={"file": ("a.png", PNG + bytes(size))})
        assert response.status_code == status, f"{size}: {response.text}"
    assert len([path for path in database.files_dir.rglob("*") if path.is_file()]) == 1


async def test_a_file_sent_again_with_its_key_is_the_same_file(callers: Callers, database: Database):
    alice, bob = await callers.alice(), await callers.bob()

    async def send(who: Caller, content: bytes, key: str, name: str = "a.png") -> httpx.Response:
        return await who.ask("POST", "/v1/uploads", files={"file": (name, content)}, headers={"Idempotency-Key": key})

    first = await send(alice, PNG, "u1")
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT1H"})
    again = await send(alice, PNG, "u1")
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    for content, name in ((PNG + b"x", "a.png"), (PNG, "b.png")):
        refused = await send(alice, content, "u1", name)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    others = [await send(alice, PNG, "u2"), await send(bob, PNG, "u1")]
    assert len({first.json()["id"], *(other.json()["id"] for other in others)}) == 3
    assert len([path for path in database.files_dir.rglob("*") if path.is_file()]) == 1


async def test_ten_at_once_with_one_key_are_one_file(callers: Callers):
    alice = await callers.alice()
    options = {"files": {"file": ("a.png", PNG)}, "headers": {"Idempotency-Key": "u1"}}
    answers = await asyncio.gather(*(alice.ask("POST", "/v1/uploads", **options) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
