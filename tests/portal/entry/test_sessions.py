"""Sessions: how long they last, how they end, what their cookie is, and that no other site can use them."""

import re
from datetime import UTC, datetime

import pytest

from amends.portal.app import ADDRESSES
from amends.portal.route import PARTIES
from amends.store import sessions
from tests.cast import MARKET
from tests.portal.entry.conftest import page_of

POSTS = [address for address in ADDRESSES if address.method == "POST"]
PATH = {"case_id": "00000000-0000-8000-8000-000000000000"}


def path_of(address) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: PATH.get(found[1], "x"), address.path)


async def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts(browser, link):
    answer = await browser.post("/enter", {"t": (await link("buyer", "alice")).partition("t=")[2]})
    [cookie] = [c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-amends=")]
    said = {part.strip().lower().partition("=")[0] for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "path", "samesite"} <= said
    assert "domain" not in said
    assert "samesite=lax" in cookie.lower()
    assert "path=/" in cookie.lower()


async def test_no_cookie_can_be_planted_by_a_neighbouring_host(browser):
    """Every cookie that matters is bound to this host by its name."""
    given = (await browser.get("/staff")).headers.get_list("set-cookie")
    assert given
    assert all(cookie.startswith("__Host-") and "httponly" in cookie.lower() for cookie in given)


async def test_the_browser_is_told_to_come_by_tls_alone(browser):
    assert (await browser.get("/")).headers["strict-transport-security"] == "max-age=31536000"


async def test_a_session_is_over_two_hours_after_the_last_visit(signed_in, wall):
    alice = await signed_in("buyer", "alice")
    wall.move(hours=1, minutes=59)
    assert await alice.inside()
    wall.move(hours=1, minutes=59)
    assert await alice.inside()
    wall.move(hours=2)
    assert not await alice.inside()


@pytest.mark.parametrize("header", [{"hx-request": "true"}, {"accept": "text/event-stream"}], ids=["poll", "stream"])
async def test_a_page_that_asks_by_itself_keeps_no_session_open(signed_in, wall, header):
    """A screen nobody sits at is signed out, although its page goes on asking whether something changed."""
    alice = await signed_in("buyer", "alice")
    wall.move(hours=1, minutes=59)
    assert (await alice.get("/preferences", headers=header)).status_code == 200
    wall.move(minutes=2)
    assert not await alice.inside()


async def test_a_session_is_over_after_twelve_hours_however_busy(signed_in, wall):
    alice = await signed_in("buyer", "alice")
    for _ in range(11):
        wall.move(hours=1)
        assert await alice.inside()
    wall.move(hours=1)
    assert not await alice.inside()


async def test_who_comes_in_gets_a_new_session_and_the_old_one_ends(signed_in, new_browser, link):
    alice = await signed_in("buyer", "alice")
    planted = alice.session
    await alice.post("/enter", {"t": (await link("seller", "bob")).partition("t=")[2]})
    assert alice.session != planted
    other = new_browser()
    other.client.cookies.set("__Host-amends", planted, domain="disputes.test")
    assert not await other.inside()


async def test_a_session_somebody_made_up_is_nobodys(browser, link):
    browser.client.cookies.set("__Host-amends", "fixed-by-a-stranger", domain="disputes.test", path="/")
    await browser.post("/enter", {"t": (await link("buyer", "alice")).partition("t=")[2]})
    tokens = [cookie.value for cookie in browser.client.cookies.jar if cookie.name == "__Host-amends"]
    assert any(token != "fixed-by-a-stranger" for token in tokens)


async def test_signing_out_ends_this_browser_and_signing_out_everywhere_all(signed_in):
    one, two, three = [await signed_in("buyer", "alice") for _ in range(3)]
    bob = await signed_in("seller", "alice")
    assert (await one.send("/sign-out")).headers["location"] == "/signed-out"
    assert [await each.inside() for each in (one, two, three)] == [False, True, True]
    await two.send("/sign-out", {"everywhere": "1"})
    assert [await each.inside() for each in (one, two, three, bob)] == [False, False, False, True]


async def test_one_sees_ones_sessions_and_ends_another(signed_in):
    here, there = await signed_in("buyer", "alice"), await signed_in("buyer", "alice")
    await signed_in("buyer", "mallory")
    forms = page_of(await here.get("/preferences")).xpath('//form[@action="/preferences/end-session"]')
    assert len(forms) == 1
    await here.send("/preferences/end-session", {"session": dict(forms[0].fields)["session"]})
    assert await here.inside()
    assert not await there.inside()


async def test_nobody_ends_anothers_session(signed_in, database):
    alice, mallory = await signed_in("buyer", "alice"), await signed_in("buyer", "mallory")
    found = await sessions.find(database, alice.session, datetime.now(UTC))
    assert found is not None
    await mallory.send("/preferences/end-session", {"session": found.name})
    assert await alice.inside()


async def test_a_token_is_kept_as_its_hash_alone(signed_in, database):
    alice = await signed_in("buyer", "alice")
    async with database.reading(MARKET) as connection:
        rows = await connection.fetch("SELECT * FROM portal_session")
    assert alice.session
    assert all(alice.session not in str(dict(row)) for row in rows)


@pytest.mark.parametrize("address", POSTS, ids=lambda address: f"{address.name}")
async def test_every_form_asks_for_its_secret(signed_in, new_browser, address):
    """Without the session's secret, or sent by another site, no form of any page does anything."""
    role = next(iter(sorted(address.roles & PARTIES or address.roles)), "buyer")
    browser = await signed_in(role, "alice")
    path = path_of(address)
    if address.csrf:
        for data in ({}, {"csrf": "x" * 43}, {"csrf": await (await signed_in(role, "mallory")).secret()}):
            answer = await browser.post(path, data)
            assert answer.status_code == 403, f"{path}: {answer.status_code}"
            assert "from another visit" in answer.text
    else:
        assert not address.roles, f"{path} asks for a session and no secret"
    data = {"csrf": await browser.secret()}
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.test"},
                    {"origin": "null"}):  # fmt: skip
        answer = await browser.post(path, data, headers=headers)
        assert answer.status_code == 403, f"{path}: {answer.status_code}"
        assert "not sent from here" in answer.text


@pytest.mark.parametrize("address", [a for a in ADDRESSES if a.roles and a.method == "GET"], ids=lambda a: a.name)
async def test_every_page_of_somebody_asks_who_it_is(browser, address):
    answer = await browser.get(path_of(address))
    assert answer.status_code == 401
    assert "You are not signed in" in answer.text


def test_no_form_that_asks_again_carries_files():
    assert not [address.path for address in ADDRESSES if address.step_up and (address.uploads or not address.csrf)]
