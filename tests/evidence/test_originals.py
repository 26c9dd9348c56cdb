"""Originals: for their owner, for staff who say why before a byte flows, and with headers no browser acts on."""

import asyncpg
import pytest

from amends.access import originals as showing
from amends.store import looks
from amends.store.connect import Database
from tests.api.callers import Callers
from tests.evidence.pieces import Pipeline, picture, with_photo

pytestmark = pytest.mark.database
HEADERS = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}


async def test_staff_look_only_with_a_reason_and_the_reason_is_kept(callers: Callers, pipeline: Pipeline):
    content = picture()
    case_id, upload_id = await with_photo(callers, content)
    await pipeline.settle()
    at = f"/v1/evidence/{upload_id}/original"
    for query in ("", "?reason=", "?reason=ab", "?reason=" + "x" * 501):
        assert (await callers.dana.ask("GET", at + query)).status_code == 400, query
    looked = await callers.dana.ask("GET", f"{at}?reason=The+label+is+blurred&case={case_id}")
    assert looked.content == content
    again = await callers.operator.ask("GET", f"{at}?reason=A+complaint", headers={"Range": "bytes=0-9"})
    assert again.content == content[:10]
    made = (await callers.auditor.get(f"/v1/cases/{case_id}/looks"))["items"]
    assert [(one["who"], one["role"], one["reason"], one["what"], one["case_id"]) for one in made] == [
        ("dana", "adjudicator", "The label is blurred", "whole", case_id),
        ("olga", "operator", "A complaint", "bytes=0-9", None),
    ]


async def test_who_looked_is_for_operator_and_auditor(callers: Callers, pipeline: Pipeline):
    case_id, _ = await with_photo(callers)
    for who, status in ((callers.operator, 200), (callers.auditor, 200), (callers.dana, 403),
                        (await callers.alice(), 403), (await callers.bob(), 403)):  # fmt: skip
        assert (await who.ask("GET", f"/v1/cases/{case_id}/looks")).status_code == status


async def test_a_look_that_cannot_be_written_down_shows_nothing(
    callers: Callers, pipeline: Pipeline, database: Database, monkeypatch: pytest.MonkeyPatch
):
    content = picture()
    _, upload_id = await with_photo(callers, content)
    await pipeline.settle()
    at = f"/v1/evidence/{upload_id}/original?reason=The+label+is+blurred"
    refuse = dict(looks.SQL) | {"add": "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM there_is_no_such_table"}
    monkeypatch.setattr(looks, "SQL", refuse)
    response = await callers.dana.ask("GET", at)
    assert response.status_code >= 500
    assert content[:16] not in response.content
    link = await callers.dana.post(
        f"/v1/evidence/{upload_id}/links", {"variant": "original", "reason": "The label is blurred"}, 201
    )
    followed = await callers.nobody.ask("GET", link["url"].partition("8420")[2])
    assert followed.status_code >= 500
    monkeypatch.undo()
    assert (await callers.dana.ask("GET", at)).content == content


async def test_bytes_flow_only_after_the_look_stands_in_the_database(
    callers: Callers, pipeline: Pipeline, database: Database, monkeypatch: pytest.MonkeyPatch
):
    _, upload_id = await with_photo(callers)
    await pipeline.settle()
    seen: list[int] = []
    plain = showing.uploads.plain

    def watched(*given: object) -> object:
        seen.append(len(order))
        return plain(*given)  # type: ignore[arg-type]  # whatever it was given

    order: list[str] = []
    record = looks.record

    async def recorded(*given: object, **named: object) -> str:
        made = await record(*given, **named)  # type: ignore[arg-type]  # whatever it was given
        order.append(made)
        return made

    monkeypatch.setattr(showing.looks, "record", recorded)
    monkeypatch.setattr(showing.uploads, "plain", watched)
    assert (await callers.dana.ask("GET", f"/v1/evidence/{upload_id}/original?reason=to+see")).status_code == 200
    assert seen == [1]


async def test_a_look_is_never_changed_or_taken_back(callers: Callers, pipeline: Pipeline, database: Database):
    _, upload_id = await with_photo(callers)
    await pipeline.settle()
    await callers.dana.ask("GET", f"/v1/evidence/{upload_id}/original?reason=to+see")
    for statement in ("UPDATE staff_look SET who = 'x'", "DELETE FROM staff_look", "TRUNCATE staff_look"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.writing("m1") as connection:
                await connection.execute(statement)


@pytest.mark.parametrize("way", ["/original?reason=to+see", "/w160", "/w1600"])
async def test_nothing_that_leaves_can_be_opened_by_a_browser(callers: Callers, pipeline: Pipeline, way: str):
    _, upload_id = await with_photo(callers, name="<script>alert(1)</script>.jpg")
    await pipeline.settle()
    for method in ("GET", "HEAD"):
        response = await callers.dana.ask(method, f"/v1/evidence/{upload_id}{way}")
        assert response.status_code == 200
        assert {name: response.headers[name] for name in HEADERS} == HEADERS
        assert response.headers["content-disposition"].startswith(f'attachment; filename="{upload_id}')
        assert "script" not in str(response.headers)
        octets = "application/octet-stream"
        assert response.headers["content-type"] == (octets if "original" in way else "image/webp")
        assert int(response.headers["content-length"]) > 0
        assert bool(response.content) is (method == "GET")


async def test_a_head_is_no_look(callers: Callers, pipeline: Pipeline):
    case_id, upload_id = await with_photo(callers)
    await pipeline.settle()
    assert (await callers.dana.ask("HEAD", f"/v1/evidence/{upload_id}/original")).status_code == 200
    assert (await callers.operator.get(f"/v1/cases/{case_id}/looks"))["items"] == []


RANGES = [
    ("bytes=0-0", 206, slice(0, 1)), ("bytes=5-", 206, slice(5, None)), ("bytes=-7", 206, slice(-7, None)),
    ("bytes=3-9", 206, slice(3, 10)), ("bytes=0-999999999", 206, slice(None)), ("bytes=-999999999", 206, slice(None)),
    ("bytes=0-1,4-5", 200, slice(None)), ("bytes=9-3", 200, slice(None)), ("bytes=-", 200, slice(None)),
    ("pages=0-1", 200, slice(None)), ("bytes=a-b", 200, slice(None)), ("bytes=" + "0-1," * 1000, 200, slice(None)),
    ("bytes=99999999-", 416, None), ("bytes=-0", 416, None),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "part"), RANGES)
async def test_one_range_is_answered_and_several_are_not(
    callers: Callers, pipeline: Pipeline, asked: str, status: int, part: slice | None
):
    content = picture(quality=95)
    _, upload_id = await with_photo(callers, content)
    await pipeline.settle()
    alice = await callers.alice()
    whole = (await alice.ask("GET", f"/v1/evidence/{upload_id}/w640")).content
    for way, everything in (("original", content), ("w640", whole)):
        response = await alice.ask("GET", f"/v1/evidence/{upload_id}/{way}", headers={"Range": asked})
        assert response.status_code == status, way
        if part is None:
            assert response.headers["content-range"] == f"bytes */{len(everything)}"
            assert response.json()["code"] == "range_not_satisfiable"
            continue
        assert response.content == everything[part]
        assert int(response.headers["content-length"]) == len(response.content)
        if status == 206:
            start = (part.indices(len(everything)))[0]
            end = start + len(response.content) - 1
            assert response.headers["content-range"] == f"bytes {start}-{end}/{len(everything)}"


async def test_a_large_file_is_given_by_ranges_bit_for_bit(callers: Callers, pipeline: Pipeline):
    content = picture() + b"\xff\xfe\x00\x04ab" * 0
    content = picture(1600, 1200, quality=100)
    _, upload_id = await with_photo(callers, content)
    alice = await callers.alice()
    step, put = 70_001, b""
    for start in range(0, len(content), step):
        asked = f"bytes={start}-{start + step - 1}"
        put += (await alice.ask("GET", f"/v1/evidence/{upload_id}/original", headers={"Range": asked})).content
    assert put == content
