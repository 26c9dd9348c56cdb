"""How long a closed case is kept, through the store: its clock sleeps for years, stops for a hold, and fires once."""

from datetime import timedelta

import pytest

from amends.law.case import Case
from amends.store import cases
from amends.store.connect import Database
from amends.store.written import decode_case
from amends.sweep import Advanced, advance
from tests.cast import BOB, MARKET, MONDAY, OLGA, Stage

pytestmark = pytest.mark.database
YEAR = timedelta(days=366)


@pytest.fixture
async def closed(database: Database) -> tuple[Stage, str]:
    """Asked, agreed and paid under the Indonesian pack."""
    stage = Stage(database)
    await stage.stand(MONDAY)
    case_id = await stage.order()
    await stage.file(case_id)
    await stage.act(case_id, BOB, "approve_request")
    await stage.act(case_id, OLGA, "confirm_payment", remedy_id="r1", reference="P")
    return stage, case_id


async def case_of(stage: Stage, case_id: str) -> Case:
    row = await cases.get_case(stage.db, MARKET, case_id)
    assert row is not None
    assert row.projection.next_due_at is None, "how long a record is kept is nobody's turn"
    return decode_case(row.state)


async def test_it_fires_once_after_five_years_and_the_case_stays_closed(closed: tuple[Stage, str]):
    stage, case_id = closed
    assert await advance(stage.hinge, MARKET, MONDAY + 4 * YEAR) == Advanced(MONDAY + 4 * YEAR, 0)
    assert (await case_of(stage, case_id)).erased == ()
    assert await advance(stage.hinge, MARKET, MONDAY + 6 * YEAR) == Advanced(MONDAY + 6 * YEAR, 1)
    case = await case_of(stage, case_id)
    assert (case.stage, case.erased) == ("closed", ("buyer", "seller", "carrier"))
    assert (await stage.states(case_id))["retention.1"] == "fired"
    assert await advance(stage.hinge, MARKET, MONDAY + 20 * YEAR) == Advanced(MONDAY + 20 * YEAR, 0)


async def test_a_hold_stops_it_in_the_store_as_well(closed: tuple[Stage, str]):
    stage, case_id = closed
    await stage.act(case_id, OLGA, "place_legal_hold", statement="A suit")
    assert await advance(stage.hinge, MARKET, MONDAY + 20 * YEAR) == Advanced(MONDAY + 20 * YEAR, 0)
    await stage.act(case_id, OLGA, "lift_legal_hold", statement="Over")
    assert (await stage.states(case_id))["retention.2"] == "open"
    assert await advance(stage.hinge, MARKET, MONDAY + 26 * YEAR) == Advanced(MONDAY + 26 * YEAR, 1)
    assert len((await case_of(stage, case_id)).erased) == 3
    assert await stage.differences() == []
