"""Files on their way in: taken by their bytes, within their limits, in time by their ticket, and never half."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from amends.api.app import create_app
from amends.handle import Hinge
from amends.proof import receipt
from amends.settings import Settings
from amends.store import quarantine, uploads
from amends.store.connect import Database
from amends.store.files import NoSpace
from amends.store.policies import installed
from amends.sweep import tell_arrivals
from tests.api.callers import Caller, Callers
from tests.cast import MARKET

pytestmark = pytest.mark.database

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SHA256 = hashlib.sha256(PNG).hexdigest()
ANNOUNCED = {"name": "photo.png", "size_bytes": len(PNG), "media_type": "image/png", "sha256": SHA256}


async def send(who: Caller, content: bytes = PNG, name: str = "a.png", kind: str | None = None, *,
               ticket: str | None = None, key: str | None = None) -> httpx.Response:  # fmt: skip
    file = (name, content, kind) if kind else (name, content)
    query = {"ticket": ticket} if ticket else {}
    headers = {"Idempotency-Key": key} if key else {}
    return await who.ask("POST", "/v1/uploads", files={"file": file}, params=query, headers=headers)


async def take(who: Caller, status: int = 201, key: str | None = None, **changes: Any) -> Any:
    return await who.post("/v1/upload-tickets", ANNOUNCED | changes, status, key=key)


async def bytes_of(db: Database, upload_id: str) -> bytes:
    row = await uploads.get(db, MARKET, upload_id)
    assert row is not None
    return b"".join([piece async for piece in uploads.plain(db, MARKET, row)])


async def everything_stored(db: Database) -> list[str]:
    """Every blob, and whatever lies in quarantine."""
    blobs = [found.path async for found in db.files.list(f"{MARKET}/blobs")]
    return blobs + [str(path) for path in (db.quarantine.iterdir() if db.quarantine.exists() else ())]


def at_another_door(callers: Callers, db: Database, **settings: Any) -> None:
    """The same callers, but these settings."""
    app: Litestar = create_app(Hinge(db, installed()), Settings(**settings))
    callers.client._transport.app = app  # type: ignore[attr-defined]


async def test_a_file_is_kept_as_it_came_with_a_receipt_that_holds(callers: Callers, database: Database):
    alice = await callers.alice()
    response = await send(alice, name="foto.png", kind="image/png")
    assert response.status_code == 201, response.text
    made = response.json()
    assert (made["sha256"], made["media_type"], made["name"]) == (SHA256, "image/png", "foto.png")
    assert made["ticket_at"] == made["received_at"] == "2026-03-02T03:00:00Z"
    assert await bytes_of(database, made["id"]) == PNG
    signed = made["receipt"]
    assert (signed["upload"], signed["sha256"], signed["at"]) == (made["id"], SHA256, made["ticket_at"])
    assert receipt.verify(signed, database.signer.public_key)
    assert not receipt.verify(signed | {"sha256": "0" * 64}, database.signer.public_key)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../etc/photo.png", "photo.png"), ("C:\\fotos\\a.png", "a.png"), ("..", "file"),
     ("a\u202egnp.png", "agnp.png"), ("con.png", "_con.png"), ("/", "file"), ("x" * 300 + ".png", "x" * 116 + ".png"),
     ("....//a.png", "a.png")],
)  # fmt: skip
async def test_a_name_is_never_a_path(callers: Callers, database: Database, sent: str, kept: str):
    alice = await callers.alice()
    made = (await send(alice, name=sent)).json()
    assert made["name"] == kept
    assert (await uploads.get(database, MARKET, made["id"])).name == kept  # type: ignore[union-attr]
    inside = {path.relative_to(database.data_dir).parts[0] for path in database.data_dir.rglob("*") if path.is_file()}
    assert inside <= {"files", "keys", "quarantine"}


@pytest.mark.parametrize(
    ("name", "kind", "content", "word"),
    [("a.zip", None, b"PK\x03\x04" + bytes(50), "Unpack"), ("a.png", None, b"", "empty"),
     ("a.png", "image/svg+xml", PNG, ""), ("a.jpg", None, PNG, ""), ("a.svg", None, b"<svg xmlns='x'></svg>", "PNG"),
     ("a.docx", None, b"PK\x03\x04" + bytes(50), "PDF"), ("a.txt", None, b"<html><script>", ""),
     ("a.png", "application/pdf", PNG, "")],
)  # fmt: skip
async def test_what_is_not_taken_is_refused_with_help_and_leaves_nothing(
    callers: Callers, database: Database, name: str, kind: str | None, content: bytes, word: str
):
    response = await send(await callers.alice(), content, name, kind)
    assert response.status_code == 415, response.text
    assert word in response.json()["detail"]
    assert await everything_stored(database) == []


async def test_refusals_speak_indonesian(callers: Callers):
    alice = await callers.alice()
    files = {"file": ("a.zip", b"PK\x03\x04" + bytes(50))}
    refused = await alice.ask("POST", "/v1/uploads", files=files, headers={"Accept-Language": "id"})
    assert "Ekstrak dahulu" in refused.json()["detail"]


async def test_what_is_not_one_file_is_refused(callers: Callers, database: Database):
    alice = await callers.alice()
    for options, status in (
        ({"json": {"file": "x"}}, 415),
        ({"files": {"photo": ("a.png", PNG)}}, 422),
        ({"files": [("file", ("a.png", PNG)), ("file", ("b.png", PNG))]}, 422),
        ({"files": {"file": ("a.png", PNG)}, "data": {"note": "x"}}, 422),
        ({"data": {"file": "x"}, "files": {"other": b""}}, 422),
        ({"content": b"--x\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"content": b"", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"files": {"file": ("a.png", PNG)}, "params": {"ticket": "x"}}, 404),
        ({"files": {"file": ("a.png", PNG)}, "params": {"tickets": "x"}}, 400),
    ):
        response = await alice.ask("POST", "/v1/uploads", **options)
        assert response.status_code == status, f"{options}: {response.text}"
        assert response.headers["content-type"] == "application/problem+json"
    assert await everything_stored(database) == []


async def test_a_file_too_large_is_413_and_leaves_nothing(callers: Callers, database: Database):
    at_another_door(callers, database, max_upload_bytes=1024)
    alice = await callers.alice()
    for size, status in ((1024 - len(PNG), 201), (1025 - len(PNG), 413), (100_000, 413)):
        assert (await send(alice, PNG + bytes(size))).status_code == status
    assert len(await everything_stored(database)) == 1
    await take(alice, 413, size_bytes=1025)


async def test_limits_hold_on_the_stream_whatever_its_length_claims(callers: Callers, database: Database):
    at_another_door(callers, database, max_upload_bytes=2048)
    alice = await callers.alice()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    seen = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal seen
        yield head + PNG
        while True:
            seen += 1024
            yield bytes(1024)

    plain = {"Content-Type": "multipart/form-data; boundary=x"}
    for claimed in ({}, {"Content-Length": "100"}):
        seen = 0
        answer = await alice.ask("POST", "/v1/uploads", content=endless(), headers=plain | claimed)
        assert answer.status_code == 413
        assert seen < 10_000
    ticket = await take(alice)
    answer = await alice.ask("POST", ticket["send_to"], content=endless(), headers=plain)
    assert answer.status_code == 413
    assert await everything_stored(database) == []


async def test_a_ticket_fixes_the_instant_and_its_bytes_come_later(callers: Callers, database: Database):
    alice = await callers.alice()
    ticket = await take(alice)
    assert (ticket["ticket_at"], ticket["expires_at"]) == ("2026-03-02T03:00:00Z", "2026-03-03T03:00:00Z")
    assert receipt.verify(ticket["receipt"], database.signer.public_key)
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT20M"})
    response = await alice.ask("POST", ticket["send_to"], files={"file": ("whatever.bin", PNG)})
    assert response.status_code == 201, response.text
    made = response.json()
    assert (made["id"], made["name"]) == (ticket["id"], "photo.png")
    assert (made["ticket_at"], made["received_at"]) == ("2026-03-02T03:00:00Z", "2026-03-02T03:20:00Z")
    assert made["receipt"] == ticket["receipt"]
    again = await send(alice, ticket=ticket["id"])
    assert (again.status_code, again.json()) == (201, made)
    assert len(await everything_stored(database)) == 1
    assert await bytes_of(database, made["id"]) == PNG


async def test_other_bytes_than_announced_are_refused_and_the_ticket_stays(callers: Callers, database: Database):
    alice = await callers.alice()
    ticket = await take(alice)
    for content in (PNG[:-1], PNG[:-1] + b"\x01"):
        refused = await send(alice, content, ticket=ticket["id"])
        assert (refused.status_code, refused.json()["code"]) == (422, "not_as_declared")
    assert (await send(alice, PNG + b"x", ticket=ticket["id"])).status_code == 413
    assert await everything_stored(database) == []
    assert (await send(alice, ticket=ticket["id"])).status_code == 201
    changed = await send(alice, PNG[:-1] + b"\x01", ticket=ticket["id"])
    assert changed.status_code == 422


async def test_anothers_ticket_is_not_there(callers: Callers):
    ticket = await take(await callers.alice())
    for other in (await callers.bob(), await callers.party("buyer", "mallory"), await callers.party("seller", "alice")):
        assert (await send(other, ticket=ticket["id"])).status_code == 404
    for staff in (callers.operator, callers.dana, callers.auditor):
        assert (await send(staff, ticket=ticket["id"])).status_code == 403


async def test_a_ticket_whose_time_is_over_takes_nothing(callers: Callers):
    alice = await callers.alice()
    ticket = await take(alice)
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT24H"})
    refused = await send(alice, ticket=ticket["id"])
    assert (refused.status_code, refused.json()["code"]) == (410, "ticket_expired")


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"sha256": "x"}, 422), ({"sha256": "A" * 64}, 422), ({"size_bytes": 0}, 422), ({"size_bytes": -1}, 422),
     ({"name": ""}, 422), ({"media_type": "application/zip", "name": "a.zip"}, 415), ({"received_at": "2020"}, 422),
     ({"name": "a.html", "media_type": "text/html"}, 415), ({"media_type": "image/jpeg"}, 415)],
)  # fmt: skip
async def test_a_ticket_says_what_can_be_taken(callers: Callers, changes: Any, status: int):
    await take(await callers.alice(), status, **changes)


async def test_ten_at_once_on_one_ticket_are_one_file(callers: Callers, database: Database):
    alice = await callers.alice()
    ticket = await take(alice)
    answers = await asyncio.gather(*(send(alice, ticket=ticket["id"]) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await everything_stored(database)) == 1
    assert await bytes_of(database, ticket["id"]) == PNG


async def test_a_file_sent_again_with_its_key_is_the_same_file(callers: Callers, database: Database):
    alice, bob = await callers.alice(), await callers.bob()
    first = await send(alice, key="u1")
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT1H"})
    again = await send(alice, key="u1")
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    for content, name in ((PNG + b"x", "a.png"), (PNG, "b.png")):
        refused = await send(alice, content, name, key="u1")
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    others = [await send(alice, key="u2"), await send(bob, key="u1")]
    assert len({first.json()["id"], *(other.json()["id"] for other in others)}) == 3
    assert len(await everything_stored(database)) == 3


async def test_ten_at_once_with_one_key_are_one_file(callers: Callers, database: Database):
    alice = await callers.alice()
    answers = await asyncio.gather(*(send(alice, key="u1") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await everything_stored(database)) == 1


async def test_one_key_for_a_ticket_and_for_a_file_are_two_things(callers: Callers):
    alice = await callers.alice()
    ticket = await take(alice, key="k")
    assert await take(alice, key="k") == ticket
    assert (await send(alice, key="k")).json()["id"] != ticket["id"]
    assert (await take(alice, 422, key="k", name="other.png"))["code"] == "idempotency_key_reused"


async def test_a_party_has_its_share_of_a_day(callers: Callers, database: Database):
    at_another_door(callers, database, upload_files_a_day=2)
    alice = await callers.alice()
    assert (await send(alice)).status_code == 201
    await take(alice)
    for refused in (await send(alice), await alice.ask("POST", "/v1/upload-tickets", json=ANNOUNCED)):
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_uploads")
        assert refused.headers["retry-after"] == "3600"
    assert (await send(await callers.bob())).status_code == 201
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT25H"})
    assert (await send(alice)).status_code == 201


async def test_a_full_disk_is_a_clean_refusal_and_ends(
    callers: Callers, database: Database, monkeypatch: pytest.MonkeyPatch
):
    alice = await callers.alice()
    ticket = await take(alice)

    def full(*_: object) -> None:
        raise NoSpace("full")

    for place, name in ((quarantine, "write_all"), (uploads, "_seal"), (type(database.files), "put")):
        with monkeypatch.context() as broken:
            broken.setattr(place, name, full)
            for answer in (await send(alice), await send(alice, ticket=ticket["id"])):
                assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
        assert await everything_stored(database) == []
    assert (await send(alice)).status_code == 201
    assert (await send(alice, ticket=ticket["id"])).status_code == 201


async def test_a_database_that_fails_last_leaves_a_blob_and_no_row(
    callers: Callers, database: Database, monkeypatch: pytest.MonkeyPatch
):
    alice = await callers.alice()

    async def away(*_: object, **__: object) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(uploads, "_keep_key", away)
    assert (await send(alice)).status_code in (500, 503)
    assert len(await everything_stored(database)) == 1
    async with database.reading(MARKET) as connection:
        assert await connection.fetchval("SELECT count(*) FROM upload") == 0


async def test_a_sender_that_goes_away_leaves_nothing(app: Litestar, callers: Callers, database: Database):
    token = await callers.token("buyer", "alice")
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG
    messages = iter([{"type": "http.request", "body": head, "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def keep(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/v1/uploads", "raw_path": b"/v1/uploads",
             "query_string": b"", "root_path": "", "scheme": "http", "server": ("amends.test", 80),
             "client": ("127.0.0.1", 1), "headers": [(b"authorization", f"Bearer {token}".encode()),
             (b"content-type", b"multipart/form-data; boundary=x")], "extensions": {}}  # fmt: skip
    await app(scope, receive, keep)  # type: ignore[arg-type]
    assert sent[0]["status"] == 400
    assert await everything_stored(database) == []


class TestCases:
    """A file becomes evidence by a command of its sender; a ticket may be named before its bytes are there."""

    async def test_a_file_becomes_evidence_of_its_sender_only(self, callers: Callers):
        case = await callers.requested()
        at, alice, bob = f"/v1/cases/{case['id']}", await callers.alice(), await callers.bob()
        sent = (await send(alice)).json()
        item = {"type": "photo_of_item", "upload": sent["id"]}
        stolen = await bob.post(f"{at}/reject-request", {"statement": "No", "evidence": [item]}, 409)
        assert stolen["code"] == "unknown_reference"
        await bob.post(f"{at}/reject-request", {"statement": "No"})
        seen = await alice.post(f"{at}/open-dispute", {"evidence": [item]})
        assert seen["evidence"][0]["file"]["sha256"] == sent["sha256"]

    @pytest.mark.parametrize("upload", ["x", "e1", "00000000-0000-4000-8000-000000000000"])
    async def test_an_unknown_file_is_an_unknown_reference(self, callers: Callers, upload: str):
        await callers.order()
        filing = {"order_id": "O1", "line_id": "1", "reason": "defective", "wanted": "refund", "statement": "Dead"}
        evidence = [{"type": "photo_of_item", "upload": upload}]
        problem = await (await callers.alice()).post("/v1/cases", filing | {"evidence": evidence}, 409)
        assert problem["code"] == "unknown_reference"

    async def awaiting(self, callers: Callers) -> tuple[Caller, str, Any]:
        """Alice's case, resting on a ticket whose bytes are awaited."""
        at, alice = f"/v1/cases/{(await callers.requested())['id']}", await callers.alice()
        await (await callers.bob()).post(f"{at}/reject-request", {"statement": "No"})
        ticket = await take(alice)
        item = {"type": "photo_of_item", "upload": ticket["id"]}
        case = await alice.post(f"{at}/open-dispute", {"statement": "It is dead", "evidence": [item]})
        assert case["evidence"][0]["file"]["state"] == "awaited"
        return alice, at, ticket

    async def test_a_case_hears_at_once_that_an_awaited_file_has_come(self, callers: Callers, database: Database):
        alice, at, ticket = await self.awaiting(callers)
        assert (await send(alice, ticket=ticket["id"])).status_code == 201
        assert (await alice.get(at))["evidence"][0]["file"]["state"] == "received"
        assert await uploads.unnoted(database, MARKET) == []

    async def test_a_case_not_told_by_a_server_that_died_is_told_later(
        self, callers: Callers, database: Database, monkeypatch: pytest.MonkeyPatch
    ):
        alice, at, ticket = await self.awaiting(callers)

        async def die(*_: object) -> None:
            raise RuntimeError("killed between commit and note")

        with monkeypatch.context() as broken:
            broken.setattr("amends.reception.taking.tell_arrivals", die)
            assert (await send(alice, ticket=ticket["id"])).status_code == 201
        assert (await alice.get(at))["evidence"][0]["file"]["state"] == "awaited"
        hinge = Hinge(database, installed())
        assert await tell_arrivals(hinge, MARKET) == 1
        assert (await alice.get(at))["evidence"][0]["file"]["state"] == "received"
        assert await tell_arrivals(hinge, MARKET) == 0

    async def test_a_file_that_came_in_time_is_not_missing_because_the_house_was_slow_to_say_so(
        self, callers: Callers, monkeypatch: pytest.MonkeyPatch
    ):
        alice, at, ticket = await self.awaiting(callers)

        async def die(*_: object) -> None:
            raise RuntimeError("killed between commit and note")

        with monkeypatch.context() as broken:
            broken.setattr("amends.reception.taking.tell_arrivals", die)
            assert (await send(alice, ticket=ticket["id"])).status_code == 201
        await callers.operator.post("/v1/sandbox/clock", {"advance": "PT2H"})
        [piece] = (await alice.get(at))["evidence"]
        assert (piece["file"]["state"], piece["late"]) == ("received", False)

    async def test_a_file_that_came_after_its_grace_was_missing(
        self, callers: Callers, monkeypatch: pytest.MonkeyPatch
    ):
        alice, at, ticket = await self.awaiting(callers)
        await callers.operator.post("/v1/sandbox/clock", {"advance": "PT1H1S"})

        async def die(*_: object) -> None:
            raise RuntimeError("killed between commit and note")

        with monkeypatch.context() as broken:
            broken.setattr("amends.reception.taking.tell_arrivals", die)
            assert (await send(alice, ticket=ticket["id"])).status_code == 201
        await callers.operator.post("/v1/sandbox/clock", {"advance": "PT1H"})
        assert (await alice.get(at))["evidence"][0]["file"]["state"] == "missing"

    async def test_a_ticket_a_case_rests_on_cannot_be_taken_back(self, callers: Callers):
        alice, _, ticket = await self.awaiting(callers)
        tus = {"Tus-Resumable": "1.0.0"}
        refused = await alice.ask("DELETE", ticket["send_resumably_to"], headers=tus)
        assert (refused.status_code, refused.json()["code"]) == (409, "upload_in_use")


async def test_old_files_in_quarantine_are_known_by_their_age(tmp_path: Path):
    for name, age in (("a.part", 0), ("b.part", 90_000), ("c.tus", 90_000), ("d.other", 90_000)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    assert [path.name for path in quarantine.left_behind(tmp_path)] == ["b.part", "c.tus"]
