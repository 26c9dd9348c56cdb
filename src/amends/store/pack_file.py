"""One policy file: YAML read along the shape of `law.policy.Pack`, every fault with its line and its cure.

The tree is walked with its positions, so all faults of a file are found at once: unknown, misplaced, missing
and doubled keys, wrong values, windows that are none. Nothing is guessed: a value of the wrong kind is never
converted, it is refused.
What the tables and citations must hold is law/check.py; which files exist is store/policies.py.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

import msgspec
import yaml
from msgspec import inspect

from amends.law.calendar import Unit, Window
from amends.law.policy import Pack
from amends.store.yaml_tree import Node, YamlFault, compose

WINDOW = re.compile(r"(\d{1,4}) ([a-z]+(?: [a-z]+)?)")
WINDOW_EXAMPLES = "write for example 24 hours, 10 calendar days, 2 business days or 6 months"
UNITS = {unit.replace("_", " "): unit for unit in get_args(Unit)}
EVERYWHERE = frozenset({"status", "clauses", "because", "value", "window", "id", "when", "then"})
"""Keys too common to say where a stray one belongs."""

Step = str | int
Path = tuple[Step, ...]
BAD = object()


class Finding(msgspec.Struct, frozen=True, order=True):
    """Something wrong on one line (counted from 1) of a file."""

    line: int
    message: str


class PackFile:
    """One file's text, read: its `pack` (None when the shape is wrong) and `findings` about the shape."""

    def __init__(self, text: str) -> None:
        self.findings: list[Finding] = []
        self.pack: Pack | None = None
        self._root: Node = None
        try:
            self._root = compose(text)
        except YamlFault as fault:
            self._note(fault.line, f"this is not YAML: {fault}")
            return
        if self._root is None:
            self._note(1, "the file is empty; a pack begins with `pack:` and `edition:`")
            return
        value = self._read(self._root, _shape(), ())
        if not self.findings:
            self.pack = msgspec.convert(value, Pack)

    def line_of(self, path: Path) -> int:
        """The line of the value at `path`, or of the nearest part above it that the file has."""
        node, line = self._root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
            line = (key or node).start_mark.line + 1
        return line

    def _note(self, line: int, message: str) -> None:
        self.findings.append(Finding(line, message))

    def _wrong(self, node: Node, path: Path, message: str) -> object:
        self._note(node.start_mark.line + 1, f"{_dotted(path)}: {message}" if path else message)
        return BAD

    def _read(self, node: Node, shape: inspect.Type, path: Path) -> Any:
        """The value at `node` as `shape` asks, or BAD with a finding noted."""
        if isinstance(shape, inspect.UnionType):
            return self._one_of(node, shape, path)
        if isinstance(shape, inspect.StructType):
            return self._window(node, path) if shape.cls is Window else self._struct(node, shape, path)
        if isinstance(shape, inspect.DictType):
            return self._dict(node, shape, path)
        if isinstance(shape, inspect.VarTupleType):
            return self._list(node, shape, path)
        return self._scalar(node, shape, path)

    def _one_of(self, node: Node, shape: inspect.UnionType, path: Path) -> Any:
        kinds = [kind for kind in shape.types if not isinstance(kind, inspect.NoneType)]
        if len(kinds) < len(shape.types) and _tag(node) == "null":
            return None
        for kind in kinds:
            if _fits(node, kind):
                return self._read(node, kind, path)
        return self._read(node, kinds[0], path)

    def _struct(self, node: Node, shape: inspect.StructType, path: Path) -> Any:
        fields = {field.encode_name: field for field in shape.fields}
        if not isinstance(node, yaml.MappingNode):
            return self._wrong(node, path, f"should hold the keys {', '.join(fields)}")
        found = {
            key: self._read(value, fields[key].type, (*path, key))
            for key, value in self._pairs(node, path, lambda key: self._known(key, fields, path))
        }
        for name, field in fields.items():
            if field.required and name not in found:
                self._wrong(node, path, f"lacks {name!r}" if path else f"the pack lacks {name!r}")
        return found

    def _known(self, key: str, fields: dict[str, Any], path: Path) -> str | None:
        if key in fields:
            return None
        where = _dotted(path) or "a pack"
        places = [place for place in _places().get(key, ()) if place != _pattern(path)]
        if places and key not in EVERYWHERE:
            return f"{key!r} does not belong in {where}; it belongs in {' or '.join(places[:3])}"
        if near := get_close_matches(key, fields, 1):
            return f"{where} has no key {key!r}; the nearest right key is {near[0]!r}"
        return f"{where} has no key {key!r}; it takes {', '.join(fields)}"

    def _dict(self, node: Node, shape: inspect.DictType, path: Path) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._wrong(node, path, "should hold keys, each with a value")

        def known(key: str) -> str | None:
            if isinstance(shape.key_type, inspect.LiteralType) and key not in shape.key_type.values:
                takes = ", ".join(map(str, shape.key_type.values))
                return f"{_dotted(path)} has no key {key!r}; it takes {takes}"
            return None

        pairs = self._pairs(node, path, known)
        return {key: self._read(value, shape.value_type, (*path, key)) for key, value in pairs}

    def _pairs(self, node: Node, path: Path, known: Callable[[str], str | None]) -> Iterator[tuple[str, Node]]:
        """The mapping's keys and values, each once; stray and doubled keys become findings."""
        first: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in first:
                self._note(line, f"{_dotted((*path, name))}: given twice; the first is on line {first[name]}")
            elif fault := known(name):
                self._note(line, fault)
            else:
                first[name] = line
                yield name, value

    def _list(self, node: Node, shape: inspect.VarTupleType, path: Path) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._wrong(node, path, "should be a list")
        return [self._read(item, shape.item_type, (*path, i)) for i, item in enumerate(node.value)]

    def _window(self, node: Node, path: Path) -> Any:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        match = WINDOW.fullmatch(text)
        name = match[2] if match else ""
        unit = UNITS.get(name) or UNITS.get(f"{name}s")
        if match and unit:
            return {"amount": int(match[1]), "unit": unit}
        near = get_close_matches(name, UNITS, 1)
        hint = f"did you mean {near[0]!r}?" if near else WINDOW_EXAMPLES
        return self._wrong(node, path, f"{text!r} is no window; {hint}")

    def _scalar(self, node: Node, shape: inspect.Type, path: Path) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return self._wrong(node, path, f"should be {_wanted(shape)}")
        text, tag = node.value, _tag(node)
        if isinstance(shape, inspect.BoolType) and tag == "bool":
            return text.lower() in ("true", "yes", "on")
        if isinstance(shape, inspect.IntType) and tag == "int" and re.fullmatch(r"-?\d{1,15}", text):
            return int(text)
        if isinstance(shape, inspect.DateTimeType) and (moment := _instant(text)):
            return moment
        if isinstance(shape, inspect.LiteralType) and text in shape.values:
            return text
        if isinstance(shape, inspect.StrType) and tag in ("str", "timestamp") and text.strip():
            return text
        return self._wrong(node, path, f"{text!r} should be {_wanted(shape)}{_near(text, shape)}")


@cache
def _shape() -> inspect.Type:
    return inspect.type_info(Pack)


@cache
def _places() -> dict[str, tuple[str, ...]]:
    """For each key of a pack, the sections that take it: `windows`, `decision[].then`."""
    found: dict[str, list[str]] = {}

    def walk(shape: inspect.Type, path: str) -> None:
        if isinstance(shape, inspect.UnionType):
            for kind in shape.types:
                walk(kind, path)
        elif isinstance(shape, inspect.VarTupleType):
            walk(shape.item_type, f"{path}[]")
        elif isinstance(shape, inspect.DictType):
            walk(shape.value_type, f"{path}.*")
        elif isinstance(shape, inspect.StructType) and shape.cls is not Window:
            for field in shape.fields:
                found.setdefault(field.encode_name, []).append(path or "the top level")
                walk(field.type, f"{path}.{field.encode_name}".lstrip("."))

    walk(_shape(), "")
    return {key: tuple(dict.fromkeys(places)) for key, places in found.items()}


def _fits(node: Node, shape: inspect.Type) -> bool:
    if isinstance(shape, inspect.VarTupleType):
        return isinstance(node, yaml.SequenceNode)
    if isinstance(shape, inspect.DictType | inspect.StructType):
        window = isinstance(shape, inspect.StructType) and shape.cls is Window
        return isinstance(node, yaml.ScalarNode if window else yaml.MappingNode)
    return isinstance(node, yaml.ScalarNode) and isinstance(shape, inspect.BoolType) == (_tag(node) == "bool")


def _child(node: Node, step: Step) -> tuple[Node, Node] | None:
    """The key node (None in a list) and value node one step down."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    return None


def _tag(node: Node) -> str:
    return str(node.tag).rpartition(":")[2]


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _wanted(shape: inspect.Type) -> str:
    if isinstance(shape, inspect.LiteralType):
        return f"one of {', '.join(map(str, shape.values))}"
    names: dict[type[inspect.Type], str] = {
        inspect.BoolType: "true or false",
        inspect.IntType: "a whole number",
        inspect.DateTimeType: "an instant with its offset, such as 2025-11-11T00:00:00-08:00",
        inspect.StrType: "text (in quotes where YAML would read a number or yes/no)",
    }
    return names[type(shape)]


def _near(text: str, shape: inspect.Type) -> str:
    if not isinstance(shape, inspect.LiteralType):
        return ""
    near = get_close_matches(text, map(str, shape.values), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _dotted(path: Path) -> str:
    """`decision[3].then.outcome`, rows counted from 1 as a reader counts them."""
    parts = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).lstrip(".")


def _pattern(path: Path) -> str:
    steps = "".join("[]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.lstrip(".") or "the top level"
