"""A worked case that cannot be read is refused as a whole, with each line and what would be right."""

from pathlib import Path

import pytest

from amends.lab import book
from amends.lab.lined_yaml import FileFault
from amends.store.policies import installed
from tests.lab.writing import HEAD, REQUEST, case_file

LATER = "- {at: 2025-11-20T00:00:00-08:00, "


def faults(folder: Path, text: str) -> list[str]:
    path = case_file(folder, text)
    with pytest.raises(FileFault) as refused:
        book.read(path, installed())
    return [line.removeprefix(f"{path}:") for line in str(refused.value).splitlines()]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title:", "titel:", "1: a worked case has no key 'titel'; the nearest right one is 'title'"),
        ("tiktok-shop-us@2025-11-11", "tiktok-shop-us@2025-11-12",
         "2: there is no policy 'tiktok-shop-us@2025-11-12'; the nearest right one is 'tiktok-shop-us@2025-11-11'"),
        ("US-37", "US-370", "3: tiktok-shop-us@2025-11-11 has no clause 'US-370'; the nearest right one is"),
        ("[US-37, US-39]", "[]", "3: a worked case needs 'because'"),
        ("unit_price", "unit_prise", "4: an order has no key 'unit_prise'; the nearest right one is 'unit_price'"),
        ("4000", "-1", "4: order: Expected `int` >= 0 - at `$.lines[0].unit_price`"),
        ("unit_price: 4000", "discount: 9000", "4: order: line '1': quantity x unit_price"),
        ("as: buyer", "as: bayer", "6: nobody acts as 'bayer'; the nearest right one is 'buyer'"),
        ("as: buyer, ", "", "6: nobody acts as 'None'"),
        ("It does not switch on", "No", "7: with.statement: Expected `str`, got `bool`; put the word in quotes"),
        ("do: file_request", "do: file_requests", "6: there is no command 'file_requests'"),
        ("do: file_request", "do: lapse", "6: only the clock says `lapse`"),
        ("statement:", "statment:",
         "7: file_request has no field 'statment' here; the nearest right one is 'statement'"),
        (", statement: It does not switch on", "", "7: with: Object missing required field `statement`"),
        ("reason: defective", "reason: defectiv", "7: with.reason: Invalid enum value 'defectiv'; the nearest right"),
        ("wanted: refund", "evidence: [{typ: tracking}], wanted: refund",
         "7: file_request has no field 'typ' here; the nearest right one is 'type'"),
        ("-08:00, as", ", as", "6: `at` is an instant with its offset"),
        ("2025-11-14T15", "2025-10-14T15", "6: tiktok-shop-us@2025-11-11 is not the edition in force then"),
        ("title:", "title: [", "is not YAML"),
    ],
)  # fmt: skip
def test_a_slip_is_pointed_at_with_what_would_be_right(tmp_path: Path, old: str, new: str, said: str):
    text = (HEAD + REQUEST).replace(old, new)
    assert any(said in fault for fault in faults(tmp_path, text)), faults(tmp_path, text)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("expect: {refused: window_closed}}", "'expect' needs `as` and `do`"),
        ("as: seller, do: approve_request, expect: {refused: too_late}}", "there is no refusal code 'too_late'"),
        ("as: seller, do: approve_request, expect: {clauses: [US-37]}}", "`expect` holds {refused: CODE"),
        ("as: seller, do: approve_request, then: [agreed]}", "`then` holds keys of the case"),
        ("as: seller, do: approve_request, with: [1]}", "`with` holds the command's fields"),
        ("when: now}", "a step has no key 'when'"),
    ],
)
def test_a_step_that_means_nothing_is_refused(tmp_path: Path, step: str, said: str):
    [fault] = faults(tmp_path, HEAD + REQUEST + LATER + step + "\n")
    assert fault.startswith(f"8: {said}")


def test_time_may_not_run_backwards(tmp_path: Path):
    [fault] = faults(tmp_path, HEAD + REQUEST + "- {at: 2025-11-14T14:59:59-08:00, then: {}}\n")
    assert fault.startswith("8: time runs forward")


def test_a_key_given_twice_is_refused(tmp_path: Path):
    assert faults(tmp_path, "title: One\ntitle: Two\n") == ["2: 'title' is given twice"]


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path):
    text = (HEAD + REQUEST).replace("US-37", "US-x").replace("as: buyer", "as: nobody").replace("title", "titel")
    assert [fault.partition(":")[0] for fault in faults(tmp_path, text)] == ["1", "1", "3", "6"]


def test_an_order_has_plain_defaults(tmp_path: Path):
    order = book.read(case_file(tmp_path, HEAD + REQUEST), installed()).order
    assert (order.market, order.currency, order.status) == ("US", "USD", "delivered")
    assert (order.buyer.id, order.seller.id, order.fulfilment.carrier) == ("B1", "S1", "carrier")
    assert order.lines[0].paid == 4000
    assert order.fulfilment.delivered_at is not None
    assert (order.fulfilment.delivered_at - order.placed_at).days == book.DAYS_BEFORE


def test_short_forms_of_an_order_reach_their_places(tmp_path: Path):
    facts = "{shipped_at: 2025-11-12T10:00:00Z, fulfilment: ship_by_platform, verified: false, buyer: B7, " \
            "traits: [digital]}"  # fmt: skip
    text = HEAD.replace("{delivered_at: 2025-11-10T10:00:00-08:00, unit_price: 4000}", facts) + REQUEST
    order = book.read(case_file(tmp_path, text), installed()).order
    assert (order.status, order.fulfilment.mode, order.buyer.id) == ("shipped", "ship_by_platform", "B7")
    assert not order.buyer.verified
    assert order.lines[0].traits == ("digital",)


def test_a_path_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(FileFault, match="there is no such file or folder"):
        book.files([tmp_path / "nowhere"])


def test_a_worked_case_nested_without_end_is_refused(tmp_path: Path):
    path = tmp_path / "deep.yaml"
    path.write_text("title: x\ncase: " + "[" * 100_000)
    with pytest.raises(FileFault, match=r"deep\.yaml:2: is not YAML: this is nested deeper than 50 levels"):
        book.read(path, installed())


FILE = "{name: a.jpg, by: buyer, ticket_at: 2025-11-14T15:00:00-08:00}"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ("[a.jpg]", "a file has the keys name, by, ticket_at, arrives_at, media_type"),
        ("[{name: a.jpg, by: buyer}]", "file: Object missing required field `ticket_at`"),
        (f"[{FILE.replace('name', 'nam')}]", "a file has no key 'nam'; the nearest right one is 'name'"),
        (f"[{FILE.replace('buyer', 'bayer')}]", "file: Invalid enum value 'bayer'"),
        (f"[{FILE.replace('-08:00', '')}]", "a file's instants have their offset"),
    ],
)
def test_a_slip_in_a_file_is_pointed_at(tmp_path: Path, files: str, said: str):
    text = HEAD.replace("steps:", f"files: {files}\nsteps:") + REQUEST
    assert any(said in fault for fault in faults(tmp_path, text)), faults(tmp_path, text)


@pytest.mark.parametrize(
    "step", ["as: buyer, do: note_file, with: {upload: a.jpg, state: clean}}", "as: clock, do: withdraw}"]
)
def test_only_the_clock_notes_files_and_it_does_nothing_else(tmp_path: Path, step: str):
    said = "the clock says `note_file` and nothing else, and nobody else says that"
    assert any(said in fault for fault in faults(tmp_path, HEAD + REQUEST + LATER + step))


def test_a_case_with_files_or_of_years_is_played_in_memory_alone(tmp_path: Path):
    plain = book.read(case_file(tmp_path, HEAD + REQUEST), installed())
    with_file = HEAD.replace("steps:", f"files: [{FILE}]\nsteps:") + REQUEST
    files = book.read(case_file(tmp_path, with_file, "b.yaml"), installed())
    years = book.read(case_file(tmp_path, HEAD + REQUEST + LATER.replace("2025", "2027") + "then: {}}", "c.yaml"),
                      installed())  # fmt: skip
    assert plain.in_memory_only is None
    assert files.in_memory_only
    assert years.in_memory_only
