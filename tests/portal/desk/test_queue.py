"""A1: the queue says what waits, most urgent first, and its address says everything that was chosen."""

from collections.abc import Awaitable, Callable

from amends.law.actors import Actor
from tests.cast import ALICE
from tests.portal.desk.conftest import DANA, DINO, OLGA, Desk, Reader, words

Come = Callable[[Actor], Awaitable[Reader]]


async def rows(reader: Reader, path: str = "/desk") -> list[str]:
    return [words(row) for row in (await reader.page(path)).xpath("//tbody[@id='rows']/tr")]


async def test_an_empty_queue_says_so(dana: Reader):
    assert "This view is clear." in await dana.text("/desk")


async def test_each_case_is_a_row_with_its_clock_its_parties_and_what_is_at_stake(desk: Desk, dana: Reader):
    await desk.disputed()
    [row] = await rows(dana)
    assert "Desk lamp 1" in row
    assert "Rp4.000" in row
    assert "alice" in row
    assert "bob" in row
    assert "WIB" in row
    assert "From the buyer: 1" in row
    assert "2 findings open" in row


async def test_the_heading_says_by_what_the_rows_are_ordered(desk: Desk, dana: Reader):
    await desk.disputed()
    tree = await dana.page("/desk")
    assert tree.xpath("//table//th[@aria-sort='ascending']//text()")[0].startswith("Due")


async def test_filters_order_and_search_live_in_the_address(desk: Desk, dana: Reader):
    for number in (1, 2):
        await desk.disputed(number)
    assert len(await rows(dana, "/desk?q=lamp-2")) == 1
    assert len(await rows(dana, "/desk?reason=defective")) == 2
    assert await rows(dana, "/desk?reason=counterfeit") == []
    assert len(await rows(dana, "/desk?view=appeals")) == 0
    tree = await dana.page("/desk?reason=defective&sort=-amount&q=lamp")
    assert tree.xpath("//th[@aria-sort='descending']")
    assert "reason=defective" in tree.xpath("//thead//a/@href")[0]


async def test_a_percent_sign_finds_nothing_more(desk: Desk, dana: Reader):
    await desk.disputed()
    assert await rows(dana, "/desk?q=%25amp") == []


async def test_start_next_case_takes_the_most_urgent_one(desk: Desk, dana: Reader):
    case = await desk.disputed()
    answer = await dana.send("/desk", "/desk/next")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/cases/{case}")
    assert (await desk.stands(case)).assigned_to == "dana"
    again = await dana.send("/desk", "/desk/next")
    assert again.headers["location"] == "/desk?none=1"


async def test_selected_cases_are_taken_together(desk: Desk, dana: Reader):
    ids = [await desk.disputed(number) for number in (1, 2)]
    await dana.send("/desk", "/desk/take", ids=ids)
    assert len(await rows(dana, "/desk?view=mine")) == 2
    assert await rows(dana, "/desk?view=unassigned") == []


async def test_what_another_holds_is_not_taken(desk: Desk, dana: Reader, signed_in: Come):
    case = await desk.disputed()
    await desk.say(case, DINO, "claim")
    await dana.send("/desk", "/desk/take", take=case)
    assert (await desk.stands(case)).assigned_to == "dino"


async def test_a_view_is_kept_and_forgotten(desk: Desk, dana: Reader):
    await desk.disputed()
    answer = await dana.send("/desk?reason=defective", "/desk/views", name="Broken", query="reason=defective&evil=1")
    assert answer.headers["location"] == "/desk?reason=defective"
    tabs = (await dana.page("/desk")).xpath("//nav[@aria-label='Saved views']/a")
    assert words(tabs[-1]) == "Broken"
    await dana.send("/desk", "/desk/views", forget="Broken")
    assert "Broken" not in await dana.text("/desk")


async def test_parties_have_no_desk(signed_in: Come):
    for path in ("/desk", "/desk/live", "/desk/settings"):
        await (await signed_in(ALICE)).page(path, 404)


async def test_an_operator_reads_the_queue_and_takes_nothing(desk: Desk, signed_in: Come):
    case = await desk.disputed()
    olga = await signed_in(OLGA)
    assert "Start next case" not in await olga.text("/desk")
    tree = await olga.page("/desk")
    answer = await olga.client.post(
        "/desk/take", data={"csrf": tree.xpath("//input[@name='csrf']/@value")[0], "take": case}
    )
    assert answer.status_code == 404


async def test_the_rail_shows_only_what_a_role_may_open(signed_in: Come):
    hrefs = {who.role: (await (await signed_in(who)).page("/desk")).xpath("//aside//a/@href") for who in (DANA, OLGA)}
    assert "/operator/people" not in hrefs["adjudicator"]
    assert "/operator/people" in hrefs["operator"]
    assert "/desk?view=mine" not in hrefs["operator"]


async def test_the_queue_speaks_indonesian(desk: Desk, signed_in: Callable[..., Awaitable[Reader]]):
    await desk.disputed()
    text = await (await signed_in(DANA, "id")).text("/desk")
    assert "Antrean" in text
    assert "Mulai kasus berikutnya" in text
