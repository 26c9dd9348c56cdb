"""`amends simulate`: real orders, scripted people, every case played to its closing through the hinge on PostgreSQL.

Time is the sandbox clock, moved from turn to turn; in one turn everybody acts who means to, each case on its own.
What people do is in `players.py`, who complains in `complaints.py`, the report in `report.py`. Nothing in the report
depends on how long the machine took or whose turn the event loop took first.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path
from shutil import disk_usage
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from amends.answers import Accepted, Answer
from amends.handle import Hinge, case_id_of, handle
from amends.lab import report as reports
from amends.lab.complaints import Complaint, complaints, moved, sample
from amends.lab.lined_yaml import FileFault, nearest
from amends.lab.order_rows import Built
from amends.lab.orders import put, read_orders
from amends.lab.players import Dice, Plan, plans
from amends.law.actors import Actor
from amends.law.case import Case
from amends.law.policy import Policy
from amends.law.refusal import Refused
from amends.store import cases, marketplaces
from amends.store.connect import Database, open_database
from amends.store.errors import DatabaseError
from amends.store.policies import Catalogue, installed
from amends.store.written import decode_case
from amends.sweep import GRACE, Advanced, advance

TURN = timedelta(hours=4)
"""People look at their cases this often, all at the same instants; no window is shorter than a day."""
AT_ONCE = 8
MOST_TURNS = 500
MOST_ACTS_A_TURN = 20
IN_MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 1024**3


class Player:
    """One complaint and the case it becomes."""

    def __init__(self, complaint: Complaint, case_id: str, seed: int) -> None:
        self.complaint = complaint
        self.case_id = case_id
        self.dice = Dice(seed, complaint.line)
        self.turns = 0
        self.opened = False
        self.refused: Counter[tuple[str, str]] = Counter()


class Simulation:
    """A sandbox marketplace in which complaints become cases and people act turn by turn."""

    def __init__(self, hinge: Hinge, marketplace: str, policy: Policy, seed: int) -> None:
        self.hinge = hinge
        self.marketplace = marketplace
        self.policy = policy
        self.seed = seed
        self.players: list[Player] = []
        self.fired = 0
        self.failed = 0

    async def play(self, found: Sequence[Complaint], progress: Progress | None = None) -> None:
        """Play every complaint until nothing more will happen in its case."""
        for complaint in found:
            case_id = await case_id_of(self.hinge, self.marketplace, complaint.order_id, complaint.line_id)
            self.players.append(Player(complaint, case_id, self.seed))
        task = progress.add_task("cases", total=len(found)) if progress else None
        agenda = [(turn_after(player.complaint.at), i) for i, player in enumerate(self.players)]
        heapify(agenda)
        while agenda:
            now = agenda[0][0]
            awake: list[int] = []
            while agenda and agenda[0][0] == now:
                awake.append(heappop(agenda)[1])
            await self._move(now)
            for i, wakes_at in zip(awake, await self._turn(awake, now), strict=True):
                if wakes_at is not None:
                    heappush(agenda, (turn_after(wakes_at, now), i))
                elif progress and task is not None:
                    progress.advance(task)

    async def _move(self, now: datetime) -> None:
        moved_to = await advance(self.hinge, self.marketplace, now)
        if not isinstance(moved_to, Advanced):
            raise RuntimeError(f"the sandbox clock could not be moved to {now.isoformat()}: {moved_to.why}")
        self.fired += moved_to.fired
        self.failed += moved_to.failed

    async def _turn(self, awake: Sequence[int], now: datetime) -> list[datetime | None]:
        """One turn of several cases, a few at once; when each is to be looked at again."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(i: int) -> datetime | None:
            async with gate:
                return await self._act(self.players[i], now)

        return list(await asyncio.gather(*map(one, awake)))

    async def _act(self, player: Player, now: datetime) -> datetime | None:
        """Everything people mean to do in one case by now; then the instant of the next thing."""
        player.turns += 1
        if not player.opened:
            actor = Actor("buyer", player.complaint.buyer_id)
            player.opened = await self._said(player, actor, player.complaint.command) is not None
        case = await self._case(player) if player.opened else None
        for _ in range(MOST_ACTS_A_TURN):
            if case is None or case.stage == "closed" or player.turns > MOST_TURNS:
                return None
            meant = plans(case, self.policy, player.dice)
            if not meant or meant[0].at > now:
                return _next(case, meant, now)
            case = await self._do(player, case, meant[0])
        return now + TURN

    async def _do(self, player: Player, case: Case, plan: Plan) -> Case:
        player.dice.used.add(plan.key)
        return await self._said(player, plan.actor, plan.command) or case

    async def _said(self, player: Player, actor: Actor, command: object) -> Case | None:
        answer: Answer = await handle(self.hinge, self.marketplace, player.case_id, command, actor)  # type: ignore[arg-type]  # a command
        if isinstance(answer, Accepted):
            return answer.case
        if isinstance(answer, Refused):
            name = str(type(command).__struct_config__.tag)  # type: ignore[attr-defined]  # every command has one
            player.refused[name, answer.code] += 1
            return None
        raise RuntimeError(f"case {player.case_id} could not be played: {answer}")

    async def _case(self, player: Player) -> Case | None:
        row = await cases.get_case(self.hinge.db, self.marketplace, player.case_id)
        return decode_case(row.state) if row else None


def turn_after(at: datetime, now: datetime | None = None) -> datetime:
    """The first turn at or after an instant, and after `now`."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    found = start + -((start - at) // TURN) * TURN
    return found if now is None else max(found, now + TURN)


def _next(case: Case, meant: Sequence[Plan], now: datetime) -> datetime | None:
    """When to look again: at the next thing meant, or just after the next deadline fires; None: never."""
    stopped = case.stage == "suspended"
    fires = [] if stopped else [deadline.due_at + GRACE for deadline in case.open_deadlines()]
    return min([*(plan.at for plan in meant[:1]), *fires], default=None)


def simulate(
    orders: Sequence[Path],
    mapping: Path | None,
    policy: str,
    seed: int = 1,
    cases: int | None = None,
    *,
    database_url: str | None = None,
    data_dir: Path | None = None,
    report: Path | None = None,
) -> int:
    """Simulate and print the report; 0 all checks hold, 1 one does not, 2 nothing could be done."""
    started = monotonic()
    try:
        chosen = _policy(policy)
        found = list(read_orders(orders, mapping, chosen.pack.market))
        built = [item for item in found if isinstance(item, Built)]
        with tempfile.TemporaryDirectory(prefix="amends-simulate-", dir=_quickest_folder()) as folder:
            place = data_dir or Path(folder)
            written, sound = asyncio.run(_simulate(built, chosen, seed, cases, database_url, place))
    except (FileFault, DatabaseError, LookupError) as fault:
        print(fault.args[0] if isinstance(fault, LookupError) else fault, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped before the end; nothing is kept", file=sys.stderr)
        return 2
    if rejected := len(found) - len(built):
        print(f"{rejected:,} rows could not be used; `amends import orders` names them", file=sys.stderr)
    print(written)
    if report:
        report.write_text(written)
    print(f"({monotonic() - started:.0f} seconds)", file=sys.stderr)
    return 0 if sound else 1


def _quickest_folder() -> str | None:
    """Memory for a database that is thrown away afterwards, where the system has enough of it; else None."""
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and disk_usage(IN_MEMORY).free >= ROOM_BYTES:
        return str(IN_MEMORY)
    return None


async def _simulate(
    built: list[Built], policy: Policy, seed: int, cases: int | None, url: str | None, place: Path
) -> tuple[str, bool]:
    db = await open_database(url, data_dir=place)
    try:
        return await run(db, built, policy, seed, cases)
    finally:
        await db.close()


async def run(db: Database, built: list[Built], policy: Policy, seed: int, cases: int | None) -> tuple[str, bool]:
    """Play in a new sandbox marketplace of an open database; the report, and whether every check holds."""
    present, weeks = moved(built, policy.pack.in_force_from)
    found = list(complaints(present, seed))
    chosen = sample(found, cases, seed)
    marketplace = await _fresh(db)
    await put(db, marketplace, present, policy.pack.in_force_from)
    simulation = Simulation(Hinge(db, Catalogue([policy])), marketplace, policy, seed)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        await simulation.play(chosen, progress)
    tally = await reports.tally(db, marketplace, policy)
    tally.refused = sum((player.refused for player in simulation.players), Counter())
    tally.fired, tally.failed = simulation.fired, simulation.failed
    head = reports.Head(policy.name, seed, len(built), len(found), len(chosen), weeks)
    return reports.written(head, tally), tally.sound


async def _fresh(db: Database) -> str:
    """A sandbox marketplace nobody has used yet."""
    taken = set(await marketplaces.all_ids(db))
    name = next(name for name in (f"simulation-{n}" for n in range(1, len(taken) + 2)) if name not in taken)
    await marketplaces.ensure(db, name, sandbox=True)
    return name


def _policy(name: str) -> Policy:
    found = installed().named(name)
    if found is None:
        names = [policy.name for policy in installed().policies]
        raise LookupError(f"there is no policy {name!r}; {nearest(name, names)}")
    return found
