"""The house from outside: opens what it stands on, runs the API and the deadline workers in one process, closes all.

One process is enough to saturate one database's write path on a small machine and keeps idle memory low; to use more
cores, start further `amends serve` processes behind a balancer, or `amends worker` ones, on the same database.
SIGTERM and Ctrl-C end it cleanly: requests in flight are answered, the batch in hand commits, the embedded
PostgreSQL is stopped. What prevents a start is one readable line (`StartRefused`).
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import structlog
import uvicorn
import uvloop

from amends import __version__
from amends.handle import Hinge, utc_now
from amends.settings import Settings
from amends.store import keys, marketplaces
from amends.store.connect import Database, open_database
from amends.store.errors import DatabaseError
from amends.store.files import Files
from amends.store.policies import Catalogue, PolicyFault
from amends.worker import checks, deadlines, desk, privacy, recovery, scrub
from amends.worker.cosigning import Witnesses
from amends.worker.sequencer import sequencer_of
from amends.worker.witness import Witness

LONGEST_GOODBYE_SECONDS = 20
WAITING_CONNECTIONS = 2048
COLLECT_AFTER = (50_000, 20, 100)
"""How many new objects, and rounds of the younger generations, make the garbage collector look."""
log = structlog.get_logger("amends.server")


class StartRefused(Exception):
    """The house cannot be opened; `str()` is one readable line."""


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run a piece of the house to its end on the fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_awaited(work))


async def serve(settings: Settings) -> None:
    """API and deadline workers until told to stop. Raises StartRefused."""
    speak(settings)
    with _bound(settings) as sock:
        async with opened(settings) as hinge:
            await _erase(hinge.db)
            await _compare(hinge.db, settings)
            server = _http(hinge, settings, sock)
            settle()
            with _told_to_stop() as stop:
                await _together(hinge, settings, server, sock, stop)


async def work(settings: Settings) -> None:
    """Deadline workers alone until told to stop. Raises StartRefused."""
    speak(settings)
    async with opened(settings) as hinge:
        settle()
        with _told_to_stop() as stop:
            await _erase(hinge.db)
            await _compare(hinge.db, settings)
            if hinge.db.recovery is not None:
                raise StartRefused(f"Workers do not work on a restored log: {hinge.db.recovery}")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(sequencer_of(hinge.db, settings).run(stop))
                tasks.create_task(deadlines.run(hinge, stop, workers=max(1, settings.workers)))
                tasks.create_task(checks.run(hinge, settings, stop))
                tasks.create_task(privacy.run(hinge, stop))
                tasks.create_task(scrub.run(hinge, stop))
                tasks.create_task(desk.run(hinge, stop))


async def stand_witness(witness: Witness, settings: Settings) -> None:
    """A witness of somebody's log until told to stop. Raises StartRefused when its port is taken."""
    speak(settings)
    with _bound(settings) as sock:
        config = uvicorn.Config(witness, log_config=None, access_log=False, server_header=False, lifespan="off")
        host, port = sock.getsockname()[:2]
        server = _Uvicorn(config, lambda: log.info("witnessing", url=f"http://{host}:{port}", vkey=witness.vkey))
        with _told_to_stop() as stop:
            async with asyncio.TaskGroup() as tasks:
                api = tasks.create_task(server.serve(sockets=[sock]))
                told = tasks.create_task(stop.wait())
                await asyncio.wait({api, told}, return_when=asyncio.FIRST_COMPLETED)
                server.should_exit = True
                await api
                told.cancel()


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, make: bool | None = True) -> AsyncIterator[Hinge]:
    """The database, the policies and the marketplace of these settings, as a hinge. Raises StartRefused.

    With `make` False the marketplace must be there already, and is left as it is; with None nobody asks for it.
    """
    catalogue = _catalogue(settings)
    try:
        db = await open_database(
            settings.database_url,
            data_dir=settings.data,
            keys_dir=settings.keys,
            app_url=settings.app_database_url,
            max_size=settings.pool_size,
            files=_files(settings),
            log_origin=settings.log_origin,
            new_log_origin=settings.new_log_origin,
        )
    except DatabaseError as problem:
        raise StartRefused(str(problem)) from problem
    try:
        for warning in db.warnings:
            log.warning("database", warning=warning)
        if make is not None:
            await _marketplace(db, settings, make=make)
        if settings.bootstrap_key and make:
            await _adopt(db, settings.marketplace, settings.bootstrap_key)
        yield Hinge(db, catalogue, settings.markets)
    finally:
        await db.close()


async def _erase(db: Database) -> None:
    """What was erased stays erased, also when the database was put back from a copy. Raises StartRefused."""
    try:
        await privacy.catch_up(db)
    except (ValueError, DatabaseError) as problem:
        raise StartRefused(f"What was erased cannot be told from the journal of erasures: {problem}") from problem


async def _compare(db: Database, settings: Settings) -> None:
    """Is the log what others have seen of it? Otherwise the house only reads. Raises StartRefused."""
    try:
        found = await recovery.compare(
            db, Witnesses(settings.witnesses, settings.witness_quorum), insist=settings.witness_required
        )
    except (recovery.WitnessAway, DatabaseError) as problem:
        raise StartRefused(str(problem)) from problem
    if found is not None:
        db.recovery = str(found)
        log.error("recovery", why=db.recovery, held=found.held, known=found.known)


def settle() -> None:
    """Let the garbage collector leave alone what now stands, and look seldom: it took an eighth of our time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def speak(settings: Settings) -> None:
    """Logs go to standard error, one line an event: for people (`text`) or machines (`json`)."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_text = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=structlog.dev.plain_traceback,  # the default shows locals: secrets, and what people wrote
    )
    render = structlog.processors.JSONRenderer() if settings.log == "json" else as_text
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, render]
        if settings.log == "json"
        else [*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


async def _marketplace(db: Database, settings: Settings, *, make: bool) -> None:
    """The marketplace is there and of the kind the settings say: a real one with cases never becomes a sandbox."""
    found = await marketplaces.get(db, settings.marketplace)
    if found is None and not make:
        known = ", ".join(await marketplaces.all_ids(db)) or "none yet"
        raise StartRefused(f"There is no marketplace {settings.marketplace!r} here; there is: {known}")
    if found is not None and settings.sandbox and not found.sandbox and await marketplaces.has_cases(db, found):
        raise StartRefused(
            f"The marketplace {settings.marketplace!r} is real and has cases; it cannot become a sandbox. "
            "Name another with AMENDS_MARKETPLACE, or other data with --data"
        )
    if found is not None and found.sandbox and not settings.sandbox:
        log.warning(
            "sandbox",
            marketplace=settings.marketplace,
            clock_at=found.clock_at,
            warning="this marketplace is a sandbox: once its clock was set, deadlines fire only when it is moved",
        )
    if make:
        await marketplaces.ensure(db, settings.marketplace, sandbox=settings.sandbox)


async def _adopt(db: Database, marketplace: str, secret: str) -> None:
    try:
        key = await keys.adopt(db, marketplace, secret=secret, role="operator", name="bootstrap", at=utc_now())
    except ValueError as problem:
        raise StartRefused(f"AMENDS_BOOTSTRAP_KEY cannot be used: {problem}") from problem
    if key.revoked_at is not None or key.role != "operator":
        state = "was revoked" if key.revoked_at is not None else f"is already the key of an {key.role}"
        raise StartRefused(f"AMENDS_BOOTSTRAP_KEY cannot be used: this secret {state}; choose another one")


def _files(settings: Settings) -> Files | None:
    """The bucket of the settings; None for the folder beside the database's."""
    if settings.files is None:
        return None
    return Files.bucket(
        settings.files,
        endpoint=settings.files_endpoint,
        region=settings.files_region,
        key_id=settings.files_key_id,
        secret=settings.files_secret,
        session_token=settings.files_session_token,
    )


def _catalogue(settings: Settings) -> Catalogue:
    """The policies at hand; every market named in the settings must have its pack."""
    try:
        catalogue = Catalogue.open(settings.policies)
    except PolicyFault as fault:
        first, *more = str(fault).splitlines()
        others = f" (and {len(more)} more: amends policy check)" if more else ""
        raise StartRefused(f"A policy cannot be used: {first}{others}") from fault
    packs = {policy.pack.pack for policy in catalogue.policies}
    for market, pack in settings.markets.items():
        if pack not in packs:
            known = ", ".join(sorted(packs))
            raise StartRefused(f"AMENDS_MARKETS gives {market} the pack {pack!r}; the packs at hand are {known}")
    return catalogue


@contextlib.contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket, taken before anything slow is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
            sock.listen(WAITING_CONNECTIONS)
        except OSError as problem:
            raise StartRefused(
                f"Port {settings.port} on {settings.host} cannot be taken ({problem.strerror or problem}): "
                "stop what uses it, or choose another with --port"
            ) from problem
        yield sock


class _Uvicorn(uvicorn.Server):
    """Uvicorn that leaves signals to this room, and says when it listens and when it is about to leave."""

    def __init__(
        self, config: uvicorn.Config, listening: Callable[[], None], leaving: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(config)
        self._listening, self._leaving = listening, leaving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leaving()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _http(hinge: Hinge, settings: Settings, sock: socket.socket) -> _Uvicorn:
    from amends.api.app import create_app
    from amends.portal.app import Portals
    from amends.portal.assets import AssetsMissing

    try:
        pages = Portals(hinge, settings)
    except AssetsMissing as missing:
        raise StartRefused(str(missing)) from missing
    config = uvicorn.Config(
        create_app(hinge, settings, pages),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LONGEST_GOODBYE_SECONDS,
    )
    return _Uvicorn(config, lambda: _say_where(hinge, settings, sock), pages.leave)


def _say_where(hinge: Hinge, settings: Settings, sock: socket.socket) -> None:
    host, port = sock.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    database = "embedded PostgreSQL" if hinge.db.embedded else "PostgreSQL"
    log.info(
        "serving",
        version=__version__,
        url=url,
        docs=f"{url}/docs",
        database=database,
        workers=settings.workers,
        sandbox=settings.sandbox,
    )


async def _together(
    hinge: Hinge, settings: Settings, server: _Uvicorn, sock: socket.socket, stop: asyncio.Event
) -> None:
    """API and workers side by side; the workers stop once the last request is answered."""
    async with asyncio.TaskGroup() as tasks:
        resting = asyncio.Event()
        writing = hinge.db.recovery is None
        if writing:
            tasks.create_task(sequencer_of(hinge.db, settings).run(resting))
        if settings.workers and writing:
            tasks.create_task(deadlines.run(hinge, resting, workers=settings.workers))
            tasks.create_task(checks.run(hinge, settings, resting))
            tasks.create_task(privacy.run(hinge, resting))
            tasks.create_task(scrub.run(hinge, resting))
            tasks.create_task(desk.run(hinge, resting))
        api = tasks.create_task(server.serve(sockets=[sock]))
        told = tasks.create_task(stop.wait())
        await asyncio.wait({api, told}, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping")
        server.should_exit = True
        await api
        resting.set()
        told.cancel()
    log.info("stopped")


@contextlib.contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """An event set by SIGTERM or Ctrl-C."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()
