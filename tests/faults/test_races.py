"""Races on real connections: every pair of nine moves, many times, judged by the law alone (see race.py).

AMENDS_RACE_ROUNDS says how many rounds each pair has: few in an ordinary run, 2,000 in `make races`.
"""

import os
from itertools import combinations_with_replacement

import asyncpg
import pytest

from amends.store.connect import Database
from tests.cast import any_time_will_do, rewrite
from tests.faults.race import NAMES, SCENES, made, meeting_place, race, welcome
from tests.plugins_database import Server

pytestmark = pytest.mark.database
ROUNDS = int(os.environ.get("AMENDS_RACE_ROUNDS", "40"))
PAIRS = list(combinations_with_replacement(NAMES, 2))
REVISION_CHECK = "revision = w.expected AND last_hash = w.prev_hash AND last_at <= w.at"
UNIQUE_KEYS = ("event", "posting", "outbox")


@pytest.fixture
async def admin_url(database: Database, database_server: Server) -> str:
    """The administrator's way into the scratch database, which takes instants of any age."""
    url = database_server.url("admin", await database.pool.fetchval("SELECT current_database()"))
    await any_time_will_do(url)
    return url


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[f"{one}-{two}" for one, two in PAIRS])
async def test_never_both_never_neither_never_an_error(database: Database, admin_url: str, first: str, second: str):
    assert await race(database, first, second, ROUNDS) == []


def test_every_pair_meets_where_one_of_them_is_allowed():
    for first, second in PAIRS:
        scene = meeting_place(first, second)
        assert welcome(scene, first) or welcome(scene, second), (first, second, scene.name)


def test_most_pairs_meet_where_both_are_allowed():
    both = {pair for pair in PAIRS if all(welcome(meeting_place(*pair), move) for move in pair)}
    assert len(both) >= 27, sorted(both)


@pytest.mark.parametrize("name", SCENES)
def test_each_scene_is_what_it_is_called(name: str):
    assert made(name).case.stage == name.partition(" ")[0]


class TestSabotage:
    """The check is worth something: take the guard away and it complains."""

    async def test_without_the_revision_check_the_races_are_lost(self, database: Database, admin_url: str):
        await without_revision_check(admin_url)
        complaints = await race(database, "approve", "reject", 20)
        assert any("Poisoned" in complaint for complaint in complaints)

    async def test_without_the_unique_keys_too_both_are_accepted(self, database: Database, admin_url: str):
        await without_revision_check(admin_url)
        connection = await asyncpg.connect(admin_url)
        for table in UNIQUE_KEYS:
            await connection.execute(f"ALTER TABLE amends.{table} DROP CONSTRAINT {table}_pkey")
        await connection.close()
        complaints = await race(database, "approve", "withdraw", 20)
        assert any("answered ['done', 'done']" in complaint for complaint in complaints)
        assert any("does not follow" in complaint for complaint in complaints)


async def without_revision_check(admin_url: str) -> None:
    await rewrite(admin_url, "write_case", [(REVISION_CHECK, "true")])
