"""YAML read with the line of every key and item, so that a fault can be pointed at.

Nothing here knows what the file is about; `book.py` and `mapping.py` do.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from amends.store.yaml_tree import YamlFault, compose

Place = tuple[str | int, ...]


class FileFault(ValueError):
    """A file that cannot be used: one or more `file:line: what is wrong, what would be right`, one a line."""

    def __init__(self, path: Path, faults: Iterable[tuple[int, str]]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(f"{path}:{line}: {message}" for line, message in self.faults))


class Lined:
    """A YAML file's `value` and the `line` (from 1) of each place in it; FileFault when it is not YAML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[Place, int] = {}
        self._faults: list[tuple[int, str]] = []
        self._scalars = yaml.constructor.SafeConstructor()
        try:
            root = compose(path.read_text(encoding="utf-8"))
        except OSError as fault:
            raise FileFault(path, [(1, f"cannot be read: {fault.strerror}")]) from None
        except UnicodeDecodeError:
            raise FileFault(path, [(1, "is not UTF-8 text")]) from None
        except YamlFault as fault:
            raise FileFault(path, [(fault.line, f"is not YAML: {fault}")]) from None
        if root is None:
            raise FileFault(path, [(1, "the file is empty")])
        self.value = self._read(root, ())
        if self._faults:
            raise FileFault(path, self._faults)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest part above it that the file has."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def _read(self, node: Any, place: Place) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(item, (*place, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        return self._scalar(node)

    def _scalar(self, node: Any) -> Any:
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError) as fault:
            why = getattr(fault, "problem", None) or fault
            self._faults.append((node.start_mark.line + 1, f"{node.value!r} cannot be read: {why}"))
            return None

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in found:
                self._faults.append((line, f"{name!r} is given twice"))
            self._lines[(*place, name)] = line
            found[name] = self._read(value, (*place, name))
        return found


def nearest(name: str, known: Iterable[str]) -> str:
    """`the nearest right one is 'x'`, or the list of right ones when none is near."""
    names = list(known)
    if near := get_close_matches(name, names, 1):
        return f"the nearest right one is {near[0]!r}"
    return f"there are {', '.join(names)}"
