"""Files in a case: promised, here, checked, missing or refused; and what of them may count."""

from datetime import timedelta

import pytest

from amends.law.case import File
from amends.law.evidence import checklist, under_way
from amends.law.policy import Policy
from tests.law.stories import ALICE, BOB, CLOCK, DANA, ID, PHOTO, PROVED, SOON, US, Story, disputed, requested, reviewed

HERE = {"type": "photo_of_item", "upload": "u1"}
CLEAN = {"type": "photo_of_item", "upload": "clean"}
HOUR = timedelta(hours=1)
BOTH = pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
AREA = {"page": 1, "left": 100, "top": 100, "width": 200, "height": 50}


def file(story: Story, n: int = -1) -> File:
    found = story.case.evidence[n].file
    assert found is not None
    return found


def state(story: Story, n: int = -1) -> str:
    return file(story, n).state


def line(story: Story, party: str) -> str:
    """How the party's first required line stands."""
    return next(x.status for x in checklist(story.case, story.policy) if x.party == party and x.required)


@BOTH
def test_a_promised_file_is_due_one_grace_after_its_ticket_not_after_it_was_named(policy: Policy) -> None:
    story = disputed(policy).does(ALICE, "submit_evidence", items=[SOON])
    due = story.due("upload")
    assert state(story) == "awaited"
    assert due.due_at == story.at + timedelta(minutes=50)
    assert (due.party, due.subject, due.on_timeout) == ("buyer", "soon", "file_missing")
    assert due.derivation.start_event == "ticket"


@BOTH
def test_silence_of_the_line_makes_a_file_missing_and_its_late_coming_makes_the_piece_late(policy: Policy) -> None:
    story = disputed(policy).does(ALICE, "submit_evidence", items=[SOON]).passes(HOUR)
    assert state(story) == "missing"
    assert not story.case.evidence[-1].late
    story.does(CLOCK, "note_file", upload="soon", state="arrived")
    assert state(story) == "received"
    assert story.case.evidence[-1].late


def test_every_way_of_handing_in_starts_the_clock() -> None:
    asked = requested().does(BOB, "reject_request", statement="No", evidence=[SOON])
    assert asked.due("upload").party == "seller"
    opened = Story(US).does(ALICE, "file_request", evidence=[SOON])
    assert opened.due("upload").party == "buyer"
    disputed_ = requested().does(BOB, "reject_request", statement="No").does(ALICE, "open_dispute", evidence=[SOON])
    assert disputed_.due("upload").subject == "soon"


def test_one_file_named_twice_has_one_clock() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[SOON, SOON]).does(ALICE, "submit_evidence", items=[SOON])
    assert len([d for d in story.case.deadlines if d.kind == "upload"]) == 1
    story.does(CLOCK, "note_file", upload="soon", state="arrived")
    assert {state(story, n) for n in range(3)} == {"received"}


def test_an_adjudicator_waits_for_a_file_under_way_but_not_for_one_that_would_be_late() -> None:
    story = disputed().does(BOB, "submit_evidence", items=[PHOTO], last=True)
    story.does(ALICE, "submit_evidence", items=[PHOTO, SOON], last=True).does(BOB, "decline_evidence")
    assert under_way(story.case)
    assert story.case.stage == "gathering_evidence"
    late = reviewed().does(ALICE, "submit_evidence", items=[SOON])
    assert late.case.evidence[-1].late
    assert under_way(late.case) == ()
    late.does(DANA, "decide", findings=PROVED, rationale="Seen")


def test_a_file_asked_for_holds_the_decision_up_until_it_is_here() -> None:
    story = reviewed().does(DANA, "request_evidence", party="buyer", types=["photo_of_item"], statement="The back")
    story.does(ALICE, "submit_evidence", items=[SOON]).does(BOB, "decline_evidence")
    refused = story.refused(DANA, "decide", findings=PROVED, rationale="Seen")
    assert refused.code == "not_your_turn"
    assert "G15" in refused.clauses
    story.does(CLOCK, "note_file", upload="soon", state="clean").does(DANA, "decide", findings=PROVED, rationale="Seen")


@pytest.mark.parametrize("noted", ["refused", "missing", "awaited"])
def test_a_file_that_is_not_here_meets_no_line_and_is_not_relied_on(noted: str) -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[SOON])
    if noted == "refused":
        story.does(CLOCK, "note_file", upload="soon", state="refused", why="Eicar-Test")
    elif noted == "missing":
        story.passes(HOUR)
    assert state(story) == noted
    assert line(story, "buyer") == "missing"


def test_a_file_that_is_here_meets_its_line_before_and_after_the_check() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[SOON])
    for said in ("arrived", "clean"):
        story.does(CLOCK, "note_file", upload="soon", state=said)
        assert line(story, "buyer") == "met"


@pytest.mark.parametrize(("piece", "stage"), [(HERE, "under_review"), (CLEAN, "decided")], ids=["unchecked", "clean"])
def test_a_decision_by_rule_rests_on_checked_files_alone(piece: dict[str, str], stage: str) -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[piece], last=True).lapses("seller_evidence")
    assert story.case.stage == stage


def test_a_seller_whose_only_file_was_refused_was_silent() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[PHOTO], last=True)
    story.does(BOB, "submit_evidence", items=[SOON]).does(CLOCK, "note_file", upload="soon", state="refused")
    assert story.lapses("seller_evidence").case.stage == "decided"


def test_words_beside_a_refused_file_still_speak() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[PHOTO], last=True)
    story.does(BOB, "submit_evidence", items=[SOON | {"text": "It works"}])
    story.does(CLOCK, "note_file", upload="soon", state="refused")
    assert story.lapses("seller_evidence").case.stage == "under_review"


def test_what_was_checked_is_not_merely_received_again_but_may_turn_out_otherwise() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[CLEAN])
    assert story.refused(CLOCK, "note_file", upload="clean", state="arrived").code == "nothing_new"
    assert story.refused(CLOCK, "note_file", upload="clean", state="clean").code == "nothing_new"
    story.does(CLOCK, "note_file", upload="clean", state="refused", why="Found later")
    assert (state(story), file(story).why) == ("refused", "Found later")


def test_only_the_house_speaks_of_files() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[SOON])
    assert story.refused(ALICE, "note_file", upload="soon", state="clean").code == "not_your_turn"


def test_a_file_is_noted_in_a_closed_case_and_changes_nothing_else() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[HERE]).does(ALICE, "withdraw").passes(timedelta(days=30))
    assert story.case.stage == "closed"
    story.does(CLOCK, "note_file", upload="u1", state="clean")
    assert (story.case.stage, state(story)) == ("closed", "clean")


def test_covering_grows_stays_within_the_page_and_never_exceeds_fifty() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[HERE])
    areas = [AREA | {"page": n} for n in range(1, 31)]
    story.does(ALICE, "redact_evidence", evidence_id="e1", areas=areas)
    story.does(ALICE, "redact_evidence", evidence_id="e1", areas=[AREA, AREA | {"page": 31}])
    assert len(story.case.evidence[0].redactions) == 31
    more = [AREA | {"page": n} for n in range(32, 52)]
    assert story.refused(ALICE, "redact_evidence", evidence_id="e1", areas=more).code == "amount_invalid"
    beyond = [AREA | {"top": 9_951}]
    assert story.refused(ALICE, "redact_evidence", evidence_id="e1", areas=beyond).code == "amount_invalid"


def test_words_alone_have_nothing_to_cover() -> None:
    story = disputed().does(ALICE, "submit_evidence", items=[PHOTO])
    assert story.refused(ALICE, "redact_evidence", evidence_id="e1", areas=[AREA]).code == "unknown_reference"


def test_a_line_of_the_checklist_is_due_when_its_last_window_ends() -> None:
    """The party's own window, a longer reply, or a request for just this material."""
    story = reviewed()
    assert {x.due_at for x in checklist(story.case, story.policy)} == {None}
    story.does(DANA, "request_evidence", party="buyer", types=["photo_of_item"], statement="The back")
    due = story.due("requested_evidence").due_at
    lines = {(x.party, x.types): x.due_at for x in checklist(story.case, story.policy)}
    assert {types for (_, types), at in lines.items() if at == due} == {("photo_of_item", "video_of_item")}
