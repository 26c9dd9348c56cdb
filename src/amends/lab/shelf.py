"""The case book on its shelf: where the worked cases lie, what each is called, and why it was written.

They come with the package (`amends/cases`), or lie beside it where it was not installed. Nothing is played here, and a
file is only read whole when somebody opens it.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from amends.lab import book
from amends.lab.book import WorkedCase
from amends.store.policies import Catalogue

FOLDER = "cases"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Spine(msgspec.Struct, frozen=True):
    """A worked case as the shelf shows it. `chapter` and `name` find its file; `policy` is `PACK@EDITION`."""

    chapter: str
    name: str
    title: str
    policy: str
    because: tuple[str, ...]
    note: str
    steps: int
    refused: tuple[str, ...]


def place() -> Path | None:
    """The folder of the worked cases, None where they were not brought along."""
    packed = Path(str(files("amends"))) / FOLDER
    beside = Path(str(files("amends"))).parents[1] / FOLDER
    return next((found for found in (packed, beside) if found.is_dir()), None)


@cache
def spines() -> tuple[Spine, ...]:
    """Every worked case, by chapter and name; read once."""
    root = place()
    return tuple(_spines(root)) if root else ()


def about(clause: str, pack: str) -> list[Spine]:
    """The worked cases of a pack that were written because of a clause or reading."""
    return [one for one in spines() if clause in one.because and one.policy.startswith(f"{pack}@")]


def read(spine: Spine, catalogue: Catalogue) -> WorkedCase:
    """The whole of one worked case. Raises FileFault where the catalogue lacks its policy."""
    root = place()
    assert root is not None, "what is on the shelf lies somewhere"
    return book.read(root / spine.chapter / f"{spine.name}.yaml", catalogue)


def _spines(root: Path) -> Iterator[Spine]:
    for path in sorted(root.rglob("*.yaml")):
        told = yaml.load(path.read_text("utf-8"), Loader=LOADER)  # noqa: S506  # the safe loader, in C where there is one
        steps = told.get("steps") or []
        refused = dict.fromkeys(
            str(step["expect"]["refused"]) for step in steps if isinstance(step.get("expect"), dict)
            and step["expect"].get("refused")
        )  # fmt: skip
        yield Spine(
            path.parent.relative_to(root).as_posix(), path.stem, str(told["title"]), str(told["policy"]),
            tuple(map(str, told["because"])), " ".join(str(told.get("note") or "").split()), len(steps), tuple(refused),
        )  # fmt: skip
