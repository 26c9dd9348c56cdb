"""The API served on a loopback port by a thread of its own, for callers that are not asyncio."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from litestar import Litestar

from amends.api.app import create_app
from amends.handle import Hinge
from amends.settings import Settings
from amends.store import marketplaces
from amends.store.connect import open_database
from amends.store.policies import installed
from tests.api.callers import adopt_keys
from tests.cast import MARKET, MONDAY
from tests.plugins_database import Server

Prepare = Callable[[Litestar, Hinge], Awaitable[None]]


@contextmanager
def served(server: Server, folder: Path, prepare: Prepare) -> Iterator[str]:
    """The address of a sandbox on a fresh database, its clock standing, after `prepare` has furnished it."""
    running: list[uvicorn.Server] = []
    up, address, problems = threading.Event(), list[str](), list[BaseException]()

    async def run() -> None:
        name = await server.fresh()
        db = await open_database(
            server.url("owner", name), app_url=server.url("app", name), data_dir=folder, migrate_first=False
        )
        await marketplaces.ensure(db, MARKET, sandbox=True)
        await marketplaces.set_clock(db, MARKET, MONDAY)
        await adopt_keys(db)
        hinge = Hinge(db, installed())
        app = create_app(hinge, Settings(marketplace=MARKET, sandbox=True))
        await prepare(app, hinge)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
        web = uvicorn.Server(config)
        running.append(web)
        serving = asyncio.create_task(web.serve())
        while not web.started:  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        address.append(f"http://127.0.0.1:{web.servers[0].sockets[0].getsockname()[1]}")
        up.set()
        await serving
        await db.close()
        await server.drop(name)

    def thread() -> None:
        try:
            asyncio.run(run())
        except BaseException as problem:
            problems.append(problem)
            up.set()

    worker = threading.Thread(target=thread)
    worker.start()
    up.wait(60)
    try:
        if problems:
            raise problems[0]
        yield address[0]
    finally:
        if running:
            running[0].should_exit = True
        worker.join(60)
