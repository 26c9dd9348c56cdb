"""Receipts and the log over HTTP: what a party gets, what anybody can read, and that the two fit."""

import hashlib

import pytest

from amends.proof import receipt
from amends.proof.merkle import leaf_hash, verify_consistency, verify_inclusion
from amends.proof.tlog import Checkpoint, Note, Verifier, entries_of, hashes_of
from amends.store.connect import Database
from amends.worker.sequencer import Sequencer
from tests.api.callers import Callers

pytestmark = pytest.mark.database


async def text(callers: Callers, path: str) -> str:
    response = await callers.nobody.ask("GET", path)
    assert response.status_code == 200, response.text
    return response.text


async def test_every_accepted_command_brings_a_receipt_that_anybody_can_check(callers: Callers):
    case = await callers.requested()
    verifier = Verifier.parse((await text(callers, "/log/vkey")).strip())
    assert receipt.verify(case["receipt"], verifier.public_key)
    assert (case["receipt"]["case"], case["receipt"]["seq"]) == (case["id"], case["revision"])
    bob = await callers.bob()
    answered = await bob.post(f"/v1/cases/{case['id']}/reject-request", {"statement": "It worked here"})
    assert receipt.verify(answered["receipt"], verifier.public_key)
    history = (await bob.get(f"/v1/cases/{case['id']}/events"))["items"]
    assert [each["hash"] for each in history][-1] == answered["receipt"]["event"]
    listed = (await bob.get(f"/v1/cases/{case['id']}/receipts"))["items"]
    assert listed == [case["receipt"], answered["receipt"]]
    assert "receipt" not in await bob.get(f"/v1/cases/{case['id']}")


async def test_a_command_repeated_brings_the_same_receipt(callers: Callers):
    case = await callers.requested()
    at, body = f"/v1/cases/{case['id']}/reject-request", {"statement": "It worked here"}
    bob = await callers.bob()
    first = await bob.post(at, body, key="k1")
    await (await callers.alice()).post(f"/v1/cases/{case['id']}/post-message", {"text": "Really?", "to": "seller"})
    again = await bob.post(at, body, key="k1")
    assert again["receipt"] == first["receipt"]


async def test_receipts_are_for_those_who_see_the_case(callers: Callers):
    case = await callers.requested()
    stranger = await callers.party("buyer", "mallory")
    for path in ("receipts", "events/1/proof"):
        await stranger.get(f"/v1/cases/{case['id']}/{path}", 404)
        await callers.nobody.get(f"/v1/cases/{case['id']}/{path}", 401)


async def test_a_receipt_leads_to_its_leaf_and_the_leaf_to_a_signed_checkpoint(callers: Callers, database: Database):
    case = await callers.requested()
    alice = await callers.alice()
    early = await alice.ask("GET", f"/v1/cases/{case['id']}/events/1/proof")
    assert (early.status_code, early.json()["code"]) == (404, "not_logged_yet")
    assert (await callers.nobody.ask("GET", "/log/checkpoint")).json()["code"] == "not_logged_yet"
    await Sequencer(database).once()
    proof = await alice.get(f"/v1/cases/{case['id']}/events/1/proof")
    verifier = Verifier.parse((await text(callers, "/log/vkey")).strip())
    note = Note.parse(proof["checkpoint"])
    assert verifier.check(note)
    head = Checkpoint.parse(note.text)
    leaf = hashlib.sha256(b"\x00" + bytes.fromhex(case["receipt"]["leaf"])).digest()
    assert head.size == proof["tree_size"]
    assert verify_inclusion(
        proof["leaf_index"], head.size, leaf, [bytes.fromhex(each) for each in proof["hashes"]], head.root
    )
    for seq in ("0", "2", "x", "99999999999", "-1"):
        await alice.get(f"/v1/cases/{case['id']}/events/{seq}/proof", 404)


async def test_the_log_is_read_by_anybody_as_tiles(callers: Callers, database: Database):
    for number in range(3):
        await callers.requested(f"O{number}")
        await Sequencer(database).once()
    response = await callers.nobody.ask("GET", "/log/checkpoint")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=2"
    head = Checkpoint.parse(Note.parse(response.text).text)
    assert head.size == 3
    tile = await callers.nobody.ask("GET", "/log/tile/0/000.p/3")
    assert (tile.headers["content-type"], tile.headers["cache-control"]) == (
        "application/octet-stream", "public, max-age=31536000, immutable",
    )  # fmt: skip
    entries = entries_of((await callers.nobody.ask("GET", "/log/tile/entries/000.p/3")).content)
    assert hashes_of(tile.content) == [leaf_hash(entry) for entry in entries]
    assert (await callers.nobody.ask("GET", "/log/tile/0/000.p/1")).content == tile.content[:32]
    for path in ("0/000", "0/000.p/4", "1/000", "0/001", "entries/000", "0/000.p/03", "0/%2e%2e/000.p/3", "x", "0"):
        assert (await callers.nobody.ask("GET", f"/log/tile/{path}")).status_code == 404, path


async def test_proofs_are_given_for_every_size_published(callers: Callers, database: Database):
    heads: dict[int, bytes] = {}
    for number in range(5):
        await callers.requested(f"O{number}")
        await Sequencer(database).once()
        head = Checkpoint.parse(Note.parse(await text(callers, "/log/checkpoint")).text)
        heads[head.size] = head.root
    entries = entries_of((await callers.nobody.ask("GET", "/log/tile/entries/000.p/5")).content)
    for size, root in heads.items():
        for index in range(size):
            said = await callers.nobody.get(f"/log/proof/inclusion?index={index}&size={size}")
            hashes = [bytes.fromhex(each) for each in said["hashes"]]
            assert verify_inclusion(index, size, leaf_hash(entries[index]), hashes, root)
        said = await callers.nobody.get(f"/log/proof/consistency?first={size}&second=5")
        assert verify_consistency(size, 5, root, heads[5], [bytes.fromhex(each) for each in said["hashes"]])
    outside = ["inclusion?index=5", "inclusion?index=0&size=6", "inclusion?index=-1", "inclusion?size=0"]
    outside += ["consistency?first=6", "consistency?first=4&second=3", "consistency?first=0"]
    for query in outside:
        response = await callers.nobody.ask("GET", f"/log/proof/{query}")
        assert (response.status_code, response.json()["code"]) == (400, "bad_query"), query


async def test_the_log_shows_no_person_and_no_case(callers: Callers, database: Database):
    case = await callers.requested()
    await Sequencer(database).once()
    whole = (await text(callers, "/log/checkpoint")).encode()
    for path in ("0/000.p/1", "entries/000.p/1"):
        whole += (await callers.nobody.ask("GET", f"/log/tile/{path}")).content
    told = [case["id"], case["receipt"]["event"], "alice", "bob", "m1"]
    assert not [each for each in told if each.encode() in whole]
    assert bytes.fromhex(case["receipt"]["event"]) not in whole
    assert bytes.fromhex(case["receipt"]["leaf"]) in whole


async def test_while_recovering_every_command_is_refused_and_reading_goes_on(callers: Callers, database: Database):
    case = await callers.requested()
    alice = await callers.alice()
    database.recovery = "the witness w has cosigned 9 leaves; leaves 1 to 8 of the log are lost here"
    for path, body in ((f"/v1/cases/{case['id']}/withdraw", {}), ("/v1/cases", {"nonsense": 1})):
        response = await alice.ask("POST", path, json=body)
        assert (response.status_code, response.json()["code"]) == (503, "recovery")
        assert "leaves 1 to 8" in response.json()["detail"]
    put = await callers.operator.ask("PUT", "/v1/orders/O9", json={})
    assert (put.status_code, put.json()["code"]) == (503, "recovery")
    ready = await callers.nobody.ask("GET", "/health/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "recovery")
    assert (await callers.nobody.ask("GET", "/health/live")).status_code == 200
    assert (await alice.get(f"/v1/cases/{case['id']}"))["id"] == case["id"]
    assert (await callers.nobody.ask("GET", "/log/vkey")).status_code == 200
