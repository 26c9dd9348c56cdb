"""`amends import orders`: orders out of files into the store, the bad rows out into a rejects file with their reasons.

Good orders go in in batches; an order whose facts are as before is left alone, so a second run changes nothing.
How rows become orders is `order_rows.py` and `mapping.py`.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from amends.answers import Contended, Poisoned
from amends.handle import Hinge, now_of
from amends.lab import mapping as mappings
from amends.lab import tables
from amends.lab.lined_yaml import FileFault
from amends.lab.mapping import OrderMapping
from amends.lab.order_rows import Built, Rejected, RowFault, Sources, build, sound
from amends.law.actors import Actor
from amends.law.facts import Order
from amends.orders import tell
from amends.proof.hashes import canonical
from amends.settings import read as read_settings
from amends.store import cases, marketplaces, orders
from amends.store.cases import CaseFilter
from amends.store.connect import Database, open_database
from amends.store.errors import DatabaseError
from amends.store.policies import Catalogue, PolicyFault

BATCH = 1000
SHOWN = 10
"""Reasons printed; the rejects file has them all."""
IMPORTER = Actor("operator", "import")
"""Who tells open cases what an import brought."""

_decode_order = msgspec.json.Decoder(Order).decode


class Imported(msgspec.Struct):
    """What an import did: rows rejected, orders sent to the store, and how many of them were new or changed.

    `told`: open cases that learned something; `untold`: those that could not be told, with the reason.
    """

    rejected: list[Rejected]
    orders: int = 0
    changed: int = 0
    markets: set[str] = msgspec.field(default_factory=set)
    ids: set[str] = msgspec.field(default_factory=set)
    told: list[str] = msgspec.field(default_factory=list)
    untold: list[tuple[str, str]] = msgspec.field(default_factory=list)


def import_orders(
    files: Sequence[Path],
    mapping: Path | None,
    *,
    database_url: str | None = None,
    data_dir: Path | None = None,
    marketplace: str = "default",
    market: str | None = None,
    rejects: Path | None = None,
) -> int:
    """Import and print what went in; 0 all rows good, 1 some rejected, 2 nothing could be done."""
    name = (mapping or files[0]).name.split(".")[0]
    rejects = rejects or Path(f"{name}.rejects.jsonl")
    try:
        built = read_orders(files, mapping, market)
        _writable(rejects, [*files, *([mapping] if mapping else [])])
        imported = asyncio.run(_import(built, database_url, data_dir, marketplace))
        write_rejects(rejects, imported.rejected)
    except (FileFault, DatabaseError, PolicyFault, RejectsFault) as fault:
        print(fault, file=sys.stderr)
        return 2
    print(report(imported, rejects))
    return 1 if imported.rejected or imported.untold else 0


def read_orders(files: Sequence[Path], mapping: Path | None, market: str | None = None) -> Iterator[Built | Rejected]:
    """Every order of the files and every bad row; FileFault at once when a file or the mapping cannot be used."""
    if mapping is None:
        return _plain(files, market)
    wanted = mappings.read(mapping)
    return build(Sources(wanted, _found(wanted, files)), market)


async def put(db: Database, marketplace: str, built: Iterable[Built | Rejected], at: datetime) -> Imported:
    """Send the good orders to the store; as `at` their facts were learned."""
    done = Imported([])
    batch: list[tuple[str, bytes]] = []
    for item in built:
        if isinstance(item, Rejected):
            done.rejected.append(item)
            continue
        batch.append((item.order_id, canonical(item.order)))
        done.markets.add(item.order.market)
        done.ids.add(item.order_id)
        done.orders += 1
        if len(batch) == BATCH:
            done.changed += await orders.upsert_many(db, marketplace, batch, at)
            batch = []
    if batch:
        done.changed += await orders.upsert_many(db, marketplace, batch, at)
    return done


async def tell_open_cases(hinge: Hinge, marketplace: str, done: Imported) -> None:
    """Tell the open cases of all imported orders what they do not know yet, as `PUT /v1/orders/{order_id}` does.

    Orders left alone count too: an import that was cut short is made whole by running it again.
    """
    after: str | None = None
    while done.ids:
        page = await cases.list_cases(hinge.db, marketplace, CaseFilter(), limit=BATCH, after=after)
        for row in page.rows:
            order_id = row.projection.order_id
            stored = None
            if row.projection.stage != "closed" and order_id in done.ids:
                stored = await orders.get(hinge.db, marketplace, order_id)
            try:
                told = await tell(hinge, marketplace, row, _decode_order(stored.facts), IMPORTER) if stored else None
            except Poisoned as fault:
                done.untold.append((row.case_id, str(fault)))
                continue
            if isinstance(told, Contended):
                done.untold.append((row.case_id, "others were changing it; run the import again"))
            elif told is not None and told.updated:
                done.told.append(told.case_id)
            elif told is not None:
                done.untold.append((told.case_id, f"refused: {told.code or 'its policy is not installed here'}"))
        after = page.next
        if after is None:
            return


class RejectsFault(ValueError):
    """The rejects file cannot be written; `str()` says why."""


def write_rejects(path: Path, rejected: Sequence[Rejected]) -> None:
    """The bad rows as JSON Lines `{file, line, reason, row}`; no file when there are none, not even an older one.

    A byte that is no text in the file's encoding is written as the escape of its surrogate.
    """
    try:
        if not rejected:
            if path.is_file():
                path.unlink()
            return
        with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
            for item in rejected:
                row = {"file": item.row.file, "line": item.row.line, "reason": item.reason, "row": item.row.values}
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
    except OSError as fault:
        raise RejectsFault(f"{path}: rejects cannot be written: {fault.strerror}") from None


def _writable(path: Path, others: Sequence[Path]) -> None:
    """RejectsFault when rejects cannot be written to `path`, or it is one of the files that are read."""
    there = path.exists()
    if there and any(other.exists() and path.samefile(other) for other in others):
        raise RejectsFault(f"{path}: rejects cannot be written over a file that is read; choose another --rejects")
    try:
        path.open("ab").close()
        if not there:
            path.unlink()
    except OSError as fault:
        raise RejectsFault(f"{path}: rejects cannot be written: {fault.strerror}") from None


def report(imported: Imported, rejects: Path) -> str:
    """What an import did, in a few lines."""
    same = imported.orders - imported.changed
    lines = [f"{imported.orders:,} orders: {imported.changed:,} new or changed, {same:,} as they were before"]
    if imported.orders and not imported.changed:
        lines.append("Nothing changed: every order was already known with the same facts.")
    if imported.told:
        lines.append(f"{len(imported.told):,} open cases were told new facts")
    if imported.untold:
        lines.append(f"{len(imported.untold):,} open cases could not be told:")
        lines += [f"  {case_id}: {why}" for case_id, why in imported.untold[:SHOWN]]
    if imported.rejected:
        lines.append(f"{len(imported.rejected):,} rows rejected, written to {rejects}:")
        for item in imported.rejected[:SHOWN]:
            lines.append(f"  {item.row.file}:{item.row.line}: {item.reason}")
        if len(imported.rejected) > SHOWN:
            lines.append(f"  and {len(imported.rejected) - SHOWN:,} more there")
    return "\n".join(lines)


async def _import(
    built: Iterable[Built | Rejected], database_url: str | None, data_dir: Path | None, marketplace: str
) -> Imported:
    catalogue = Catalogue.open(read_settings().policies)
    db = await open_database(database_url, data_dir=data_dir)
    try:
        await marketplaces.ensure(db, marketplace)
        hinge = Hinge(db, catalogue)
        done = await put(db, marketplace, _counted(built), await now_of(hinge, marketplace))
        await tell_open_cases(hinge, marketplace, done)
        return done
    finally:
        await db.close()


def _counted(built: Iterable[Built | Rejected]) -> Iterator[Built | Rejected]:
    """The same, with a running count on the terminal."""
    columns = SpinnerColumn(), TextColumn("{task.completed:,} orders read"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("read", total=None)
        for item in built:
            progress.advance(task)
            yield item


def _found(mapping: OrderMapping, files: Sequence[Path]) -> dict[str, Path]:
    """Where each file of the mapping is: among those given, in the folders given, or beside them."""
    given = {path.name: path for path in files if not path.is_dir()}
    folders = [path for path in files if path.is_dir()] + [path.parent for path in given.values()]
    if mapping.joins == {} and len(given) == 1:
        return {"orders": next(iter(given.values()))}
    wanted = {"orders": mapping.main or "orders.csv"} | {name: join.file for name, join in mapping.joins.items()}
    if unused := set(given) - set(wanted.values()):
        raise FileFault(mapping.path, [(1, f"nothing here uses {', '.join(sorted(unused))}; it reads "
                                           f"{', '.join(sorted(set(wanted.values())))}")])  # fmt: skip
    paths: dict[str, Path] = {}
    for name, file in wanted.items():
        places = [given[file]] if file in given else [folder / file for folder in folders]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            looked = ", ".join(map(str, dict.fromkeys(folders))) or "nothing"
            raise FileFault(mapping.path, [(1, f"{file} is needed and was not given; looked in {looked}")])
        paths[name] = path
    return paths


def _plain(files: Sequence[Path], market: str | None) -> Iterator[Built | Rejected]:
    """JSON Lines of orders in the API's own shape, each with its `order_id`."""
    for path in files:
        if path.suffix not in tables.JSON_LINES:
            why = "needs a mapping (--mapping): only JSON Lines in the API's own shape do without"
            raise FileFault(path, [(1, why)])
        tables.openable(path, "utf-8-sig")
    return (_api_order(row, market) for path in files for row in tables.rows(path, "utf-8-sig"))


def _api_order(row: tables.TableRow, market: str | None) -> Built | Rejected:
    if row.fault:
        return Rejected(row, row.fault)
    facts: dict[str, Any] = dict(row.values) | ({"market": market} if market else {})
    try:
        return sound(facts.pop("order_id", None), facts)
    except RowFault as fault:
        return Rejected(row, str(fault))
