"""Every refusal: when it is given, on which clauses, and that its sentence is whole in both languages."""

import ast
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any, get_args, get_type_hints

import pytest

import amends.law
from amends.law import commands as k
from amends.law.actors import Actor, Role
from amends.law.case import DeadlineKind, Enforcement, Remedy, Stage
from amends.law.facts import FileState, OrderStatus
from amends.law.phrases import CODES, PHRASES, in_indonesian
from amends.law.policy import Policy
from amends.law.refusal import AS_WRITTEN, SENTENCES, Code, Refused, says
from tests.law.stories import (
    ALICE,
    ANSWERED,
    BOB,
    CHARLIE,
    DANA,
    FILING,
    ID,
    MONDAY,
    OLGA,
    PHOTO,
    PROVED,
    US,
    Story,
    decided,
    disputed,
    requested,
    reviewed,
    split,
)

DAY = timedelta(days=1)
UNDELIVERED = {"delivered_at": None, "promised_by": MONDAY + DAY, "last_tracking_at": None}
APPEAL = {"grounds": "procedure", "statement": "Look again"}
WARNING = {"kind": "warning", "statement": "Again"}
Given = Callable[[Policy], Refused]


def twice_split(policy: Policy) -> Story:
    """Two disputes were decided against the buyer."""
    story = decided(policy, findings=ANSWERED).does(ALICE, "open_dispute")
    for party in (ALICE, BOB):
        story.does(party, "submit_evidence", items=[PHOTO], last=True)
    return story.does(OLGA, "apply_enforcement", clauses=[first_clause(policy)], **WARNING).does(
        DANA, "decide", findings=ANSWERED, rationale="Again")  # fmt: skip


def first_clause(policy: Policy) -> str:
    return next(iter(policy.pack.clauses))


def taken_to_court(policy: Policy) -> Story:
    return requested(policy).does(ALICE, "report_proceedings", kind="court", reference="C-1")


GIVEN: dict[Code, Given] = {
    "not_a_buyer": lambda p: Story(p, buyer={"id": "alice", "verified": False}).refused(ALICE, "file_request"),
    "no_valid_transaction": lambda p: Story(p, status="canceled").refused(ALICE, "file_request"),
    "not_in_stage": lambda p: requested(p).refused(ALICE, "submit_evidence", items=[PHOTO]),
    "not_your_turn": lambda p: requested(p).refused(ALICE, "approve_request"),
    "not_your_case": lambda p: requested(p).refused(Actor("buyer", "mallory"), "withdraw"),
    "window_closed": lambda p: Story(p).passes(400 * DAY).refused(ALICE, "file_request"),
    "request_open": lambda p: requested(p).refused(ALICE, "file_request"),
    "dispute_open": lambda p: disputed(p).refused(ALICE, "open_dispute"),
    "dispute_limit": lambda p: twice_split(p).refused(ALICE, "open_dispute"),
    "already_resolved": lambda p: decided(p).refused(ALICE, "open_dispute"),
    "withdrawn": lambda p: disputed(p).does(ALICE, "withdraw").refused(ALICE, "file_request"),
    "seller_has_not_refused": lambda p: requested(p).refused(ALICE, "open_dispute"),
    "not_disputable": lambda p: requested(p, reason="changed_mind").does(BOB, "reject_request", statement="No")
    .refused(ALICE, "open_dispute"),
    "missing_evidence": lambda p: disputed(p).refused(ALICE, "submit_evidence", items=[{"type": "photo_of_item"}]),
    "missing_clause": lambda p: requested(p).refused(OLGA, "apply_enforcement", clauses=[], **WARNING),
    "missing_rationale": lambda p: reviewed(p).refused(DANA, "decide", findings=PROVED, rationale=" "),
    "missing_departure_reason": lambda p: reviewed(p).refused(DANA, "decide", findings=PROVED, rationale="x",
                                                              outcome="seller_favour"),
    "missing_findings": lambda p: reviewed(p).refused(DANA, "decide", findings={}, rationale="x"),
    "amount_too_large": lambda p: decided(p).refused(OLGA, "report_chargeback", amount=4001, reference="CB"),
    "amount_invalid": lambda p: Story(p).refused(ALICE, "file_request", amount=5),
    "nothing_new": lambda p: requested(p).refused(OLGA, "update_facts", source="scan"),
    "same_adjudicator": lambda p: decided(p).does(BOB, "appeal", **APPEAL)
    .refused(DANA, "decide_appeal", result="stands", rationale="x"),
    "conflict_of_interest": lambda p: reviewed(p).refused(Actor("adjudicator", "bob"), "decide", findings=PROVED,
                                                          rationale="x"),
    "remedy_done": lambda p: split(p).does(OLGA, "confirm_payment", remedy_id="r1", reference="P")
    .refused(OLGA, "confirm_payment", remedy_id="r1", reference="P"),
    "unknown_reference": lambda p: disputed(p).refused(ALICE, "submit_evidence",
                                                       items=[{"type": "photo_of_item", "upload": "gone"}]),
    "proceedings_open": lambda p: taken_to_court(p).refused(BOB, "approve_request"),
    "file_refused": lambda p: disputed(p).refused(ALICE, "submit_evidence",
                                                  items=[{"type": "photo_of_item", "upload": "bad"}]),
    "legal_hold": lambda p: requested(p).does(OLGA, "place_legal_hold", statement="A suit")
    .refused(OLGA, "place_legal_hold", statement="Another"),
    "not_delivered": lambda p: Story(p, fulfilment=UNDELIVERED).refused(ALICE, "file_request"),
    "not_late_yet": lambda p: Story(p, fulfilment=UNDELIVERED).refused(ALICE, "file_request", reason="not_received"),
}  # fmt: skip
"""One occasion for each code."""

UNCITED = frozenset({"not_in_stage", "not_your_case", "not_your_turn", "unknown_reference", "conflict_of_interest",
                     "amount_invalid", "amount_too_large", "nothing_new"})  # fmt: skip
"""Refusals of form rather than of the policy: they may rest on no clause."""


def holes(sentence: str) -> set[str]:
    """The placeholders of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_code_has_one_sentence_a_language_with_the_same_holes() -> None:
    assert set(SENTENCES) == set(get_args(Code))
    for code, sentences in SENTENCES.items():
        assert set(sentences) == {"en", "id"}, code
        assert holes(sentences["en"]) == holes(sentences["id"]), code
        assert sentences["en"] != sentences["id"], code


def test_the_occasions_cover_every_code() -> None:
    assert set(GIVEN) == set(get_args(Code))


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
@pytest.mark.parametrize("code", get_args(Code))
def test_each_refusal_is_given_on_its_occasion_and_says_why(code: Code, policy: Policy) -> None:
    refused = GIVEN[code](policy)
    assert refused.code == code
    assert refused.clauses or code in UNCITED
    assert set(refused.clauses) <= policy.pack.clauses.keys() | policy.pack.readings.keys()
    for locale in ("en", "id"):
        said = says(refused, locale)
        assert said
        assert not holes(said)


def test_another_locale_reads_english() -> None:
    refused = GIVEN["dispute_open"](US)
    assert says(refused, "fr") == says(refused, "en")


def constructed() -> list[tuple[str, ast.Call]]:
    """Every `Refused(...)` in the law, with where it stands."""
    found = []
    for chapter in sorted(Path(amends.law.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(chapter.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                found.append((f"{chapter.name}:{node.lineno}", node))
    return found


def facts_of(call: ast.Call) -> set[str]:
    """The keys of the facts given, as far as they are written out."""
    given = call.args[2] if len(call.args) > 2 else next((w.value for w in call.keywords if w.arg == "facts"), None)
    keys = given.keys if isinstance(given, ast.Dict) else []
    return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_every_refusal_in_the_law_brings_exactly_the_facts_its_sentence_needs() -> None:
    """Read from the source, so that a refusal no story meets cannot break its own sentence."""
    calls = constructed()
    assert len(calls) > 80
    for where, call in calls:
        code = call.args[0]
        if isinstance(code, ast.Constant):
            assert facts_of(call) == holes(SENTENCES[code.value]["en"]), f"{where}: {code.value}"  # type: ignore[index]  # a code


def given_facts(call: ast.Call) -> dict[str, ast.expr]:
    """The facts of a refusal by name, as its chapter writes them."""
    given = call.args[2] if len(call.args) > 2 else None
    pairs = zip(given.keys, given.values, strict=True) if isinstance(given, ast.Dict) else ()
    return {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}  # type: ignore[misc]  # a str


def sample(fact: ast.expr) -> str | None:
    """A fact as it could read: each hole filled with something that is no code. None where it is not written out."""
    if isinstance(fact, ast.Constant):
        return str(fact.value)
    if isinstance(fact, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "e1" for part in fact.values)
    return None


FOUND_OUT = (
    "instant(", "str(", "_said(advice)",
    "', '.join(", "_ended_at(m)", "m.case.stage", "stage", "status", "why", "until",
    "whose", "AWAITED", "held.kind", "held.reference", "upload.name",
)  # fmt: skip
"""Facts that are computed: instants, numbers, codes, or phrases that are looked for below."""
COMPUTED = ("it waits for the goods to come back", "the seller has until 2026", "digital goods")


def test_every_phrase_of_the_law_has_its_indonesian() -> None:
    """Read from the source, so that no refusal that a story does not meet stays half English."""
    used = set(COMPUTED)
    for where, call in constructed():
        for name, fact in given_facts(call).items():
            text = sample(fact)
            if text is None:
                source = ast.unparse(fact)
                assert any(source.startswith(one) or source.endswith(f".{one}") for one in FOUND_OUT), (where, source)
            elif name not in AS_WRITTEN and text not in ("-", "0"):
                used.add(text)
    missing = sorted(text for text in used if in_indonesian(text) == text)
    assert not missing
    idle = [phrase for phrase, pattern in by_phrase().items() if not any(pattern.fullmatch(text) for text in used)]
    assert not idle, "nothing in the law says this"


def by_phrase() -> dict[str, re.Pattern[str]]:
    return {phrase: re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(phrase))) for phrase in PHRASES}


def test_every_phrase_keeps_what_is_put_into_it() -> None:
    for phrase, said in PHRASES.items():
        assert holes(said) == holes(phrase), phrase


@pytest.mark.parametrize("kind", [k.Reason, k.RemedyKind, k.EvidenceType, k.Outcome, OrderStatus, FileState, Role,
                                  Stage, DeadlineKind])  # fmt: skip
def test_every_code_a_fact_may_be_has_its_indonesian(kind: Any) -> None:
    assert set(get_args(kind)) <= CODES.keys()


def test_every_status_and_finding_has_its_indonesian() -> None:
    records = [hints["status"] for record in (Remedy, Enforcement) if (hints := get_type_hints(record))]
    statuses = {code for hint in records for code in get_args(hint)}
    proceedings = set(get_args(get_type_hints(k.ReportProceedings)["kind"]))
    assert statuses | proceedings | set(k.Findings.__struct_fields__) <= CODES.keys()


def test_what_people_wrote_is_left_as_written() -> None:
    refused = Refused("proceedings_open", (), {"kind": "court", "reference": "late evidence"})
    assert (
        says(refused, "id")
        == "Perkara sedang ditangani pengadilan (late evidence); kasus ini ditangguhkan sampai selesai."
    )


def test_a_refusal_reads_as_one_language() -> None:
    late = Refused("not_your_turn", (), {"whose": "the carrier has until 2026-01-09T10:00:00Z"})
    assert says(late, "id") == "Saat ini bukan giliran Anda: jasa kirim punya waktu sampai 2026-01-09T10:00:00Z."
    advised = Refused("missing_departure_reason", (), {"recommended": "buyer_favour, refund + return_label"})
    assert "untuk pembeli, pengembalian dana + label pengembalian" in says(advised, "id")


def test_a_stranger_is_refused_before_anything_else_is_looked_at() -> None:
    story = taken_to_court(US)
    assert story.refused(Actor("seller", "mallory"), "approve_request").code == "not_your_case"
    assert story.refused(CHARLIE, "approve_request").code == "not_your_turn"


def test_filing_is_refused_on_the_ground_that_says_what_else_can_be_done() -> None:
    refused = Story(US).passes(400 * DAY).refused(ALICE, "file_request", **FILING)
    assert "US-16" in refused.clauses
    assert refused.otherwise["id"] in says(refused, "id")
