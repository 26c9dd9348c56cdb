"""A link of the marketplace's: what it opens, how often, for how long, and where it can lead."""

from urllib.parse import parse_qs, urlsplit

import pytest

from amends.access.credentials import is_own_path
from tests.portal.entry.conftest import AT, page_of


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["t"][0]


async def test_a_link_leads_in_once(browser, link):
    path = await link("buyer", "alice", to="/my/cases?after=x")
    looked = await browser.get(path)
    assert looked.status_code == 200
    form = page_of(looked).forms[-1]
    assert (form.method, form.action) == ("POST", "/enter")
    answer = await browser.post(form.action, dict(form.fields))
    assert (answer.status_code, answer.headers["location"]) == (303, "/my/cases?after=x")
    assert await browser.inside()


async def test_a_mail_scanner_that_looks_uses_nothing_up(new_browser, link):
    path, scanner = await link("seller", "bob"), new_browser()
    for _ in range(3):
        for answer in (await scanner.get(path), await scanner.client.head(path), await scanner.client.options(path)):
            assert answer.status_code in (200, 204, 404, 405)
            assert "set-cookie" not in answer.headers
    browser = new_browser()
    answer = await browser.post("/enter", {"t": token_in(path)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/shop/cases")


async def test_a_used_link_opens_nothing_more(new_browser, link):
    path = await link("buyer", "alice")
    assert (await new_browser().post("/enter", {"t": token_in(path)})).status_code == 303
    thief = new_browser()
    for answer in (await thief.get(path), await thief.post("/enter", {"t": token_in(path)})):
        assert answer.status_code == 401
        assert "This link has been used" in answer.text
    assert not thief.session


async def test_two_who_press_at_once_do_not_both_get_in(new_browser, link):
    import asyncio

    path = await link("buyer", "alice")
    answers = await asyncio.gather(*(new_browser().post("/enter", {"t": token_in(path)}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401, 401]


async def test_a_link_ends_after_a_quarter_of_an_hour_unless_asked_otherwise(browser, link, wall):
    short, long = await link("buyer", "alice"), await link("buyer", "alice", link_ttl_seconds=3600)
    wall.move(minutes=15)
    assert (await browser.get(short)).status_code == 401
    assert "no longer works" in (await browser.post("/enter", {"t": token_in(short)})).text
    assert (await browser.post("/enter", {"t": token_in(long)})).status_code == 303


async def test_a_link_never_outlives_its_token(callers):
    made = await callers.operator.post("/v1/party-tokens", {"role": "buyer", "id": "alice", "ttl_seconds": 60}, 201)
    assert made["portal_url_expires_at"] == made["expires_at"]


async def test_what_is_left_in_the_history_is_nothing_to_the_api(callers, link):
    from tests.api.callers import Caller

    token = token_in(await link("buyer", "alice"))
    answer = await Caller(callers.client, token).ask("GET", "/v1/cases")
    assert answer.status_code == 401


@pytest.mark.parametrize("change", [lambda t: t[:-2], lambda t: t + "A", lambda t: t.replace("link_", "party_"),
                                    lambda t: "link_" + t, lambda t: "", lambda t: "link_é.x",
                                    lambda t: "x" * 5000])  # fmt: skip
async def test_a_link_that_was_tampered_with_lets_nobody_in(browser, link, change):
    token = token_in(await link("buyer", "alice"))
    answer = await browser.post("/enter", {"t": change(token)})
    assert answer.status_code == 401
    assert not browser.session


FOREIGN = ["//evil.test", "https://evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "/\n/evil.test",
           "javascript:alert(1)", "evil.test", "/%0d%0aSet-Cookie:x=1\r\nX: y", " /x", "/x y", "/é", ""]  # fmt: skip


@pytest.mark.parametrize("to", FOREIGN)
async def test_a_link_never_leads_elsewhere(browser, callers, link, to):
    assert not is_own_path(to)
    answer = await callers.operator.ask("POST", "/v1/party-tokens", json={"role": "buyer", "id": "alice", "to": to})
    assert answer.status_code == 422
    entered = await browser.post("/enter", {"t": token_in(await link("buyer", "alice")), "to": to})
    assert entered.headers["location"] in ("/my/cases", "/x")  # fields of forms are trimmed


async def test_carriers_have_no_pages(callers):
    made = await callers.operator.post("/v1/party-tokens", {"role": "carrier", "id": "JNE REG"}, 201)
    assert (made["portal_url"], made["portal_url_expires_at"]) == (None, None)


async def test_the_address_is_the_servers(callers):
    made = await callers.operator.post("/v1/party-tokens", {"role": "buyer", "id": "alice"}, 201)
    assert made["portal_url"].startswith(f"{AT}/enter?t=link_")


async def test_in_a_sandbox_the_script_presses_the_button(browser, link):
    assert "data-enter" in (await browser.get(await link("buyer", "alice"))).text


class TestARealMarketplace:
    @pytest.fixture
    def sandbox(self) -> bool:
        return False

    async def test_a_person_presses_the_button(self, browser, link):
        assert "data-enter" not in (await browser.get(await link("buyer", "alice"))).text

    async def test_staff_never_come_by_a_link(self, browser, callers):
        made = await callers.operator.post("/v1/party-tokens", {"role": "adjudicator", "id": "dana"}, 201)
        assert made["portal_url"] is None
        answer = await browser.post("/enter", {"t": made["token"]})
        assert answer.status_code == 401
        assert not browser.session


async def test_nobody_acts_in_the_name_of_staff(callers, invite):
    await invite("olga", "adjudicator")
    answer = await callers.operator.ask("POST", "/v1/party-tokens", json={"role": "adjudicator", "id": "olga"})
    assert answer.status_code == 422
