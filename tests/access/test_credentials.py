"""Credentials: what makes a token good, and everything that makes it worthless."""

import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.access.credentials import Claims, Doorkeeper, claims_of, is_signed, mint, signing_key
from amends.store import keys, marketplaces
from amends.store.connect import Database
from tests.cast import MARKET, MONDAY

KEY = signing_key(b"secret of m1" * 3)
ALICE = Claims(MARKET, "buyer", "alice", "Alice", int(MONDAY.timestamp()) + 60)


def test_a_token_says_what_it_was_made_to_say():
    token = mint(ALICE, KEY)
    assert is_signed(token, KEY)
    assert claims_of(token) == ALICE
    assert token.isascii()
    assert not set(token) & set(' "\\,;/+=')


def test_the_key_is_the_marketplaces_own_and_not_its_secret():
    assert len(KEY) == 32
    assert signing_key(b"secret of m1" * 3) == KEY
    assert signing_key(b"secret of m2" * 3) != KEY
    assert not is_signed(mint(ALICE, KEY), signing_key(b"secret of m2" * 3))


def test_no_single_changed_character_leaves_a_token_good():
    token = mint(ALICE, KEY)
    for place in range(len("party_"), len(token)):
        for other in ("A", "B", ".", "-"):
            forged = token[:place] + other + token[place + 1 :]
            if forged != token:
                assert not is_signed(forged, KEY), f"{place}: {other}"


def test_other_claims_under_an_old_signature_are_worth_nothing():
    signature = mint(ALICE, KEY).partition(".")[2]
    for claims in (
        msgspec.structs.replace(ALICE, id="bob"),
        msgspec.structs.replace(ALICE, role="seller"),
        msgspec.structs.replace(ALICE, marketplace="m2"),
        msgspec.structs.replace(ALICE, expires=ALICE.expires + 1),
    ):
        assert not is_signed(f"{mint(claims, KEY).partition('.')[0]}.{signature}", KEY)


def encoded(raw: bytes) -> str:
    return "party_" + base64.urlsafe_b64encode(raw).decode().rstrip("=") + ".x"


@pytest.mark.parametrize("token", [
    "", "party_", "party_.", "party_é.x", "party_====.x", encoded(b"{}"), encoded(b"[]"), encoded(b"\xff"),
    encoded(b'["m1","operator","olga",null,9999999999]'), encoded(b'["m1","buyer","alice",null,1,"more"]'),
    encoded(b'["m1","buyer","alice",null,"never"]'),
])  # fmt: skip
def test_what_is_no_token_claims_nothing(token: str):
    assert claims_of(token) is None


@pytest.fixture
async def doorkeeper(database: Database) -> Doorkeeper:
    return Doorkeeper(database)


@pytest.mark.database
@pytest.mark.parametrize(("seconds", "good"), [(-1, True), (-0.000001, True), (0, False), (1, False)])
async def test_a_token_is_good_before_its_expiry(doorkeeper: Doorkeeper, seconds: float, good: bool):
    token = await doorkeeper.mint(ALICE)
    now = datetime.fromtimestamp(ALICE.expires, UTC) + timedelta(seconds=seconds)
    caller = await doorkeeper.who(f"Bearer {token}", now)
    assert (caller is not None) is good
    if caller is not None:
        assert (caller.marketplace, caller.role, caller.actor.id, caller.credential) == (
            MARKET, "buyer", "alice", "party_token",
        )  # fmt: skip
        assert not caller.is_staff


@pytest.mark.database
async def test_a_token_of_another_marketplace_or_of_none_is_nobodys(doorkeeper: Doorkeeper, database: Database):
    await marketplaces.ensure(database, "m2")
    own = signing_key(await marketplaces.secret(database, MARKET))
    for marketplace in ("m2", "m9", "", "M1", "a'b"):
        forged = mint(msgspec.structs.replace(ALICE, marketplace=marketplace), own)
        assert await doorkeeper.who(f"Bearer {forged}", MONDAY) is None


@pytest.mark.database
async def test_a_key_speaks_for_its_role_and_name(doorkeeper: Doorkeeper, database: Database):
    row, secret = await keys.create(database, MARKET, role="carrier", name="charlie", at=MONDAY)
    for authorization in (f"Bearer {secret}", f"bearer {secret}", f"Bearer   {secret} "):
        caller = await doorkeeper.who(authorization)
        assert caller is not None
        assert (caller.marketplace, caller.actor.role, caller.actor.id) == (MARKET, "carrier", "charlie")
    assert await doorkeeper.who(f"Bearer {secret}x") is None
    assert await doorkeeper.who(f"Bearer {row.key_id}") is None
    assert await doorkeeper.who(secret) is None
    assert await doorkeeper.who(None) is None


@pytest.mark.database
async def test_a_revoked_key_dies_within_a_second(
    doorkeeper: Doorkeeper, database: Database, monkeypatch: pytest.MonkeyPatch
):
    moment = [100.0]
    monkeypatch.setattr("amends.access.credentials.time.monotonic", lambda: moment[0])
    row, secret = await keys.create(database, MARKET, role="operator", name="olga", at=MONDAY)
    assert await doorkeeper.who(f"Bearer {secret}") is not None
    await keys.revoke(database, MARKET, row.key_id, MONDAY)
    moment[0] += 1.0
    assert await doorkeeper.who(f"Bearer {secret}") is None
    assert await doorkeeper.who(f"Bearer {secret}") is None
