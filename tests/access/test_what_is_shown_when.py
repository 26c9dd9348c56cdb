"""When each side sees the other's material, what covering and refusing do to it, and what erasure leaves to be read."""

from datetime import timedelta

import msgspec
import pytest
from msgspec import UNSET

from amends.access.erasure import told
from amends.access.history import Recorded, history
from amends.access.shapes import EvidenceView
from amends.access.sight import WHY_HIDDEN, Sight
from amends.access.view import deadlines, show
from amends.law.actors import Actor
from amends.law.evidence import checklist
from amends.law.policy import Policy
from tests.law.stories import ALICE, BOB, CHARLIE, CLOCK, DANA, ID, OLGA, US, Story, disputed, requested

PACKING = {"type": "photo_of_packing", "upload": "u1"}
CONTRACT = {"type": "supplier_contract", "text": "words of the supplier"}
CERTIFICATE = {"type": "medical_certificate", "upload": "clean"}
AREA = {"page": 1, "left": 100, "top": 100, "width": 200, "height": 50}
SEAL = "sealed-" + "a2" * 26
BOTH = pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])


def seen(story: Story, actor: Actor, n: int = -1, locale: str = "en") -> EvidenceView:
    """A piece as the actor sees it."""
    return show(story.case, actor, story.at, story.policy, locale=locale).evidence[n]


@BOTH
def test_the_seller_sees_what_it_has_to_answer_at_once(policy: Policy) -> None:
    story = disputed(policy).does(ALICE, "submit_evidence", items=[{"type": "photo_of_item", "text": "the crack"}])
    assert seen(story, BOB).text == "the crack"


@BOTH
@pytest.mark.parametrize("locale", ["en", "id"])
def test_the_buyer_sees_the_packing_record_once_its_own_window_has_ended(policy: Policy, locale: str) -> None:
    story = disputed(policy).does(BOB, "submit_evidence", items=[PACKING])
    hidden = seen(story, ALICE, locale=locale)
    assert (hidden.hidden, hidden.file) == (True, UNSET)
    assert hidden.why == WHY_HIDDEN["own_window_open"][locale]
    assert hidden.visible_from == story.due("buyer_evidence").due_at
    assert seen(story, DANA).hidden is UNSET
    assert seen(story, BOB).hidden is UNSET
    assert seen(story.lapses("buyer_evidence"), ALICE).hidden is UNSET


def test_whoever_says_that_is_all_sees_the_rest_at_once() -> None:
    story = disputed().does(BOB, "submit_evidence", items=[PACKING])
    story.does(ALICE, "submit_evidence", items=[{"type": "photo_of_item", "text": "x"}], last=True)
    assert seen(story, ALICE, 0).hidden is UNSET


def test_what_came_with_the_refusal_is_not_hidden_again_by_the_dispute() -> None:
    story = requested().does(BOB, "reject_request", statement="No", evidence=[PACKING])
    assert seen(story, ALICE).hidden is UNSET
    assert seen(story.does(ALICE, "open_dispute"), ALICE).hidden is UNSET


@BOTH
def test_a_supply_contract_is_never_shown_but_known_of_with_its_conclusion(policy: Policy) -> None:
    story = disputed(policy).does(BOB, "submit_evidence", items=[CONTRACT])
    view = show(story.case, ALICE, story.at, story.policy)
    assert b"words of the supplier" not in msgspec.json.encode(view)
    assert (view.evidence[-1].type, view.evidence[-1].why) == ("supplier_contract", WHY_HIDDEN["never"][
        "en" if policy is US else "id"])  # fmt: skip


def test_the_other_side_sees_only_the_covered_copy_and_staff_and_owner_both() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[{"type": "photo_of_item", "upload": "clean"}])
    assert Sight(story.case, BOB, US).sees(story.case.evidence[0]) == "original"
    story.does(ALICE, "redact_evidence", evidence_id="e1", areas=[AREA])
    piece = story.case.evidence[0]
    assert [Sight(story.case, who, US).sees(piece) for who in (ALICE, BOB, DANA, OLGA, CHARLIE)] == [
        "original", "redacted", "original", "original", "nothing"]  # fmt: skip
    assert (seen(story, BOB).redacted, seen(story, ALICE).redacted) == (True, UNSET)
    assert seen(story, BOB).redactions == piece.redactions


def test_covering_does_not_open_a_medical_certificate() -> None:
    """It stays with staff; the other side learns that it exists and, once there is one, the conclusion."""
    story = disputed(reason="allergy").does(ALICE, "submit_evidence", items=[CERTIFICATE])
    story.does(ALICE, "redact_evidence", evidence_id="e1", areas=[AREA])
    piece = story.case.evidence[0]
    assert Sight(story.case, BOB, US).sees(piece) == "nothing"
    hidden = seen(story, BOB)
    assert (hidden.hidden, hidden.file, hidden.redactions) == (True, UNSET, UNSET)
    assert hidden.why == WHY_HIDDEN["staff_only"]["en"]


def test_why_a_file_was_refused_is_for_its_owner_and_staff() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[{"type": "photo_of_item", "upload": "u1"}])
    story.does(CLOCK, "note_file", upload="u1", state="refused", why="Eicar-Test")
    for actor, why in ((ALICE, "Eicar-Test"), (DANA, "Eicar-Test"), (BOB, UNSET)):
        file = seen(story, actor).file
        assert file
        assert (file.state, file.why) == ("refused", why)
        past = msgspec.json.encode(history(Sight(story.case, actor, US), records(story)))
        assert (b"Eicar-Test" in past) == (why is not UNSET)


def records(story: Story) -> list[Recorded]:
    return [Recorded(n, event, f"{n:064x}", None) for n, event in enumerate(story.events, start=1)]


def test_a_hold_is_told_to_the_parties_its_reason_is_not() -> None:
    story = requested().does(OLGA, "place_legal_hold", statement="words about the suit")
    for actor, reads in ((ALICE, False), (BOB, False), (DANA, True)):
        view = show(story.case, actor, story.at, US)
        assert (view.retention.held, view.retention.held_since) == (True, story.at)
        past = msgspec.json.encode([view, history(Sight(story.case, actor, US), records(story))])
        assert (b"words about the suit" in past) == reads
        assert b"legal_hold_placed" in past


def test_how_long_a_case_is_kept_stands_apart_from_the_clocks_that_call_on_people() -> None:
    story = requested().does(BOB, "approve_request").does(OLGA, "confirm_payment", remedy_id="r1", reference="P")
    view = show(story.case, ALICE, story.at, US)
    assert view.deadlines == ()
    assert view.retention.erases_at == story.due("retention").due_at
    [derived] = [d for d in deadlines(story.case, ALICE, US) if d.kind == "retention"]
    assert derived.derivation.start_event == "closed"


@pytest.mark.parametrize(("locale", "said"), [("en", "[erased]"), ("id", "[dihapus]")])
def test_what_is_erased_is_said_to_be_and_nothing_else_changes(locale: str, said: str) -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[{"type": "photo_of_item", "text": SEAL, "upload": "u1"}])
    whole = seen(story, DANA)
    assert whole.text == SEAL
    story.does(ALICE, "withdraw").passes(timedelta(days=30)).does(
        OLGA, "erase_personal_data", party="buyer", statement="Asked")  # fmt: skip
    view = show(story.case, DANA, story.at, US, locale=locale)
    piece = view.evidence[-1]
    assert (piece.text, piece.erased) == (said, True)
    assert piece.file
    assert piece.file.sha256 == "0" * 64
    assert (view.retention.erased, view.id, view.paid) == (("buyer",), story.case.id, view.paid)
    past = msgspec.json.encode(history(Sight(story.case, DANA, US, locale), records(story)))
    assert SEAL.encode() not in past
    assert said.encode() in past


def test_only_a_whole_seal_is_taken_for_one() -> None:
    for text in ("sealed-abc", SEAL + "a", "x" + SEAL, SEAL.upper(), ""):
        assert told({"a": [text, (text,)]}, "en") == {"a": [text, (text,)]}
    assert told(f"typing: {SEAL}", "en") == "typing: [erased]"
    assert told({"a": [SEAL, (SEAL, 1)]}, "en") == {"a": ["[erased]", ("[erased]", 1)]}


@BOTH
def test_every_line_of_a_checklist_says_what_is_asked_until_when_and_on_which_clause(policy: Policy) -> None:
    for reason in ("item_missing", "counterfeit", "defective", "delivery_late", "damaged_in_transit"):
        story = disputed(policy, reason=reason)
        for locale in ("en", "id"):
            lines = show(story.case, DANA, story.at, policy, locale=locale).checklist
            assert {line.party for line in lines} >= {"buyer", "seller"}
            for line in lines:
                assert line.status in ("missing", "met", "declined")
                assert line.due_at is not None
                assert line.clauses
                assert line.example
                assert isinstance(line.required, bool)
        assert all(x.example["en"] != x.example["id"] for x in checklist(story.case, policy))
