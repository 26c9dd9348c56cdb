"""A defect behind a page: what the person reads, and the reference that finds it in the log."""

from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from amends.law.actors import Actor
from amends.store import desk
from tests.cast import ALICE, BOB
from tests.evidence.pieces import picture
from tests.portal.desk.conftest import OLGA, Desk, Reader, words

LIKE_NUMBERS = ("²", "9" * 5000, "٤٤", "-1", "")
"""What a browser never sends for a number, and somebody does."""


async def test_a_defect_names_a_reference_that_is_in_the_log_and_nothing_else(
    dana: Reader, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_given: object, **_named: object) -> None:
        raise RuntimeError("quokka")

    monkeypatch.setattr(desk, "work", broken)
    with capture_logs() as logged:
        told = words(await dana.page("/desk", 500))
    [line] = [one for one in logged if one["event"] == "defect"]
    assert line["page"] == "desk"
    assert f"tell us this reference: {line['reference']}" in told
    assert "quokka" not in told


@pytest.mark.parametrize("text", LIKE_NUMBERS, ids=("superscript", "endless", "arabic", "negative", "empty"))
async def test_what_only_looks_like_a_number_breaks_no_page(
    text: str, desk: Desk, signed_in: Callable[[Actor], Awaitable[Reader]]
):
    upload = await desk.sent(ALICE, picture(), "lamp.jpg")
    case = await desk.disputed(photo=upload)
    asked = {
        ALICE: (f"/files/{upload}/w640?page={text}", f"/cases/{case}/decisions/{text}x/statement.pdf"),
        BOB: (f"/shop/cases?page={text}", f"/shop/cases/{case}/offer?share={text}",
              f"/shop/cases/{case}/offer?text={text}"),
        OLGA: (f"/desk?page={text}", f"/operator/cases?page={text}", f"/operator/audit?tab=looks&page={text}",
               f"/operator/calendars?year={text}", f"/operator/calendars?amount={text}&unit=days"),
    }  # fmt: skip
    for who, paths in asked.items():
        reader = await signed_in(who)
        found = {path: (await reader.client.get(path)).status_code for path in paths}
        assert set(found.values()) <= {200, 303, 404}, found
