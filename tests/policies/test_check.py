"""A pack of the right shape that is not sound: gaps, overlaps, values without grounds, clauses nobody carries."""

import msgspec
import pytest

from amends.law.check import faults
from amends.law.policy import Pack
from amends.store.policies import installed
from tests.policies.planting import Planted

MISTAKES = {
    "an overlap": (
        "when: {scenario: quality, severity: minor}", "when: {scenario: quality, severity: [minor, major]}", -1,
        "rows 'major-fault' and 'minor-fault' both apply to scenario quality, severity major"),
    "a gap": (
        "when: {scenario: [counterfeit, delayed, lost, damaged]}", "when: {scenario: [counterfeit, delayed, lost]}",
        None, "no row of return_risk applies to scenario damaged"),
    "a column there is not": (
        "when: {scenario: lost}", "when: {scenaro: lost}", 0, "there is no column 'scenaro'; did you mean 'scenario'?"),
    "a value there is not": (
        "when: {scenario: lost}", "when: {scenario: vanished}", 0, "scenario is never vanished"),
    "a switch for a word": (
        "deceptive: true}", "deceptive: 'true'}", 0, "deceptive is never true"),
    "a row that accepts nothing": (
        "when: {scenario: lost}", "when: {scenario: []}", 0, "can never apply: scenario accepts nothing"),
    "two rows of one name": (
        "- id: minor-fault", "- id: major-fault", 0, "the id 'major-fault' is used twice; row 3 has it too"),
    "a window of nothing": (
        "{window: 48 hours", "{window: 0 hours", 0, "a window of 0 hours ends as it begins"),
    "a filing window of nothing": (
        "anchor: promised_by, window: 30 calendar days", "anchor: promised_by, window: 0 calendar days", 0,
        "a window of 0 calendar days ends as it begins"),
    "a window that must not be open": (
        "appeal: {window: 21 calendar days", "appeal: {window: null", 0, "appeal needs a window"),
    "a limit of none": (
        "disputes_per_line: {value: 2", "disputes_per_line: {value: 0", 0, "disputes_per_line is 0; it is at least 1"),
    "more than all": (
        "percent_of_orders: {value: 30", "percent_of_orders: {value: 130", 0, "a percentage is at most 100"),
    "points that run backwards": (
        "    points_max: 200\n", "    points_max: 0\n", -3, "points_min and points_max go together"),
    "a value that cites nothing": (
        "clauses: [US-37, US-39, A15, G11]", "clauses: []", 0, "this value cites no clause"),
    "a reading without a reason": (
        "clauses: [US-5, US-38, US-53, US-108, G3]", "clauses: [US-5, US-38, US-53, US-108]", 0,
        "this is a reading: say `because`"),
    "a clause there is not": (
        "clauses: [US-37, US-39, A15, G11]", "clauses: [US-37, US-39, A15, G11, US-370]", 0,
        "'US-370' is neither a clause nor a reading"),
    "a rule citing a clause there is not": (
        "request.lapse: [US-39", "request.lapse: [US-939", 0, "'US-939' is neither a clause nor a reading"),
    "a reading about a clause there is not": (
        "    clauses: [US-25]", "    clauses: [US-255]", 0, "'US-255' is neither a clause nor a reading"),
    "a clause both carried and left out": (
        "  US-1: A general", "  US-2: A general", 0, "US-2 is said not to be modelled, yet rule_clauses dispute.open"),
    "a clause left out that is none": (
        "  US-1: A general", "  US-100000: A general", 0, "this pack has no clause 'US-100000'"),
    "a reading nobody follows": (
        "readings:\n", "readings:\n  Z9: {problem: 'a b', read: 'a b', why: 'a b'}\n", 1,
        "nothing cites the reading Z9"),
    "a clause nobody carries": (
        "clauses:\n  US-1:", "clauses:\n  US-0: {heading: 'x', says: 'x y'}\n  US-1:", 1, "nothing cites US-0"),
    "a reading under a clause's name": (
        "readings:\n", "readings:\n  US-5: {problem: 'a b', read: 'a b', why: 'a b'}\n", 1,
        "'US-5' is already the id of a clause"),
    "material shown nobody says when": (
        "{party: buyer, to: seller, value: at_once", "{party: buyer, to: seller, types: [tracking], value: at_once",
        None, "say once, without types, when the seller sees what the buyer hands in"),
    "material shown at two times": (
        "    types: [supplier_contract]\n", "    types: [supplier_contract, address_check]\n", None,
        "when the buyer sees the seller's address_check is said twice"),
    "one's own material": (
        "{party: carrier, to: buyer,", "{party: buyer, to: buyer,", 0, "the buyer always sees its own material"),
    "material for nobody": (
        "when: {party: carrier, scenario: delayed}", "when: {party: carrier, scenario: quality}", 0,
        "nobody is asked for material with party carrier, scenario quality"),
    "a reason of another scenario": (
        "reason: [item_missing, wrong_quantity]}", "reason: [allergy]}", 0, "can never apply: nobody is asked"),
    "somebody without a list": (
        "when: {party: buyer, scenario: lost}", "when: {party: buyer, scenario: delayed}", None,
        "no row tells the buyer what to bring in a case of lost"),
    "a line without evidence": (
        "types: [listing_snapshot]", "types: []", 0, "this line names no type of evidence"),
    "a text in one language": (
        "      id: Masuk dengan akun", "    # ", -2, "the text is missing in 'id'"),
    "a burden nobody bears": (
        "scenarios: [lost]", "scenarios: [delayed]", None, "nobody bears the burden of proof in a case of lost"),
    "a burden borne twice": (
        "scenarios: [delayed]", "scenarios: [delayed, lost]", 0, "the burden in a case of lost is given twice"),
    "a check given twice": (
        "  - check: withdrawn", "  - check: request_running", None, "the check 'request_running' is given twice"),
    "a check left out": (
        "  - check: withdrawn", "  - check: request_running", None, "no ground has the check 'withdrawn'"),
    "a market in small letters": ("market: US", "market: us", 0, "market: 'us' does not match"),
    "a zone there is not": (
        "zone: America/Los_Angeles", "zone: America/Los_Angels", 0, "is no IANA time zone"),
    "a country without holidays": ("calendar: US", "calendar: XX", 0, "no holidays are known for 'XX'"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_where_it_is(tmp_path, mistake) -> None:
    old, new, offset, says = MISTAKES[mistake]
    planted = Planted(tmp_path, old, new)
    found = [finding for finding in planted.findings() if says in finding.message]
    assert found, planted.findings()
    if offset is not None and mistake != "an overlap":
        assert found[0].line == planted.line + offset


def test_an_overlap_is_found_at_the_later_of_the_two_rows(tmp_path) -> None:
    old, new, offset, says = MISTAKES["an overlap"]
    planted = Planted(tmp_path, old, new)
    assert [f.line for f in planted.findings() if says in f.message] == [planted.line + offset]


def test_a_gap_shows_only_a_few_inputs(tmp_path) -> None:
    planted = Planted(tmp_path, "when: {outcome: split}", "when: {outcome: split, scenario: lost, wanted: refund}")
    assert sum("no row of remedies applies" in f.message for f in planted.findings()) == 3


def test_a_row_without_conditions_beside_others_overlaps_with_all() -> None:
    book = installed().policies[0].pack
    open_row = msgspec.structs.replace(book.return_risk[0], id="always", when={})
    broken = msgspec.structs.replace(book, return_risk=(*book.return_risk, open_row))
    assert sum("both apply" in fault.message for fault in faults(broken)) == len(book.return_risk)


def test_a_checklist_row_that_asks_for_nothing_is_a_fault() -> None:
    book: Pack = installed().policies[0].pack
    row = book.checklist[0]
    empty = msgspec.structs.replace(row, then=msgspec.structs.replace(row.then, items=()))
    broken = msgspec.structs.replace(book, checklist=(empty, *book.checklist[1:]))
    assert [fault.path for fault in faults(broken)] == [("checklist", 0, "then")]
