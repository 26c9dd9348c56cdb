"""Figures: every number is what its list holds, and says no more than was counted."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from amends.law.actors import Actor
from tests.cast import ALICE, BOB
from tests.portal.desk.conftest import Reader, words

PATHS = ("/operator", "/operator/cases", "/operator/health", "/operator/ledger", "/operator/audit",
         "/operator/calendars", "/operator/notices", "/operator/cases.csv", "/operator/ledger.csv")  # fmt: skip
WHOLE = "?days=365"


def counted(tree: Any) -> int:
    """How many cases a list says it has."""
    return int(tree.xpath("//header[@class='topbar']//span[@class='pill']")[0].text_content())


async def test_each_number_opens_as_many_cases(olga: Reader, played: dict[str, str]) -> None:
    tree = await olga.page(f"/operator{WHOLE}")
    tiles = tree.xpath("//a[@class='tile']")
    assert len(tiles) == 6
    seen = {}
    for tile in tiles:
        label, value = tile.xpath("./span[1]")[0].text, tile.xpath("./span[@class='v']")[0].text
        shown = await olga.page(tile.get("href"))
        seen[label] = (value, counted(shown), len(shown.xpath("//tbody/tr")))
    assert seen["Open cases"] == ("3", 3, 3)
    assert seen["Late"] == ("2", 2, 2)
    assert seen["Decided automatically"][0] == "0.0%"


async def test_silence_is_counted_for_whoever_kept_silent(olga: Reader, played: dict[str, str]) -> None:
    tree = await olga.page(f"/operator{WHOLE}")
    chart = tree.xpath("//section[@aria-labelledby='c-silence']")[0]
    rows = {bar.xpath(".//a")[0].text: bar for bar in chart.xpath(".//ul[@class='bars']/li")}
    assert words(rows["Reviewer"].xpath("./span[@class='note2']")[0]) == "2 of 3", "two of three were not decided"
    assert words(rows["Seller"].xpath("./span[@class='n']")[0]) == "0.0%"
    listed = await olga.page(rows["Reviewer"].xpath(".//a")[0].get("href"))
    assert counted(listed) == 2


async def test_a_refund_is_borne_by_who_paid_it(olga: Reader, played: dict[str, str]) -> None:
    tree = await olga.page(f"/operator{WHOLE}")
    chart = tree.xpath("//section[@aria-labelledby='c-cost']")[0]
    bar = chart.xpath(".//ul[@class='bars']/li")[0]
    assert words(bar.xpath("./span[1]")[0]) == "Seller"
    assert "100.0%" in words(chart.xpath(".//p[@class='finding']")[0])
    assert counted(await olga.page(bar.xpath(".//a")[0].get("href"))) == 1


async def test_a_chart_has_its_finding_and_its_numbers(olga: Reader, played: dict[str, str]) -> None:
    tree = await olga.page(f"/operator{WHOLE}")
    plot = tree.xpath("//*[@role='img']")[0]
    assert plot.get("aria-label") == "More cases were opened than closed: 3 against 0."
    table = tree.xpath("//section[@aria-labelledby='c-flow']//table")[0]
    assert sum(int(cell.text) for cell in table.xpath(".//tr/td[1]")) == 3


async def test_a_period_holds_its_first_and_its_last_day_only(olga: Reader, played: dict[str, str]) -> None:
    before = await olga.page("/operator/cases?of=opened&from=2020-01-01&to=2020-12-31")
    assert counted(before) == 0
    assert "No case fits" in words(before)


@pytest.mark.parametrize("who", [ALICE, BOB, Actor("adjudicator", "dana")])
async def test_whoever_does_not_oversee_finds_nothing(
    signed_in: Callable[[Actor], Awaitable[Reader]], who: Actor
) -> None:
    reader = await signed_in(who)
    for path in PATHS:
        await reader.page(path, 404)


async def test_an_auditor_reads_what_an_operator_reads(ari: Reader, played: dict[str, str]) -> None:
    for path in PATHS:
        assert (await ari.client.get(path)).status_code == 200, path


async def test_a_filter_that_is_none_shows_nothing_foreign(olga: Reader, played: dict[str, str]) -> None:
    await olga.page("/operator/cases?of=everything", 404)
    assert counted(await olga.page("/operator/cases?of=open&reason=%27%20or%201%3D1")) == 0
