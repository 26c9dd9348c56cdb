"""The hinge: what it answers, what it leaves behind, and what it does when others are faster."""

from datetime import UTC, datetime, timedelta

import pytest

from amends.answers import Accepted, Contended, KeyReused, Missing, Outdated, Preview
from amends.handle import would
from amends.law.actors import Actor
from amends.law.refusal import Refused
from amends.store import cases, ledger
from amends.store.connect import Database
from amends.store.policies import Catalogue
from amends.store.rows import Outcome
from tests.cast import ALICE, BOB, DANA, MARKET, MONDAY, Clock, Stage, command, due
from tests.privacy.scene import a_file

pytestmark = pytest.mark.database


@pytest.fixture
async def stage(database: Database) -> Stage:
    """A sandbox whose clock stands on a Monday."""
    stage = Stage(database)
    await stage.stand(MONDAY)
    return stage


async def test_a_request_opens_the_case_with_its_deadline_and_its_first_hash(stage: Stage):
    case_id = await stage.order()
    filed = await stage.file(case_id)
    assert (filed.case.id, filed.case.stage, filed.revision, filed.at) == (case_id, "awaiting_seller", 1, MONDAY)
    row = await cases.get_case(stage.db, MARKET, case_id)
    assert row is not None
    assert row.projection.next_due_at == due(filed.case, "seller_answer")
    [event] = await cases.events_of(stage.db, MARKET, case_id)
    assert (event.type, event.prev_hash, event.hash) == ("request_filed", None, row.last_hash)
    assert await stage.differences() == []


async def test_a_case_keeps_the_edition_it_was_opened_under(stage: Stage):
    case = (await stage.file(await stage.order())).case
    assert (case.pack, case.edition) == ("tokopedia-id", "2025-07-02")


async def test_a_market_may_be_given_another_pack(stage: Stage):
    case_id = await stage.order()
    stage.hinge = type(stage.hinge)(stage.db, stage.hinge.catalogue, {"ID": "tiktok-shop-us"})
    assert (await stage.file(case_id)).case.pack == "tiktok-shop-us"


@pytest.mark.parametrize(
    ("order_id", "line_id", "missing"), [("O9", "1", "order"), ("O1", "9", "line"), ("O2", "1", "policy")]
)
async def test_a_request_about_nothing_says_what_is_missing(stage: Stage, order_id: str, line_id: str, missing: str):
    case_id = await stage.order("O1")
    await stage.order("O2", placed_at=MONDAY)
    filing = {"reason": "defective", "wanted": "refund", "statement": "Broken"}
    if missing == "policy":
        stage.hinge = type(stage.hinge)(stage.db, stage.hinge.catalogue, {"ID": "no-such-pack"})
    answer = await stage.say(case_id, ALICE, "file_request", order_id=order_id, line_id=line_id, **filing)
    assert answer == Missing(missing)  # type: ignore[arg-type]


async def test_a_case_whose_edition_is_not_installed_says_so(stage: Stage):
    case_id = await stage.order()
    await stage.file(case_id)
    stage.hinge = type(stage.hinge)(stage.db, Catalogue(()))
    assert await stage.say(case_id, BOB, "approve_request") == Missing("policy")


async def test_a_command_on_no_case_says_so(stage: Stage):
    assert await stage.say(await stage.order(), BOB, "approve_request") == Missing("case")


async def test_a_refusal_changes_nothing(stage: Stage):
    case_id = await stage.order()
    await stage.file(case_id)
    answer = await stage.say(case_id, ALICE, "approve_request")
    assert isinstance(answer, Refused)
    assert len(await cases.events_of(stage.db, MARKET, case_id)) == 1


async def test_an_older_revision_is_told_the_present_one(stage: Stage):
    case_id = await stage.order()
    await stage.file(case_id)
    assert await stage.say(case_id, BOB, "approve_request", expected=0) == Outdated(1)
    await stage.act(case_id, BOB, "approve_request", expected=1)


async def test_money_is_booked_with_the_event_that_moves_it(stage: Stage):
    case_id = await stage.order()
    await stage.file(case_id)
    await stage.act(case_id, BOB, "approve_request")
    entries = await ledger.entries(stage.db, MARKET, case_id=case_id)
    assert sorted(entry.amount for entry in entries) == [-4000, 4000]
    assert await stage.differences() == []


class TestIdempotency:
    async def test_the_same_key_and_command_get_the_same_answer_and_one_effect(self, stage: Stage):
        case_id = await stage.order()
        await stage.file(case_id)
        first = await stage.act(case_id, BOB, "reject_request", statement="It worked here", key="k1")
        await stage.act(case_id, ALICE, "post_message", text="Really?", to="seller")
        again = await stage.act(case_id, BOB, "reject_request", statement="It worked here", key="k1")
        assert again == Accepted(first.case, first.events, first.revision, first.at, replayed=True, head=first.head)
        assert len(await cases.events_of(stage.db, MARKET, case_id)) == 3

    async def test_the_same_key_with_another_command_is_refused(self, stage: Stage):
        case_id = await stage.order()
        await stage.file(case_id)
        await stage.act(case_id, BOB, "reject_request", statement="It worked here", key="k1")
        assert await stage.say(case_id, BOB, "approve_request", key="k1") == KeyReused()

    async def test_another_person_may_use_the_same_key(self, stage: Stage):
        case_id = await stage.order()
        await stage.file(case_id, key="k1")
        await stage.act(case_id, BOB, "reject_request", statement="It worked here", key="k1")

    async def test_a_refused_command_leaves_its_key_free(self, stage: Stage):
        case_id = await stage.order()
        await stage.file(case_id)
        assert isinstance(
            await stage.say(case_id, BOB, "appeal", grounds="procedure", statement="?", key="k1"), Refused
        )
        await stage.act(case_id, BOB, "approve_request", key="k1")

    async def test_a_request_sent_twice_opens_one_case(self, stage: Stage):
        case_id = await stage.order()
        first = await stage.file(case_id, key="k1")
        again = await stage.file(case_id, key="k1")
        assert (again.replayed, again.case) == (True, first.case)


class TestOthersAreFaster:
    async def test_a_conflict_is_decided_again_on_the_new_state(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        case_id = await stage.order()
        await stage.file(case_id)
        sent = interposed(monkeypatch, lambda: stage.act(case_id, ALICE, "withdraw"), times=1)
        answer = await stage.say(case_id, BOB, "approve_request")
        assert isinstance(answer, Refused)
        assert answer.code == "not_in_stage"
        assert sent == ["conflict"]

    async def test_a_command_gives_up_after_three_retries(self, stage: Stage, monkeypatch: pytest.MonkeyPatch):
        case_id = await stage.order()
        await stage.file(case_id)

        async def message() -> None:
            await stage.act(case_id, ALICE, "post_message", text="And another thing", to="seller")

        sent = interposed(monkeypatch, message, times=4)
        assert await stage.say(case_id, BOB, "approve_request") == Contended()
        assert sent == ["conflict"] * 4

    async def test_an_instant_before_the_last_event_is_taken_again(self, database: Database):
        now = datetime.now(UTC)
        stage = Stage(database, Clock(now))
        case_id = await stage.order(delivered_at=now - timedelta(days=1))
        await stage.file(case_id, at=now)
        answer = await stage.act(case_id, BOB, "approve_request", at=now - timedelta(seconds=1))
        assert answer.at == now

    async def test_an_instant_that_is_too_old_is_taken_again(self, database: Database):
        stage = Stage(database)
        now = datetime.now(UTC)
        case_id = await stage.order(delivered_at=now - timedelta(days=1))
        answer = await stage.file(case_id, at=now - timedelta(minutes=1))
        assert answer.at >= now

    async def test_a_clock_a_little_behind_takes_the_instant_of_the_last_event(self, database: Database):
        now = datetime.now(UTC)
        stage = Stage(database, Clock(now - timedelta(seconds=1)))
        case_id = await stage.order(delivered_at=now - timedelta(days=1))
        await stage.file(case_id, at=now)
        assert (await stage.act(case_id, BOB, "approve_request")).at == now

    async def test_a_clock_far_behind_changes_nothing(self, database: Database):
        now = datetime.now(UTC)
        stage = Stage(database, Clock(now - timedelta(seconds=4)))
        case_id = await stage.order(delivered_at=now - timedelta(days=1))
        await stage.file(case_id, at=now)
        assert await stage.say(case_id, BOB, "approve_request") == Contended()


class TestPreview:
    async def test_a_preview_says_what_the_command_then_does_and_changes_nothing(self, stage: Stage):
        case_id = await stage.order()
        await stage.file(case_id)
        approve = command("approve_request")
        preview = await would(stage.hinge, MARKET, case_id, approve, BOB)
        assert isinstance(preview, Preview)
        assert len(await cases.events_of(stage.db, MARKET, case_id)) == 1
        done = await stage.act(case_id, BOB, "approve_request")
        assert (preview.events, preview.case, preview.at) == (done.events, done.case, done.at)

    async def test_a_preview_of_what_is_refused_is_the_refusal(self, stage: Stage):
        case_id = await stage.order()
        await stage.file(case_id)
        claim = command("claim")
        assert await would(stage.hinge, MARKET, case_id, claim, DANA) == await stage.say(case_id, DANA, "claim")

    async def test_a_preview_of_a_first_request_needs_no_case(self, stage: Stage):
        case_id = await stage.order()
        filing = command("file_request", order_id="O1", line_id="1", reason="defective", wanted="refund", statement="?")
        preview = await would(stage.hinge, MARKET, case_id, filing, ALICE)
        assert isinstance(preview, Preview)
        assert (preview.case_before.stage, preview.case.stage) == ("unopened", "awaiting_seller")
        assert await cases.get_case(stage.db, MARKET, case_id) is None


class TestUploads:
    async def test_evidence_names_the_senders_own_upload(self, stage: Stage):
        upload_id = await sent_by("buyer", "alice", stage)
        case_id = await stage.order()
        filed = await stage.file(case_id, evidence=[{"type": "photo_of_item", "upload": upload_id}])
        [evidence] = filed.case.evidence
        assert evidence.file is not None
        assert (evidence.file.id, evidence.file.size_bytes) == (upload_id, len(b"bytes of photo"))

    @pytest.mark.parametrize("owner", [("seller", "bob"), ("buyer", "eve")])
    async def test_somebody_elses_upload_does_not_exist(self, stage: Stage, owner: tuple[str, str]):
        upload_id = await sent_by(*owner, stage)
        assert await refused_upload(stage, upload_id) == "unknown_reference"

    @pytest.mark.parametrize("upload_id", ["x", "0192f1c5-0000-7000-8000-000000000000"])
    async def test_an_unknown_upload_does_not_exist(self, stage: Stage, upload_id: str):
        assert await refused_upload(stage, upload_id) == "unknown_reference"


async def sent_by(role: str, person: str, stage: Stage) -> str:
    row = await a_file(stage.db, Actor(role, person), "photo")
    return row.upload_id


async def refused_upload(stage: Stage, upload_id: str) -> str:
    evidence = [{"type": "photo_of_item", "upload": upload_id}]
    filing = {"reason": "defective", "visibility": "visible", "wanted": "refund", "statement": "Broken"}
    answer = await stage.say(
        await stage.order(), ALICE, "file_request", order_id="O1", line_id="1", evidence=evidence, **filing
    )
    assert isinstance(answer, Refused)
    return answer.code


def interposed(monkeypatch: pytest.MonkeyPatch, somebody, times: int) -> list[str]:
    """Somebody else changes the case just before each of the next appends; what those appends then answered."""
    append, answered, left = cases.append_events, list[str](), [times]

    async def append_events(*arguments, **options) -> list[Outcome]:
        if not left[0]:
            return await append(*arguments, **options)
        left[0] -= 1
        monkeypatch.setattr(cases, "append_events", append)
        await somebody()
        monkeypatch.setattr(cases, "append_events", append_events)
        outcomes = await append(*arguments, **options)
        answered.extend(outcome.kind for outcome in outcomes)
        return outcomes

    monkeypatch.setattr(cases, "append_events", append_events)
    return answered
