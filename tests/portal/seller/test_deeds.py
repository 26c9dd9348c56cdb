"""Offers, acceptance, returns, remedies, appeals, figures and settings of a shop."""

import pytest

from tests.portal.entry.conftest import page_of
from tests.portal.reading import find, form_of, words_of

pytestmark = pytest.mark.database


async def case_of(callers, case: str):
    return await callers.operator.get(f"/v1/cases/{case}")


async def twice(shop, at: str, said: dict[str, str], page=None):
    """Both steps of a form; the second pressed twice, as an impatient hand does."""
    answer = await shop.send(at, said, page)
    assert answer.status_code == 200, answer.text[-3000:]
    form = form_of(page_of(answer), at) | {"step": "send"}
    first = await shop.browser.post(at, form)
    assert first.status_code == 303, first.text
    assert (await shop.browser.post(at, form)).status_code == 303
    return answer.text


async def test_an_offer_shows_its_effect_on_the_account_and_is_made_once(shop, asked, callers):
    at = f"/shop/cases/{asked}/offer"
    page = await shop.see(f"{at}?remedy=partial_refund&share=50")
    assert find(page, "#amount")[0].get("value") == "20"
    check = await twice(shop, at, {"remedy": "partial_refund", "amount": "15"}, page)
    assert "You keep" in check
    assert "Rp25" in check
    [offer] = (await case_of(callers, asked))["offers"]
    assert (offer["amount"]["amount"], offer["status"]) == (1500, "open")
    assert "One offer stands at a time" in words_of(await shop.see(at))


@pytest.mark.parametrize("amount", ["", "0", "-5", "a lot", "9999999999999999"])
async def test_an_amount_that_cannot_be_one_keeps_the_words(shop, asked, amount, callers):
    said = {"remedy": "partial_refund", "amount": amount, "statement": "For your trouble"}
    answer = await shop.send(f"/shop/cases/{asked}/offer", said)
    assert answer.status_code == 422
    assert "For your trouble" in answer.text
    assert not (await case_of(callers, asked))["offers"]


async def test_more_than_was_paid_is_refused_by_the_law(shop, asked):
    said = {"remedy": "partial_refund", "amount": "4000", "statement": "For your trouble"}
    answer = await shop.send(f"/shop/cases/{asked}/offer", said)
    assert answer.status_code == 409
    assert "For your trouble" in answer.text


async def test_an_offer_of_ones_own_can_be_taken_back(shop, asked, callers):
    await twice(shop, f"/shop/cases/{asked}/offer", {"remedy": "replacement"})
    page = await shop.see(f"/shop/cases/{asked}/offer")
    await twice(shop, f"/shop/cases/{asked}/offered", {}, page)
    assert (await case_of(callers, asked))["offers"][0]["status"] == "taken_back"


async def test_the_buyers_offer_stands_beside_the_claim_and_can_be_accepted(shop, disputed, callers):
    alice = await callers.alice()
    await alice.post(f"/v1/cases/{disputed}/offer-settlement", {"remedy": "partial_refund", "amount": 1000})
    page = await shop.see(f"/shop/cases/{disputed}/offered")
    assert "Rp10" in words_of(page)
    assert "If you accept" in words_of(page)
    await twice(shop, f"/shop/cases/{disputed}/offered", {"answer": "accept"}, page)
    assert (await case_of(callers, disputed))["stage"] == "agreed"


async def test_accepting_says_what_is_paid_and_from_where_then_does_it_once(shop, asked, callers):
    at = f"/shop/cases/{asked}/accept"
    assert "Rp40, from your payout. Nothing comes back." in words_of(await shop.see(at))
    check = await twice(shop, at, {"statement": "Sorry about that"})
    assert "cannot take it back" in check
    case = await case_of(callers, asked)
    assert (case["stage"], len(case["remedies"])) == ("agreed", 1)


async def test_a_return_is_refused_with_words_or_not_at_all(shop, callers):
    case = (await callers.requested(wanted="refund_after_return"))["id"]
    await (await callers.bob()).post(f"/v1/cases/{case}/approve-request", {}, key="approve")
    tracking = {"carrier": "charlie", "tracking_number": "RET-1"}
    await (await callers.alice()).post(f"/v1/cases/{case}/ship-return", tracking)
    at = f"/shop/cases/{case}/return"
    bare = await shop.send(at, {"condition": "broken", "answer": "refuse"})
    assert bare.status_code == 422
    assert "Say what is wrong with it" in bare.text
    await twice(shop, at, {"condition": "broken", "answer": "refuse", "statement": "The screen is cracked"})
    leg = (await case_of(callers, case))["return"]
    assert leg["state"] == "refused"


async def test_a_remedy_is_reported_with_its_reference(shop, callers):
    case = (await callers.requested(wanted="replacement"))["id"]
    await (await callers.bob()).post(f"/v1/cases/{case}/approve-request", {}, key="approve")
    await twice(shop, f"/shop/cases/{case}/remedy", {"reference": "NEW-77"})
    [remedy] = [one for one in (await case_of(callers, case))["remedies"] if one["kind"] == "replacement"]
    assert remedy["reference"] == "NEW-77"


async def test_nothing_to_add_ends_ones_time(shop, disputed, callers):
    await twice(shop, f"/shop/cases/{disputed}/nothing", {"statement": "We stand by it"})
    kinds = {one["kind"] for one in (await case_of(callers, disputed))["deadlines"] if one["party"] == "seller"}
    assert "seller_evidence" not in kinds


async def test_an_appeal_stands_beside_the_decision_and_says_what_is_new(shop, callers):
    case = (await callers.decided())["id"]
    at = f"/shop/cases/{case}/appeal"
    assert "The photo shows it dead." in words_of(await shop.see(at))
    bare = await shop.send(at, {})
    assert bare.status_code == 422
    assert "Say what is new." in bare.text
    await twice(shop, at, {"grounds": "error_of_fact", "statement": "The photo is of another item"})
    assert (await case_of(callers, case))["stage"] == "under_appeal"
    closed = words_of(await shop.see(at))
    assert "An appeal is not open." in closed
    assert "You appealed on" in closed


async def test_new_evidence_must_be_there_and_the_words_are_kept_as_a_draft(shop, callers):
    at = f"/shop/cases/{(await callers.decided())['id']}/appeal"
    answer = await shop.send(at, {"grounds": "new_evidence", "statement": "We found the video"})
    assert answer.status_code == 409
    assert "Your appeal is kept as a draft." in answer.text
    assert "We found the video" in find(await shop.see(at), "textarea#statement")[0].text


async def test_a_closed_appeal_says_since_when_and_by_which_rule(shop, callers, time_passes):
    case = (await callers.decided())["id"]
    await time_passes(24 * 60)
    page = await shop.see(f"/shop/cases/{case}/appeal")
    assert "The time to appeal ended" in words_of(page)
    assert not find(page, "textarea")


async def test_before_a_decision_there_is_nothing_to_appeal(shop, asked):
    page = await shop.see(f"/shop/cases/{asked}/appeal")
    assert "There is no decision in this case yet." in words_of(page)


async def test_every_number_of_the_performance_opens_as_many_cases(shop, callers, time_passes):
    await callers.decided("O1")
    await callers.requested("O2", reason="item_wrong")
    await time_passes(200)
    page = await shop.see("/shop/performance")
    cards = [one for one in find(page, ".nums a.card") if "of=" in one.get("href")]
    assert len(cards) >= 7
    numbers = {one.find("b").text_content(): find(one, ".v")[0].text_content() for one in cards}
    for card in cards:
        rows = find(await shop.see(card.get("href")), "tr[data-row]")
        assert str(len(rows)) == find(card, ".v")[0].text_content(), card.find("b").text_content()
    assert numbers["For the buyer"] == "1"
    assert numbers["Deadlines missed"] == "2", "O2 went unanswered; O1’s refund was not performed in time"
    for row in find(page, "tbody tr"):
        [first] = find(row, "td:first-child a")
        assert str(len(find(await shop.see(first.get("href")), "tr[data-row]"))) == find(row, "td.num")[0].text


async def test_own_texts_are_kept_offered_and_deleted(shop, asked):
    answer = await shop.send("/shop/settings", {"name": "Alamat", "text": "Jl. Braga 1, Bandung"})
    assert answer.status_code == 303
    at = f"/shop/cases/{asked}/contest/words"
    [chip] = find(await shop.see(at), "a.chip")
    assert (await shop.see(chip.get("href"))).find(".//textarea").text.strip() == "Jl. Braga 1, Bandung"
    await shop.send("/shop/settings", {"drop": "1", "name": "", "text": ""})
    assert not find(await shop.see(at), "a.chip")


async def test_a_text_without_a_name_is_not_kept(shop):
    answer = await shop.send("/shop/settings", {"name": "", "text": "Jl. Braga 1"})
    assert answer.status_code == 422
    assert "Give the text a name." in answer.text
    assert "Jl. Braga 1" in answer.text


async def test_buyers_and_nobody_find_no_shop(signed_in, browser):
    assert (await (await signed_in("buyer", "alice")).get("/shop/cases")).status_code == 404
    assert (await browser.get("/shop/cases")).status_code == 401


async def test_the_cases_own_links_lead_to_the_sellers_pages(shop, asked):
    answer = await shop.browser.get(f"/cases/{asked}/reject-request")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/shop/cases/{asked}/contest")
