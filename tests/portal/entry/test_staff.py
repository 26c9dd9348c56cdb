"""Staff come in without passwords: invitations, passkeys, step-up, people and keys."""

import asyncio
import json
import re

import pytest

from amends.store import staff
from tests.cast import MARKET
from tests.portal.entry.authenticator import Authenticator
from tests.portal.entry.conftest import page_of


def options_of(answer):
    """What the page asks of the browser's authenticator."""
    assert answer.status_code in (200, 401), answer.text[:2000]
    [script] = page_of(answer).xpath("//script[@data-passkey-options]")
    return json.loads(script.text)["options"]


async def enrolled(browser, token, authenticator):
    """A passkey made with an invitation."""
    asked = options_of(await browser.get(f"/staff/invitation?t={token}"))
    return await browser.post("/staff/invitation", {"t": token, "answer": authenticator.create(asked)})


async def passkeyed(browser, authenticator, **more):
    """A sign-in by passkey."""
    asked = options_of(await browser.get("/staff"))
    return await browser.post("/staff/passkey", {"answer": authenticator.get(asked, **more)})


@pytest.fixture
def authenticator():
    return Authenticator("https://disputes.test")


class TestInvitations:
    async def test_an_invitation_opens_once_without_any_script(self, new_browser, invite):
        token, browser = await invite("olga", "operator"), new_browser()
        for _ in range(3):
            assert (await browser.get(f"/staff/invitation?t={token}")).status_code == 200
        answer = await browser.post("/staff/invitation", {"t": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator")
        late = await new_browser().post("/staff/invitation", {"t": token})
        assert (late.status_code, "no longer works" in late.text) == (401, True)

    async def test_an_invitation_ends_after_a_day(self, browser, invite, wall):
        token = await invite("olga", "operator")
        wall.move(hours=24)
        assert (await browser.post("/staff/invitation", {"t": token})).status_code == 401

    async def test_a_new_invitation_ends_the_one_before(self, browser, invite):
        first, second = await invite("olga", "operator"), await invite("olga", "operator")
        assert (await browser.post("/staff/invitation", {"t": first})).status_code == 401
        assert (await browser.post("/staff/invitation", {"t": second})).status_code == 303

    async def test_whoever_ends_is_out_at_once_and_let_in_no_more(self, signed_in, browser, invite, database, wall):
        olga, token = await signed_in("operator", "olga"), await invite("olga", "operator")
        assert await staff.end(database, MARKET, "olga", wall())
        assert not await olga.inside()
        assert (await browser.post("/staff/invitation", {"t": token})).status_code == 401
        with pytest.raises(staff.Ended):
            await invite("olga", "operator")

    async def test_a_change_of_roles_ends_the_sessions_that_had_the_old_ones(self, signed_in, invite):
        olga = await signed_in("operator", "olga", "adjudicator")
        await invite("olga", "auditor")
        assert not await olga.inside()

    @pytest.mark.parametrize(
        "token", ["", "x", "m1.", "m1.wrong", "elsewhere.x", ".x", "é.x", "m1'; DROP TABLE staff.x"]
    )
    async def test_what_is_no_invitation_says_so(self, browser, token):
        assert (await browser.post("/staff/invitation", {"t": token})).status_code == 401

    async def test_two_who_press_at_once_do_not_both_get_in(self, new_browser, invite):
        token = await invite("olga", "operator")
        answers = await asyncio.gather(*(new_browser().post("/staff/invitation", {"t": token}) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]


class TestPasskeys:
    async def test_a_passkey_is_made_and_signs_in(self, browser, new_browser, invite, authenticator):
        assert (await enrolled(browser, await invite("olga", "operator"), authenticator)).status_code == 303
        again = new_browser()
        answer = await passkeyed(again, authenticator)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert await again.inside()

    async def test_an_answer_is_taken_once(self, browser, new_browser, invite, authenticator):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        again = new_browser()
        answer = authenticator.get(options_of(await again.get("/staff")))
        trying = again.client.cookies.get("__Host-amends-trying")
        assert (await again.post("/staff/passkey", {"answer": answer})).status_code == 303
        thief = new_browser()
        thief.client.cookies.set("__Host-amends-trying", trying, domain="disputes.test", path="/")
        assert (await thief.post("/staff/passkey", {"answer": answer})).status_code == 401
        assert not thief.session

    async def test_another_browsers_challenge_signs_nobody_in(self, browser, new_browser, invite, authenticator):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        victim, thief = new_browser(), new_browser()
        answer = authenticator.get(options_of(await victim.get("/staff")))
        await thief.get("/staff")
        assert (await thief.post("/staff/passkey", {"answer": answer})).status_code == 401

    @pytest.mark.parametrize("wrong", [{"origin": "https://evil.test"}, {"rp_id": "evil.test"}, {"verified": False},
                                       {"spoil": True}, {"kind": "webauthn.create"}])  # fmt: skip
    async def test_an_answer_that_does_not_hold_signs_nobody_in(
        self, browser, new_browser, invite, authenticator, wrong
    ):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        again = new_browser()
        answer = await passkeyed(again, authenticator, **wrong)
        assert (answer.status_code, "You are not signed in" in answer.text) == (401, True)
        assert not again.session

    async def test_a_copied_passkey_is_noticed(self, browser, new_browser, invite, authenticator):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        assert (await passkeyed(new_browser(), authenticator)).status_code == 303
        authenticator.count -= 1
        assert (await passkeyed(new_browser(), authenticator)).status_code == 401

    @pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "x", '{"rawId": 1}', '{"rawId": "AA"}', "x" * 30_000])
    async def test_nonsense_signs_nobody_in(self, browser, answer):
        await browser.get("/staff")
        assert (await browser.post("/staff/passkey", {"answer": answer})).status_code == 401

    async def test_a_stranger_and_somebody_who_failed_read_the_same(self, browser, new_browser, invite, authenticator):
        await enrolled(browser, await invite("olga", "operator"), authenticator)

        def plain(answer):
            return re.sub(r'"challenge": ?"[^"]+"|name="server-now" content="[^"]+"', "", answer.text)

        known = await passkeyed(new_browser(), authenticator, spoil=True)
        unknown = await passkeyed(new_browser(), Authenticator("https://disputes.test"))
        assert plain(known) == plain(unknown)

    async def test_a_sign_in_page_is_over_after_ten_minutes(self, browser, new_browser, invite, authenticator, wall):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        again = new_browser()
        asked = options_of(await again.get("/staff"))
        wall.move(minutes=10)
        answer = await again.post("/staff/passkey", {"answer": authenticator.get(asked)})
        assert (answer.status_code, "more than ten minutes" in answer.text) == (401, True)

    async def test_a_passkey_made_for_one_invitation_is_nothing_to_another(self, browser, invite, authenticator):
        mine, other = await invite("olga", "operator"), await invite("ben", "adjudicator")
        asked = options_of(await browser.get(f"/staff/invitation?t={mine}"))
        answer = await browser.post("/staff/invitation", {"t": other, "answer": authenticator.create(asked)})
        assert answer.status_code == 401
        assert (await browser.get(f"/staff/invitation?t={other}")).status_code == 200

    async def test_one_more_passkey_and_one_fewer(self, browser, new_browser, invite, authenticator):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        second = Authenticator("https://disputes.test")
        asked = options_of(await browser.get("/preferences/passkey"))
        assert (await browser.send("/preferences/passkey", {"answer": second.create(asked)})).status_code == 303
        forms = page_of(await browser.get("/preferences")).xpath('//form[@action="/preferences/passkey/remove"]')
        assert len(forms) == 2
        await browser.send("/preferences/passkey/remove", {"passkey": dict(forms[0].fields)["passkey"]})
        assert (await passkeyed(new_browser(), authenticator)).status_code == 401
        assert (await passkeyed(new_browser(), second)).status_code == 303


class TestStepUp:
    FORM = {"name": "checkout", "role": "auditor"}  # noqa: RUF012

    async def test_money_keys_and_people_ask_again_after_ten_minutes(self, signed_in, wall):
        olga = await signed_in("operator", "olga")
        assert "amends_" in (await olga.send("/operator/keys", self.FORM)).text
        wall.move(minutes=10)
        asked = await olga.send("/operator/keys", self.FORM | {"name": "warehouse"})
        assert "Show that it is you" in asked.text
        assert "warehouse" not in (await olga.get("/operator/keys")).text

    async def test_nothing_that_was_typed_is_lost(self, browser, invite, authenticator, wall):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        wall.move(minutes=11)
        data = {"name": "Ana <b>", "id": "ana", "role": ["adjudicator", "auditor"], "csrf": await browser.secret()}
        asked = await browser.post("/operator/people", data)
        form = next(form for form in page_of(asked).forms if form.get("data-passkey") is not None)
        assert form.action == "/operator/people"
        fields = [(name, value) for name, value in form.form_values() if name != "proof_passkey"]
        sent = [*fields, ("proof_passkey", authenticator.get(options_of(asked)))]
        made = await browser.client.post("/operator/people", content=_encoded(sent), headers=_AS_FORM)
        assert made.status_code == 201
        assert "/staff/invitation?t=" in made.text
        people = (await browser.get("/operator/people/ana")).text
        assert "Ana &lt;b&gt;" in people
        assert people.count(" checked") == 2

    async def test_a_proof_is_taken_once_and_only_from_its_own_session(
        self, browser, new_browser, invite, authenticator, wall
    ):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        wall.move(minutes=11)
        other = new_browser()
        await other.post("/staff/passkey", {"answer": authenticator.get(options_of(await other.get("/staff")))})
        wall.move(minutes=11)
        asked = await browser.send("/operator/keys", self.FORM)
        proof = re.search(r'name="proof" value="([^"]+)"', asked.text)[1]
        answer = authenticator.get(options_of(asked))
        stolen = await other.send("/operator/keys", self.FORM | {"proof": proof, "proof_passkey": answer})
        assert (stolen.status_code, "did not show it" in stolen.text) == (401, True)
        again = await browser.send("/operator/keys", self.FORM | {"proof": proof, "proof_passkey": answer})
        assert again.status_code == 401, "what was taken elsewhere is gone"

    async def test_anothers_passkey_proves_nothing(self, browser, new_browser, invite, authenticator, wall):
        await enrolled(browser, await invite("olga", "operator"), authenticator)
        others = Authenticator("https://disputes.test")
        await enrolled(new_browser(), await invite("ben", "operator"), others)
        wall.move(minutes=11)
        asked = await browser.send("/operator/keys", self.FORM)
        proof = re.search(r'name="proof" value="([^"]+)"', asked.text)[1]
        data = self.FORM | {"proof": proof, "proof_passkey": others.get(options_of(asked))}
        assert (await browser.send("/operator/keys", data)).status_code == 401

    async def test_a_new_invitation_of_ones_own_proves_it_without_script(self, signed_in, invite, wall):
        olga = await signed_in("operator", "olga")
        wall.move(minutes=11)
        others, own = await invite("ben", "operator"), await invite("olga", "operator")
        assert (await olga.send("/operator/keys", self.FORM | {"proof_link": others})).status_code == 401
        link = f"https://disputes.test/staff/invitation?t={own}"
        assert (await olga.send("/operator/keys", self.FORM | {"proof_link": link})).status_code == 201
        assert (await olga.send("/operator/keys", self.FORM | {"name": "two"})).status_code == 201
        wall.move(minutes=11)
        assert (await olga.send("/operator/keys", self.FORM | {"proof_link": link})).status_code == 401


class TestPeople:
    async def test_only_operators_see_them(self, signed_in):
        for role in ("adjudicator", "auditor"):
            somebody = await signed_in(role, f"some-{role}")
            for path in ("/operator/people", "/operator/keys", f"/operator/people/some-{role}"):
                assert (await somebody.get(path)).status_code == 404
            assert (await somebody.send("/operator/people", {"name": "X", "role": "operator"})).status_code == 404

    async def test_an_operator_invites_and_ends(self, signed_in, new_browser):
        olga = await signed_in("operator", "olga")
        made = await olga.send("/operator/people", {"name": "Citra Dewi", "role": "adjudicator"})
        link = re.search(r"https://disputes\.test(/staff/invitation\?t=[^<\"]+)", made.text)[1]
        citra = new_browser()
        await citra.post("/staff/invitation", {"t": link.partition("t=")[2]})
        assert await citra.inside()
        assert (await olga.send("/operator/people/citra-dewi/end")).status_code == 303
        assert not await citra.inside()

    @pytest.mark.parametrize(("form", "field"), [
        ({"name": "", "role": "auditor"}, "name"), ({"name": "x" * 65, "role": "auditor"}, "name"),
        ({"name": "Ana"}, "role"), ({"name": "Ana", "role": "buyer"}, "role"),
        ({"name": "安娜", "role": "auditor"}, "id"),
        ({"name": "Ana", "role": "auditor", "email": "nonsense"}, "email"),
        ({"name": "Olga", "role": "auditor"}, "id"),
    ])  # fmt: skip
    async def test_what_does_not_fit_is_said_at_its_field(self, signed_in, form, field):
        olga = await signed_in("operator", "olga")
        answer = await olga.send("/operator/people", form)
        assert answer.status_code == 422
        assert page_of(answer).xpath(f'//div[@id="errors"]//a[@href="#{field}"]')
        assert page_of(answer).xpath(f'//*[@id="{field}"]')

    async def test_nobody_locks_themselves_out(self, signed_in):
        olga = await signed_in("operator", "olga")
        assert (await olga.send("/operator/people/olga/end")).status_code == 422
        assert (await olga.send("/operator/people/olga", {"name": "Olga", "role": "auditor"})).status_code == 422
        assert await olga.inside()

    async def test_a_person_with_two_roles_takes_them_in_turn(self, signed_in):
        olga = await signed_in("operator", "olga", "adjudicator")
        assert (await olga.get("/operator/people")).status_code == 200
        assert (await olga.send("/preferences/role", {"role": "adjudicator"})).headers["location"] == "/desk"
        assert (await olga.get("/operator/people")).status_code == 404
        assert (await olga.send("/preferences/role", {"role": "auditor"})).status_code == 404
        assert (await olga.send("/preferences/role", {"role": "operator"})).headers["location"] == "/operator"


class TestKeys:
    async def test_a_key_is_shown_once_works_and_ends(self, signed_in, callers):
        from tests.api.callers import Caller

        olga = await signed_in("operator", "olga")
        made = await olga.send("/operator/keys", {"name": "checkout backend", "role": "operator"})
        secret = re.search(r"amends_[\w-]{43}", made.text)[0]
        assert (await Caller(callers.client, secret).ask("GET", "/v1/cases")).status_code == 200
        listed = await olga.get("/operator/keys")
        assert secret not in listed.text
        [action] = [f.action for f in page_of(listed).forms if "revoke" in (f.action or "")
                    and "checkout backend" in f.text_content()]  # fmt: skip
        assert (await olga.send(action)).status_code == 303
        await asyncio.sleep(1.1)
        assert (await Caller(callers.client, secret).ask("GET", "/v1/cases")).status_code == 401
        assert (await olga.send(action)).status_code == 404

    async def test_a_key_never_speaks_in_a_persons_name(self, signed_in):
        olga = await signed_in("operator", "olga")
        assert (await olga.send("/operator/keys", {"name": "olga", "role": "operator"})).status_code == 422


class TestPreferences:
    async def test_what_is_chosen_is_kept_for_every_page(self, signed_in):
        olga = await signed_in("operator", "olga")
        form = {"language": "id", "zone": "Asia/Makassar", "theme": "dark", "density": "compact", "keys": "off"}
        assert (await olga.send("/preferences", form)).headers["location"] == "/preferences?saved=1"
        tree = page_of(await olga.get("/operator/people"))
        [page] = tree.xpath("/html")
        assert (page.get("lang"), page.get("data-theme"), page.get("data-density"), page.get("data-keys")) == (
            "id", "dark", "compact", "off")  # fmt: skip

    async def test_they_follow_the_person_to_another_browser(self, signed_in):
        first = await signed_in("buyer", "alice")
        await first.send("/preferences", {"language": "id", "theme": "dark"})
        [page] = page_of(await (await signed_in("buyer", "alice")).get("/preferences")).xpath("/html")
        assert (page.get("lang"), page.get("data-theme")) == ("id", "dark")

    async def test_what_cannot_be_chosen_is_left_as_it_was(self, signed_in, database):
        alice = await signed_in("buyer", "alice")
        await alice.send("/preferences", {"language": "xx", "zone": "Mars/Base", "theme": "<b>", "views": "{}"})
        from amends.store import sessions

        assert await sessions.preferences(database, MARKET, "buyer", "alice") == {}


_AS_FORM = {"content-type": "application/x-www-form-urlencoded"}


def _encoded(fields):
    from urllib.parse import urlencode

    return urlencode(fields)
