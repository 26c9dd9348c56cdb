"""A pack file of the wrong shape: every mistake is found on its line, with what would be right."""

import pytest

from amends.store.pack_file import PackFile
from amends.store.policies import check_file
from tests.policies.planting import US, Planted

SHAPE_MISTAKES = {
    "a misspelt key": ("  reply:", "  replly:", "nearest right key is 'reply'"),
    "a key nobody knows": ("currency: USD", "currency: USD\ncolour: blue", None),
    "a wrong choice": ("window: 90 calendar days, status: reading", "window: 90 calendar days, status: guess",
                       "'guess' should be one of reading, source"),
    "a near choice": ("window: 90 calendar days, status: reading", "window: 90 calendar days, status: readng",
                      "did you mean 'reading'?"),
    "a misspelt unit": ("{window: 2 business days", "{window: 2 bussiness days", "did you mean 'business days'?"),
    "a unit there is not": ("{window: 48 hours", "{window: 48 fortnights", "write for example 24 hours"),
    "a number for a window": ("{window: 48 hours", "{window: 48", "'48' is no window"),
    "a word for a number": ("{value: 2, status", "{value: two, status", "'two' should be a whole number"),
    "a decimal for a number": ("{value: 2, status", "{value: 2.0, status", "'2.0' should be a whole number"),
    "a word for a switch": ("decide_on_buyer_material: {value: true", "decide_on_buyer_material: {value: sure",
                            "'sure' should be true or false"),
    "an instant without offset": ("in_force_from: 2025-11-11T00:00:00-08:00", "in_force_from: 2025-11-11",
                                  "an instant with its offset"),
    "a bare yes for a text": ("pack: tiktok-shop-us", "pack: yes", "in quotes where YAML would read"),
    "a list for a text": ("currency: USD", "currency: [USD]", "should be text"),
    "a text for a list": ("clauses: [US-37, US-39, A15, G11]", "clauses: US-37", "should be a list"),
    "a text for a section": (
        "counterfeit:\n  keep_until_irrevocable: {value: true, status: reading, clauses: [US-86, A17]}",
        "counterfeit: none", "should hold the keys keep_until_irrevocable"),
    "an unknown type of evidence": ("types: [listing_snapshot]", "types: [listing_snapshots]",
                                    "did you mean 'listing_snapshot'?"),
    "an unknown language": ("      id: Masuk", "      ms: Masuk", "it takes en, id"),
    "an unknown check": ("- check: withdrawn", "- check: retracted", "should be one of"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", SHAPE_MISTAKES)
def test_a_mistake_of_shape_is_found_on_its_line(tmp_path, mistake) -> None:
    old, new, says = SHAPE_MISTAKES[mistake]
    planted = Planted(tmp_path, old, new)
    if says is None:
        planted.line, says = planted.line + 1, "a pack has no key 'colour'; it takes pack, edition"
    assert any(says in message for message in planted.messages()), planted.findings()


def test_a_key_in_the_wrong_place_is_told_where_it_belongs(tmp_path) -> None:
    planted = Planted(tmp_path, "currency: USD", "reply: 24 hours")
    assert "'reply' does not belong in a pack; it belongs in windows" in planted.messages()


def test_a_key_of_a_row_put_into_its_result_is_told_where_it_belongs(tmp_path) -> None:
    planted = Planted(
        tmp_path, "then: {outcome: seller_favour, fault: none}", "then: {outcome: seller_favour, pays: seller}"
    )
    assert "'pays' does not belong in decision[1].then; it belongs in recourse[].then" in planted.messages()


def test_a_missing_key_is_found_where_its_section_begins(tmp_path) -> None:
    planted = Planted(tmp_path, "  reclassifications: {value: 1, status: reading, clauses: [US-84, US-88, A22]}\n", "")
    section = [f for f in planted.findings() if f.message == "limits: lacks 'reclassifications'"]
    assert [f.line for f in section] == [planted.line - 2]


def test_a_key_given_twice_names_both_lines(tmp_path) -> None:
    planted = Planted(tmp_path, "  reply:\n", "  decision:\n")
    twice = [f.message for f in planted.findings() if "given twice" in f.message]
    assert twice == [f"windows.decision: given twice; the first is on line {planted.line}"]


def test_all_mistakes_of_a_file_are_told_at_once_in_order(tmp_path) -> None:
    planted = Planted(tmp_path, "{window: 48 hours", "{window: soon")
    planted.path.write_text(planted.path.read_text().replace("bears: buyer", "bears: everyone"))
    findings = planted.findings()
    assert len(findings) == 2
    assert findings == sorted(findings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pack: [", "this is not YAML"),
        ("pack: a\n\tb", "this is not YAML"),
        ("pack: \x00", "this is not YAML"),
        ("", "the file is empty"),
        ("# only a remark\n", "the file is empty"),
        ("- a\n- b\n", "should hold the keys pack, edition"),
        ("just words", "should hold the keys pack, edition"),
        ("pack: &a [*a]", "the alias *a names the value it stands in"),
    ],
)
def test_a_file_that_is_no_pack_is_told_so(text, says) -> None:
    file = PackFile(text)
    assert file.pack is None
    assert any(says in finding.message for finding in file.findings), file.findings


def test_a_yaml_fault_is_found_on_its_line(tmp_path) -> None:
    planted = Planted(tmp_path, "  appeal: {window: 21 calendar days", "  appeal: }window: 21 calendar days")
    assert [f.line for f in planted.findings()] == [planted.line]


def test_a_file_that_is_not_there_is_told_so(tmp_path) -> None:
    assert check_file(tmp_path / "nowhere.yaml")[0].message == "this file cannot be read: No such file or directory"


def test_a_file_that_is_not_text_is_told_so(tmp_path) -> None:
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"\x89PNG\xff\xfe")
    assert "not UTF-8 text" in check_file(path)[0].message


def test_a_line_is_found_even_for_a_part_the_file_does_not_have() -> None:
    file = PackFile(US.read_text())
    lines = US.read_text().splitlines()
    assert lines[file.line_of(("windows", "reply", "nowhere", 3)) - 1] == "  reply:"
    assert lines[file.line_of(("decision", 1)) - 1] == "- id: goods-answered"
    assert file.line_of(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: " + "[" * 100_000, 1, "nested deeper than 50 levels"),
        ("pack: x\na: " + "{" * 100_000, 2, "nested deeper than 50 levels"),
        ("- " * 100_000, 1, "nested deeper than 50 levels"),
        ("[" * 51 + "]" * 51, 1, "nested deeper than 50 levels"),
        ("a0: &a0 [1]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 60)), 50, "nested deeper"),
        ("a: &a\n  - *a", 2, "the alias *a names the value it stands in"),
        ("a0: &a0 [1, 2]\n" + "\n".join(f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]" for i in range(1, 12)), 6,
         "more than 200000 keys and values"),
        ("a: &x 1\nb:" + "\n- *x" * 101, 103, "more than 100 aliases"),
        ("pack: x\nb: *nobody", 2, "undefined alias"),
    ],
)  # fmt: skip
def test_a_text_that_would_unfold_without_end_is_refused_on_its_line(text, line, says) -> None:
    [finding] = PackFile(text).findings
    assert finding.line == line
    assert says in finding.message


def test_fifty_levels_and_a_few_aliases_are_still_looked_at() -> None:
    for text in ("[" * 50 + "]" * 50, "a: &x {b: 1}\nc: *x"):
        assert not any("YAML" in finding.message for finding in PackFile(text).findings)


def test_a_number_of_five_thousand_digits_is_no_number(tmp_path) -> None:
    planted = Planted(tmp_path, "{value: 2, status", "{value: " + "9" * 5000 + ", status")
    assert any("should be a whole number" in message for message in planted.messages())
