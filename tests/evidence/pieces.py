"""Pieces of evidence for tests: small real files, ways to bring them into a case, and the pipeline by the round."""

import io
from pathlib import Path
from typing import Any

from msgspec import structs
from PIL import Image

from amends.handle import Hinge
from amends.settings import Settings
from amends.store import checks
from amends.store.checks import CheckRow
from amends.worker import checks as worker
from amends.worker.examine import Bench
from tests.api.callers import Caller, Callers
from tests.cast import MARKET

TEXT = b"Barangnya rusak saat tiba. It does not switch on.\n"


def picture(width: int = 320, height: int = 200, colour: tuple[int, int, int] = (200, 30, 30), **options: Any) -> bytes:
    """A JPEG of one colour with a darker band, so that it has something to recognise."""
    made = Image.new("RGB", (width, height), colour)
    made.paste((20, 20, 20), (0, height // 3, width, height // 2))
    out = io.BytesIO()
    made.save(out, options.pop("format", "JPEG"), **options)
    return out.getvalue()


class Pipeline:
    """The worker of this hinge, a round at a time; `scanner` may be changed between rounds."""

    def __init__(self, hinge: Hinge, settings: Settings, folder: Path) -> None:
        self.hinge, self.settings = hinge, settings
        self.folder = worker.working_folder(folder)

    @property
    def bench(self) -> Bench:
        return Bench(self.hinge, self.settings, self.folder)

    def with_scanner(self, address: str, **settings: Any) -> "Pipeline":
        self.settings = structs.replace(self.settings, scanner=address, **settings)
        return self

    async def round(self) -> int:
        """What the worker does in one round."""
        return await worker.one_round(self.bench)

    async def settle(self) -> None:
        """Rounds until there is nothing left to do."""
        for _ in range(20):
            if not await self.round():
                return
        raise AssertionError("the pipeline never came to rest")

    async def state(self, upload_id: str) -> CheckRow:
        return (await checks.state_of(self.hinge.db, MARKET, [upload_id]))[upload_id]


async def sent(who: Caller, content: bytes, name: str = "photo.jpg") -> dict[str, Any]:
    """A file sent by somebody."""
    response = await who.ask("POST", "/v1/uploads", files={"file": (name, content)})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def with_photo(
    callers: Callers, content: bytes | None = None, name: str = "photo.jpg", order_id: str = "O1", **item: Any
) -> tuple[str, str]:
    """A disputed case of Alice's in which her file is evidence; the ids of the case and of the file."""
    case = await callers.requested(order_id)
    alice, bob = await callers.alice(), await callers.bob()
    at = f"/v1/cases/{case['id']}"
    await bob.post(f"{at}/reject-request", {"statement": "It worked when it left"})
    file = await sent(alice, picture() if content is None else content, name)
    piece = {"type": "photo_of_item", "upload": file["id"]} | item
    await alice.post(f"{at}/open-dispute", {"statement": "It never worked", "evidence": [piece]})
    return case["id"], file["id"]
