"""An import takes the good rows, rejects the bad ones with line and reason, and changes nothing the second time."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from amends.lab.lined_yaml import FileFault
from amends.lab.order_rows import Built, Rejected
from amends.lab.orders import Imported, import_orders, put, read_orders, report, write_rejects
from amends.store import orders
from amends.store.connect import Database
from tests.lab.writing import FIRST

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MAPPING = """\
market: US
currency: USD
zone: America/Sao_Paulo
orders: rows.csv
order:
  id: order
  placed_at: placed
  status: {column: status, map: {ok: delivered, gone: shipped}}
  buyer: {id: buyer}
  seller: {id: seller}
  fulfilment: {promised_by: {column: promised, end_of_day: true}, delivered_at: delivered}
lines: {id: line, unit_price: price, quantity: qty, shipping: post}
"""
HEADER = "order,placed,status,buyer,seller,promised,delivered,line,price,qty,post\n"
GOOD = "A1,2025-11-12 09:14,ok,alice,bob,2025-11-17,2025-11-16 11:40,1,39.99,2,4.5\n"


def read(folder: Path, rows: str, mapping: str = MAPPING, market: str | None = None) -> tuple[list[Built], list[str]]:
    (folder / "rows.csv").write_text(HEADER + rows)
    (folder / "m.yaml").write_text(mapping)
    found = list(read_orders([folder / "rows.csv"], folder / "m.yaml", market))
    good = [item for item in found if isinstance(item, Built)]
    return good, [f"{x.row.file}:{x.row.line}: {x.reason}" for x in found if isinstance(x, Rejected)]


def test_a_row_becomes_an_order_exactly(tmp_path: Path):
    [built], rejected = read(tmp_path, GOOD)
    order, line = built.order, built.order.lines[0]
    assert (rejected, built.order_id, order.status, order.market) == ([], "A1", "delivered", "US")
    assert (line.unit_price, line.quantity, line.shipping) == (3999, 2, 450)
    assert order.placed_at == datetime(2025, 11, 12, 12, 14, tzinfo=UTC)
    assert order.fulfilment.promised_by == datetime(2025, 11, 18, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("39.99", "39.999", "price is '39.999'; USD has 2 decimal digits"),
        ("39.99", "forty", "price is 'forty', which is no amount"),
        ("39.99", "-1", "price is '-1'; an amount is never negative"),
        ("39.99", "NaN", "price is 'NaN', which is no amount"),
        ("39.99", "999999999999999", "lines[0].unit_price: Expected `int` <= "),
        (",2,", ",2.5,", "qty is '2.5', which is no whole number"),
        (",2,", ",0,", "lines[0].quantity: Expected `int` >= 1"),
        ("2025-11-12 09:14", "12/11/2025", "placed is '12/11/2025', which is no time"),
        ("2025-11-12 09:14", "", "order: Object missing required field `placed_at`"),
        (",ok,", ",lost,", "status is 'lost', which the mapping does not name"),
        ("alice", "", "order: Object missing required field `buyer`"),
        ("alice", "a lice", "buyer.id: Expected `str` matching regex"),
        ("A1", "", "the order's id is empty"),
        (",4.5", "", "has 10 fields; the header has 11"),
        (",4.5", ",4.5,x", "has 12 fields; the header has 11"),
        ("39.99", "0", ""),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_reason(tmp_path: Path, old: str, new: str, reason: str):
    good, rejected = read(tmp_path, GOOD.replace("A1", "A0") + GOOD.replace(old, new, 1))
    assert good[0].order_id == "A0"
    if reason:
        assert len(good) == 1
        assert rejected[0].startswith(f"rows.csv:3: {reason}")
    else:
        assert (len(good), rejected) == (2, [])


def test_rows_of_one_order_are_its_lines(tmp_path: Path):
    [built], rejected = read(tmp_path, GOOD + GOOD.replace(",1,39", ",2,19"))
    assert rejected == []
    assert [(line.id, line.unit_price) for line in built.order.lines] == [("1", 3999), ("2", 1999)]


def test_rows_that_disagree_about_their_order_reject_it(tmp_path: Path):
    good, rejected = read(tmp_path, GOOD + GOOD.replace("alice", "eve").replace(",1,39", ",2,19"))
    assert good == []
    assert rejected == ["rows.csv:3: its order's facts differ from those on line 2"]


def test_a_line_given_twice_rejects_the_order(tmp_path: Path):
    good, rejected = read(tmp_path, GOOD + GOOD)
    assert good == []
    assert rejected == ["rows.csv:2: line id '1' is used twice"]


def test_bytes_that_are_no_text_reject_their_row(tmp_path: Path):
    read(tmp_path, "")
    (tmp_path / "rows.csv").write_bytes((HEADER + GOOD).encode() + GOOD.replace("A1", "A\xe9").encode("latin-1"))
    found = list(read_orders([tmp_path / "rows.csv"], tmp_path / "m.yaml"))
    assert [type(item) for item in found] == [Built, Rejected]


def test_joined_files_are_found_beside_the_main_one(tmp_path: Path):
    mapping = MAPPING.replace("lines: {", "joins: {people: {file: people.csv, on: id, equals: buyer}}\nlines: {")
    mapping = mapping.replace("buyer: {id: buyer}", "buyer: {id: people.known_as}")
    (tmp_path / "people.csv").write_text("id,known_as\nalice,alice-1\n")
    [built], rejected = read(tmp_path, GOOD, mapping)
    assert (built.order.buyer.id, rejected) == ("alice-1", [])
    (tmp_path / "people.csv").unlink()
    with pytest.raises(FileFault, match=r"people\.csv is needed and was not given"):
        read(tmp_path, GOOD, mapping)


def test_units_of_one_product_are_one_line_and_sellers_are_kept_apart(tmp_path: Path):
    mapping = MAPPING.replace(
        "lines: {id: line,", "lines: {from: items, group: [sku, price], split: shop, id: nr, sku: sku,"
    )
    mapping = mapping.replace("quantity: qty, shipping: post", "shipping: post").replace("id: seller", "id: items.shop")
    mapping = mapping.replace("lines:", "joins: {items: {file: items.csv, on: order}}\nlines:")
    (tmp_path / "items.csv").write_text(
        "order,nr,sku,price,post,shop\nA1,1,cup,2.00,1.00,bob\nA1,2,cup,2.00,1.00,bob\nA1,3,pot,9.00,0.50,eve\n"
    )
    first, second = read(tmp_path, GOOD, mapping)[0]
    assert (first.order_id, first.order.seller.id, second.order_id, second.order.seller.id) == (
        "A1",
        "bob",
        "A1-2",
        "eve",
    )
    assert [(line.sku, line.quantity, line.shipping, line.paid) for line in first.order.lines] == [("cup", 2, 200, 600)]


def test_a_decimal_comma_and_a_currency_without_cents(tmp_path: Path):
    mapping = MAPPING.replace("zone:", "decimal_mark: ','\nzone:")
    assert (
        read(tmp_path, GOOD.replace("39.99", '"1.039,99"').replace("4.5", '"4,50"'), mapping)[0][0]
        .order.lines[0]
        .unit_price
        == 103999
    )
    yen = MAPPING.replace("USD", "JPY")
    assert read(tmp_path, GOOD, yen)[1][0].endswith("price is '39.99'; JPY has 0 decimal digits")


def test_the_market_can_be_chosen_at_import(tmp_path: Path):
    assert read(tmp_path, GOOD, market="ID")[0][0].order.market == "ID"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("market:", "markt:", "m.yaml:1: a mapping has no key 'markt'; the nearest right one is 'market'"),
        ("Sao_Paulo", "Rio", "m.yaml:3: there is no time zone 'America/Rio'"),
        (
            "placed_at: placed",
            "placed_at: plced",
            "m.yaml:7: rows.csv has no column 'plced'; the nearest right one is 'placed'",
        ),
        ("  id: order\n", "", "m.yaml:5: the mapping must say where order.id comes from"),
        ("column: promised, ", "", "order.fulfilment.promised_by needs a `column` or a `constant`"),
        ("lines: {", "lines: {from: items, ", "there is no join 'items'"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(tmp_path: Path, old: str, new: str, said: str):
    with pytest.raises(FileFault) as refused:
        read(tmp_path, GOOD, MAPPING.replace(old, new))
    assert said in str(refused.value)


def test_json_lines_in_the_apis_own_shape_need_no_mapping(tmp_path: Path):
    order: dict[str, Any] = {
        "order_id": "J1", "market": "US", "currency": "USD", "placed_at": FIRST.isoformat(), "buyer": {"id": "alice"},
        "seller": {"id": "bob"}, "lines": [{"id": "1", "unit_price": 100}],
    }  # fmt: skip
    path = tmp_path / "orders.jsonl"
    rows = [order, order | {"lines": []}, order | {"lines": [{"id": "1", "unit_price": 1.5}]}, [1]]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n{torn\n")
    found = list(read_orders([path], None))
    assert isinstance(found[0], Built)
    reasons = [(item.row.line, item.reason) for item in found if isinstance(item, Rejected)]
    assert [line for line, _ in reasons] == [2, 3, 4, 5]
    assert reasons[0][1].startswith("lines: Expected `array` of length >= 1")
    with pytest.raises(FileFault, match="needs a mapping"):
        read_orders([tmp_path / "orders.csv"], None)


def test_bad_rows_are_written_out_whole(tmp_path: Path):
    _, _ = read(tmp_path, GOOD.replace("39.99", "much"))
    found = [x for x in read_orders([tmp_path / "rows.csv"], tmp_path / "m.yaml") if isinstance(x, Rejected)]
    write_rejects(tmp_path / "rejects.jsonl", found)
    [row] = map(json.loads, (tmp_path / "rejects.jsonl").read_text().splitlines())
    assert (row["file"], row["line"], row["row"]["buyer"]) == ("rows.csv", 2, "alice")
    assert row["reason"] == "price is 'much', which is no amount"


@pytest.mark.database
async def test_running_it_twice_changes_nothing(database: Database, tmp_path: Path):
    def again() -> list[Built | Rejected]:
        return list(read_orders([EXAMPLES / "orders.csv"], EXAMPLES / "orders.mapping.yaml"))

    first = await put(database, "m1", again(), FIRST)
    second = await put(database, "m1", again(), FIRST)
    assert (first.orders, first.changed, first.rejected) == (5, 5, [])
    assert (second.orders, second.changed) == (5, 0)
    assert "Nothing changed" in report(second, tmp_path)
    stored = await orders.get(database, "m1", "A-1002")
    assert stored is not None
    assert [line["unit_price"] for line in json.loads(stored.facts)["lines"]] == [1850, 900]


def test_the_report_names_a_few_reasons_and_counts_the_rest(tmp_path: Path):
    _, _ = read(tmp_path, "".join(GOOD.replace("A1", f"A{i}").replace("39.99", "x") for i in range(12)))
    found = list(read_orders([tmp_path / "rows.csv"], tmp_path / "m.yaml"))
    said = report(Imported([x for x in found if isinstance(x, Rejected)]), tmp_path / "r.jsonl")
    assert "12 rows rejected" in said
    assert "and 2 more there" in said


def test_an_import_that_cannot_begin_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert import_orders([tmp_path / "none.csv"], tmp_path / "none.yaml") == 2
    assert "none.yaml:1: cannot be read: No such file" in capsys.readouterr().err
