"""Events rebuild the case from nothing, survive being written down, and are refused by nobody."""

from datetime import timedelta
from functools import lru_cache

import msgspec
import pytest

from amends.law import events as e
from amends.law.case import Case
from amends.law.commands import COMMANDS, Command, snake
from amends.law.evolve import EVOLVERS, evolve, fold
from tests.law.stories import ALICE, BOB, EKO, ID, OLGA, PHOTO, Story, command, decided, requested
from tests.law.test_moves import FIELDS
from tests.properties.walking import walks

ANY = msgspec.json.Decoder(e.AnyEvent)


@lru_cache(maxsize=1)
def samples() -> dict[str, e.Event]:
    """One event of each type, from the walks: the one that says most."""
    found: dict[str, e.Event] = {}
    for story in walks():
        for event in story.events:
            name = e.type_of(event)
            if name not in found or len(msgspec.json.encode(event)) > len(msgspec.json.encode(found[name])):
                found[name] = event
    return found


@pytest.mark.parametrize("name", sorted(e.EVENTS))
def test_every_event_type_survives_being_written_down(name: str) -> None:
    event = samples()[name]
    written = msgspec.json.encode(event, order="sorted")
    assert ANY.decode(written) == event
    assert msgspec.json.encode(ANY.decode(written), order="sorted") == written


@pytest.mark.parametrize("name", sorted(e.EVENTS))
def test_an_event_carries_its_type_its_actor_and_its_instant(name: str) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(samples()[name]))
    assert plain["type"] == name == snake(e.EVENTS[name].__name__)
    assert plain["actor"]["role"]
    assert plain["at"].endswith("Z")


def test_every_event_type_is_evolved_and_decoded() -> None:
    assert set(EVOLVERS) == set(e.EVENTS.values()) == set(e.Event.__subclasses__())
    assert set(e.AnyEvent.__args__) == set(e.EVENTS.values())


def test_every_command_survives_being_written_down() -> None:
    for name, kind in COMMANDS.items():
        said = command(name, **FIELDS.get(name, {}))
        assert msgspec.json.decode(msgspec.json.encode(said), type=kind) == said
        assert isinstance(said, Command)


def test_unknown_fields_of_a_command_are_refused_and_those_of_an_event_are_not() -> None:
    """A stored event stays readable for ever; a command must say what it means."""
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        command("withdraw", because="I say so")
    written = msgspec.json.encode(samples()["withdrawn"])[:-1] + b',"later":1}'
    assert ANY.decode(written) == samples()["withdrawn"]


def settled() -> Story:
    """A long story: refused, disputed, decided, appealed, sent back, settled."""
    story = decided(ID).does(BOB, "appeal", grounds="procedure", statement="x")
    story.does(EKO, "decide_appeal", result="sent_back", rationale="x").passes(timedelta(hours=1))
    story.does(ALICE, "offer_settlement", remedy="partial_refund", amount=700)
    return story.does(BOB, "accept_settlement", offer_id="o1").does(OLGA, "confirm_payment",
                      remedy_id=story.case.remedies[-1].id, reference="P")  # fmt: skip


def test_a_case_is_the_sum_of_its_events() -> None:
    story = settled()
    assert story.case.stage == "closed"
    assert story.case.revision == len(story.events)
    assert fold(story.start, story.events) == story.case
    halfway = fold(story.start, story.events[:4])
    assert fold(halfway, story.events[4:]) == story.case


def test_a_case_survives_being_written_down_at_every_revision() -> None:
    case = settled().start
    for event in settled().events:
        case = evolve(case, event)
        assert msgspec.json.decode(msgspec.json.encode(case), type=Case) == case


def test_an_instant_never_runs_backwards_within_a_story() -> None:
    instants = [event.at for event in settled().events]
    assert instants == sorted(instants)


def test_evidence_is_numbered_through_the_case_and_knows_its_round() -> None:
    story = requested()
    story.does(BOB, "reject_request", statement="No", evidence=[PHOTO]).does(ALICE, "open_dispute", evidence=[PHOTO])
    story.does(ALICE, "submit_evidence", items=[PHOTO, PHOTO])
    assert [(x.id, x.party, x.round) for x in story.case.evidence] == [
        ("e1", "seller", 0), ("e2", "buyer", 1), ("e3", "buyer", 1), ("e4", "buyer", 1)]  # fmt: skip


def test_what_follows_of_itself_is_the_clocks_doing() -> None:
    story = requested().does(BOB, "approve_request").does(OLGA, "confirm_payment", remedy_id="r1", reference="P")
    assert [(e.type_of(event), event.actor.role) for event in story.events[-2:]] == [
        ("remedy_fulfilled", "operator"), ("case_closed", "clock")]  # fmt: skip
