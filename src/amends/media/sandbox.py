"""The sandbox seen from outside: one child process per file, a bounded answer, and nothing believed.

The server opens the file, hands it to the child as standard input and reads lengths and pictures back through a pipe.
It never decodes a file. What a file is guilty of comes back as a value; only a broken installation raises.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from weakref import WeakKeyDictionary

import msgspec

from amends.media.answer import HEADER_BYTES, SIDES, Drawn, Header, Limits, Task, fitted, plain_webp_size
from amends.media.kinds import KINDS
from amends.media.refusals import CODES, sentences

CHILD = (sys.executable, "-I", "-m", "amends.media.child")
PROBE = "probe"
MOST_CHILDREN = 40
"""For one PDF: each draws at least one page, usually a few dozen."""
CONFINEMENT = ("network", "syscalls", "user", "limits")
__all__ = ["CONFINEMENT", "Limits", "Page", "Processed", "Unprocessable", "confinement", "process"]


class Page(msgspec.Struct, frozen=True):
    """A picture or a page: `webp` holds its files by the longest side asked for; width and height are the largest's."""

    number: int
    width: int
    height: int
    webp: dict[int, bytes]

    def size_of(self, side: int) -> tuple[int, int]:
        """Width and height in pixels of the file under `side`."""
        return fitted(self.width, self.height, side)


class Processed(msgspec.Struct, frozen=True):
    """What may be shown of a file. `claims` is what the file says of itself; `confined` what held the child."""

    pages: tuple[Page, ...] = ()
    claims: dict[str, str] = {}
    hashes: tuple[str, ...] = ()
    duration_ms: int | None = None
    text_preview: str | None = None
    confined: tuple[str, ...] = ()


class Unprocessable(msgspec.Struct, frozen=True):
    """Nothing may be shown. `ours`: perhaps not the file's fault (time ran out on a busy machine), so try again."""

    code: str
    says: dict[str, str]
    ours: bool = False


class _Broken(Exception):
    """An answer that does not keep to the form: whoever wrote it was not our child any more."""


_Answer = tuple[Header, tuple[Page, ...]]
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, asyncio.Semaphore]] = WeakKeyDictionary()


async def process(
    path: Path, kind: str, limits: Limits | None = None, redactions: Sequence[tuple[int, int, int, int, int]] = ()
) -> Processed | Unprocessable:
    """What may be shown of the file at `path`, whose media type is `kind`; at most `limits.parallel` at a time.

    `redactions` are (page, left, top, width, height), pages from 1, the rest in 1/10000 of the page as it is shown;
    they are painted over before any picture is made. A bad file is a value. Raises OSError when `path` cannot be read.
    """
    limits = limits or Limits()
    task = Task(kind, limits, tuple(redactions))
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        async with _gate(limits.parallel):
            return await _in_children(file, task)
    finally:
        os.close(file)


async def confinement(limits: Limits | None = None) -> dict[str, bool]:
    """What holds a child on this machine, as a probing child found it: for the health page."""
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = await _in_one_child(null, Task(PROBE, limits or Limits()))
    finally:
        os.close(null)
    held = found[0].confined if isinstance(found, tuple) else ()
    return {name: name in held for name in CONFINEMENT}


async def _in_children(file: int, task: Task) -> Processed | Unprocessable:
    """One child, or one after the other while a PDF has pages left."""
    done, pages, room = Processed(), 0, task.limits.output_bytes
    for _ in range(MOST_CHILDREN):
        found = await _in_one_child(file, task, room)
        if isinstance(found, Unprocessable):
            return found
        header, drawn = found
        if [page.number for page in drawn] != list(range(task.first_page, task.first_page + len(drawn))):
            return _unprocessable("damaged", task)
        pages += len(drawn)
        room -= sum(len(blob) for page in drawn for blob in page.webp.values())
        done = Processed(
            done.pages + drawn,
            done.claims or header.claims,
            done.hashes or header.hashes,
            header.duration_ms,
            header.text_preview,
            header.confined,
        )
        if header.next_page is None:
            return done if pages <= task.limits.pages else _unprocessable("damaged", task)
        if not drawn or header.next_page != pages + 1 or pages >= task.limits.pages:
            return _unprocessable("damaged", task)
        task = msgspec.structs.replace(task, first_page=header.next_page)
    return _unprocessable("too_heavy", task)


async def _in_one_child(file: int, task: Task, room: int = 0) -> _Answer | Unprocessable:
    os.lseek(file, 0, os.SEEK_SET)
    async with _child(file, task) as child:
        try:
            async with asyncio.timeout(task.limits.wall_seconds):
                answer = await _read(child, task, room)
                code = await child.wait()
        except TimeoutError:
            return _unprocessable("not_checked", task, ours=True)
        except (_Broken, asyncio.IncompleteReadError, msgspec.DecodeError):
            return await _died(child, task)
    if code != 0:
        return _unprocessable("damaged", task)
    header = answer[0]
    return answer if header.refused is None else _refused(header, task)


async def _died(child: Process, task: Task) -> Unprocessable:
    """A child that stopped without an answer: by a limit, by a crash in a decoder, or before it began."""
    if child.returncode is None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await child.wait()
    code = child.returncode
    if code in (-SIGXCPU, -SIGKILL):
        return _unprocessable("too_heavy", task)
    if code is not None and code > 0:
        return _unprocessable("not_checked", task, ours=True)
    return _unprocessable("damaged", task)


@asynccontextmanager
async def _child(file: int, task: Task) -> AsyncIterator[Process]:
    """A running child, gone for certain afterwards."""
    child = await asyncio.create_subprocess_exec(
        *CHILD,
        msgspec.json.encode(task).decode(),
        stdin=file,
        stdout=PIPE,
        stderr=DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await asyncio.shield(child.wait())


async def _read(child: Process, task: Task, room: int) -> _Answer:
    """The answer, every length checked before it is read. Raises what `_in_one_child` catches."""
    assert child.stdout is not None, "the child writes to a pipe"
    size = int.from_bytes(await child.stdout.readexactly(4), "big")
    if size > HEADER_BYTES:
        raise _Broken
    header = msgspec.json.decode(await child.stdout.readexactly(size), type=Header)
    if sum(sum(page.sizes) for page in header.pages) > room or len(header.pages) > task.limits.pages:
        return Header(refused="too_heavy"), ()
    pages = tuple([await _page(child.stdout, page) for page in header.pages])
    if await child.stdout.read(1):
        raise _Broken
    return header, pages


async def _page(pipe: asyncio.StreamReader, drawn: Drawn) -> Page:
    webp = {}
    for side, size in zip(SIDES, drawn.sizes, strict=True):
        webp[side] = await pipe.readexactly(size)
        if plain_webp_size(webp[side]) != fitted(drawn.width, drawn.height, side):
            raise _Broken
    return Page(drawn.number, drawn.width, drawn.height, webp)


def _refused(header: Header, task: Task) -> Unprocessable:
    if header.refused not in CODES:
        return _unprocessable("damaged", task)
    return _unprocessable(header.refused, task, cap=header.cap or 0, second=header.second or "?")


def _unprocessable(code: str, task: Task, *, ours: bool = False, **fields: object) -> Unprocessable:
    what = KINDS[task.kind].label if task.kind in KINDS else "file"
    return Unprocessable(code, sentences(code, what=what, **fields), ours)


def _gate(parallel: int) -> asyncio.Semaphore:
    """The semaphore of this event loop for that many at a time."""
    gates = _gates.setdefault(asyncio.get_running_loop(), {})
    return gates.setdefault(parallel, asyncio.Semaphore(parallel))
