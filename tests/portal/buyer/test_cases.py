"""The page of a case, an offer, a decision, a file: for their buyer, complete, and nothing that is not theirs."""

import pytest

from tests.portal.entry.conftest import page_of
from tests.portal.reading import find, form_of, words_of

pytestmark = pytest.mark.database
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
async def asked(callers) -> str:
    return str((await callers.requested())["id"])


async def test_the_page_says_whose_turn_until_when_on_what_clause_and_why_the_rest_is_closed(alice, asked):
    page = await alice.see(f"/cases/{asked}")
    words = words_of(page)
    assert "You do not need to do anything right now. The deadline is Wed 4 Mar, 10:00 WIB." in words
    assert "If the seller says nothing by then, the request counts as approved." in words
    assert "How this time was computed" in words
    assert "Ask us to decide The seller has not refused yet" in words
    assert "Waiting for the seller" in words
    assert "No money has moved yet." in words
    assert len(find(page, "h1")) == 1


async def test_another_buyer_finds_no_page_of_it(signed_in, asked):
    bella = await signed_in("buyer", "bella")
    for path in ("", "/offers/o1", "/decisions/1", "/evidence/e1", "/live", "/file", "/withdraw"):
        assert (await bella.get(f"/cases/{asked}{path}")).status_code == 404, path


async def test_an_offer_stands_beside_the_claim_with_what_yes_and_no_lead_to(alice, asked, callers):
    bob = await callers.bob()
    await bob.post(f"/v1/cases/{asked}/offer-settlement", {"remedy": "partial_refund", "amount": 1500}, key="o")
    assert "The seller offers: Part of the money back" in words_of(await alice.see(f"/cases/{asked}"))
    at = f"/cases/{asked}/offers/o1"
    page = await alice.see(at)
    words = words_of(page)
    shown = [one.text_content() for one in find(page, ".sidebyside .num")]
    assert shown == ["Rp40", "Rp15"]
    assert "It is agreed." in words
    accept = f"/cases/{asked}/accept-settlement"
    form = form_of(page, accept) | {"step": "send"}
    assert (await alice.browser.post(accept, form)).status_code == 303
    assert (await alice.browser.post(accept, form)).status_code == 303, "pressed twice, done once"
    assert (await callers.operator.get(f"/v1/cases/{asked}"))["stage"] == "agreed"
    assert "It is not open any more: accepted." in words_of(await alice.see(at))


async def test_a_decision_gives_reasons_files_person_and_how_to_contest(alice, callers):
    case = await callers.decided()
    at = f"/cases/{case['id']}/decisions/1"
    words = words_of(await alice.see(at))
    assert "Decided by a person: Reviewer 1" in words
    assert "dana" not in words.lower()
    assert "What we did with the evidence" in words
    assert "If you do not agree" in words
    pdf = await alice.browser.get(f"{at}/statement.pdf")
    assert pdf.status_code == 200
    assert pdf.content.startswith(b"%PDF-")
    assert (await alice.browser.get(f"/cases/{case['id']}/decisions/2")).status_code == 404


async def test_a_file_is_sent_resumably_by_the_page_with_its_own_secret_and_by_nobody_elses(alice, signed_in, order):
    import base64
    import hashlib

    body = b"A note about the kettle.\n" * 40
    secret = await alice.browser.secret("/my/cases")
    named = {"filename": "note.txt", "filetype": "text/plain", "sha256": hashlib.sha256(body).hexdigest()}
    told = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in named.items())
    headers = {"tus-resumable": "1.0.0", "upload-length": str(len(body)), "upload-metadata": told}
    refused = await alice.browser.post("/uploads/tus", headers=headers)
    assert refused.status_code == 401, "a page of ours sends its secret"
    made = await alice.browser.post("/uploads/tus", headers=headers | {"x-csrf": secret})
    assert made.status_code == 201
    where = made.headers["location"]
    piece = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream", "x-csrf": secret}
    half = await alice.browser.client.patch(where, content=body[:300], headers=piece | {"upload-offset": "0"})
    assert (half.status_code, half.headers["upload-offset"]) == (204, "300")
    wrong = await alice.browser.client.patch(where, content=body[300:], headers=piece | {"upload-offset": "0"})
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "300")
    head = await alice.browser.client.head(where, headers={"tus-resumable": "1.0.0", "x-csrf": secret})
    assert head.headers["upload-offset"] == "300"
    bella = await signed_in("buyer", "bella")
    other = {"tus-resumable": "1.0.0", "x-csrf": await bella.secret("/my/cases")}
    assert (await bella.client.head(where, headers=other)).status_code == 404
    done = await alice.browser.client.patch(where, content=body[300:], headers=piece | {"upload-offset": "300"})
    assert (done.status_code, done.headers["upload-offset"]) == (204, str(len(body)))


async def test_a_stale_form_says_so_and_keeps_the_words(alice, asked, callers):
    at = f"/cases/{asked}/withdraw"
    form = form_of(await alice.see(at), at) | {"statement": "We found a way.", "step": "send"}
    bob = await callers.bob()
    await bob.post(f"/v1/cases/{asked}/post-message", {"text": "Hello", "to": "buyer"}, key="m")
    answer = await alice.browser.post(at, form)
    assert answer.status_code == 409
    words = page_of(answer).text_content()
    assert "The case has changed since you opened this page." in words
    assert "We found a way." in words
    assert (await callers.operator.get(f"/v1/cases/{asked}"))["stage"] == "awaiting_seller"


async def test_evidence_of_the_other_side_is_hidden_with_its_reason_and_so_is_its_file(alice, asked, callers):
    bob = await callers.bob()
    buyer = await callers.alice()
    await bob.post(f"/v1/cases/{asked}/reject-request", {"statement": "No"}, key="r")
    await buyer.post(f"/v1/cases/{asked}/open-dispute", {}, key="d")
    item = {"type": "conversation", "text": "secret-chat", "private": True}
    await bob.post(f"/v1/cases/{asked}/submit-evidence", {"items": [item]}, key="e")
    answer = await alice.browser.get(f"/cases/{asked}")
    assert "secret-chat" not in answer.text
    words = words_of(await alice.see(f"/cases/{asked}/evidence/e1"))
    assert "secret-chat" not in words
    assert "Conversation" in words
    assert "staff" in words, "why it is hidden is said"
