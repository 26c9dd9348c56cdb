"""A2 and A4: the workbench, a decision's minute, and the review of an appeal by another person."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from amends.handle import Hinge
from amends.law.actors import Actor
from amends.store import desk as desk_rows
from amends.store import desk_work
from amends.worker import desk as worker
from tests.cast import ALICE, BOB, MARKET
from tests.portal.desk.conftest import DANA, DINO, FINDINGS, OLGA, REFUND, Desk, Reader, Wall, words

Come = Callable[[Actor], Awaitable[Reader]]


@pytest.fixture
async def case(desk: Desk) -> str:
    return await desk.disputed()


def bench(case: str) -> str:
    return f"/desk/cases/{case}"


async def decide(reader: Reader, case: str, **fields: str):
    return await reader.send(bench(case), f"{bench(case)}/work", **fields)


async def sent(reader: Reader, case: str, **fields: str):
    """The form with the button that decides, which has an address of its own."""
    tree = await reader.page(bench(case))
    form = next(each for each in tree.forms if each.get("id") == "decide")
    return await reader.client.post(f"{bench(case)}/decide", data=dict(form.form_values()) | fields)


async def test_the_bench_tells_both_sides_the_clock_and_the_open_findings(case: str, dana: Reader):
    text = await dana.text(bench(case))
    for told in ("Desk lamp 1", "It stays dark", "It was tested", "I told the shop at once",
                 "2 more findings decide this.", "Rp4.000", "What each side says", "Only you are looking"):  # fmt: skip
        assert told in text


async def test_findings_move_the_recommendation_and_say_what_would_change_it(case: str, dana: Reader):
    answer = await decide(dana, case, step="save", **FINDINGS)
    assert answer.status_code == 303
    tree = await dana.page(bench(case))
    rec = words(tree.get_element_by_id("rec"))
    assert "For the buyer: Refund." in rec
    assert "applies" in rec
    assert "met: The buyer’s claim is proved" in rec
    assert "What would change this" in rec
    assert "credible: For the seller" in rec
    assert "Rp4.000" in words(tree.get_element_by_id("moneybox"))
    assert tree.xpath("//input[@name='option' and @checked]/@value") == ["buyer_favour+refund"]


async def test_a_decision_waits_its_minute_and_then_goes_out(
    case: str, desk: Desk, dana: Reader, hinge: Hinge, wall: Wall
):
    answer = await sent(dana, case, step="decide", **FINDINGS, **REFUND)
    assert answer.headers["location"] == f"{bench(case)}?done=staged"
    assert "Your decision goes out in" in await dana.text(bench(case))
    assert await worker.one_round(hinge) == 0
    assert (await desk.stands(case)).stage == "under_review"
    wall.ahead += timedelta(seconds=61)
    assert await worker.one_round(hinge) == 1
    stands = await desk.stands(case)
    assert stands.stage == "decided"
    assert stands.decision is not None
    assert stands.decision.adjudicator == "dana"
    assert await worker.one_round(hinge) == 0


async def test_undone_within_the_minute_nothing_is_sent_and_the_text_is_back(
    case: str, desk: Desk, dana: Reader, hinge: Hinge, wall: Wall
):
    await sent(dana, case, step="decide", **FINDINGS, **REFUND)
    answer = await dana.send(bench(case), f"{bench(case)}/undo")
    assert answer.headers["location"] == f"{bench(case)}?done=undone"
    wall.ahead += timedelta(seconds=61)
    assert await worker.one_round(hinge) == 0
    assert (await desk.stands(case)).stage == "under_review"
    tree = await dana.page(bench(case))
    assert tree.get_element_by_id("rationale").text_content() == REFUND["rationale"]


async def test_after_the_minute_undo_says_that_it_is_too_late(case: str, dana: Reader, hinge: Hinge, wall: Wall):
    await sent(dana, case, step="decide", **FINDINGS, **REFUND)
    page = await dana.page(bench(case))
    wall.ahead += timedelta(seconds=61)
    await worker.one_round(hinge)
    secret = page.xpath("//input[@name='csrf']/@value")[0]
    answer = await dana.client.post(f"{bench(case)}/undo", data={"csrf": secret})
    assert answer.headers["location"] == f"{bench(case)}?done=too_late"


async def test_what_the_law_refuses_by_then_comes_back_with_its_text(
    case: str, desk: Desk, dana: Reader, hinge: Hinge, wall: Wall
):
    await sent(dana, case, step="decide", **FINDINGS, **REFUND)
    await desk.say(case, ALICE, "withdraw")
    wall.ahead += timedelta(seconds=61)
    assert await worker.one_round(hinge) == 0
    work = await desk_work.of(hinge.db, MARKET, case, "dana")
    assert work is not None
    assert work.state == "refused"
    text = await dana.text(bench(case))
    assert "Your decision did not go out." in text
    assert REFUND["rationale"] in text
    assert "A decision came back to you." in await dana.text("/desk")


async def test_who_comes_second_reads_the_first_decision_and_keeps_the_own_text(
    case: str, desk: Desk, dana: Reader, signed_in: Come
):
    await decide(dana, case, step="save", **FINDINGS, **REFUND)
    findings = {"claim": "not_proved"}
    await desk.say(case, DINO, "decide", findings=findings, rationale="Nothing shows that it stays dark.")
    text = await dana.text(bench(case))
    assert "Nothing shows that it stays dark." in text
    assert "By dino" in text
    assert REFUND["rationale"] in text


async def test_a_decision_without_a_reason_comes_back_with_the_field_marked(case: str, dana: Reader):
    answer = await sent(dana, case, step="decide", **FINDINGS, **(REFUND | {"rationale": ""}))
    assert answer.status_code == 409
    assert "Error: LAMP-1" in answer.text
    assert 'href="#rationale"' in answer.text
    assert 'id="rationale-err"' in answer.text


async def test_departing_asks_why(case: str, dana: Reader):
    answer = await sent(dana, case, step="decide", **FINDINGS, option="seller_favour", rationale="I see it otherwise.")
    assert answer.status_code == 409
    assert 'href="#departure"' in answer.text
    assert "I see it otherwise." in answer.text


async def test_nothing_is_decided_before_an_outcome_is_chosen(case: str, dana: Reader):
    answer = await sent(dana, case, step="decide", option="", rationale="Because.")
    assert answer.status_code == 422
    assert "Choose an outcome." in answer.text


async def test_the_preview_shows_money_clocks_and_the_statement_both_will_read(case: str, desk: Desk, dana: Reader):
    answer = await decide(dana, case, step="check", **FINDINGS, **REFUND)
    assert answer.status_code == 200
    for told in ("Clocks that start", "Rp4.000", REFUND["rationale"], "as they will read it", "The seller may appeal"):
        assert told in answer.text
    assert "Reviewer 1" in answer.text
    assert (await desk.stands(case)).stage == "under_review"


async def test_a_stale_page_changes_nothing_and_keeps_the_text(case: str, desk: Desk, dana: Reader):
    tree = await dana.page(bench(case))
    form = dict(next(each for each in tree.forms if each.get("id") == "decide").form_values())
    await desk.say(case, DANA, "record_verification", source="The maker", result="Serial number known")
    answer = await dana.client.post(f"{bench(case)}/decide", data=form | FINDINGS | REFUND)
    assert answer.status_code == 409
    assert "The case has changed since you opened this page." in answer.text
    assert REFUND["rationale"] in answer.text


async def test_holding_and_looking_are_told_apart(case: str, desk: Desk, dana: Reader, signed_in: Come):
    dino = await signed_in(DINO)
    await dino.page(bench(case))
    assert "Also looking: dino" in await dana.text(bench(case))
    await dana.send(bench(case), f"{bench(case)}/claim")
    assert "You hold it until" in await dana.text(bench(case))
    text = await dino.text(bench(case))
    assert "dana holds it until" in text
    assert "You cannot decide this case." in text
    assert not (await dino.page(bench(case))).xpath("//form[@id='decide']")
    await dana.send(bench(case), f"{bench(case)}/release")
    assert (await desk.stands(case)).assigned_to is None


async def test_a_party_to_the_order_cannot_be_its_judge(case: str, signed_in: Come):
    text = await (await signed_in(Actor("adjudicator", "bob"))).text(bench(case))
    assert "You cannot decide this case." in text


async def test_a_queue_may_ask_for_findings_first(case: str, dana: Reader, signed_in: Come):
    olga = await signed_in(OLGA)
    assert (await olga.send("/desk/settings", "/desk/settings", disputes="yes")).status_code == 303
    tree = await dana.page(bench(case))
    assert "Look first." in words(tree.get_element_by_id("rec"))
    assert "ID-17" not in words(tree.get_element_by_id("rec"))
    await decide(dana, case, step="save", **FINDINGS)
    assert "For the buyer: Refund." in words((await dana.page(bench(case))).get_element_by_id("rec"))


async def test_another_person_reviews_the_appeal_with_the_first_decision_frozen(
    case: str, desk: Desk, dana: Reader, signed_in: Come, hinge: Hinge, wall: Wall
):
    findings = {"claim": "proved", "rebuttal": "insufficient", "returnable": False}
    await desk.say(case, DANA, "decide", findings=findings, rationale="It stays dark.")
    piece = {"type": "test_report", "text": "The maker’s own report"}
    await desk.say(case, BOB, "appeal", grounds="new_evidence", statement="See the report", evidence=[piece])
    await desk.say(case, ALICE, "decline_evidence")
    assert "You cannot decide this case." in await dana.text(bench(case))
    dino = await signed_in(DINO)
    tree = await dino.page(bench(case))
    text = words(tree)
    for told in ("The decision under appeal", "It stays dark.", "See the report", "New with the appeal"):
        assert told in text
    assert "dana" not in words(tree.get_element_by_id("timeline"))
    answer = await sent(dino, case, step="decide", result="stands", rationale="The report is of another lamp.")
    assert answer.status_code == 303
    wall.ahead += timedelta(seconds=61)
    assert await worker.one_round(hinge) == 1
    assert (await desk.stands(case)).appeals[-1].result == "stands"


async def test_similar_cases_show_outcome_and_what_became_of_them(case: str, desk: Desk, dana: Reader):
    other = await desk.disputed(2)
    assert "No case like this was decided yet." in await dana.text(f"{bench(case)}/similar")
    await desk.say(other, DANA, "decide", findings={"claim": "not_proved"}, rationale="Nothing shows it.")
    text = await dana.text(f"{bench(case)}/similar")
    assert "Desk lamp 2" in text
    assert "Decided by a person" in text


async def test_work_is_sealed_and_its_authors_alone(case: str, dana: Reader, signed_in: Come, hinge: Hinge):
    await decide(dana, case, step="save", **FINDINGS, **REFUND)
    async with hinge.db.reading(MARKET) as connection:
        [stored] = await connection.fetch("SELECT body FROM desk_work")
    assert REFUND["rationale"].encode() not in stored["body"]
    assert REFUND["rationale"] not in await (await signed_in(DINO)).text(bench(case))


async def test_the_version_of_the_desk_changes_with_a_case(case: str, desk: Desk, hinge: Hinge):
    before = await desk_rows.version(hinge.db, MARKET)
    await desk.say(case, DANA, "claim")
    assert await desk_rows.version(hinge.db, MARKET) != before
