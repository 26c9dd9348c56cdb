"""Orders out of rows: each fact found by the mapping, converted exactly, and an order made whole or not at all.

Decimals become minor units without a float ever; naive times get the mapping's zone; a row that does not fit rejects
its order with a reason. Writing orders anywhere is `orders.py`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from amends import text
from amends.lab import tables
from amends.lab.lined_yaml import FileFault, nearest
from amends.lab.mapping import Fact, OrderMapping
from amends.lab.tables import TableRow
from amends.law.facts import Id, Order, faults
from amends.law.money import minor_digits
from amends.orders import ID_RULE, is_order_id

INSTANTS = frozenset({"placed_at", "promised_by", "shipped_at", "last_tracking_at", "delivered_at", "reviewed_at"})
MONEY = frozenset({"unit_price", "tax", "shipping", "discount"})
SUMMED = ("quantity", "tax", "shipping", "discount")
"""Facts of a line that add up when several rows make one line."""
NUMBERS = frozenset({"quantity", "review_score"})
YES = frozenset({"true", "yes", "y", "1"})
NO = frozenset({"false", "no", "n", "0"})
WHOLE = re.compile(r"[0-9]{1,15}")
AMOUNT = re.compile(r"([0-9]{1,15})(?:\.([0-9]+))?")
WITH_COMMA = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?|[0-9]+(,[0-9]+)?")
"""An amount with a decimal comma: a dot only parts thousands."""
LONGEST_SHOWN = 60


class Built(msgspec.Struct, frozen=True):
    """An order that is sound, what its rows say beyond it, and the rows it came from."""

    order_id: str
    order: Order
    signals: dict[str, Any]


class Rejected(msgspec.Struct, frozen=True):
    """A row no order could be made of, and why."""

    row: TableRow
    reason: str


class RowFault(ValueError):
    """Why a row does not fit."""


class Sources:
    """The files of a mapping: the main one to walk, the joined ones in memory by their key."""

    def __init__(self, mapping: OrderMapping, paths: Mapping[str, Path]) -> None:
        self.mapping = mapping
        self.paths = paths
        self.main_path = paths["orders"]
        self.bad: list[Rejected] = []
        _check_columns(mapping, paths)
        self.joined = {name: self._index(name) for name in mapping.joins}

    def main(self) -> Iterator[TableRow]:
        """The rows of the main file."""
        return tables.rows(self.main_path, self.mapping.encoding)

    def _index(self, name: str) -> dict[str, list[TableRow]]:
        found: dict[str, list[TableRow]] = defaultdict(list)
        on = self.mapping.joins[name].on
        for row in tables.rows(self.paths[name], self.mapping.encoding):
            if row.fault:
                self.bad.append(Rejected(row, row.fault))
            found[str(row.values.get(on, ""))].append(row)
        return found


class Scope:
    """What a fact can see: one row `here`, its main row, and the rows joined to them."""

    def __init__(self, sources: Sources, main: TableRow, here: TableRow | None = None) -> None:
        self.sources = sources
        self.main = main
        self.here = here or main

    def rows(self, name: str) -> Sequence[TableRow]:
        """The rows of a join that belong here."""
        join = self.sources.mapping.joins[name]
        return self.sources.joined[name].get(str(self.value(join.equals) or ""), ())

    def value(self, column: str) -> Any:
        """A column's value; None when it is empty or no row belongs here."""
        name, _, inner = column.partition(".")
        if inner and name in self.sources.mapping.joins:
            row = self.here if name == self.sources.mapping.lines_from and self.here is not self.main else None
            row = row or next(iter(self.rows(name)), None)
            return _filled(row.values.get(inner)) if row else None
        if inner and name == "orders":
            return _filled(self.main.values.get(inner))
        row = self.here if column in self.here.values else self.main
        return _filled(row.values.get(column))


def build(sources: Sources, market: str | None = None) -> Iterator[Built | Rejected]:
    """Every order the files hold, in the order of the main file, and every row that was in the way of one."""
    yield from sources.bad
    seen: dict[str, int] = {}
    for main, lines in _groups(sources):
        broken = [row for row in {id(r): r for r in (main, *lines)}.values() if row.fault]
        if broken:
            yield from (_broken(row, main) for row in broken)
            continue
        for part, rows in enumerate(_parts(sources.mapping, lines), start=1):
            try:
                built = _order(sources, main, rows, part, market)
                if built.order_id in seen:
                    raise RowFault(f"order {built.order_id} was already on line {seen[built.order_id]}")
            except _LineFault as fault:
                yield Rejected(fault.row, str(fault))
            except RowFault as fault:
                yield Rejected(main, str(fault))
            else:
                seen[built.order_id] = main.line
                yield built


def _broken(row: TableRow, main: TableRow) -> Rejected:
    """A row of the main file that cannot be read, or the order that needs such a row of another (noted already)."""
    if row.file == main.file:
        return Rejected(row, str(row.fault))
    return Rejected(main, f"its line in {row.file}:{row.line} cannot be read")


def sound(order_id: Any, facts: Any) -> Built:
    """The order of plain values, as the API would take and keep it; RowFault with all that is wrong with it."""
    try:
        known = msgspec.convert(order_id, Id)
        order: Order = text.in_utc(msgspec.convert(text.in_order(facts), Order))
    except msgspec.ValidationError as fault:
        message, _, path = str(fault).partition(" - at ")
        inside = "order_id" if order_id is None or not isinstance(order_id, str) else "order"
        raise RowFault(f"{path.strip('`$.') or inside}: {message}") from None
    except text.ControlCharacter as fault:
        message, _, path = str(fault).partition(" - at ")
        raise RowFault(f"{path.strip('`$.')}: {message}") from None
    except (text.OutOfTime, UnicodeError) as fault:
        raise RowFault(str(fault)) from None
    if not is_order_id(known):
        raise RowFault(ID_RULE)
    if wrong := faults(order):
        raise RowFault("; ".join(wrong))
    return Built(known, order, {})


class _LineFault(RowFault):
    def __init__(self, row: TableRow, message: str) -> None:
        super().__init__(message)
        self.row = row


def _groups(sources: Sources) -> Iterator[tuple[TableRow, Sequence[TableRow]]]:
    """Each order's main row and the rows of its lines (with no joined lines: the main rows of one order id)."""
    mapping = sources.mapping
    if mapping.lines_from:
        for row in sources.main():
            yield row, () if row.fault else Scope(sources, row).rows(mapping.lines_from)
        return
    orders: dict[Any, list[TableRow]] = {}
    for i, row in enumerate(sources.main()):
        orders.setdefault(_order_key(sources, row) or ("", i), []).append(row)
    for rows in orders.values():
        yield rows[0], rows


def _order_key(sources: Sources, row: TableRow) -> str | None:
    """The order id of a row, by which rows are put together; None when it has none that could be one."""
    try:
        key = None if row.fault else _text(sources.mapping.facts["order.id"], Scope(sources, row))
    except RowFault:
        return None
    return key if isinstance(key, str) else None


def _key(value: Any) -> Any:
    """A cell as something rows can be told apart by; JSON Lines may hold lists."""
    return str(value) if isinstance(value, (list, dict)) else value


def _parts(mapping: OrderMapping, lines: Sequence[TableRow]) -> Iterable[Sequence[TableRow]]:
    """The rows of each order to be made: one an order, or one for each value of the column it is split by."""
    if mapping.split is None:
        return [lines]
    parts: dict[Any, list[TableRow]] = {}
    for row in lines:
        parts.setdefault(_key(row.values.get(mapping.split)), []).append(row)
    return parts.values() or [lines]


def _order(sources: Sources, main: TableRow, rows: Sequence[TableRow], part: int, market: str | None) -> Built:
    mapping = sources.mapping
    facts = _facts(mapping, Scope(sources, main, rows[0] if rows else None), "order.", main)
    if mapping.lines_from is None:
        for row in rows[1:]:
            if _facts(mapping, Scope(sources, row), "order.", row) != facts:
                raise _LineFault(row, f"its order's facts differ from those on line {main.line}")
    if market:
        facts["market"] = market
    if "id" not in facts:
        raise RowFault("the order's id is empty")
    order_id = facts.pop("id") if part == 1 else f"{facts.pop('id')}-{part}"
    if not rows:
        raise RowFault(f"order {order_id} has no lines in {sources.paths[str(mapping.lines_from)].name}")
    facts["lines"] = _lines(sources, main, rows, str(facts.get("currency")))
    signals = _facts(mapping, Scope(sources, main), "signals.", main)
    return msgspec.structs.replace(sound(order_id, facts), signals=signals)


def _lines(sources: Sources, main: TableRow, rows: Sequence[TableRow], currency: str) -> list[dict[str, Any]]:
    mapping, lines = sources.mapping, dict[Any, dict[str, Any]]()
    for i, row in enumerate(rows):
        line = {"id": str(i + 1)} | _facts(mapping, Scope(sources, main, row), "lines.", row, currency)
        key = tuple(_key(row.values.get(column)) for column in mapping.group) if mapping.group else i
        first = lines.setdefault(key, line)
        if first is not line:
            for name in SUMMED:
                if name in line or name == "quantity":
                    usual = int(name == "quantity")
                    first[name] = first.get(name, usual) + line.get(name, usual)
    return list(lines.values())


def _facts(
    mapping: OrderMapping, scope: Scope, section: str, row: TableRow, currency: str | None = None
) -> dict[str, Any]:
    """The facts of a section as nested plain values; those that are empty are left out."""
    found: dict[str, Any] = {}
    for name, fact in mapping.facts.items():
        if not name.startswith(section):
            continue
        *outer, last = name.removeprefix(section).split(".")
        try:
            value = _converted(last, fact, scope, mapping, currency)
        except RowFault as fault:
            raise _LineFault(row, str(fault)) from None
        if value is not None:
            inside = found
            for key in outer:
                inside = inside.setdefault(key, {})
            inside[last] = value
    return found


def _text(fact: Fact, scope: Scope) -> Any:
    """A fact's value as the file has it, translated by the mapping; None when it is empty."""
    value = next((v for v in map(scope.value, fact.columns) if v is not None), None)
    if not fact.columns:
        return fact.constant
    if fact.map is None or value is None:
        return fact.otherwise if value is None else value
    if str(value) in fact.map:
        return fact.map[str(value)]
    if fact.otherwise is not None:
        return fact.otherwise
    raise RowFault(f"{fact.columns[0]} is {value!r}, which the mapping does not name")


def _converted(name: str, fact: Fact, scope: Scope, mapping: OrderMapping, currency: str | None) -> Any:
    value = _text(fact, scope)
    if value is None:
        return None
    column = fact.columns[0] if fact.columns else name
    if name in INSTANTS:
        return _instant(value, fact, column, mapping)
    if name in MONEY:
        return _minor(value, fact, column, mapping, currency)
    if name in NUMBERS:
        return _whole(value, column)
    if name == "verified":
        return _yes_or_no(value, column)
    if name == "traits":
        return value if isinstance(value, list) else str(value).replace(",", " ").replace(";", " ").split()
    return str(value) if not fact.columns or fact.map is not None else _words(value, name, column)


def _words(value: Any, name: str, column: str) -> str:
    """Text of a file; JSON Lines may have a number for it, but for an id, whose zeros in front would be lost."""
    if isinstance(value, str) or (name != "id" and isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise RowFault(f"{column} is {value!r}, which is no text")


def _instant(value: Any, fact: Fact, column: str, mapping: OrderMapping) -> datetime:
    try:
        written = str(value)
        moment = datetime.strptime(written, fact.format) if fact.format else datetime.fromisoformat(written)  # noqa: DTZ007  # the zone follows
    except ValueError:
        wanted = fact.format or "such as 2017-10-02 10:56:33"
        raise RowFault(f"{column} is {value!r}, which is no time ({wanted})") from None
    try:
        if fact.end_of_day:
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        utc: datetime = text.in_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        return utc if moment.tzinfo else _local(moment, fact, mapping)
    except OverflowError:
        raise RowFault(f"{column} is {value!r}, which is no time that is known here") from None
    except ValueError as fault:
        raise RowFault(f"{column} is {value!r}: {fault}") from None


def _local(moment: datetime, fact: Fact, mapping: OrderMapping) -> datetime:
    """The instant a local time means. The end of a day whose midnight is skipped is when the clocks moved."""
    first, second = (moment.replace(tzinfo=mapping.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second or fact.end_of_day:
        return first
    if first > second:
        raise ValueError(f"that time never comes in {mapping.zone.key}: give it with its offset")
    if mapping.ambiguous is None:
        raise ValueError(f"that time comes twice in {mapping.zone.key}: give it with its offset, "
                         "or say `ambiguous: earlier` or `later` in the mapping")  # fmt: skip
    return first if mapping.ambiguous == "earlier" else second


def _minor(value: Any, fact: Fact, column: str, mapping: OrderMapping, currency: str | None) -> int:
    """The amount in minor units, exactly; a number of JSON Lines has a point whatever the mapping says."""
    written = str(value).strip()
    if isinstance(value, str) and mapping.decimal_mark == ",":
        plain = WITH_COMMA.fullmatch(written)
        written = written.replace(".", "").replace(",", ".") if plain else written.replace(".", " ")
    found = AMOUNT.fullmatch(written)
    if found is None:
        why = "; an amount is never negative" if written.startswith("-") else ", which is no amount"
        raise RowFault(f"{column} is {_short(value)}{why}")
    whole, fraction = found[1], found[2] or ""
    digits = 0 if fact.minor else minor_digits(currency or "")
    if fraction[digits:].strip("0"):
        raise RowFault(f"{column} is {_short(value)}; {currency} has {digits} decimal digits")
    return int(whole + fraction[:digits].ljust(digits, "0"))


def _whole(value: Any, column: str) -> int:
    written = str(value).strip()
    if not WHOLE.fullmatch(written):
        raise RowFault(f"{column} is {_short(value)}, which is no whole number")
    return int(written)


def _short(value: Any) -> str:
    """A number as the file has it, for a reason: the rejects file has the whole of it."""
    written = repr(value) if isinstance(value, str) else str(value)
    return written if len(written) <= LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}…"


def _yes_or_no(value: Any, column: str) -> bool:
    word = str(value).strip().lower()
    if word not in YES | NO:
        raise RowFault(f"{column} is {value!r}; it should be true or false")
    return word in YES


def _filled(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _check_columns(mapping: OrderMapping, paths: Mapping[str, Path]) -> None:
    """FileFault when a CSV file lacks a column the mapping names."""
    headers = {name: tables.header(path, mapping.encoding) for name, path in paths.items()}
    wrong: list[tuple[int, str]] = []

    def check(column: str, home: str, line: int) -> None:
        name, _, inner = column.partition(".")
        source, column = (name, inner) if inner and name in headers else (home, column)
        known = headers[source]
        if known is not None and column not in known and column not in (headers["orders"] or ()):
            wrong.append((line, f"{paths[source].name} has no column {column!r}; {nearest(column, known)}"))

    for name, fact in mapping.facts.items():
        home = mapping.lines_from if name.startswith("lines.") and mapping.lines_from else "orders"
        for column in fact.columns:
            check(column, home, mapping.line(name))
    for name, join in mapping.joins.items():
        check(f"{name}.{join.on}", name, mapping.line(f"joins.{name}"))
        check(join.equals, "orders", mapping.line(f"joins.{name}"))
    for column in (*mapping.group, *([mapping.split] if mapping.split else [])):
        check(column, mapping.lines_from or "orders", mapping.line("lines"))
    if wrong:
        raise FileFault(mapping.path, wrong)
