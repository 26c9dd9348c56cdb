"""A defect behind a page: what the person reads, and the reference that finds it in the log."""

import pytest
from structlog.testing import capture_logs

from amends.store import desk
from tests.portal.desk.conftest import Reader, words


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
