"""Contesting as tasks: the draft says that it is one, sends itself when asked to, and is sent once when reviewed."""

import io

import pytest
from PIL import Image

from tests.portal.entry.conftest import page_of
from tests.portal.reading import find, form_of, words_of

pytestmark = pytest.mark.database


def photo() -> tuple[str, bytes, str]:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(kept, "JPEG")
    return "kotak café.jpg", kept.getvalue(), "image/jpeg"


def status_of(page, verb: str) -> str:
    [row] = [one for one in find(page, "ul.tasks > li") if verb in one.text_content()]
    return find(row, ".pill")[0].text_content().strip()


async def stage(callers, case: str) -> str:
    return str((await callers.operator.get(f"/v1/cases/{case}"))["stage"])


async def test_the_three_choices_say_what_each_costs_and_leads_to(shop, asked):
    page = await shop.see(f"/shop/cases/{asked}/answer")
    accept, offer, contest = (words for words in (one.text_content() for one in find(page, ".way")))
    assert "Rp40" in accept
    assert "from your payout" in accept
    assert "until Wed 4 Mar, 10:00 WIB" in accept
    assert "You say how much" in offer
    assert "The buyer may open a dispute" in contest
    said = words_of(page)
    assert "It does not switch on" in said, "the buyer’s own words"
    assert find(page, "details.clause"), "the clause in force opens in place"


async def test_what_is_not_open_says_which_rule(shop, asked, time_passes):
    await time_passes(49)
    page = await shop.see(f"/shop/cases/{asked}/answer")
    assert len(find(page, ".way.off")) >= 1
    assert find(page, ".way.off .clause, .way.off p")


async def test_tasks_are_those_of_the_reason_and_begin_not_started(shop, asked):
    page = await shop.see(f"/shop/cases/{asked}/contest")
    assert status_of(page, "Write why you disagree") == "Not started"
    assert status_of(page, "Add the invoice") == "Not started"
    assert "Draft – not sent." in words_of(page)
    assert "Example:" in words_of(page)


async def test_words_are_kept_as_a_draft_that_nobody_else_sees(shop, asked, callers):
    at = f"/shop/cases/{asked}/contest"
    answer = await shop.send(f"{at}/words", {"statement": "It worked when it left us"})
    assert (answer.status_code, answer.headers["location"]) == (303, at)
    assert status_of(await shop.see(at), "Write why you disagree") == "Done"
    assert "It worked when it left us" in (await shop.see(f"{at}/words")).find(".//textarea").text
    assert await stage(callers, asked) == "awaiting_seller"
    assert "It worked when it left us" not in (await (await callers.alice()).ask("GET", f"/v1/cases/{asked}")).text


async def test_typing_saves_without_leaving_the_page(shop, asked):
    at = f"/shop/cases/{asked}/contest/words"
    answer = await shop.send(at, {"statement": "Half a sen", "step": "auto"})
    assert answer.status_code == 200
    assert "Draft – not sent." in answer.text
    assert "<html" not in answer.text
    assert (await shop.see(at)).find(".//textarea").text.strip() == "Half a sen"


async def test_a_photo_alone_does_a_task_and_words_alone_leave_it_incomplete(shop, asked):
    at = f"/shop/cases/{asked}/contest"
    await shop.send(f"{at}/commercial_invoice", {"text": "I will look for it"})
    assert status_of(await shop.see(at), "Add the invoice") == "Incomplete"
    answer = await shop.send(f"{at}/commercial_invoice", {"describes": "The invoice"}, files={"evidence": photo()})
    assert answer.status_code == 303, answer.text
    assert status_of(await shop.see(at), "Add the invoice") == "Done"
    page = await shop.see(f"{at}/commercial_invoice")
    assert "kotak café.jpg" in words_of(page)


async def test_a_piece_can_be_taken_out_again(shop, asked):
    at = f"/shop/cases/{asked}/contest/commercial_invoice"
    await shop.send(at, files={"evidence": photo()})
    page = await shop.see(at)
    [button] = find(page, "button[name=drop]")
    await shop.send(at, {"drop": button.get("value")})
    assert not find(await shop.see(at), "button[name=drop]")


async def test_a_file_that_cannot_be_taken_is_named_and_the_words_are_kept(shop, asked):
    at = f"/shop/cases/{asked}/contest/commercial_invoice"
    answer = await shop.send(at, {"text": "see the file"}, files={"evidence": ("a.exe", b"MZ\x90\x00", "image/jpeg")})
    assert answer.status_code == 422
    assert "a.exe" in answer.text
    assert "see the file" in answer.text
    assert "<title>Error:" in answer.text


async def test_the_review_says_what_follows_and_sending_does_it_once(shop, asked, callers):
    at = f"/shop/cases/{asked}/contest"
    await shop.send(f"{at}/words", {"statement": "It worked when it left us"})
    await shop.send(f"{at}/commercial_invoice", files={"evidence": photo()})
    review = await shop.see(f"{at}/review")
    assert "The buyer may open a dispute" in words_of(review)
    assert await stage(callers, asked) == "awaiting_seller"
    form = form_of(review, f"{at}/review")
    first, second = [await shop.browser.post(f"{at}/review", form) for _ in range(2)]
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    case = await callers.operator.get(f"/v1/cases/{asked}")
    assert (case["stage"], case["requests"][0]["answer_statement"]) == ("refused", "It worked when it left us")
    assert [one["type"] for one in case["evidence"] if one["party"] == "seller"] == ["commercial_invoice"]
    assert (await (await callers.bob()).get(f"/v1/cases/{asked}/drafts"))["items"] == []


async def test_nothing_can_be_sent_while_the_reason_is_missing(shop, asked):
    page = await shop.see(f"/shop/cases/{asked}/contest/review")
    assert "Your reason is missing." in words_of(page)
    assert not find(page, "main form button.pri")


async def test_a_draft_sends_itself_at_the_deadline_if_asked(shop, asked, callers, time_passes):
    at = f"/shop/cases/{asked}/contest"
    assert find(await shop.see(at), "input[name=itself][disabled]"), "not while something is missing"
    await shop.send(f"{at}/words", {"statement": "It worked when it left us"})
    await shop.send(at, {"itself": "yes"})
    page = await shop.see(at)
    assert "It sends itself at the deadline, Wed 4 Mar, 10:00 WIB" in words_of(page)
    assert "Draft, sends itself" in words_of(await shop.see("/shop/cases"))
    await time_passes(49)
    case = await callers.operator.get(f"/v1/cases/{asked}")
    assert (case["stage"], case["requests"][0]["answer_statement"]) == ("refused", "It worked when it left us")


async def test_a_draft_that_was_not_to_send_itself_does_not(shop, asked, callers, time_passes):
    await shop.send(f"/shop/cases/{asked}/contest/words", {"statement": "It worked when it left us"})
    await time_passes(49)
    assert await stage(callers, asked) == "agreed"


async def test_a_deadline_that_passes_while_one_writes_says_so_and_keeps_the_words(shop, asked, time_passes, callers):
    at = f"/shop/cases/{asked}/contest/words"
    page = await shop.see(at)
    await time_passes(49)
    answer = await shop.send(at, {"statement": "Almost in time"}, page=page)
    assert answer.status_code == 200
    assert "Your text is kept as a draft and was not sent." in answer.text
    assert "Almost in time" in answer.text
    assert find(page_of(answer), ".note .refs"), "the rule is named"
    assert await stage(callers, asked) == "agreed"
    assert (await (await callers.bob()).get(f"/v1/cases/{asked}/drafts"))["items"][0]["says"]["statement"]


async def test_a_review_sent_after_the_deadline_is_not_done_and_is_kept(shop, asked, time_passes):
    at = f"/shop/cases/{asked}/contest"
    await shop.send(f"{at}/words", {"statement": "Almost in time"})
    review = await shop.see(f"{at}/review")
    await time_passes(49)
    answer = await shop.send(f"{at}/review", page=review)
    assert answer.status_code == 409
    assert "It was not sent." in answer.text
    assert "What you prepared is kept as a draft." in answer.text
    assert "Almost in time" in answer.text


async def test_a_draft_can_be_thrown_away(shop, asked):
    at = f"/shop/cases/{asked}/contest"
    await shop.send(f"{at}/words", {"statement": "No"})
    await shop.send(at, {"step": "drop"})
    assert status_of(await shop.see(at), "Write why you disagree") == "Not started"


async def test_evidence_in_a_dispute_is_sent_and_may_be_all(shop, disputed, callers):
    at = f"/shop/cases/{disputed}/evidence"
    await shop.send(f"{at}/conversation", {"text": "He wrote that it works"})
    await shop.send(at, {"last": "yes"})
    await shop.send(f"{at}/review")
    case = await callers.operator.get(f"/v1/cases/{disputed}")
    assert [(one["type"], one["text"]) for one in case["evidence"] if one["party"] == "seller"] == [
        ("conversation", "He wrote that it works")
    ]
    assert "seller_evidence" not in {one["kind"] for one in case["deadlines"]}


async def test_what_one_does_not_have_is_said_and_shown_as_not_available(shop, disputed):
    at = f"/shop/cases/{disputed}/evidence"
    page = await shop.see(f"{at}/commercial_invoice")
    [form] = [one for one in page.forms if one.fields.get("step") == "none"]
    await shop.browser.post(f"{at}/commercial_invoice", dict(form.form_values()) | {"statement": "Bought second-hand"})
    assert status_of(await shop.see(at), "Add the invoice") == "Not available"


async def test_a_tracking_number_that_cannot_be_one_is_refused_in_words(shop, callers):
    case = (await callers.requested(reason="item_wrong"))["id"]
    at = f"/shop/cases/{case}/contest/tracking"
    answer = await shop.send(at, {"carrier": "KirimCepat", "number": "?!"})
    assert answer.status_code == 422
    assert "A tracking number has 4 to 64 letters" in answer.text
    assert (await shop.send(at, {"carrier": "KirimCepat", "number": "KC 88"})).status_code == 303
    assert status_of(await shop.see(f"/shop/cases/{case}/contest"), "Give the tracking number") == "Done"


@pytest.mark.parametrize("task", ["medical_certificate", "no_such_task", "words"])
async def test_a_task_that_is_not_of_this_case_does_not_exist(shop, disputed, task):
    await shop.see(f"/shop/cases/{disputed}/evidence/{task}", 404)


async def test_another_command_cannot_be_smuggled_into_the_review(shop, asked, callers):
    at = f"/shop/cases/{asked}/contest"
    await shop.send(f"{at}/words", {"statement": "No"})
    review = await shop.see(f"{at}/review")
    for body in ('{"command":"approve_request"}', "{", '{"command":"lapse","deadline_id":"seller_answer.1"}'):
        assert (await shop.send(f"{at}/review", {"body": body}, page=review)).status_code == 400
    assert await stage(callers, asked) == "awaiting_seller"
