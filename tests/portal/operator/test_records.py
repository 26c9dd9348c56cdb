"""What was done and what was moved: the ledger adds up, sheets are harmless, a stuck deadline can be tried again."""

import csv
import io
from datetime import UTC, datetime

import pytest

from amends.handle import Hinge
from amends.portal.operator.spreadsheet import cell
from amends.store import deadlines
from tests.cast import MARKET
from tests.portal.desk.conftest import Reader, words


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =HYPERLINK()", "\r=1", "\uff1d1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert cell(text).startswith("'")


def test_a_number_stays_a_number() -> None:
    assert [cell(-450), cell(None), cell("Lamp")] == ["-450", "", "Lamp"]
    assert cell(datetime(2026, 1, 8, 4, tzinfo=UTC)) == "2026-01-08T04:00:00Z"


async def test_over_all_accounts_the_total_comes_back_to_zero(olga: Reader, played: dict[str, str]) -> None:
    answer = await olga.client.get("/operator/ledger.csv?days=365")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows, "a paid refund was posted"
    assert rows[-1]["total_minor"] == "0"
    assert sum(int(row["amount_minor"]) for row in rows) == 0


async def test_a_page_goes_on_from_what_was_before(olga: Reader, played: dict[str, str]) -> None:
    whole = await olga.page("/operator/ledger?days=365&role=seller")
    totals = [words(one) for one in whole.xpath("//tr/td[6]")]
    amounts = [words(one) for one in whole.xpath("//tr/td[5]")]
    assert totals[0] == amounts[0]
    late = await olga.page("/operator/ledger?from=2040-01-01&to=2040-01-02&role=seller")
    assert "No posting fits" in words(late)


async def test_the_audit_log_is_narrowed_by_role_and_kind(olga: Reader, played: dict[str, str]) -> None:
    everything = await olga.page("/operator/audit")
    assert len(everything.xpath("//tbody/tr")) > 10
    decided = await olga.page("/operator/audit?type=decided&role=adjudicator")
    rows = decided.xpath("//tbody/tr")
    assert len(rows) == 1
    assert "dana" in words(rows[0])
    assert "lamp in the picture" not in words(everything), "what people write is read in the case"


async def test_a_broken_cursor_is_no_defect(olga: Reader, played: dict[str, str]) -> None:
    await olga.page("/operator/audit?after=nonsense", 400)
    await olga.page("/operator/ledger?after=nonsense", 400)
    await olga.page("/operator/audit?case=nonsense", 404)


async def test_a_deadline_that_stands_aside_is_shown_and_tried_again(
    olga: Reader, ari: Reader, hinge: Hinge, played: dict[str, str]
) -> None:
    case_id = played["paid"]
    [due] = [one for one in await deadlines.of_case(hinge.db, MARKET, case_id) if one.state == "open"][:1]
    for _ in range(8):
        await deadlines.set_aside(hinge.db, MARKET, case_id, due.deadline_id, error="a defect", at=hinge.clock())
    page = await olga.page("/operator/health")
    assert "a defect" in words(page)
    assert "1 deadlines failed to fire" in words(page)
    fields = {"case": case_id, "deadline": due.deadline_id}
    assert (await ari.client.post("/operator/health/release", data=fields)).status_code == 404
    assert not (await ari.page("/operator/health")).xpath("//form[@action='/operator/health/release']")
    answer = await olga.send("/operator/health", "/operator/health/release")
    assert answer.headers["location"] == "/operator/health?done=released"
    assert not await deadlines.list_set_aside(hinge.db, MARKET)


async def test_a_window_is_counted_out_day_by_day(olga: Reader) -> None:
    page = await olga.page("/operator/calendars?market=US&day=2025-11-26&time=15:10&amount=2&unit=business_days")
    told = words(page.xpath("//section[@aria-labelledby='cal-c']")[0])
    assert "skipped (Thanksgiving" in told
    assert "Ends at Tue 2 Dec 2025, 00:00 PST" in told
