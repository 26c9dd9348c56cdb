"""From the order to the claim: what is open, one question a page, a draft that only its buyer sees, sent once."""

import pytest

from tests.portal.entry.conftest import page_of
from tests.portal.reading import find, form_of, words_of

pytestmark = pytest.mark.database
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


async def the_case(callers, **also):
    [found] = (await callers.operator.get("/v1/cases"))["items"]
    return await callers.operator.get(f"/v1/cases/{found['id']}")


async def test_the_order_says_of_each_item_what_is_open_until_when_and_how_often(alice, order):
    page = await alice.see(f"/my/orders/{order}")
    words = words_of(page)
    assert words.count("You can ask untilMon 16 Mar 2026") == 2
    assert "Disputes left for this item2" in words
    assert len(find(page, "a.btn.pri")) == 2


async def test_a_closed_window_is_said_with_its_date_rule_and_other_ways(alice, order, time_passes):
    await time_passes(24 * 40)
    words = words_of(await alice.see(f"/my/orders/{order}"))
    assert "Nothing new can be asked for now." in words
    assert "it was open until Sun 8 Mar 2026, 00:00 WIB" in words
    assert "BPSK" in words, "other routes are named"
    assert "ID-11" in words


async def test_nobody_elses_order_is_there(signed_in, order):
    bella = await signed_in("buyer", "bella")
    assert (await bella.get(f"/my/orders/{order}")).status_code == 404
    assert (await bella.get(f"/my/orders/{order}/claim/0/what")).status_code == 404
    assert (await bella.get("/my/orders?number=O1")).status_code == 404


async def test_a_claim_is_answered_checked_and_sent_with_its_reference_and_next_date(alice, order, callers):
    check = await alice.claimed(order)
    page = await alice.see(check)
    words = words_of(page)
    assert "It stopped after an hour." in words
    assert "Only when I used it" in words
    assert "If the seller says nothing by then, the request counts as approved." in words
    assert (await callers.operator.get("/v1/cases"))["items"] == [], "nothing was sent yet"
    sent = await alice.browser.post(check, form_of(page, check))
    assert sent.status_code == 303
    told = words_of(await alice.see(sent.headers["location"]))
    assert "Your claim is sent" in told
    assert "until Wed 4 Mar 2026, 10:00 WIB" in told
    case = await the_case(callers)
    assert (case["stage"], case["reason"], case["visibility"]) == ("awaiting_seller", "defective", "hidden")
    assert case["claim_id"] in sent.headers["location"]


async def test_sending_twice_acts_once(alice, order, callers):
    check = await alice.claimed(order)
    form = form_of(await alice.see(check), check)
    first = await alice.browser.post(check, form)
    second = await alice.browser.post(check, form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert (await the_case(callers))["revision"] == 1


async def test_two_items_become_two_requests_of_one_claim(alice, order, callers):
    check = await alice.claimed(order)
    assert "Something is wrong with another item too" in words_of(await alice.see(check))
    again = await alice.browser.get(f"/my/orders/{order}/claim?line=2")
    assert again.headers["location"].endswith("/claim/1/item")
    at = f"/my/orders/{order}/claim/1"
    for step, said in (("item", {"line": "2", "quantity__2": "2"}), ("what", {"reason": "item_wrong"}),
                       ("noticed", {"visibility": "visible"}), ("wanted", {"wanted": "refund"}), ("evidence", {}),
                       ("words", {"statement": "The wrong filters."})):  # fmt: skip
        assert (await alice.say(f"{at}/{step}", **said)).status_code == 303
    await alice.say(check)
    cases = (await callers.operator.get("/v1/cases"))["items"]
    assert {one["line_id"] for one in cases} == {"1", "2"}
    assert len({one["claim_id"] for one in cases}) == 1
    whole = [await callers.operator.get(f"/v1/cases/{one['id']}") for one in cases]
    assert {one["requests"][0]["quantity"] for one in whole} == {1, 2}


async def test_the_draft_is_kept_at_every_step_and_thrown_away_when_asked(alice, order):
    await alice.say(f"/my/orders/{order}/claim/0/item", line="1")
    await alice.say(f"/my/orders/{order}/claim/0/what", reason="counterfeit")
    on = await alice.browser.get(f"/my/orders/{order}/claim")
    assert on.headers["location"].endswith("/claim/0/noticed")
    assert "Begun and not sent" in words_of(await alice.see("/my/cases"))
    page = await alice.see(f"/my/orders/{order}/claim/0/what")
    [chosen] = [one.get("value") for one in find(page, "[name=reason]") if one.get("checked") is not None]
    assert chosen == "counterfeit"
    await alice.say(f"/my/orders/{order}/claim/again", page=f"/my/orders/{order}")
    assert "Begun and not sent" not in words_of(await alice.see("/my/cases"))


@pytest.mark.parametrize(("step", "said", "wrong"), [
    ("item", {}, "Choose what this is about."),
    ("item", {"line": "2", "quantity__2": "7"}, "Say how many, from 1 to 3."),
    ("item", {"line": "2", "quantity__2": "0000000012"}, "Say how many, from 1 to 3."),
    ("what", {}, "Choose what happened."),
    ("noticed", {"visibility": "hidden", "noticed_on": "2031-01-01"}, "not after today"),
    ("wanted", {"wanted": "partial_refund", "amount": "much"}, "Give the amount in figures"),
    ("words", {"statement": "  "}, "Tell us in a sentence or two"),
])  # fmt: skip
async def test_what_does_not_fit_is_said_at_its_field_and_in_the_summary(alice, order, step, said, wrong):
    at = f"/my/orders/{order}/claim/0"
    for before, words in (("item", {"line": "1"}), ("what", {"reason": "defective"})):
        if before == step:
            break
        await alice.say(f"{at}/{before}", **words)
    answer = await alice.say(f"{at}/{step}", **said)
    assert answer.status_code == 422
    page = page_of(answer)
    assert page.findtext(".//title").startswith("Error: ")
    [link] = find(page, "#errors a")
    assert wrong in link.text_content()
    assert find(page, f"#{link.get('href')[1:]}"), "the summary leads to the field"


async def test_a_file_comes_with_the_form_and_one_that_is_not_taken_says_why_and_loses_nothing(alice, order, callers):
    at, page = f"/my/orders/{order}/claim/0", await _at_evidence(alice, order)
    field = find(page, "[type=file]")[0].get("name")
    files = [(field, ("tetesan.png", PICTURE, "image/png")), (field, ("bukti.docx", b"PK\x03\x04", "application/zip"))]
    answer = await alice.say(f"{at}/evidence", files=files)
    assert answer.status_code == 422
    page = page_of(answer)
    assert "bukti.docx: " in find(page, "#errors")[0].text_content()
    assert "tetesan.png" in words_of(page), "the other one is here"
    assert (await alice.browser.post(f"{at}/evidence", form_of(page, f"{at}/evidence"))).status_code == 303
    await alice.say(f"{at}/words", statement="It drips.")
    await alice.say(f"/my/orders/{order}/claim/check")
    [piece] = (await the_case(callers))["evidence"]
    assert piece["file"]["size_bytes"] == len(PICTURE)


async def test_what_one_does_not_have_is_told_with_its_reason(alice, order, callers):
    page = await _at_evidence(alice, order)
    kind = find(page, "[type=checkbox]")[0].get("name").removeprefix("lack-")
    check = await alice.claimed(order, evidence={f"lack-{kind}": "yes", f"why-{kind}": "No camera at hand"})
    await alice.say(check)
    statement = (await the_case(callers))["requests"][0]["statement"]
    assert "I do not have this: " in statement
    assert "No camera at hand" in statement


async def _at_evidence(alice, order):
    at = f"/my/orders/{order}/claim/0"
    answers = {"item": {"line": "1"}, "what": {"reason": "defective"}, "noticed": {"visibility": "hidden"},
               "wanted": {"wanted": "refund"}}  # fmt: skip
    for step, words in answers.items():
        await alice.say(f"{at}/{step}", **words)
    return await alice.see(f"{at}/evidence")


async def test_a_deadline_that_passes_while_one_writes_says_so_with_the_rule_and_keeps_the_words(
    alice, order, time_passes, callers
):
    check = await alice.claimed(order)
    form = form_of(await alice.see(check), check)
    await time_passes(24 * 40)
    answer = await alice.browser.post(check, form)
    assert answer.status_code == 409
    words = words_of(page_of(answer))
    assert "This cannot be sent now." in words
    assert "The time for this has ended: it was open until Mon 16 Mar 2026" in words
    assert "ID-11" in words
    assert "It stopped after an hour." in words
    assert (await callers.operator.get("/v1/cases"))["items"] == []


async def test_the_window_that_applies_is_shown_where_it_is_chosen(alice, order):
    at = f"/my/orders/{order}/claim/0"
    await alice.say(f"{at}/item", line="1")
    await alice.say(f"{at}/what", reason="defective")
    words = words_of(await alice.see(f"{at}/noticed"))
    assert "You then have 24 hours for evidence." in words
    assert "You then have 7 calendar days for evidence." in words
    late = await alice.say(f"{at}/what", reason="not_received")
    assert late.headers["location"].endswith("/wanted"), "when it was noticed does not matter then"
