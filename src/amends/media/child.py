"""The child: one file, one process, nothing but its pixels. Started by sandbox.py as `python -I -m amends.media.child`.

Standard input is the file itself, opened for reading by the parent; standard output takes the answer of answer.py.
First everything is imported, then the child locks itself up, and only then it reads a byte of the file.
"""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NoReturn

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import msgspec

from amends.media import confine
from amends.media.answer import Drawn, Header, Refuse, Task

FILE, ANSWER = 0, 1
PROBE = "probe"
THREADED = "image/heic"
"""The kind of a task that only asks how the child is held."""
Made = tuple[Header, list[bytes]]
Work = Callable[[Task, tuple[str, ...]], Made]


def main() -> NoReturn:
    """Do the task in the first argument. Exits with 0 when an answer was written, refusals included."""
    task = msgspec.json.decode(sys.argv[1].encode(), type=Task)
    alone = ("network",) if confine.alone() else ()
    work = _work_for(task)
    held = alone + confine.locked(task.limits.memory_bytes, task.limits.cpu_seconds, threads=task.kind == THREADED)
    try:
        header, blobs = work(task, held)
    except Refuse as refusal:
        header, blobs = Header(refused=refusal.code, confined=held, **refusal.fields), []
    except MemoryError:
        header, blobs = Header(refused="too_heavy", confined=held), []
    except Exception as fault:  # a decoder's way of saying that the file is broken
        sys.stderr.write(f"{type(fault).__name__}: {str(fault)[:300]}\n")
        header, blobs = Header(refused="damaged", confined=held), []
    _send(header, blobs)
    os._exit(0)  # nothing is worth tidying in a process that may do nothing any more


def _work_for(task: Task) -> Work:
    """What to do with a kind of file; everything it needs is imported here."""
    if task.kind == PROBE:
        return lambda _, held: (Header(confined=held), [])
    if task.kind.startswith("image/"):
        return _picture(task)
    if task.kind == "application/pdf":
        return _pages(task)
    return _video() if task.kind.startswith("video/") else _text()


def _picture(task: Task) -> Work:
    from amends.media import claims, likeness, picture

    picture.prepare(task.limits)

    def work(task: Task, held: tuple[str, ...]) -> Made:
        image = picture.opened(_whole_file(task), task.kind, task.limits)
        told = claims.from_picture(image)
        upright = picture.rebuilt(image, task.areas(1))
        blobs = picture.derivatives(upright)
        hashes: tuple[str, ...] = ()
        with suppress(Exception):
            hashes = tuple(likeness.hashes_of(upright))
        page = Drawn(1, *upright.size, tuple(map(len, blobs)))
        return Header(pages=(page,), claims=told, hashes=hashes, confined=held), [*blobs]

    return work


def _pages(task: Task) -> Work:
    from amends.media import pages, picture

    picture.prepare(task.limits)

    def work(task: Task, held: tuple[str, ...]) -> Made:
        document = pages.opened(_whole_file(task), task.limits)
        told = pages.claims(document) if task.first_page == 1 else {}
        made: list[Drawn] = []
        blobs: list[bytes] = []
        last = task.first_page
        for last, image in pages.drawn(document, task.first_page, task.areas, task.limits):
            files = picture.derivatives(image)
            made.append(Drawn(last, *image.size, tuple(map(len, files))))
            blobs.extend(files)
        after = last + 1 if last < len(document) else None
        return Header(pages=tuple(made), claims=told, next_page=after, confined=held), blobs

    return work


def _text() -> Work:
    from amends.media import text

    def work(task: Task, held: tuple[str, ...]) -> Made:
        found = text.preview(lambda size: os.read(FILE, size), task.limits.preview_chars)
        return Header(text_preview=found, confined=held), []

    return work


def _video() -> Work:
    from amends.media import video

    def work(task: Task, held: tuple[str, ...]) -> Made:
        found = video.film(FILE, os.lseek(FILE, 0, os.SEEK_END), task.limits)
        return Header(duration_ms=found.duration_ms, claims=found.claims, confined=held), []

    return work


def _whole_file(task: Task) -> bytes:
    """The file's bytes, at most the cap and one more."""
    pieces, left = [], task.limits.file_bytes + 1
    while left and (piece := os.read(FILE, min(left, 1 << 20))):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise Refuse("too_large", cap=task.limits.file_bytes // (1024 * 1024))
    return b"".join(pieces)


def _send(header: Header, blobs: Iterable[bytes]) -> None:
    body = msgspec.json.encode(header)
    for part in (len(body).to_bytes(4, "big"), body, *blobs):
        view = memoryview(part)
        while view:
            view = view[os.write(ANSWER, view) :]


if __name__ == "__main__":
    main()
