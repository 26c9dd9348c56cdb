"""YAML text as a tree of nodes, looked over before it is built: deep nesting would end the process in libyaml.

The parser's events come one by one and need no stack, so depth, size and what aliases would unfold to are known before
anything recursive runs. Whoever walks the tree afterwards may recurse freely.
"""

from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Node = Any

DEEPEST = 50
"""Levels of lists and mappings within each other, also by way of an alias."""
MOST_ALIASES = 100
MOST_NODES = 200_000
"""Values and keys, counting what an alias stands for each time."""


class YamlFault(ValueError):
    """The text is not YAML, or not YAML anybody would write: `str()` says what, `line` (from 1) where."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def compose(text: str) -> Node | None:
    """The one document's root node, None when there is none. Raises YamlFault."""
    try:
        _look_over(text)
        return yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        raise YamlFault(mark.line + 1 if mark else 1, str(fault.problem or fault.context)) from None
    except yaml.YAMLError as fault:
        raise YamlFault(1, " ".join(str(fault).split())) from None


class _Part:
    """A value of the text: how many nodes it holds and how many levels, aliases unfolded."""

    __slots__ = ("anchor", "levels", "nodes")

    def __init__(self, anchor: str | None, levels: int = 0) -> None:
        self.anchor = anchor
        self.nodes = 1
        self.levels = levels

    def take(self, part: "_Part") -> None:
        """Count in a part that stands inside."""
        self.nodes += part.nodes
        self.levels = max(self.levels, part.levels + 1)


def _look_over(text: str) -> None:
    open_parts = [_Part(None)]
    finished: dict[str, _Part] = {}
    aliases = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_parts.append(_Part(event.anchor, levels=1))
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
            open_parts[-1].take(_named(event, open_parts, finished))
        elif isinstance(event, yaml.ScalarEvent):
            _close(_Part(event.anchor), open_parts, finished)
        elif isinstance(event, yaml.CollectionEndEvent):
            _close(open_parts.pop(), open_parts, finished)
        _check(event, open_parts, aliases)


def _close(part: _Part, open_parts: list[_Part], finished: dict[str, _Part]) -> None:
    if part.anchor is not None:
        finished[part.anchor] = part
    open_parts[-1].take(part)


def _named(event: Any, open_parts: list[_Part], finished: dict[str, _Part]) -> _Part:
    """What an alias stands for. One that names what it stands in would never end."""
    if any(part.anchor == event.anchor for part in open_parts):
        raise YamlFault(_line(event), f"the alias *{event.anchor} names the value it stands in")
    return finished.get(event.anchor) or _Part(None)


def _check(event: Any, open_parts: list[_Part], aliases: int) -> None:
    if len(open_parts) - 2 + open_parts[-1].levels > DEEPEST:
        raise YamlFault(_line(event), f"this is nested deeper than {DEEPEST} levels")
    if aliases > MOST_ALIASES:
        raise YamlFault(_line(event), f"there are more than {MOST_ALIASES} aliases; write the values out")
    if sum(part.nodes for part in open_parts) > MOST_NODES:
        raise YamlFault(_line(event), f"there are more than {MOST_NODES} keys and values")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
