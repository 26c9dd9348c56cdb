"""A sequencer in a process of its own, to be killed: `python -m tests.log.killed OWNER_URL APP_URL FOLDER VKEY URL`."""

import asyncio
import sys
from pathlib import Path

from amends.settings import WitnessAddress
from amends.store.connect import open_database
from amends.worker.cosigning import Witnesses
from amends.worker.sequencer import Pace, Sequencer


async def work(owner: str, app: str, folder: str, vkey: str, url: str) -> None:
    """Sequence as fast as it goes, until killed."""
    db = await open_database(owner, app_url=app, data_dir=Path(folder), migrate_first=False)
    pace = Pace(leaves=1, quiet_seconds=0.01, longest_seconds=0.1)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await Sequencer(db, Witnesses((WitnessAddress(vkey, url),)), pace).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
