"""Windows as packs write them: what is printed can be read back, and nothing else is a window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.law.calendar import Window
from amends.store.pack_file import PackFile
from tests.policies.planting import US

UNITS = ["hours", "calendar_days", "business_days", "months"]
APPEAL = "appeal: {window: 21 calendar days,"


def read(text: str) -> tuple[Window | None, list[str]]:
    """The window a pack would have from `text`, or what is wrong with it."""
    file = PackFile(US.read_text().replace(APPEAL, f"appeal: {{window: {text},"))
    return (file.pack.windows.appeal.window if file.pack else None), [f.message for f in file.findings]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("amount", [1, 2, 48, 365])
def test_a_printed_window_is_read_back(amount, unit) -> None:
    window = Window(amount, unit)
    assert read(str(window)) == (window, [])


def test_one_may_be_written_in_the_singular_or_the_plural() -> None:
    assert read("1 hour") == read("1 hours") == (Window(1, "hours"), [])


@pytest.mark.parametrize(
    "text", ["2 days", "two hours", "-1 hours", "1.5 hours", "hours", "48", "48hours", "48  hours", "'48 hours '",
             "2 Business days", "99999 hours", "2 business_days", "true", "[2, hours]"]
)  # fmt: skip
def test_what_is_no_window_is_refused(text) -> None:
    window, messages = read(text)
    assert window is None
    assert any("windows.appeal.window: " in message and "is no window" in message for message in messages)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"]), max_size=20))
def test_any_quoted_text_is_a_window_or_a_finding_and_never_an_error(text) -> None:
    window, messages = read("'" + text.replace("'", "''") + "'")
    assert (window is None) == bool(messages)
