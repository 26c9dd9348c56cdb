"""Signing in with the organisation, against a real OpenID provider in a process of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from amends.settings import OrganisationRole, Settings
from amends.store import staff
from tests.cast import MARKET
from tests.portal.entry.conftest import AT, page_of

BACK = f"{AT}/staff/organisation/back"


@pytest.fixture(scope="module")
def provider_url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.portal.entry.provider", str(port)], env=os.environ | {"REDIRECT": BACK},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while True:
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < until, "the provider was not ready in time"
            try:
                httpx.get(f"{url}/keys", timeout=2)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def provider(provider_url: str) -> Iterator[httpx.Client]:
    """The provider, as somebody who can spoil it; whole again afterwards."""
    with httpx.Client(base_url=provider_url, timeout=10) as client:
        client.post("/spoil", json={})
        yield client
        client.post("/spoil", json={})


@pytest.fixture
def roles() -> tuple[OrganisationRole, ...]:
    return ()


@pytest.fixture
def settings(provider_url: str, roles: tuple[OrganisationRole, ...]) -> Settings:
    return Settings(
        marketplace=MARKET, sandbox=True, public_url=AT, oidc_issuer=provider_url, oidc_client_id="amends",
        oidc_client_secret="a-secret-of-the-client", oidc_roles=roles,
    )  # fmt: skip


async def over(browser, path="/staff/organisation"):
    """Where the browser is sent."""
    answer = await browser.get(path)
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["location"]


def consent(provider, where):
    """The provider's answer to the browser: the way back."""
    answer = provider.get(where)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix(AT)


async def went(browser, provider, path="/staff/organisation"):
    """There and back."""
    return await browser.get(consent(provider, await over(browser, path)))


def changed(path, **fields):
    """The same address with other parameters (None: without)."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query)) | fields
    return f"{parts.path}?{urlencode({k: v for k, v in query.items() if v is not None})}"


async def test_an_invitation_links_the_account_which_then_signs_in(browser, new_browser, provider, invite):
    answer = await went(browser, provider, f"/staff/organisation?t={await invite('olga', 'operator')}")
    assert (answer.status_code, await browser.inside()) == (303, True)
    again = new_browser()
    answer = await went(again, provider, "/staff/organisation?to=/operator/keys")
    assert (answer.status_code, answer.headers["location"]) == (303, "/operator/keys")
    assert (await again.get("/operator/people")).status_code == 200


async def test_what_is_asked_is_bound_to_this_browser(browser, provider):
    asked = {name: value for name, [value] in parse_qs(urlsplit(await over(browser)).query).items()}
    assert (asked["response_type"], asked["code_challenge_method"], asked["redirect_uri"]) == ("code", "S256", BACK)
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    again = {name: value for name, [value] in parse_qs(urlsplit(await over(browser)).query).items()}
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


async def test_an_account_nobody_invited_has_no_role(browser, provider):
    answer = await went(browser, provider)
    assert (answer.status_code, "You have no role here" in answer.text) == (403, True)
    assert not browser.session


async def test_whoever_has_ended_is_not_let_in_by_the_organisation(
    browser, new_browser, provider, invite, database, wall
):
    await went(browser, provider, f"/staff/organisation?t={await invite('olga', 'operator')}")
    await staff.end(database, MARKET, "olga", wall())
    assert (await went(new_browser(), provider)).status_code == 403


async def refused(browser, answer):
    assert answer.status_code == 401, answer.text[:500]
    assert not browser.session


@pytest.fixture
async def linked(new_browser, provider, invite):
    """Olga's account is known here."""
    await went(new_browser(), provider, f"/staff/organisation?t={await invite('olga', 'operator')}")


@pytest.mark.parametrize("claims", [
    {"nonce": "another"}, {"nonce": None}, {"aud": "another-client"}, {"aud": ["amends", "another"], "azp": "another"},
    {"iss": "https://evil.test"}, {"iss": None}, {"sub": None}, {"exp": 1}, {"exp": None}, {"iat": 99999999999},
    {"at_hash": "wrong"},
], ids=str)  # fmt: skip
@pytest.mark.usefixtures("linked")
async def test_a_token_with_a_wrong_claim_signs_nobody_in(browser, provider, claims):
    provider.post("/spoil", json={"claims": claims})
    await refused(browser, await went(browser, provider))


@pytest.mark.parametrize("spoilt", [{"key": "other"}, {"alg": "HS256"}, {"alg": "none"}], ids=str)
@pytest.mark.usefixtures("linked")
async def test_a_token_with_a_wrong_signature_signs_nobody_in(browser, provider, spoilt):
    provider.post("/spoil", json=spoilt)
    await refused(browser, await went(browser, provider))


@pytest.mark.parametrize("change", [{"state": "wrong"}, {"state": None}, {"code": "wrong"}, {"code": None},
                                    {"iss": "https://evil.test"}, {"iss": None},
                                    {"error": "access_denied"}], ids=str)  # fmt: skip
@pytest.mark.usefixtures("linked")
async def test_an_answer_with_something_wrong_signs_nobody_in(browser, provider, change):
    back = consent(provider, await over(browser))
    await refused(browser, await browser.get(changed(back, **change)))
    await refused(browser, await browser.get(back))


@pytest.mark.usefixtures("linked")
async def test_a_code_is_redeemed_once(browser, new_browser, provider):
    back = consent(provider, await over(browser))
    assert (await browser.get(back)).status_code == 303
    thief = new_browser()
    state = parse_qs(urlsplit(await over(thief)).query)["state"][0]
    await refused(thief, await thief.get(changed(back, state=state)))
    assert (await browser.get(back)).status_code == 401


@pytest.mark.usefixtures("linked")
async def test_a_way_back_in_another_browser_leads_nowhere(browser, new_browser, provider):
    """Nobody is signed in as somebody else by a link they were sent."""
    back, victim = consent(provider, await over(browser)), new_browser()
    await refused(victim, await victim.get(back))
    await over(victim)
    await refused(victim, await victim.get(back))


async def test_a_code_of_another_way_over_is_not_taken(browser, new_browser, provider, linked):
    """PKCE: a code stolen from one browser is nothing to another that has a state of its own."""
    stolen, thief = consent(provider, await over(browser)), new_browser()
    own = consent(provider, await over(thief))
    code = parse_qs(urlsplit(stolen).query)["code"][0]
    await refused(thief, await thief.get(changed(own, code=code)))


@pytest.mark.usefixtures("linked")
async def test_it_is_over_after_ten_minutes(browser, provider, wall):
    back = consent(provider, await over(browser))
    wall.move(minutes=10)
    await refused(browser, await browser.get(back))


@pytest.mark.parametrize("document", [{"issuer": "https://evil.test"}, {"token_endpoint": "http://evil.test/token"},
                                      {"jwks_uri": None}], ids=str)  # fmt: skip
async def test_a_document_that_is_not_the_issuers_is_not_believed(browser, provider, document):
    provider.post("/spoil", json={"document": document})
    answer = await browser.get("/staff/organisation")
    assert (answer.status_code, "does not answer" in answer.text) == (503, True)


class TestStepUp:
    async def test_the_form_waits_and_goes_on(self, browser, provider, linked, wall):
        await went(browser, provider)
        wall.move(minutes=11)
        asked = await browser.send("/operator/keys", {"name": "checkout", "role": "operator"})
        prove = re.search(r'href="(/staff/organisation/prove\?[^"]+)"', asked.text)[1].replace("&amp;", "&")
        where = await over(browser, prove)
        assert {"prompt=login", "max_age=0"} <= set(urlsplit(where).query.split("&"))
        form = page_of(await browser.get(consent(provider, where))).forms[-1]
        assert form.action == "/operator/keys"
        assert "amends_" in (await browser.post(form.action, dict(form.fields))).text

    async def test_an_old_sign_in_proves_nothing(self, browser, provider, linked, wall):
        await went(browser, provider)
        wall.move(minutes=11)
        asked = await browser.send("/operator/keys", {"name": "checkout", "role": "operator"})
        prove = re.search(r'href="(/staff/organisation/prove\?[^"]+)"', asked.text)[1].replace("&amp;", "&")
        for old in (int(time.time()) - 3600, None):
            provider.post("/spoil", json={"claims": {"auth_time": old}})
            assert (await went(browser, provider, prove)).status_code == 401

    async def test_another_account_proves_nothing(self, browser, provider, linked, wall):
        await went(browser, provider)
        wall.move(minutes=11)
        asked = await browser.send("/operator/keys", {"name": "checkout", "role": "operator"})
        prove = re.search(r'href="(/staff/organisation/prove\?[^"]+)"', asked.text)[1].replace("&amp;", "&")
        provider.post("/spoil", json={"claims": {"sub": "u-2"}})
        assert (await went(browser, provider, prove)).status_code == 401


class TestMappedRoles:
    @pytest.fixture
    def roles(self) -> tuple[OrganisationRole, ...]:
        return (OrganisationRole("groups", "ops", "operator"), OrganisationRole("groups", "desk", "adjudicator"))

    async def test_the_provider_says_who_has_which_role(self, browser, new_browser, provider, database):
        assert (await went(browser, provider)).status_code == 303
        [olga] = await staff.people(database, MARKET)
        assert (olga.name, set(olga.roles)) == ("Olga Okta", {"operator", "adjudicator"})
        provider.post("/spoil", json={"claims": {"groups": ["desk"]}})
        assert (await went(new_browser(), provider)).status_code == 303
        assert not await browser.inside(), "a session with a role that was taken away is over"
        [olga] = await staff.people(database, MARKET)
        assert olga.roles == ("adjudicator",)

    @pytest.mark.parametrize("groups", [[], ["others"], None, "ops-team", {"ops": 1}], ids=str)
    async def test_without_a_role_nobody_comes_in(self, browser, provider, groups):
        provider.post("/spoil", json={"claims": {"groups": groups}})
        assert (await went(browser, provider)).status_code == 403
