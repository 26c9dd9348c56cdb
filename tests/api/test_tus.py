"""Resumable uploads by tus 1.0: by hand against each rule of the protocol, and with tuspy against a real server."""

import asyncio
import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from amends.handle import Hinge
from amends.store import quarantine, uploads
from amends.store.connect import Database
from tests.api.callers import Caller, Callers
from tests.api.serving import served
from tests.api.test_uploads import PNG, SHA256, bytes_of, everything_stored
from tests.cast import MARKET
from tests.plugins_database import Server

pytestmark = pytest.mark.database
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
AT = "/v1/uploads/tus"


def told(**facts: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())


def creation(content: bytes = PNG, **changes: str) -> dict[str, str]:
    facts = {"filename": "photo.png", "filetype": "image/png", "sha256": hashlib.sha256(content).hexdigest()}
    return TUS | {"Upload-Length": str(len(content)), "Upload-Metadata": told(**(facts | changes))}


async def created(who: Caller, content: bytes = PNG) -> str:
    answer = await who.ask("POST", AT, headers=creation(content))
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def patch(who: Caller, where: str, offset: int, content: Any, **headers: str) -> httpx.Response:
    return await who.ask(
        "PATCH", where, headers=TUS | BYTES | {"Upload-Offset": str(offset)} | headers, content=content
    )


async def offset(who: Caller, where: str) -> int:
    answer = await who.ask("HEAD", where, headers=TUS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def upload_id(where: str) -> str:
    return where.rpartition("/")[2]


async def test_the_server_says_what_it_can(callers: Callers):
    answer = await callers.nobody.ask("OPTIONS", AT)
    assert answer.status_code == 204
    said = {name: answer.headers[name] for name in answer.headers if name.startswith("tus")}
    assert said == {
        "tus-resumable": "1.0.0", "tus-version": "1.0.0", "tus-max-size": str(25 * 1024 * 1024),
        "tus-checksum-algorithm": "sha1,sha256",
        "tus-extension": "creation,creation-with-upload,checksum,expiration,termination",
    }  # fmt: skip


async def test_a_file_in_pieces_is_one_file(callers: Callers, database: Database):
    alice = await callers.alice()
    content = PNG + bytes(range(256)) * 3000
    made = await alice.ask("POST", AT, headers=creation(content))
    where = made.headers["location"]
    assert made.headers["upload-offset"] == "0"
    assert made.headers["upload-expires"] == "Tue, 03 Mar 2026 03:00:00 GMT"
    assert made.json()["ticket_at"] == "2026-03-02T03:00:00Z"
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT5M"})
    at = 0
    while at < len(content):
        assert await offset(alice, where) == at
        answer = await patch(alice, where, at, content[at : at + 300_000])
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        assert answer.headers["tus-resumable"] == "1.0.0"
        at = int(answer.headers["upload-offset"])
    assert await offset(alice, where) == len(content)
    row = await uploads.get(database, MARKET, upload_id(where))
    assert row is not None
    assert row.received_at is not None
    assert (row.received_at - row.ticket_at).total_seconds() == 300
    assert await bytes_of(database, row.upload_id) == content
    assert len(await everything_stored(database)) == 1


async def test_what_was_said_at_creation_is_told_again(callers: Callers):
    alice = await callers.alice()
    where = await created(alice)
    answer = await alice.ask("HEAD", where, headers=TUS)
    assert answer.headers["upload-metadata"] == creation()["Upload-Metadata"]
    assert (answer.headers["upload-length"], answer.headers["tus-resumable"]) == (str(len(PNG)), "1.0.0")


async def test_bytes_may_come_with_the_creation(callers: Callers, database: Database):
    alice = await callers.alice()
    part = await alice.ask("POST", AT, headers=creation() | BYTES, content=PNG[:10])
    assert (part.status_code, part.headers["upload-offset"]) == (201, "10")
    assert (await patch(alice, part.headers["location"], 10, PNG[10:])).status_code == 204
    whole = await alice.ask("POST", AT, headers=creation() | BYTES, content=PNG)
    assert (whole.status_code, whole.headers["upload-offset"]) == (201, str(len(PNG)))
    assert await bytes_of(database, whole.json()["id"]) == PNG


async def test_a_creation_with_bytes_asked_twice_does_not_take_them_twice(callers: Callers, database: Database):
    alice = await callers.alice()
    headers = creation() | BYTES | {"Idempotency-Key": "once"}
    first = await alice.ask("POST", AT, headers=headers, content=PNG[:10])
    again = await alice.ask("POST", AT, headers=headers, content=PNG[:10])
    assert (again.status_code, again.headers["upload-offset"]) == (201, "10"), again.text
    assert again.headers["location"] == first.headers["location"]
    assert (await patch(alice, again.headers["location"], 10, PNG[10:])).status_code == 204
    assert await bytes_of(database, again.json()["id"]) == PNG
    whole = await alice.ask("POST", AT, headers=headers, content=PNG[:10])
    assert (whole.status_code, whole.headers["upload-offset"]) == (201, str(len(PNG)))


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Tus-Resumable": "0.2.2"}, 412), ({"Upload-Length": "0"}, 400), ({"Upload-Length": "-1"}, 400),
     ({"Upload-Length": "x"}, 400), ({"Upload-Length": ""}, 400), ({"Upload-Length": str(10**12)}, 413),
     ({"Upload-Metadata": ""}, 400), ({"Upload-Metadata": "sha256"}, 400), ({"Upload-Metadata": "sha256 !!"}, 400),
     ({"Upload-Metadata": told(sha256="x")}, 400), ({"Upload-Metadata": told(sha256=SHA256, filename="a.zip")}, 415),
     ({"Upload-Metadata": f"{told(sha256=SHA256)},{told(sha256=SHA256)}"}, 400),
     ({"Upload-Metadata": "sha256 " + base64.b64encode(b"\xff").decode()}, 400)],
)  # fmt: skip
async def test_a_creation_that_is_none_is_refused(callers: Callers, headers: dict[str, str], status: int):
    answer = await (await callers.alice()).ask("POST", AT, headers=creation() | headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    if status == 412:
        assert answer.headers["tus-version"] == "1.0.0"


async def test_a_wrong_offset_is_409_and_tells_the_right_one(callers: Callers):
    alice = await callers.alice()
    where = await created(alice)
    await patch(alice, where, 0, PNG[:10])
    for wrong in (0, 9, 11, 48):
        answer = await patch(alice, where, wrong, PNG[10:])
        assert (answer.status_code, answer.headers["upload-offset"]) == (409, "10")
    assert await offset(alice, where) == 10


async def test_what_is_sent_otherwise_is_refused(callers: Callers):
    alice = await callers.alice()
    where = await created(alice)
    cases = [
        (TUS | {"Upload-Offset": "0"}, 415), (TUS | BYTES, 400), (BYTES | {"Upload-Offset": "0"}, 412),
        (TUS | BYTES | {"Upload-Offset": "-1"}, 400),
    ]  # fmt: skip
    for headers, status in cases:
        assert (await alice.ask("PATCH", where, headers=headers, content=PNG)).status_code == status
    assert (await alice.ask("POST", AT, headers=creation(), content=PNG)).status_code == 415
    assert (await alice.ask("HEAD", where)).status_code == 412
    assert (await alice.ask("DELETE", where)).status_code == 412
    assert await offset(alice, where) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_checksum_vouches_for_a_piece(callers: Callers, database: Database, algorithm: str):
    alice = await callers.alice()
    where = await created(alice)

    def vouched(content: bytes) -> dict[str, str]:
        return {"Upload-Checksum": f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"}

    assert (await patch(alice, where, 0, PNG[:10], **vouched(PNG[:10]))).status_code == 204
    damaged = await patch(alice, where, 10, b"damaged", **vouched(PNG[10:]))
    assert (damaged.status_code, damaged.json()["code"]) == (460, "checksum_mismatch")
    assert await offset(alice, where) == 10
    for wrong in ("md5 AAAA", "sha1 !!", "sha1"):
        refused = await patch(alice, where, 10, PNG[10:], **{"Upload-Checksum": wrong})
        assert refused.status_code in (400, 460)
    assert (await patch(alice, where, 10, PNG[10:], **vouched(PNG[10:]))).status_code == 204
    assert await bytes_of(database, upload_id(where)) == PNG


async def test_more_bytes_than_announced_are_413(callers: Callers):
    alice = await callers.alice()
    where = await created(alice)
    assert (await patch(alice, where, 0, PNG + b"x")).status_code == 413
    assert (await patch(alice, where, await offset(alice, where), PNG[await offset(alice, where) :])).status_code == 204


async def test_other_bytes_than_announced_are_refused_whole_and_start_again(callers: Callers, database: Database):
    alice = await callers.alice()
    where = await created(alice)
    await patch(alice, where, 0, PNG[:10])
    refused = await patch(alice, where, 10, b"y" * (len(PNG) - 10))
    assert (refused.status_code, refused.json()["code"]) == (422, "not_as_declared")
    assert await offset(alice, where) == 0
    assert (await patch(alice, where, 0, PNG)).status_code == 204
    assert await bytes_of(database, upload_id(where)) == PNG


async def test_a_file_that_is_not_what_its_name_says_is_refused(callers: Callers):
    alice = await callers.alice()
    content = b"<html>" + bytes(40)
    where = await created(alice, content)
    assert (await patch(alice, where, 0, content)).status_code == 415
    assert await offset(alice, where) == 0


async def test_a_cut_connection_keeps_what_came(app: Litestar, callers: Callers, database: Database):
    alice = await callers.alice()
    content = PNG + bytes(5000)
    where = await created(alice, content)
    reached = await cut_off(app, alice, where, 0, content[:2000])
    assert reached == 2000
    assert (await patch(alice, where, 2000, content[2000:])).status_code == 204
    assert await bytes_of(database, upload_id(where)) == content


async def cut_off(app: Litestar, who: Caller, where: str, at: int, content: bytes) -> int:
    """Send bytes and hang up before the body ends; where the upload stands then."""
    messages = iter([{"type": "http.request", "body": content, "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(_: Any) -> None:
        return

    headers = who.headers | TUS | BYTES | {"Upload-Offset": str(at)}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "http_version": "1.1", "method": "PATCH", "path": where, "raw_path": where.encode(),
             "query_string": b"", "root_path": "", "scheme": "http", "server": ("amends.test", 80),
             "client": ("127.0.0.1", 1), "headers": raw, "extensions": {}}  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    return await offset(who, where)


async def test_bytes_nobody_acknowledged_are_cut_off(callers: Callers, database: Database):
    alice = await callers.alice()
    where = await created(alice)
    await patch(alice, where, 0, PNG[:10])
    partial = quarantine.resumable(database.quarantine, upload_id(where))
    partial.write_bytes(partial.read_bytes() + b"written, never acknowledged")
    assert await offset(alice, where) == 10
    assert (await patch(alice, where, 10, PNG[10:])).status_code == 204
    assert await bytes_of(database, upload_id(where)) == PNG


async def test_a_server_without_the_bytes_starts_again(callers: Callers, database: Database):
    alice = await callers.alice()
    where = await created(alice)
    await patch(alice, where, 0, PNG[:10])
    quarantine.resumable(database.quarantine, upload_id(where)).unlink()
    refused = await patch(alice, where, 10, PNG[10:])
    assert (refused.status_code, refused.headers["upload-offset"]) == (409, "0")
    assert await offset(alice, where) == 0
    assert (await patch(alice, where, 0, PNG)).status_code == 204


async def test_an_offset_is_told_only_when_the_disk_has_the_bytes(
    callers: Callers, database: Database, monkeypatch: pytest.MonkeyPatch
):
    alice = await callers.alice()
    where = await created(alice)
    order: list[str] = []
    force, advance = quarantine.force, uploads.advance
    monkeypatch.setattr(quarantine, "force", lambda file: (order.append("force"), force(file)))

    async def told(*args: Any) -> None:
        order.append("advance")
        await advance(*args)

    monkeypatch.setattr(uploads, "advance", told)
    await patch(alice, where, 0, PNG[:10])
    assert order == ["force", "advance"]


async def test_two_at_once_do_not_mix(callers: Callers, database: Database):
    alice = await callers.alice()
    where = await created(alice)
    answers = await asyncio.gather(*(patch(alice, where, 0, PNG) for _ in range(6)))
    assert {answer.status_code for answer in answers} <= {204, 409, 423}
    assert 204 in {answer.status_code for answer in answers}
    assert await bytes_of(database, upload_id(where)) == PNG
    assert len(await everything_stored(database)) == 1


async def test_a_ticket_taken_back_is_gone(callers: Callers, database: Database):
    alice = await callers.alice()
    where = await created(alice)
    await patch(alice, where, 0, PNG[:10])
    gone = await alice.ask("DELETE", where, headers=TUS)
    assert (gone.status_code, gone.headers["tus-resumable"]) == (204, "1.0.0")
    assert (await alice.ask("HEAD", where, headers=TUS)).status_code == 404
    assert (await patch(alice, where, 10, PNG[10:])).status_code == 404
    assert await everything_stored(database) == []
    arrived = await created(alice)
    await patch(alice, arrived, 0, PNG)
    refused = await alice.ask("DELETE", arrived, headers=TUS)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_received")


async def test_another_persons_upload_is_not_there(callers: Callers):
    where = await created(await callers.alice())
    for other in (await callers.bob(), await callers.party("buyer", "mallory")):
        assert (await other.ask("HEAD", where, headers=TUS)).status_code == 404
        assert (await patch(other, where, 0, PNG)).status_code == 404
        assert (await other.ask("DELETE", where, headers=TUS)).status_code == 404
    assert (await callers.nobody.ask("HEAD", where, headers=TUS)).status_code == 401


async def test_an_upload_whose_time_is_over_is_410(callers: Callers):
    alice = await callers.alice()
    where = await created(alice)
    await callers.operator.post("/v1/sandbox/clock", {"advance": "PT24H"})
    assert (await alice.ask("HEAD", where, headers=TUS)).status_code == 410
    assert (await patch(alice, where, 0, PNG)).status_code == 410


async def test_a_plain_ticket_can_be_sent_resumably(callers: Callers, database: Database):
    alice = await callers.alice()
    asked = {"name": "photo.png", "size_bytes": len(PNG), "media_type": "image/png", "sha256": SHA256}
    ticket = await alice.post("/v1/upload-tickets", asked, 201)
    assert (await patch(alice, ticket["send_resumably_to"], 0, PNG)).status_code == 204
    assert await bytes_of(database, ticket["id"]) == PNG


@pytest.fixture(scope="module")
def address(embedded_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    secrets: list[str] = []

    async def furnish(app: Litestar, hinge: Hinge) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://amends.test") as client:
            secrets.append(await Callers(client).token("buyer", "alice"))

    with served(embedded_server, tmp_path_factory.mktemp("files"), furnish) as url:
        yield url, secrets[0]


class TestTuspy:
    """A client that nobody here wrote."""

    def client(self, address: tuple[str, str]) -> TusClient:
        return TusClient(f"{address[0]}{AT}", headers={"Authorization": f"Bearer {address[1]}"})

    def original(self, address: tuple[str, str], url: str) -> bytes:
        headers = {"Authorization": f"Bearer {address[1]}"}
        answer = httpx.get(f"{address[0]}/v1/evidence/{upload_id(url)}/original", headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.content

    def facts(self, content: bytes) -> dict[str, str]:
        return {"filename": "a.png", "filetype": "image/png", "sha256": hashlib.sha256(content).hexdigest()}

    @pytest.mark.parametrize("checksum", [False, True])
    def test_a_file_in_pieces_arrives(self, address: tuple[str, str], checksum: bool):
        content = PNG + bytes(range(256)) * 4000
        uploader = self.client(address).uploader(
            file_stream=io.BytesIO(content), chunk_size=200_000, metadata=self.facts(content), upload_checksum=checksum
        )
        uploader.upload()
        assert self.original(address, uploader.url) == content

    def test_an_interrupted_upload_goes_on_where_it_was(self, address: tuple[str, str], tmp_path: Path):
        content = PNG + bytes(range(256)) * 4000
        first = self.client(address).uploader(
            file_stream=io.BytesIO(content), chunk_size=100_000, metadata=self.facts(content)
        )
        first.upload(stop_at=300_000)
        second = self.client(address).uploader(
            file_stream=io.BytesIO(content), chunk_size=500_000, metadata=self.facts(content), url=first.url
        )
        assert second.offset == 300_000
        second.upload()
        assert self.original(address, first.url) == content

    def test_a_wrong_digest_is_told(self, address: tuple[str, str]):
        uploader = self.client(address).uploader(
            file_stream=io.BytesIO(PNG), chunk_size=100, metadata=self.facts(b"something else")
        )
        with pytest.raises(TusCommunicationError) as refused:
            uploader.upload()
        assert refused.value.status_code == 422
