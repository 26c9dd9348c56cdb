"""The compiled decision table against an interpreter that is obviously right, under Hypothesis, and on both packs."""

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.law.policy import COLUMNS, Policy
from amends.law.table import Compiled, Row, Value
from tests.law.stories import ID, US

DOMAINS: dict[str, tuple[Value, ...]] = {"colour": ("red", "green", "blue"), "big": (True, False), "size": ("s", "l")}


def accepted(row: Row[str], column: str) -> tuple[Value, ...]:
    """The values of a column that a row takes."""
    value = row.when.get(column, DOMAINS[column])
    return value if isinstance(value, tuple) else (value,)


def fits(row: Row[str], values: Mapping[str, Value]) -> bool:
    """Read the row as a person would: every named column has an accepted value."""
    return all(values[column] in accepted(row, column) for column in DOMAINS)


def completions(values: Mapping[str, Value | None]) -> list[dict[str, Value]]:
    """Every way to fill in what is open."""
    choices = [(values[c],) if values.get(c) is not None else DOMAINS[c] for c in DOMAINS]
    return [dict(zip(DOMAINS, chosen, strict=True)) for chosen in product(*choices)]  # type: ignore[arg-type]  # no None is left


def some_of(domain: Sequence[Value]) -> st.SearchStrategy[Value | tuple[Value, ...]]:
    many = st.lists(st.sampled_from(domain), min_size=1, unique=True).map(tuple)
    return st.one_of(st.sampled_from(domain), many)


whens = st.fixed_dictionaries({}, optional={name: some_of(domain) for name, domain in DOMAINS.items()})
tables = st.lists(whens, max_size=8).map(
    lambda made: [Row(f"r{i}", when, f"then {i}", "source", (f"C-{i}",)) for i, when in enumerate(made)]
)
inputs = st.fixed_dictionaries({name: st.sampled_from((*domain, None)) for name, domain in DOMAINS.items()})


@given(tables, inputs)
def test_the_verdict_is_the_one_row_that_fits_however_the_rest_turns_out(
    rows: list[Row[str]], values: dict[str, Value | None]
) -> None:
    """A row is chosen when it alone fits, however what is open turns out, and it asks for nothing that is open."""
    verdict = Compiled(rows, DOMAINS).decide(values)
    fitting = [[row for row in rows if fits(row, full)] for full in completions(values)]
    alone = fitting[0][0] if all(len(found) == 1 for found in fitting) else None
    asks = alone is not None and any(values[column] is None for column in alone.when)
    if alone is not None and not asks and all(found == [alone] for found in fitting):
        assert verdict.row is alone
    elif verdict.row is not None:
        raise AssertionError(f"{verdict.row.id} was chosen though {[[r.id for r in f] for f in fitting]} fit")


@given(tables, inputs)
def test_the_trace_says_of_each_row_why(rows: list[Row[str]], values: dict[str, Value | None]) -> None:
    """A row that applies has nothing against it; one that does not names a column whose value it does not take."""
    trace = Compiled(rows, DOMAINS).decide(values).trace
    assert [line.row for line in trace] == [row.id for row in rows]
    for row, line in zip(rows, trace, strict=True):
        against = [c for c in DOMAINS if values[c] is not None and values[c] not in accepted(row, c)]
        assert line.applied == (not against)
        assert line.clauses == row.clauses
        assert line.column == (against[0] if against else None)
        assert line.value == (values[against[0]] if against else None)


@given(tables, inputs)
def test_what_is_still_needed_is_what_tells_living_rows_apart(
    rows: list[Row[str]], values: dict[str, Value | None]
) -> None:
    verdict = Compiled(rows, DOMAINS).decide(values)
    alive = [row for row in rows if all(v is None or v in accepted(row, c) for c, v in values.items())]
    needed = tuple(c for c in DOMAINS if values[c] is None and any(c in row.when for row in alive))
    assert verdict.needed == (() if verdict.row is not None else needed)
    if verdict.row is None and len(alive) == 1:
        assert needed, "one row lives, nothing is needed, and still it was not chosen"


@given(tables)
def test_gaps_are_exactly_the_inputs_no_row_fits(rows: list[Row[str]]) -> None:
    table = Compiled(rows, DOMAINS)
    used = [c for c in DOMAINS if any(c in row.when for row in rows)]
    holes = {tuple(full[c] for c in used) for full in completions({}) if not any(fits(row, full) for row in rows)}
    assert {tuple(gap[c] for c in used) for gap in table.gaps(limit=100)} == holes


@given(tables)
def test_overlaps_are_exactly_the_pairs_some_input_fits_both(rows: list[Row[str]]) -> None:
    found = {(a.id, b.id) for a, b in Compiled(rows, DOMAINS).overlaps()}
    pairs = {
        (a.id, b.id)
        for i, a in enumerate(rows) for b in rows[i + 1:]
        if any(fits(a, full) and fits(b, full) for full in completions({}))
    }  # fmt: skip
    assert found == pairs


def test_gaps_stop_at_the_limit() -> None:
    lonely = [Row("one", {"colour": "red", "big": True, "size": "s"}, "x", "source", ())]
    assert len(list(Compiled(lonely, DOMAINS).gaps(limit=3))) == 3


def test_an_unknown_value_is_an_error_that_names_the_right_ones() -> None:
    table = Compiled([Row("one", {"colour": "red"}, "x", "source", ())], DOMAINS)
    with pytest.raises(ValueError, match="colour cannot be 'pink'; it is one of red, green, blue"):
        table.decide({"colour": "pink"})


def test_unknown_columns_and_values_of_rows_are_told() -> None:
    rows = [Row("one", {"color": "red"}, "x", "source", ()), Row("two", {"big": "yes"}, "y", "source", ())]
    told = [said for _, said in Compiled(rows, DOMAINS).unknown()]
    assert told == ["no column 'color'; the columns are colour, big, size", "big is never 'yes'; it is True, False"]


@pytest.mark.parametrize("policy", [US, ID], ids=["US", "ID"])
@pytest.mark.parametrize("name", ["filing", "decision", "remedies", "return_risk"])
def test_every_full_input_of_a_pack_meets_exactly_one_row(policy: Policy, name: str) -> None:
    table: Compiled[object] = getattr(policy, name)
    for chosen in product(*COLUMNS[name].values()):
        verdict = table.decide(dict(zip(COLUMNS[name], chosen, strict=True)))
        assert verdict.row is not None, chosen
        assert sum(line.applied for line in verdict.trace) == 1
