"""A simulation plays every case to its closing, says the same for the same seed, and would see what is broken."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.lab import players, report
from amends.lab.complaints import complaints, moved, sample
from amends.lab.order_rows import Built
from amends.lab.players import Dice
from amends.lab.simulate import TURN, run, simulate, turn_after
from amends.law import events as e
from amends.law.policy import Policy
from amends.store.connect import Database
from amends.store.policies import installed
from amends.store.rows import Balance
from tests.lab.writing import FIRST, built


def policy(name: str = "tiktok-shop-us@2025-11-11") -> Policy:
    found = installed().named(name)
    assert found is not None
    return found


def orders() -> list[Built]:
    late = [built(n, late_days=2) for n in range(10)]
    lost = [built(n, delivered=False) for n in range(10, 20)]
    return late + lost + [built(n, stars=1 + n % 2) for n in range(20, 34)]


@pytest.mark.database
async def test_the_same_seed_gives_the_same_report(database: Database):
    first, sound = await run(database, orders(), policy(), 3, 24)
    again, _ = await run(database, orders(), policy(), 3, 24)
    other, _ = await run(database, orders(), policy(), 4, 24)
    assert sound, first
    assert first == again
    assert first != other
    assert "BROKEN" not in first
    assert re.search(r"closed +\d+ 100\.0 %", first)


@pytest.mark.database
async def test_the_indonesian_pack_is_played_to_the_end_too(database: Database):
    made = [msgspec.structs.replace(x, order=msgspec.structs.replace(x.order, market="ID")) for x in orders()]
    written, sound = await run(database, made, policy("tokopedia-id@2025-07-02"), 1, None)
    assert sound, written


def test_complaints_follow_the_real_facts():
    found = {complaint.order_id: complaint for complaint in complaints(orders(), 1)}
    reasons = {n: found[f"O-{n}"].command.reason for n in range(34) if f"O-{n}" in found}
    assert {reasons[n] for n in range(10) if n in reasons} == {"delivery_late"}
    assert {reasons[n] for n in range(10, 20) if n in reasons} == {"not_received"}
    assert not {reasons[n] for n in range(20, 34) if n in reasons} & {"delivery_late", "not_received", "changed_mind"}
    assert len(reasons) > 20


def test_nobody_complains_before_it_arrived_or_was_promised():
    for complaint in complaints(orders(), 1):
        item = next(x for x in orders() if x.order_id == complaint.order_id)
        travelled = item.order.fulfilment
        assert complaint.at > (travelled.delivered_at or travelled.promised_by or FIRST)


def test_a_sample_keeps_the_order_of_time_and_the_seed():
    found = list(complaints(orders(), 1))
    chosen = sample(found, 5, 9)
    assert chosen == sample(found, 5, 9) != sample(found, 5, 10)
    assert [c.at for c in chosen] == sorted(c.at for c in chosen)
    assert len(sample(found, 10_000, 9)) == len(found)


def test_orders_are_moved_by_whole_weeks_and_otherwise_left_alone():
    old = [built(1)]
    since = FIRST + timedelta(days=800)
    [new], weeks = moved(old, since)
    assert since <= new.order.placed_at < since + timedelta(weeks=1)
    before, after = old[0].order.fulfilment, new.order.fulfilment
    assert before.delivered_at is not None
    assert after.delivered_at == before.delivered_at + timedelta(weeks=weeks)
    assert moved(old, FIRST - timedelta(days=1)) == (old, 0)


def test_chance_depends_on_seed_line_and_occasion_alone():
    dice, twin = Dice(1, "O1/1"), Dice(1, "O1/1")
    occasions = [(occasion, str(n)) for occasion in players.CHANCES for n in range(3)]
    forwards = [dice.choose(*each) for each in occasions]
    backwards = [twin.choose(*each) for each in reversed(occasions)]
    assert forwards == backwards[::-1]
    assert forwards != [Dice(2, "O1/1").choose(*each) for each in occasions]


@pytest.mark.parametrize("occasion", players.CHANCES)
def test_chances_are_percent(occasion: str):
    assert sum(players.CHANCES[occasion].values()) == 100


def test_turns_come_every_four_hours_and_never_twice():
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert turn_after(noon) == noon
    assert turn_after(noon + timedelta(microseconds=1)) == noon + TURN
    assert turn_after(noon - timedelta(days=3), noon) == noon + TURN


def test_money_that_goes_astray_is_seen():
    counted = report.Tally(policy())
    report._balance(
        counted,
        [
            Balance("seller:S1:payout", "USD", -4000),
            Balance("buyer:B1:refunded", "USD", 3999),
            Balance("buyer:B1:claim", "USD", 1),
        ],
    )
    assert not counted.sound
    assert counted.wrong["what left the payers arrived at buyers and sellers"] == [
        "-4000 left payouts, 3999 reached buyers (USD)",
        "buyers have 3999, their cases say 0",
    ]
    assert counted.wrong["nothing is owed in a closed case"] == ["buyer:B1:claim 1"]
    assert "BROKEN  nothing is owed in a closed case: 1, such as buyer:B1:claim 1" in "\n".join(report._checks(counted))


def test_every_timed_step_names_events_of_the_law():
    for first, last in report.SPANS.values():
        for kind in (first, last):
            assert all(issubclass(one, e.Event) for one in (kind if isinstance(kind, tuple) else (kind,)))


def test_what_cannot_be_simulated_says_why(capsys: pytest.CaptureFixture[str]):
    assert simulate([], None, "tiktok-shop-us@2025-11-12") == 2
    assert "the nearest right one is 'tiktok-shop-us@2025-11-11'" in capsys.readouterr().err
