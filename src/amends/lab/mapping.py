"""The mapping file of an import: which column of which file is which fact of an order.

A fact is a column's name, or `{column, constant, map, otherwise, format, end_of_day, minor}`; `join.column` names a
column of a joined file; a list of columns means the first that is not empty. Unknown keys are refused with their line.
Reading the data files is `tables.py`; making orders of their rows is `orders.py`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from amends.lab.lined_yaml import FileFault, Lined, Place, nearest

TOP = ("market", "currency", "zone", "ambiguous", "encoding", "decimal_mark", "orders", "joins", "order", "lines",
       "signals")  # fmt: skip
FACT = ("column", "constant", "map", "otherwise", "format", "end_of_day", "minor")
JOIN = ("file", "on", "equals")
OF_ORDER = ("id", "market", "currency", "placed_at", "status", "buyer", "seller", "fulfilment")
OF_BUYER = ("id", "verified", "locale", "email", "name")
OF_SELLER = ("id", "name", "email", "locale")
OF_FULFILMENT = ("mode", "carrier", "tracking_number", "promised_by", "shipped_at", "last_tracking_at", "delivered_at")
OF_LINE = ("id", "sku", "title", "quantity", "unit_price", "tax", "shipping", "discount", "traits")
OF_LINES = ("from", "group", "split", *OF_LINE)
SIGNALS = ("review_score", "reviewed_at")
"""What is no fact of the order but tells a simulation who complains."""

NEEDED = ("order.id", "order.placed_at", "order.buyer.id", "order.seller.id", "lines.unit_price")


class Fact(msgspec.Struct, frozen=True):
    """Where one fact comes from. `columns` are tried in order; `constant` when there are none."""

    columns: tuple[str, ...] = ()
    constant: Any = None
    map: Mapping[str, Any] | None = None
    otherwise: Any = None
    format: str | None = None
    end_of_day: bool = False
    minor: bool = False


class Join(msgspec.Struct, frozen=True):
    """Another file whose rows belong to an order: those whose `on` equals the main file's `equals`."""

    file: str
    on: str
    equals: str


class OrderMapping(msgspec.Struct, frozen=True):
    """A whole mapping. Keys of `facts` are dotted: `order.buyer.id`, `lines.unit_price`, `signals.review_score`."""

    path: Path
    main: str | None
    joins: Mapping[str, Join]
    facts: Mapping[str, Fact]
    lines_from: str | None
    group: tuple[str, ...]
    split: str | None
    zone: ZoneInfo
    encoding: str
    decimal_mark: str
    ambiguous: str | None
    """Which instant a local time means that comes twice: `earlier` or `later`; None: its row is rejected."""
    lines: Lined

    @property
    def files(self) -> list[str]:
        """Every file the mapping names; the main one first."""
        return [*([self.main] if self.main else []), *(join.file for join in self.joins.values())]

    def line(self, fact: str) -> int:
        """The line of the file that names a fact."""
        return self.lines.line(tuple(fact.split(".")))


def read(path: Path) -> OrderMapping:
    """The mapping in one file; FileFault with everything that is wrong with it."""
    return _Reader(Lined(path)).mapping()


class _Reader:
    """Reads one mapping, noting every fault with its line before giving up."""

    def __init__(self, lines: Lined) -> None:
        self.lines = lines
        self.faults: list[tuple[int, str]] = []
        self.joins: dict[str, Join] = {}

    def mapping(self) -> OrderMapping:
        top = self._keys(self.lines.value, TOP, ())
        self.joins = dict(self._joins(top.get("joins") or {}))
        facts = dict(self._facts(top))
        for name in NEEDED:
            if name not in facts:
                self._note(tuple(name.split(".")), f"the mapping must say where {name} comes from")
        lines: dict[str, Any] = top["lines"] if isinstance(top.get("lines"), dict) else {}
        zone = self._zone(top.get("zone", "UTC"))
        source = lines.get("from")
        if source is not None and source not in self.joins:
            self._note(("lines", "from"), f"there is no join {source!r}; {nearest(str(source), self.joins)}")
        mark = top.get("decimal_mark", ".")
        if mark not in (".", ","):
            self._note(("decimal_mark",), "decimal_mark is '.' or ','")
        ambiguous = top.get("ambiguous")
        if ambiguous not in (None, "earlier", "later"):
            self._note(("ambiguous",), "ambiguous is 'earlier' or 'later'")
        if self.faults or zone is None:
            raise FileFault(self.lines.path, self.faults)
        group = tuple(lines.get("group") or ())
        return OrderMapping(self.lines.path, top.get("orders"), self.joins, facts, source, group, lines.get("split"),
                            zone, str(top.get("encoding", "utf-8-sig")), mark, ambiguous, self.lines)  # fmt: skip

    def _note(self, place: Place, message: str) -> None:
        self.faults.append((self.lines.line(place), message))

    def _keys(self, found: Any, known: tuple[str, ...], place: Place) -> dict[str, Any]:
        where = ".".join(map(str, place)) or "a mapping"
        if not isinstance(found, dict):
            self._note(place, f"{where} takes the keys {', '.join(known)}")
            return {}
        for key in found:
            if key not in known:
                self._note((*place, key), f"{where} has no key {key!r}; {nearest(key, known)}")
        return found

    def _joins(self, found: Any) -> Iterator[tuple[str, Join]]:
        if not isinstance(found, dict):
            return self._note(("joins",), "joins holds a name for each file, with its `file` and its key `on`")
        for name, join in found.items():
            keys = self._keys(join, JOIN, ("joins", name))
            if "file" not in keys or "on" not in keys:
                self._note(("joins", name), f"the join {name!r} needs `file` and `on`")
            else:
                yield name, Join(str(keys["file"]), str(keys["on"]), str(keys.get("equals", keys["on"])))

    def _facts(self, top: dict[str, Any]) -> Iterator[tuple[str, Fact]]:
        for name in ("market", "currency"):
            if name in top:
                yield f"order.{name}", Fact(constant=top[name])
        order = self._keys(top.get("order", {}), OF_ORDER, ("order",))
        nested = {"buyer": OF_BUYER, "seller": OF_SELLER, "fulfilment": OF_FULFILMENT}
        for key, value in order.items():
            if key not in nested:
                yield f"order.{key}", self._fact(value, ("order", key))
                continue
            for inner, fact in self._keys(value, nested[key], ("order", key)).items():
                yield f"order.{key}.{inner}", self._fact(fact, ("order", key, inner))
        for section, known in (("lines", OF_LINES), ("signals", SIGNALS)):
            for key, value in self._keys(top.get(section, {}), known, (section,)).items():
                if key not in ("from", "group", "split"):
                    yield f"{section}.{key}", self._fact(value, (section, key))

    def _fact(self, found: Any, place: Place) -> Fact:
        if isinstance(found, str):
            return Fact(columns=(found,))
        keys = self._keys(found, FACT, place)
        column = keys.get("column")
        if (column is None) == ("constant" not in keys):
            self._note(place, f"{'.'.join(map(str, place))} needs a `column` or a `constant` (and not both)")
        columns = tuple(map(str, column)) if isinstance(column, list) else (str(column),) if column else ()
        translated = keys.get("map")
        if translated is not None and not isinstance(translated, dict):
            self._note((*place, "map"), "map says which value of the file becomes which fact: {from: to}")
            translated = None
        return Fact(columns, keys.get("constant"), translated, keys.get("otherwise"), keys.get("format"),
                    bool(keys.get("end_of_day")), bool(keys.get("minor")))  # fmt: skip

    def _zone(self, name: Any) -> ZoneInfo | None:
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._note(("zone",), f"there is no time zone {name!r}; write an IANA name such as America/Sao_Paulo")
            return None
