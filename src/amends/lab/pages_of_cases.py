"""The case book as a page of the manual: every worked case by chapter, its steps in plain words. Only text.

Instants are shown on the market's own clock, amounts in its currency; what was refused names its code and clauses.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from amends.lab.book import Step, WorkedCase
from amends.lab.case_book import CaseBook
from amends.lab.words import DOES, local, money, spelled
from amends.store.policies import installed

HIDDEN = frozenset({"order_id", "line_id", "text"})
"""Fields the runner fills in; a reader does not need them."""


def case_book(book: CaseBook) -> str:
    """All chapters."""
    lines = ["# The case book", "", f"{len(book.cases)} worked cases. Each is a file under `cases/`; `amends cases run "
             "cases` plays them all, and CI does so on every change. Times are the market's own."]  # fmt: skip
    lines += ["", *[f"- {chapter.title}: {len(chapter.cases)}" for chapter in book.chapters]]
    for chapter in book.chapters:
        lines += ["", f"## {chapter.title}"]
        for case in chapter.cases:
            lines += ["", f"### {case.title}", "", *_story(book, case)]
    return "\n".join(lines)


def _story(book: CaseBook, case: WorkedCase) -> Iterator[str]:
    policy = installed().named(case.policy)
    zone = policy.pack.zone if policy else "UTC"
    yield f"`cases/{book.name(case)}` · {case.policy} · because of {', '.join(case.because)}"
    yield ""
    if case.note:
        yield " ".join(case.note.split())
        yield ""
    yield _order(case, zone)
    yield ""
    for step in case.steps:
        yield f"{step.number}. {_step(step, case, zone)}"


def _order(case: WorkedCase, zone: str) -> str:
    order, line = case.order, case.order.lines[0]
    facts = [f"{line.quantity} × {money(line.unit_price, order.currency)}", order.fulfilment.mode.replace("_", " ")]
    if line.traits:
        facts.append(", ".join(line.traits).replace("_", " "))
    for name in ("promised_by", "shipped_at", "last_tracking_at", "delivered_at"):
        if at := getattr(order.fulfilment, name):
            facts.append(f"{name.removesuffix('_at').replace('_', ' ')} {local(at, zone)}")
    if not order.buyer.verified:
        facts.append("the buyer is not verified")
    if order.status not in ("paid", "shipped", "delivered"):
        facts.append(f"the order is {order.status}")
    return f"The order: {'; '.join(facts)}."


def _step(step: Step, case: WorkedCase, zone: str) -> str:
    said = f"{local(step.at, zone)}"
    if step.do:
        who = f"the {step.role}{' ' + step.who if step.who else ''}"
        given = _given(step.given)
        said += f": {who} {DOES[step.do]} (`{step.do}`{'; ' + given if given else ''})"
    if step.refused:
        clauses = f" ({', '.join(step.clauses)})" if step.clauses else ""
        said += f" and is refused: **{step.refused}**{clauses}"
    if step.then:
        said += f". Then {spelled(step.then)}"
    return said + "."


def _given(given: Mapping[str, Any]) -> str:
    return spelled(_shown(given))


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shown(inner) for key, inner in value.items() if key not in HIDDEN}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
