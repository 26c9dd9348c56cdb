"""The book as a whole: every worked case by chapter, played once, with the stages and refusals each one walks.

The reference pages and the clause index read it. A case that cannot be read or does not go as written stops it.
"""

from pathlib import Path

import msgspec

from amends.lab import book
from amends.lab.book import WorkedCase
from amends.lab.lined_yaml import FileFault
from amends.lab.memory import Walk
from amends.lab.runner import play_in_memory
from amends.store.policies import Catalogue


class Chapter(msgspec.Struct, frozen=True):
    """The cases of one folder."""

    name: str
    cases: tuple[WorkedCase, ...]

    @property
    def title(self) -> str:
        """The folder's name in words: `01-request` is `Request`."""
        words = self.name.lstrip("0123456789-_").replace("-", " ").replace("_", " ")
        return (words or self.name).capitalize()


class CaseBook(msgspec.Struct, frozen=True):
    """All chapters, and the changes of stage their cases walk through."""

    root: Path
    chapters: tuple[Chapter, ...]
    walks: frozenset[Walk]

    @property
    def cases(self) -> tuple[WorkedCase, ...]:
        """Every case in the order of the book."""
        return tuple(case for chapter in self.chapters for case in chapter.cases)

    def name(self, case: WorkedCase) -> str:
        """The case's path within the book."""
        return case.path.relative_to(self.root).as_posix()

    def about(self, clause: str, pack: str) -> list[WorkedCase]:
        """The cases of a pack written because of a clause or reading."""
        return [case for case in self.cases if clause in case.because and case.policy.startswith(f"{pack}@")]

    def refusing(self, code: str) -> list[WorkedCase]:
        """The cases in which something is refused with a code."""
        return [case for case in self.cases if any(step.refused == code for step in case.steps)]


def read_book(root: Path, catalogue: Catalogue) -> CaseBook:
    """Read and play every case under `root`; FileFault with all that is wrong."""
    chapters: dict[str, list[WorkedCase]] = {}
    walks: set[Walk] = set()
    faults: list[str] = []
    for path in book.files([root]) if root.is_dir() else []:
        try:
            case = book.read(path, catalogue)
        except FileFault as fault:
            faults.append(str(fault))
            continue
        chapters.setdefault(path.parent.relative_to(root).as_posix(), []).append(case)
        telling, market = play_in_memory(case, catalogue)
        faults += map(str, telling.failures)
        walks |= market.walks
    if faults:
        raise FileFault(root, [(0, "\n".join(faults))])
    found = tuple(Chapter(name, tuple(cases)) for name, cases in sorted(chapters.items()))
    return CaseBook(root, found, frozenset(walks))
