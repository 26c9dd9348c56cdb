"""A3: asking for more, giving time, recording and reclassifying: questions, consequences, then done."""

import pytest

from amends.portal.desk.tasks import TASKS
from tests.portal.desk.conftest import Desk, Reader


@pytest.fixture
async def case(desk: Desk) -> str:
    return await desk.disputed()


async def test_asking_for_more_shows_the_clock_before_it_is_sent(case: str, desk: Desk, dana: Reader):
    path = f"/desk/cases/{case}/request-evidence"
    fields = {
        "party": "buyer",
        "types": ["photo_of_item", "tracking"],
        "statement": "A photo with the plug in the wall",
    }
    checked = await dana.send(path, path, **fields)
    assert checked.status_code == 200
    assert "Evidence we asked for" in checked.text
    assert (await desk.stands(case)).evidence_requests == ()
    done = await dana.send(path, path, step="send", **fields)
    assert done.status_code == 303
    [asked] = (await desk.stands(case)).evidence_requests
    assert asked.types == ("photo_of_item", "tracking")
    assert "Not yet:" in await dana.text(f"/desk/cases/{case}")


async def test_an_empty_form_comes_back_with_its_text(case: str, dana: Reader):
    path = f"/desk/cases/{case}/request-evidence"
    answer = await dana.send(path, path, party="buyer", statement="Show me the plug")
    assert answer.status_code == 422
    assert 'href="#types"' in answer.text
    assert "Show me the plug" in answer.text


async def test_more_time_says_from_when_to_when(case: str, desk: Desk, dana: Reader):
    path = f"/desk/cases/{case}/extend-deadline"
    [clock] = (await desk.stands(case)).open_deadlines("decision")
    fields = {"deadline": clock.id, "hours": "24", "statement": "The laboratory answers tomorrow"}
    checked = await dana.send(path, path, **fields)
    assert checked.status_code == 200, checked.text[:800]
    await dana.send(path, path, step="send", **fields)
    [later] = (await desk.stands(case)).open_deadlines("decision")
    assert (later.due_at - clock.due_at).total_seconds() == 24 * 3600


async def test_a_verification_is_written_into_the_case(case: str, desk: Desk, dana: Reader):
    path = f"/desk/cases/{case}/record-verification"
    await dana.send(path, path, step="send", source="The carrier", result="Weighed 2.1 kg")
    assert (await desk.stands(case)).verifications[0].result == "Weighed 2.1 kg"


async def test_what_is_not_open_says_which_rule_stands_in_the_way(case: str, desk: Desk, dana: Reader):
    path = f"/desk/cases/{case}/reclassify"
    fields = {"step": "send", "severity": "major", "statement": "It smells of smoke"}
    assert (await dana.send(path, path, **fields)).status_code == 303
    again = await dana.send(path, path, **(fields | {"severity": "minor"}))
    assert again.status_code == 409
    assert "The rule:" in again.text


@pytest.mark.parametrize("command", sorted(TASKS))
async def test_every_task_has_its_form(case: str, dana: Reader, command: str):
    await dana.page(f"/desk/cases/{case}/{command.replace('_', '-')}")


async def test_there_is_no_form_for_anything_else(case: str, dana: Reader):
    await dana.page(f"/desk/cases/{case}/erase-personal-data", 404)
