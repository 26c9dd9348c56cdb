"""What files may hold of bad cells, bytes and times: each rejects its own row with a reason, the good orders go in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from amends.api.app import create_app
from amends.handle import Hinge
from amends.lab.lined_yaml import FileFault
from amends.lab.order_rows import Built, Rejected
from amends.lab.orders import import_orders, put, read_orders, tell_open_cases, write_rejects
from amends.settings import Settings
from amends.store import cases, orders
from amends.store.connect import Database
from amends.store.policies import installed
from tests.api.callers import Callers, adopt_keys, facts_of
from tests.cast import MARKET, MONDAY, Stage
from tests.lab.test_orders import GOOD, HEADER, MAPPING, read
from tests.plugins_database import Server, wait_for

COMMA = MAPPING.replace("zone:", "decimal_mark: ','\nzone:")
ORDER: dict[str, Any] = {
    "order_id": "J1", "market": "US", "currency": "USD", "placed_at": "2026-01-05T10:00:00+07:00",
    "buyer": {"id": "alice"}, "seller": {"id": "bob"}, "lines": [{"id": "1", "unit_price": 100}],
}  # fmt: skip
ROWS = """\
market: US
currency: USD
orders: rows.jsonl
order: {id: id, placed_at: placed, buyer: {id: buyer}, seller: {id: seller}}
lines: {id: line, unit_price: price, title: title}
"""
ROW = {"id": "R1", "placed": "2026-01-05T10:00Z", "buyer": "alice", "seller": "bob", "line": "1", "price": 5}


def json_lines(folder: Path, *lines: str, mapping: str | None = None) -> tuple[list[Built], list[str]]:
    path, plan = folder / "rows.jsonl", folder / "m.yaml"
    path.write_text("\n".join(lines) + "\n")
    plan.write_text(mapping or "")
    found = list(read_orders([path], plan if mapping else None))
    write_rejects(folder / "rejects.jsonl", [item for item in found if isinstance(item, Rejected)])
    good = [item for item in found if isinstance(item, Built)]
    return good, [f"{x.row.line}: {x.reason}" for x in found if isinstance(x, Rejected)]


@pytest.mark.parametrize(
    "amount", ["1e999999", "1e3", "1_000", "٣٩", "9" * 5000, "+1", "1.", ".5", "1." + "0" * 40 + "1"]
)
def test_an_amount_is_written_in_plain_digits(tmp_path: Path, amount: str):
    good, [rejected] = read(tmp_path, GOOD + GOOD.replace("A1", "A2").replace("39.99", amount))
    assert [built.order_id for built in good] == ["A1"]
    assert rejected.startswith("rows.csv:3: price is ")


@pytest.mark.parametrize("quantity", ["²", "٢", "9" * 5000, "1e1", "2.0"])
def test_a_quantity_is_written_in_plain_digits(tmp_path: Path, quantity: str):
    good, [rejected] = read(tmp_path, GOOD + GOOD.replace("A1", "A2").replace(",2,4.5", f",{quantity},4.5"))
    assert [built.order_id for built in good] == ["A1"]
    assert rejected.startswith("rows.csv:3: qty is ")
    assert "which is no whole number" in rejected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (json.dumps(ROW | {"id": ["R2"]}), "id is ['R2'], which is no text"),
        (json.dumps(ROW | {"id": 7}), "id is 7, which is no text"),
        (json.dumps(ROW | {"id": "R2", "title": {"en": "cup"}}), "title is {'en': 'cup'}, which is no text"),
        ("[" * 100_000, "is nested too deeply"),
        (json.dumps(ROW | {"id": "R2", "title": 0}).replace("0}", "[" * 90 + "]" * 90 + "}"), "is nested too deeply"),
        (json.dumps(ROW | {"id": "R2", "title": "\ud800"}), "holds half a character"),
        (json.dumps(ROW | {"id": "R2", "price": float("nan")}), "is not JSON: NaN"),
        ('{"id": ' + "9" * 5000 + "}", "is not JSON: "),
        (json.dumps(ROW | {"id": "R2", "title": "a\x1bb"}), "lines[0].title: Text must not hold control characters"),
        (json.dumps(ROW | {"id": "R/2"}), "an order id has 1 to 128 printable ASCII characters, no space and no slash"),
        (json.dumps(ROW | {"id": "R2", "placed": "1969-01-05T10:00Z"}), "placed is '1969-01-05T10:00Z': Instants lie"),
        (json.dumps(ROW | {"id": "R2", "placed": "9999-12-31T23:59-01:00"}), "placed is '9999-12-31T23:59-01:00': Ins"),
    ],
)  # fmt: skip
def test_a_bad_json_line_rejects_itself_alone(tmp_path: Path, line: str, reason: str):
    good, [rejected] = json_lines(tmp_path, json.dumps(ROW), line, mapping=ROWS)
    assert [built.order_id for built in good] == ["R1"]
    assert rejected.startswith(f"2: {reason}")
    assert len((tmp_path / "rejects.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"order_id": ["J2"]}, "order_id: Expected `str`, got `array`"),
        ({"order_id": "J/2"}, "an order id has 1 to 128"),
        ({"placed_at": "1970-06-01T00:00:00Z"}, "Instants lie between the years 1971 and 2198"),
        ({"lines": [{"id": "1", "unit_price": 1, "title": "a\x00"}]}, "lines[0].title: Text must not hold control"),
        ({"lines": [{"id": "1", "unit_price": 1, "title": "\ud800"}]}, "holds half a character"),
    ],
)
def test_a_bad_order_in_the_apis_shape_rejects_itself_alone(tmp_path: Path, changed: dict[str, Any], reason: str):
    good, [rejected] = json_lines(tmp_path, json.dumps(ORDER), json.dumps(ORDER | {"order_id": "J2"} | changed))
    assert [built.order_id for built in good] == ["J1"]
    assert rejected.startswith(f"2: {reason}")


def test_lists_may_tell_rows_apart(tmp_path: Path):
    mapping = ROWS.replace("lines: {", "lines: {group: [sku], split: shop, ")
    rows = [ROW, ROW | {"id": "R2", "sku": ["a"]}, ROW | {"id": "R3", "shop": {}}]
    good, rejected = json_lines(tmp_path, *map(json.dumps, rows), mapping=mapping)
    assert ([built.order_id for built in good], rejected) == (["R1", "R2", "R3"], [])


def test_an_order_id_the_mapping_does_not_name_rejects_its_row(tmp_path: Path):
    mapping = MAPPING.replace("id: order\n", "id: {column: order, map: {A1: B1}}\n")
    good, rejected = read(tmp_path, GOOD + GOOD.replace("A1", "A2"), mapping)
    assert [built.order_id for built in good] == ["B1"]
    assert rejected == ["rows.csv:3: order is 'A2', which the mapping does not name"]


@pytest.mark.parametrize(
    ("written", "minor"),
    [("19,99", 1999), ("1.039,99", 103999), ("1.234.567,5", 123456750), ("1.999", 199900), ("19", 1900),
     ("19.99", None), ("1.23,45", None), ("1234.567", None), ("1,2,3", None), (".999", None)],
)  # fmt: skip
def test_with_a_decimal_comma_dots_only_part_thousands(tmp_path: Path, written: str, minor: int | None):
    good, rejected = read(
        tmp_path, GOOD.replace("39.99", "PRICE").replace("4.5", "").replace("PRICE", f'"{written}"'), COMMA
    )
    assert [built.order.lines[0].unit_price for built in good] == ([] if minor is None else [minor])
    assert bool(rejected) is (minor is None)


def test_a_json_number_has_a_point_whatever_the_mapping_says(tmp_path: Path):
    [built], _ = json_lines(tmp_path, json.dumps(ROW | {"price": 1.25}), mapping="decimal_mark: ','\n" + ROWS)
    assert built.order.lines[0].unit_price == 125


def test_a_quote_that_is_never_closed_is_reported_with_the_lines_it_swallowed(tmp_path: Path):
    rows = [GOOD.replace("A1", f"A{i}") for i in range(4)]
    good, [rejected] = read(tmp_path, rows[0] + rows[1].replace("alice", '"alice') + rows[2] + rows[3])
    assert [built.order_id for built in good] == ["A0"]
    assert rejected.startswith("rows.csv:3: is not CSV: unexpected end of data (lines 3 to 5")


@pytest.mark.parametrize(("column", "line"), [("buyer", "buyer"), ("placed", "placed")])
def test_two_columns_of_one_name_are_a_fault_of_the_file(tmp_path: Path, column: str, line: str):
    (tmp_path / "rows.csv").write_text(HEADER.replace("seller", column) + GOOD)
    (tmp_path / "m.yaml").write_text(MAPPING)
    with pytest.raises(FileFault, match=rf"rows\.csv:1: has two columns named '{line}'"):
        read_orders([tmp_path / "rows.csv"], tmp_path / "m.yaml")


def test_a_file_in_another_encoding_ends_where_it_cannot_be_read(tmp_path: Path):
    (tmp_path / "m.yaml").write_text(MAPPING.replace("zone:", "encoding: utf-16\nzone:"))
    (tmp_path / "rows.csv").write_bytes((HEADER + GOOD * 3).encode("utf-16") + b"\x00")
    found = list(read_orders([tmp_path / "rows.csv"], tmp_path / "m.yaml"))
    assert [type(item) for item in found].count(Rejected) >= 1
    (tmp_path / "rows.csv").write_text(HEADER + GOOD)
    with pytest.raises(FileFault, match=r"rows\.csv:1: is not utf-16"):
        read_orders([tmp_path / "rows.csv"], tmp_path / "m.yaml")


@pytest.mark.parametrize(
    ("zone", "written", "said"),
    [
        ("America/New_York", "2025-11-02 01:30", "comes twice in America/New_York: give it with its offset"),
        ("America/New_York", "2025-03-09 02:30", "never comes in America/New_York: give it with its offset"),
        ("America/New_York", "2025-11-02 01:30-05:00", ""),
        ("America/New_York", "2025-11-02 02:30", ""),
    ],
)
def test_a_local_time_that_is_no_one_instant_is_rejected(tmp_path: Path, zone: str, written: str, said: str):
    mapping = MAPPING.replace("America/Sao_Paulo", zone)
    good, rejected = read(tmp_path, GOOD.replace("2025-11-12 09:14", written), mapping)
    assert bool(good) is (said == "")
    assert all(said in reason for reason in rejected)


def test_the_mapping_may_say_which_of_two_instants_is_meant(tmp_path: Path):
    mapping = MAPPING.replace("America/Sao_Paulo", "America/New_York")
    row = GOOD.replace("2025-11-12 09:14", "2025-11-02 01:30")
    for word, hour in (("earlier", 5), ("later", 6)):
        [built], _ = read(tmp_path, row, mapping + f"ambiguous: {word}\n")
        assert built.order.placed_at.isoformat() == f"2025-11-02T0{hour}:30:00+00:00"
    with pytest.raises(FileFault, match="ambiguous is 'earlier' or 'later'"):
        read(tmp_path, row, mapping + "ambiguous: never\n")


def test_the_end_of_a_day_whose_midnight_is_skipped_is_when_the_clocks_moved(tmp_path: Path):
    [built], _ = read(tmp_path, GOOD.replace("2025-11-17", "2017-10-14"))
    promised = built.order.fulfilment.promised_by
    assert promised is not None
    assert promised.isoformat() == "2017-10-15T03:00:00+00:00"
    assert len(read(tmp_path, GOOD.replace("2025-11-17", "9999-12-31"))[1]) == 1


@pytest.fixture
def database_url(database_server: Server) -> Iterator[str]:
    """An empty database of its own for a command that opens and closes it itself."""
    names: list[str] = []

    async def make() -> None:
        names.append(await database_server.fresh())

    wait_for(make())
    yield database_server.url("admin", names[0])
    wait_for(database_server.drop(names[0]))


@pytest.mark.database
def test_an_import_writes_bad_bytes_out_and_a_clean_one_leaves_no_old_rejects(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "m.yaml").write_text(MAPPING)
    rows, rejects = tmp_path / "rows.csv", tmp_path / "bad.jsonl"
    options: dict[str, Any] = {"database_url": database_url, "marketplace": "m1", "rejects": rejects}
    rows.write_bytes((HEADER + GOOD).encode() + GOOD.replace("A1", "A2").replace("alice", "Ren\xe9").encode("latin-1"))
    assert import_orders([rows], tmp_path / "m.yaml", **options) == 1
    [row] = map(json.loads, rejects.read_text(encoding="utf-8").splitlines())
    assert (row["line"], row["row"]["buyer"]) == (3, "Ren\udce9")
    rows.write_text(HEADER + GOOD)
    assert import_orders([rows], tmp_path / "m.yaml", **options) == 0
    assert not rejects.exists()
    assert "as they were before" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["none/bad.jsonl", "rows.csv", "."])
def test_rejects_that_cannot_be_written_stop_the_import_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
):
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text(HEADER + GOOD)
    done = import_orders(
        [tmp_path / "rows.csv"], tmp_path / "m.yaml", data_dir=tmp_path / "data", rejects=tmp_path / where
    )
    assert done == 2
    assert "rejects cannot be written" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "rows.csv").read_text() == HEADER + GOOD


@pytest.mark.database
async def test_put_and_import_keep_the_same_bytes(database: Database, tmp_path: Path):
    facts = {name: value for name, value in ORDER.items() if name != "order_id"}
    facts |= {"seller": {"id": "bob", "name": "Cafe\u0301"}, "fulfilment": {"shipped_at": "2026-01-06T23:00:00-08:00"}}
    await adopt_keys(database)
    app = create_app(Hinge(database, installed()), Settings(marketplace=MARKET))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://amends.test") as client:
        await Callers(client).operator.put("/v1/orders/P1", facts, 201)
    good, rejected = json_lines(tmp_path, json.dumps(facts | {"order_id": "P2"}))
    assert (rejected, (await put(database, MARKET, good, MONDAY)).changed) == ([], 1)
    first, second = [await orders.get(database, MARKET, name) for name in ("P1", "P2")]
    assert first is not None
    assert second is not None
    assert first.facts == second.facts
    assert json.loads(second.facts)["seller"]["name"] == "Caf\u00e9"


@pytest.mark.database
async def test_an_import_tells_open_cases_what_put_would_tell(database: Database, tmp_path: Path):
    stage = Stage(database)
    await stage.stand(MONDAY)
    case_id = await stage.order()
    await stage.file(case_id)
    shipped = facts_of()
    shipped["fulfilment"]["shipped_at"] = "2026-02-25T10:00:00+07:00"
    good, _ = json_lines(tmp_path, json.dumps(shipped | {"order_id": "O1"}))
    for told in ([case_id], []):
        done = await put(database, MARKET, good, MONDAY)
        await tell_open_cases(stage.hinge, MARKET, done)
        assert (done.told, done.untold) == (told, [])
    [*_, last] = await cases.events_of(database, MARKET, case_id)
    assert b"2026-02-25T03:00:00Z" in last.body
