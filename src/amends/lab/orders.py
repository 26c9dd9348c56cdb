"""`amends import orders`: orders out of files into the store, the bad rows out into a rejects file with their reasons.

Good orders go in in batches; an order whose facts are as before is left alone, so a second run changes nothing.
How rows become orders is `order_rows.py` and `mapping.py`.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from amends.lab import mapping as mappings
from amends.lab import tables
from amends.lab.lined_yaml import FileFault
from amends.lab.mapping import OrderMapping
from amends.lab.order_rows import Built, Rejected, Sources, build
from amends.law.facts import Id, Order, faults
from amends.proof.hashes import canonical
from amends.store import marketplaces, orders
from amends.store.connect import Database, open_database
from amends.store.errors import DatabaseError

BATCH = 1000
SHOWN = 10
"""Reasons printed; the rejects file has them all."""


class Imported(msgspec.Struct):
    """What an import did: rows rejected, orders sent to the store, and how many of them were new or changed."""

    rejected: list[Rejected]
    orders: int = 0
    changed: int = 0
    markets: set[str] = msgspec.field(default_factory=set)


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
    try:
        built = read_orders(files, mapping, market)
        imported = asyncio.run(_import(built, database_url, data_dir, marketplace))
    except (FileFault, DatabaseError) as fault:
        print(fault, file=sys.stderr)
        return 2
    name = (mapping or files[0]).name.split(".")[0]
    rejects = rejects or Path(f"{name}.rejects.jsonl")
    write_rejects(rejects, imported.rejected)
    print(report(imported, rejects))
    return 1 if imported.rejected else 0


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
        done.orders += 1
        if len(batch) == BATCH:
            done.changed += await orders.upsert_many(db, marketplace, batch, at)
            batch = []
    if batch:
        done.changed += await orders.upsert_many(db, marketplace, batch, at)
    return done


def write_rejects(path: Path, rejected: Sequence[Rejected]) -> None:
    """The bad rows as JSON Lines `{file, line, reason, row}`; no file when there are none."""
    if rejected:
        with path.open("wb") as file:
            for item in rejected:
                row = {"file": item.row.file, "line": item.row.line, "reason": item.reason, "row": item.row.values}
                file.write(msgspec.json.encode(row) + b"\n")


def report(imported: Imported, rejects: Path) -> str:
    """What an import did, in a few lines."""
    same = imported.orders - imported.changed
    lines = [f"{imported.orders:,} orders: {imported.changed:,} new or changed, {same:,} as they were before"]
    if imported.orders and not imported.changed:
        lines.append("Nothing changed: every order was already known with the same facts.")
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
    db = await open_database(database_url, data_dir=data_dir)
    try:
        await marketplaces.ensure(db, marketplace)
        return await put(db, marketplace, _counted(built), datetime.now(UTC))
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
    return (_api_order(row, market) for path in files for row in tables.rows(path, "utf-8-sig"))


def _api_order(row: tables.TableRow, market: str | None) -> Built | Rejected:
    if row.fault:
        return Rejected(row, row.fault)
    facts: dict[str, Any] = dict(row.values)
    try:
        order_id = msgspec.convert(facts.pop("order_id", None), Id)
        order = msgspec.convert(facts | ({"market": market} if market else {}), Order)
    except msgspec.ValidationError as fault:
        message, _, path_in = str(fault).partition(" - at ")
        return Rejected(row, f"{path_in.strip('`$.') or 'order_id'}: {message}")
    if wrong := faults(order):
        return Rejected(row, "; ".join(wrong))
    return Built(order_id, order, {})
