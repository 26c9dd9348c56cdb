"""The book of worked cases: what one YAML file says, read and checked before anything is played (LAW.md 6).

Unknown keys, codes, commands and fields are refused with file, line and the nearest right one. Evidence given by its
type alone gets its content here; ids written `first`, `last` or a number stay as written and are found when the step
is played. Nothing in this room runs a case.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect

from amends.lab.lined_yaml import FileFault, Lined, Place, nearest
from amends.law.actors import Role
from amends.law.commands import COMMANDS, Command
from amends.law.facts import Fulfilment, Line, Order, faults
from amends.law.policy import Policy
from amends.law.refusal import Code
from amends.store.policies import Catalogue

TOP = ("title", "policy", "because", "note", "order", "files", "steps")
STEP = ("at", "as", "do", "with", "expect", "then")
OF_ORDER = ("id", "market", "currency", "placed_at", "status", "buyer", "seller", "fulfilment", "lines", "verified")
OF_FULFILMENT = tuple(name for name in Fulfilment.__struct_fields__ if name != "mode")
OF_LINE = tuple(name for name in Line.__struct_fields__ if name != "id")
OF_FILE = ("name", "by", "ticket_at", "arrives_at", "media_type")
ROLES = tuple(role for role in get_args(Role) if role != "auditor")
STAFF_NAMES = {"adjudicator": "Adi", "operator": "Olga"}
REFERENCES = ("remedy_id", "offer_id", "evidence_id", "enforcement_id")
UNIT_PRICE = 4000
A_YEAR = timedelta(days=366)
CARRIER = "carrier"
DAYS_BEFORE = 5
"""An order is placed this many days before the first instant its file names, unless it says otherwise."""


class Step(msgspec.Struct, frozen=True):
    """One step: time passes to `at`; then, unless `do` is None, `role` (`who`) does it; then `then` must hold."""

    number: int
    line: int
    at: datetime
    role: Role | None = None
    who: str | None = None
    do: str | None = None
    given: dict[str, Any] = {}
    refused: str | None = None
    clauses: tuple[str, ...] = ()
    then: dict[str, Any] | None = None


class Sent(msgspec.Struct, frozen=True):
    """A file of a story: whose, when its ticket was taken, and when its bytes arrive (None: never)."""

    name: str
    by: Role
    ticket_at: datetime
    arrives_at: datetime | None
    media_type: str


class WorkedCase(msgspec.Struct, frozen=True):
    """One story: an order, and steps in time order. `lines` tells the line of any place in the file."""

    path: Path
    title: str
    policy: str
    because: tuple[str, ...]
    order_id: str
    order: Order
    steps: tuple[Step, ...]
    lines: Lined
    note: str | None = None
    files: tuple[Sent, ...] = ()

    @property
    def in_memory_only(self) -> str | None:
        """Why the case cannot share one server's clock with the others; None when it can."""
        if self.files:
            return "its files are sent in memory only"
        return "it lasts for years" if self.steps[-1].at - self.steps[0].at > A_YEAR else None

    @property
    def line_id(self) -> str:
        """The order line the case is about: the first."""
        return self.order.lines[0].id

    def line(self, step: Step, place: Place) -> int:
        """The line of a place within a step's `then`."""
        return self.lines.line(("steps", step.number - 1, "then", *place))


def files(paths: Iterable[Path]) -> list[Path]:
    """The YAML files named, and those in the folders named, sorted; FileFault when a path is not there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml"))
        elif path.exists():
            found.append(path)
        else:
            raise FileFault(path, [(0, "there is no such file or folder")])
    return list(dict.fromkeys(found))


def read(path: Path, catalogue: Catalogue) -> WorkedCase:
    """One worked case, or FileFault with everything that is wrong with it."""
    return _Reader(Lined(path), catalogue).case()


class _Reader:
    """Reads one file, noting every fault with its line before giving up."""

    def __init__(self, lines: Lined, catalogue: Catalogue) -> None:
        self.lines = lines
        self.catalogue = catalogue
        self.faults: list[tuple[int, str]] = []

    def case(self) -> WorkedCase:
        top = self.lines.value
        if not isinstance(top, dict):
            raise FileFault(self.lines.path, [(1, f"a worked case has the keys {', '.join(TOP)}")])
        self._known(top, TOP, (), "a worked case")
        for key in ("title", "policy", "because", "steps"):
            if not top.get(key):
                self._note((key,), f"a worked case needs {key!r}")
        policy = self._policy(top.get("policy"))
        self._because(top.get("because"), policy)
        files = tuple(self._files(top.get("files") or []))
        steps = tuple(self._steps(top.get("steps"), policy))
        order_id, order = self._order(top.get("order") or {}, steps, policy)
        if self.faults or policy is None or order is None:
            raise FileFault(self.lines.path, self.faults)
        return WorkedCase(self.lines.path, str(top["title"]), policy.name, tuple(top["because"]), order_id, order,
                          self._with_content(steps, order_id, order), self.lines, top.get("note"),
                          files)  # fmt: skip

    def _note(self, place: Place, message: str) -> None:
        self.faults.append((self.lines.line(place), message))

    def _known(self, found: dict[str, Any], known: Iterable[str], place: Place, what: str) -> None:
        names = tuple(known)
        for key in found:
            if key not in names:
                self._note((*place, key), f"{what} has no key {key!r}; {nearest(key, names)}")

    def _policy(self, name: Any) -> Policy | None:
        policy = self.catalogue.named(str(name))
        if name and policy is None:
            names = [known.name for known in self.catalogue.policies]
            self._note(("policy",), f"there is no policy {name!r}; {nearest(str(name), names)}")
        return policy

    def _because(self, clauses: Any, policy: Policy | None) -> None:
        if not isinstance(clauses, list):
            return self._note(("because",), "because is a list of clause ids") if clauses else None
        for i, clause in enumerate(clauses):
            if policy and clause not in policy.pack.clauses and clause not in policy.pack.readings:
                known = (*policy.pack.clauses, *policy.pack.readings)
                self._note(("because", i), f"{policy.name} has no clause {clause!r}; {nearest(str(clause), known)}")

    def _files(self, found: Any) -> Iterator[Sent]:
        """The files parties send in this story; a piece of evidence names one by `upload`."""
        for i, file in enumerate(found if isinstance(found, list) else [None]):
            place: Place = ("files", i)
            if not isinstance(file, dict):
                self._note(place, f"a file has the keys {', '.join(OF_FILE)}")
                continue
            self._known(file, OF_FILE, place, "a file")
            try:
                sent = msgspec.convert({"arrives_at": None, "media_type": "image/jpeg"} | file, Sent)
            except msgspec.ValidationError as fault:
                self._note(place, f"file: {fault}")
                continue
            instants = [at for at in (sent.ticket_at, sent.arrives_at) if at is not None]
            if any(at.tzinfo is None for at in instants):
                self._note(place, "a file's instants have their offset, such as 2025-11-14T15:00:00-08:00")
            else:
                yield sent

    def _steps(self, steps: Any, policy: Policy | None) -> Iterator[Step]:
        if not isinstance(steps, list):
            return
        last: datetime | None = None
        for i, found in enumerate(steps):
            place: Place = ("steps", i)
            if not isinstance(found, dict):
                self._note(place, f"a step has the keys {', '.join(STEP)}")
                continue
            self._known(found, STEP, place, "a step")
            at = found.get("at")
            if not isinstance(at, datetime) or at.tzinfo is None:
                self._note((*place, "at"), "`at` is an instant with its offset, such as 2025-11-14T15:00:00-08:00")
                continue
            if last and at < last:
                self._note((*place, "at"), f"time runs forward: the step before is at {last.isoformat()}")
            if i == 0 and policy and self.catalogue.in_force(policy.pack.market, at) is not policy:
                self._note((*place, "at"), f"{policy.name} is not the edition in force then")
            last = at
            yield self._step(i, at.astimezone(UTC), found, place)

    def _step(self, i: int, at: datetime, found: dict[str, Any], place: Place) -> Step:
        step = Step(i + 1, self.lines.line(place), at, then=self._then(found, place))
        if "as" not in found and "do" not in found:
            for key in ("with", "expect"):
                if key in found:
                    self._note((*place, key), f"{key!r} needs `as` and `do`")
            return step
        role, who = self._actor(found.get("as"), place)
        do = self._command(found.get("do"), place)
        if (role == "clock") != (do == "note_file"):
            self._note((*place, "as"), "the clock says `note_file` and nothing else, and nobody else says that")
        refused, clauses = self._expect(found.get("expect"), place)
        given = found.get("with") or {}
        if not isinstance(given, dict):
            self._note((*place, "with"), "`with` holds the command's fields")
            given = {}
        if do:
            self._fields(COMMANDS[do], given, (*place, "with"))
        return msgspec.structs.replace(step, role=role, who=who, do=do, given=given, refused=refused, clauses=clauses)

    def _then(self, found: dict[str, Any], place: Place) -> dict[str, Any] | None:
        then = found.get("then")
        if then is not None and not isinstance(then, dict):
            self._note((*place, "then"), "`then` holds keys of the case as GET /v1/cases/{id} shows it")
            return None
        return then

    def _actor(self, text: Any, place: Place) -> tuple[Any, str | None]:
        role, _, who = str(text).partition(":")
        if role not in ROLES or (role == "clock" and who):
            self._note((*place, "as"), f"nobody acts as {role!r}; {nearest(role, ROLES)}")
            return None, None
        return role, who or None

    def _command(self, name: Any, place: Place) -> str | None:
        if name == "lapse":
            self._note((*place, "do"), "only the clock says `lapse`: let time pass beyond the deadline")
        elif name not in COMMANDS:
            self._note((*place, "do"), f"there is no command {name!r}; {nearest(str(name), COMMANDS)}")
        else:
            return str(name)
        return None

    def _expect(self, expect: Any, place: Place) -> tuple[str | None, tuple[str, ...]]:
        place = (*place, "expect")
        if expect is None:
            return None, ()
        if not isinstance(expect, dict) or "refused" not in expect:
            self._note(place, "`expect` holds {refused: CODE, clauses: [..]}")
            return None, ()
        self._known(expect, ("refused", "clauses"), place, "expect")
        code, codes = expect["refused"], get_args(Code)
        if code not in codes:
            self._note((*place, "refused"), f"there is no refusal code {code!r}; {nearest(str(code), codes)}")
        return str(code), tuple(expect.get("clauses") or ())

    def _fields(self, kind: type[Command], given: dict[str, Any], place: Place) -> None:
        """Note what the command's own shape refuses, with the line of the field."""
        try:
            msgspec.convert(_as_sent(given, "O", "1", kind), kind)
        except msgspec.ValidationError as fault:
            message, _, path = str(fault).partition(" - at ")
            inner = _place_of(path.strip("`"))
            if unknown := re.search(r"unknown field `(.*)`", message):
                fields = _fields_at(kind, inner)
                self._note((*place, *inner, unknown[1]), f"{kind.__struct_config__.tag} has no field "
                           f"{unknown[1]!r} here; {nearest(unknown[1], fields)}")  # fmt: skip
            else:
                where = "".join(f"[{s + 1}]" if isinstance(s, int) else f".{s}" for s in inner)
                wrong = re.search(r"Invalid enum value '(.*)'", message)
                hint = f"; {nearest(wrong[1], _fields_at(kind, inner))}" if wrong else ""
                if message.endswith("got `bool`"):
                    hint = "; put the word in quotes, YAML reads yes and no as true and false"
                self._note((*place, *inner), f"with{where}: {message}{hint}")

    def _order(self, found: Any, steps: tuple[Step, ...], policy: Policy | None) -> tuple[str, Order | None]:
        if not isinstance(found, dict):
            self._note(("order",), "`order` holds the order's facts")
            return "", None
        self._known(found, (*OF_ORDER, *OF_FULFILMENT, *OF_LINE), ("order",), "an order")
        order_id = str(found.get("id", "O1"))
        if policy is None or not steps:
            return order_id, None
        try:
            order = msgspec.convert(order_facts(found, policy, steps[0].at), Order)
        except msgspec.ValidationError as fault:
            self._note(("order",), f"order: {fault}")
            return order_id, None
        for wrong in faults(order):
            self._note(("order",), f"order: {wrong}")
        return order_id, order

    def _with_content(self, steps: tuple[Step, ...], order_id: str, order: Order) -> tuple[Step, ...]:
        line_id = order.lines[0].id
        return tuple(
            msgspec.structs.replace(step, given=_as_sent(step.given, order_id, line_id, COMMANDS[step.do]))
            if step.do else step
            for step in steps
        )  # fmt: skip


def order_facts(found: dict[str, Any], policy: Policy, first_at: datetime) -> dict[str, Any]:
    """The order as the API takes it, from a worked case's short form and plain defaults."""
    travelled = found.get("fulfilment", {})
    travelled = {"mode": travelled} if isinstance(travelled, str) else dict(travelled)
    travelled = {"carrier": CARRIER} | travelled | {name: found[name] for name in OF_FULFILMENT if name in found}
    line = {"id": "1", "unit_price": UNIT_PRICE} | {name: found[name] for name in OF_LINE if name in found}
    instants = [value for value in travelled.values() if isinstance(value, datetime)]
    buyer = found.get("buyer", "B1")
    buyer = dict(buyer) if isinstance(buyer, dict) else {"id": buyer}
    if "verified" in found:
        buyer["verified"] = found["verified"]
    seller = found.get("seller", "S1")
    return {
        "market": found.get("market", policy.pack.market),
        "currency": found.get("currency", policy.pack.currency),
        "placed_at": found.get("placed_at", min([first_at, *instants]) - timedelta(days=DAYS_BEFORE)),
        "status": found.get("status", _status(travelled)),
        "buyer": buyer,
        "seller": seller if isinstance(seller, dict) else {"id": seller},
        "fulfilment": travelled,
        "lines": found.get("lines", [line]),
    }


def _status(travelled: dict[str, Any]) -> str:
    if travelled.get("delivered_at"):
        return "delivered"
    return "shipped" if travelled.get("shipped_at") or travelled.get("last_tracking_at") else "paid"


def _as_sent(given: dict[str, Any], order_id: str, line_id: str, kind: type[Command]) -> dict[str, Any]:
    """The command's body: order and line filled in, references as text, evidence with content."""
    name, body = str(kind.__struct_config__.tag), dict(given)
    if name == "file_request":
        body = {"order_id": order_id, "line_id": line_id} | body
    for key in REFERENCES:
        if isinstance(body.get(key), int):
            body[key] = str(body[key])
    for key in ("evidence", "items"):
        if isinstance(body.get(key), list):
            body[key] = [_weighed(item) if name == "decide" else _with_text(item) for item in body[key]]
    return body


def _weighed(item: Any) -> Any:
    return item | {"id": str(item["id"])} if isinstance(item, dict) and isinstance(item.get("id"), int) else item


def _with_text(item: Any) -> Any:
    if not isinstance(item, dict) or item.keys() & {"text", "upload", "tracking"} or "type" not in item:
        return item
    return item | {"text": f"{str(item['type']).replace('_', ' ').capitalize()}, as told in this story"}


def _place_of(path: str) -> Place:
    """`$.items[0].type` as a place."""
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    return tuple(name or int(index) for name, index in steps)


def _fields_at(kind: type[Command], place: Place) -> list[str]:
    """The fields of the struct, or the values of the enumeration, found at a place inside a command."""
    shape: inspect.Type = inspect.type_info(kind)
    for step in (*place, None):
        if isinstance(shape, inspect.UnionType):
            shape = next(part for part in shape.types if not isinstance(part, inspect.NoneType))
        if isinstance(step, int) and isinstance(shape, inspect.VarTupleType):
            shape = shape.item_type
        elif isinstance(shape, inspect.StructType) and step is not None:
            shape = next(field.type for field in shape.fields if field.encode_name == step)
    if isinstance(shape, inspect.LiteralType):
        return [str(value) for value in shape.values]
    return [field.encode_name for field in shape.fields] if isinstance(shape, inspect.StructType) else []
