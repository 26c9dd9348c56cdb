"""The inbox: what needs an answer first, counted, searched and paged."""

import pytest

from amends.portal.seller import inbox
from tests.cast import MONDAY
from tests.portal.reading import find, words_of

pytestmark = pytest.mark.database


def tab(page, name: str) -> tuple[str, str]:
    """A tab's count and address."""
    [found] = [one for one in find(page, "nav.tabs a") if one.text_content().startswith(name)]
    return found.text_content().removeprefix(name), found.get("href")


async def test_an_empty_shop_is_told_what_will_stand_there(shop):
    said = words_of(await shop.see("/shop/cases"))
    assert "Nothing needs an answer." in said
    assert "When a buyer reports a problem" in said


async def test_a_request_stands_under_answer_needed_with_its_deadline_and_what_is_missing(shop, asked):
    page = await shop.see("/shop/cases")
    [row] = find(page, "tr[data-row]")
    assert tab(page, "Answer needed")[0] == "1"
    assert "Wed 4 Mar, 10:00 WIB" in row.text_content()
    assert "Refund" in row.text_content()
    assert find(row, ".need"), "the policy asks for evidence of the seller"
    assert [one.get("href") for one in find(row, "td.do a.btn")] == [f"/shop/cases/{asked}/answer"]


async def test_the_soonest_deadline_stands_first(shop, callers, time_passes):
    late, soon = await callers.requested("O1"), None
    await time_passes(5)
    soon = await callers.requested("O2")
    ids = [one.get("href")[-36:] for one in find(await shop.see("/shop/cases"), "a.rowlink")]
    assert ids == [late["id"], soon["id"]]


async def test_every_tab_counts_what_its_list_shows(shop, callers, disputed):
    await callers.requested("O2")
    await callers.decided("O3")
    page = await shop.see("/shop/cases")
    for name in ("Answer needed", "Waiting", "Decided", "Can appeal", "All"):
        count, href = tab(page, name)
        rows = find(await shop.see(href), "tr[data-row]")
        assert str(len(rows)) == count, name
    assert tab(page, "Can appeal")[0] == "1"
    assert tab(page, "All")[0] == "3"


async def test_another_shops_cases_are_not_there(shop, callers):
    await callers.order("O9", seller={"id": "mallory"})
    case = await callers.filed("O9")
    page = await shop.see("/shop/cases?tab=all")
    assert not find(page, "tr[data-row]")
    for place in ("answer", "contest", "offer", "accept", "appeal", "return", "remedy", "nothing", "offered"):
        await shop.see(f"/shop/cases/{case['id']}/{place}", 404)


@pytest.mark.parametrize("text", ["O7", "o7", "KC-880 017", "kc880017"])
async def test_search_finds_by_order_and_by_tracking_number(shop, callers, text):
    await callers.requested("O1")
    await callers.order("O7", fulfilment={"delivered_at": MONDAY.isoformat(), "tracking_number": "KC880017"})
    await callers.filed("O7")
    rows = find(await shop.see(f"/shop/cases?q={text}"), "tr[data-row]")
    assert ["O7" in row.text_content() for row in rows] == [True]


async def test_search_finds_by_case_and_says_when_nothing_fits(shop, asked):
    assert len(find(await shop.see(f"/shop/cases?q={asked[:8]}"), "tr[data-row]")) == 1
    assert "No case fits “%_%”" in words_of(await shop.see("/shop/cases?q=%25_%25"))


async def test_an_empty_list_names_the_next_deadline(shop, callers, asked):
    await (await callers.bob()).post(f"/v1/cases/{asked}/reject-request", {"statement": "It worked"})
    said = words_of(await shop.see("/shop/cases"))
    assert "Nothing needs an answer." in said
    assert "Next deadline: The buyer may open a dispute" in said


async def test_long_lists_have_pages(shop, callers, monkeypatch):
    monkeypatch.setattr(inbox, "PAGE", 2)
    for number in range(3):
        await callers.requested(f"O{number}")
    first = await shop.see("/shop/cases")
    [onward] = find(first, "a[rel=next]")
    second = await shop.see(onward.get("href"))
    assert (len(find(first, "tr[data-row]")), len(find(second, "tr[data-row]"))) == (2, 1)
    assert find(second, "a[rel=prev]")
    assert "Showing 3–3 of 3" in words_of(second)


@pytest.mark.parametrize("query", ["tab=none", "page=-1", "page=x", "of=bribes", "reason=x", "since=never", "q=%00"])
async def test_an_address_that_means_nothing_is_still_a_list(shop, asked, query):
    await shop.see(f"/shop/cases?{query}")


async def test_the_strip_has_a_mark_for_each_clock_of_the_next_day(shop, asked, time_passes):
    assert not find(await shop.see("/shop/cases"), ".horizon .hz svg rect:not(.latezone)")
    await time_passes(46)
    [mark] = find(await shop.see("/shop/cases"), ".horizon .hz svg rect:not(.latezone)")
    assert mark.get("class") == "soon"


async def test_it_speaks_indonesian(shop, asked):
    said = words_of(await shop.see("/shop/cases?lang=id"))
    assert "Perlu dijawab" in said
    assert "Rab 4 Mar, 10.00 WIB" in said
