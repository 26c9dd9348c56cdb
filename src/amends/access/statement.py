"""The statement of reasons of a decision, as one reader may have it: everything it says, in words, ready to be set.

Pure: what is written is decided here, how it looks in proof/statement.typ. All text is plain text; nothing a person
wrote is ever read as markup. Clauses: US-49, US-50 … US-52 (reasoned decisions and their notice), ID-9.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from amends.access import erasure
from amends.access.figures import amount, instant, number
from amends.access.ruling import money
from amends.access.sight import WHY_HIDDEN, Sight
from amends.access.statement_words import NAMES, name, word
from amends.access.view import person
from amends.law.case import AppealRecord, Deadline, Decision, Evidence, Remedy, under

Cells = tuple[str, ...]
Paragraphs = tuple[str, ...]


class Section(Struct, frozen=True, kw_only=True):
    """A part of the statement: pairs of label and text, a table, quoted clauses, and paragraphs, each if it has any."""

    title: str
    pairs: tuple[Cells, ...] = ()
    head: Cells = ()
    rows: tuple[Cells, ...] = ()
    quotes: tuple[Cells, ...] = ()
    paragraphs: Paragraphs = ()
    shares: tuple[int, ...] = ()
    """How wide the table's columns are, as shares."""


class Statement(Struct, frozen=True, kw_only=True):
    """One document. `at` is the instant of the decision and the document's date; `page` has `{page}` and `{pages}`."""

    locale: str
    quotes_locale: str
    at: datetime
    title: str
    subtitle: str
    headline: str
    basis: str
    notice: str
    facts: tuple[Cells, ...]
    sections: tuple[Section, ...]
    reference: str
    page: str


class Writer:
    """One decision being written out for one reader."""

    def __init__(self, sight: Sight, decision: Decision, marketplace: str) -> None:
        self.sight, self.case, self.decision = sight, sight.case, decision
        self.pack, self.locale, self.marketplace = sight.policy.pack, sight.locale, marketplace

    def say(self, key: str, **facts: object) -> str:
        """A sentence of the dictionary."""
        return word(key, self.locale, **facts)

    def name(self, kind: str, code: str) -> str:
        """A code in words."""
        return name(kind, code, self.locale)

    def time(self, at: datetime) -> str:
        """An instant in the market's zone."""
        return instant(at, self.pack.zone, self.locale)

    def money(self, minor: int) -> str:
        """An amount of the case's currency."""
        return amount(money(self.case, minor), self.locale)

    def who(self, staff: str | None) -> str:
        """A member of staff as the reader may know them."""
        return self.sight.staff(staff) or self.say("the_reviewer")


def statement(sight: Sight, decision: Decision, marketplace: str, seq: int, event_hash: str) -> Statement:
    """The statement of a decision; `seq` and `event_hash` (hexadecimal) are those of the event that issued it."""
    w = Writer(sight, decision, marketplace)
    made = Statement(
        locale=w.locale,
        quotes_locale="en",
        at=decision.at,
        title=w.say("title"),
        subtitle=w.say("subtitle", number=decision.number, case=sight.case.id),
        headline=w.name("headline", decision.outcome),
        basis=w.name("basis", decision.basis),
        notice=w.say("overturned") if decision.overturned else "",
        facts=tuple(_facts(w)),
        sections=tuple(_sections(w)),
        reference=w.say("checked", seq=seq, hash=event_hash),
        page=w.say("page", page="{page}", pages="{pages}"),
    )
    told: Statement = erasure.told(made, w.locale) if sight.case.erased else made
    return told


def _facts(w: Writer) -> Iterator[Cells]:
    case, line = w.case, w.case.order.line
    title = line.title or w.say("unnamed_item")
    if line.quantity > 1:
        title = f"{title} × {number(line.quantity, w.locale)}"
    yield w.say("marketplace"), w.marketplace
    yield w.say("order"), w.say("order_line", order=case.order.order_id, line=line.id, title=title)
    yield w.say("buyer"), _person(w, "buyer")
    yield w.say("seller"), _person(w, "seller")
    yield w.say("claim"), _claim(w)
    yield w.say("paid"), w.money(case.paid)
    dispute = next((d for d in case.disputes if d.number == w.decision.dispute), None)
    if dispute is not None:
        yield w.say("opened"), w.time(dispute.opened_at)
    yield w.say("decided"), w.time(w.decision.at)
    yield w.say("policy"), w.say("edition", title=w.pack.title, edition=case.edition)
    yield w.say("times"), w.say("zone", zone=w.pack.zone)


def _person(w: Writer, role: str) -> str:
    shown = person(w.case.order.buyer if role == "buyer" else w.case.order.seller, w.sight, role)
    return f"{shown.name} ({shown.id})" if isinstance(shown.name, str) else shown.id


def _claim(w: Writer) -> str:
    reason = w.name("reason", w.case.reason or "")
    wanted = w.name("remedy", w.case.wanted)
    asked = w.case.asked_amount
    if asked is None:
        return w.say("asked", reason=reason, wanted=wanted)
    return w.say("asked_with_amount", reason=reason, wanted=wanted, amount=w.money(asked))


def _sections(w: Writer) -> Iterator[Section]:
    yield _ordered(w)
    yield Section(title=w.say("found"), pairs=tuple(_findings(w)))
    yield Section(title=w.say("reasons"), paragraphs=_paragraphs(w.decision.rationale))
    yield _evidence(w)
    yield _clauses(w)
    yield Section(title=w.say("rows"), paragraphs=tuple(_rows(w)))
    yield Section(title=w.say("automation"), paragraphs=(_automation(w),))
    yield Section(title=w.say("contest"), paragraphs=tuple(_contest(w)))
    if later := tuple(_later(w)):
        yield Section(title=w.say("later"), paragraphs=later)


def _ordered(w: Writer) -> Section:
    remedies = under(w.case, w.decision)
    risk = w.decision.return_risk
    bearers = {} if risk is None else {k: w.name("role", getattr(risk, k)) for k in ("breakage", "damage", "loss")}
    words = (w.say("risk", **bearers),) if bearers else ()
    if not remedies:
        nothing = "no_remedy" if w.decision.outcome == "seller_favour" else "no_more_remedy"
        return Section(title=w.say("ordered"), paragraphs=(w.say(nothing), *words))
    return Section(
        title=w.say("ordered"),
        head=tuple(w.say(key) for key in ("what", "who", "amount", "until", "state")),
        rows=tuple(_remedy(w, remedy) for remedy in remedies),
        shares=(30, 15, 18, 24, 15),
        paragraphs=words,
    )


def _remedy(w: Writer, remedy: Remedy) -> Cells:
    until = "–" if remedy.due_at is None else w.time(remedy.due_at)
    if remedy.awaits is not None:
        until = w.say("after_return" if remedy.awaits == "return" else "after_final")
    paid = "–" if remedy.amount is None else w.money(remedy.amount)
    return (_capital(w.name("remedy", remedy.kind)), w.name("role", remedy.owner), paid, until,
            w.name("status", remedy.status))  # fmt: skip


def _findings(w: Writer) -> Iterator[Cells]:
    """What was found, finding by finding; a yes or no is said in words."""
    for field in NAMES["finding"]:
        value = getattr(w.decision.findings, field)
        if value is not None:
            code = value if isinstance(value, str) else ("yes" if value else "no")
            yield w.name("finding", field), w.name("value", code)


def _evidence(w: Writer) -> Section:
    pieces = [x for x in w.case.evidence if x.received_at <= w.decision.at and w.sight.knows_of(x)]
    if not pieces:
        return Section(title=w.say("evidence"), paragraphs=(w.say("no_evidence"),))
    return Section(
        title=w.say("evidence"),
        head=tuple(w.say(key) for key in ("piece", "from", "received", "weight")),
        rows=tuple(_piece(w, piece) for piece in pieces),
        shares=(32, 13, 25, 32),
        paragraphs=tuple(_remarks(w, pieces)),
    )


def _remarks(w: Writer, pieces: list[Evidence]) -> Iterator[str]:
    """Why some of the evidence is not shown, and what late means, where there is any."""
    for hiding, why in WHY_HIDDEN.items():
        if kept := [piece.id for piece in pieces if w.sight.hides(piece) == hiding]:
            yield w.say("hidden_because", pieces=", ".join(kept), why=why[w.locale])
    if any(piece.late for piece in pieces):
        yield w.say("late_text")


def _piece(w: Writer, piece: Evidence) -> Cells:
    weighing = next((x for x in w.decision.evidence if x.id == piece.id), None)
    used = w.say("not_mentioned") if weighing is None else w.name("weight", weighing.weight)
    if weighing is not None and weighing.why:
        used = f"{used}: {weighing.why}"
    what = f"{piece.id} · {w.name('evidence', piece.type)}"
    hiding = w.sight.hides(piece)
    if hiding is not None:
        what += f" ({w.say('hidden')})"
    elif piece.describes:
        what += f" ({piece.describes})"
    when = w.time(piece.received_at)
    if piece.late:
        when += f" ({w.say('late_admitted' if piece.admitted else 'late')})"
    return what, w.name("role", piece.party), when, used


def _clauses(w: Writer) -> Section:
    """The clauses cited, in the words of the edition the case is decided by; readings say what they read."""
    quotes = []
    for cited in w.decision.clauses:
        clause, reading = w.pack.clauses.get(cited), w.pack.readings.get(cited)
        if clause is not None:
            quotes.append((cited, clause.says))
        elif reading is not None:
            quotes.append((cited, w.say("reading", says=reading.read)))
    return Section(title=w.say("clauses"), quotes=tuple(quotes))


def _rows(w: Writer) -> Iterator[str]:
    for row in w.decision.trace:
        if row.applied:
            yield w.say("row", row=row.row, clauses=", ".join(row.clauses))
    recommended = w.name("outcome", w.decision.recommended)
    if w.decision.departure:
        yield w.say("departed", outcome=recommended, why=w.decision.departure)
    else:
        yield w.say("recommended", outcome=recommended)


def _automation(w: Writer) -> str:
    if w.decision.by == "automatic":
        return w.say("by_rule")
    return w.say("by_person", who=w.who(w.decision.adjudicator))


def _contest(w: Writer) -> Iterator[str]:
    until = w.decision.appeal_until
    closed = "no_appeal" if w.decision.outcome == "seller_favour" else "no_second_appeal"
    yield w.say(closed) if until is None else w.say("appeal", until=w.time(until))
    further = _further(w)
    yield w.say("no_further") if further is None else w.say("further", until=w.time(further.due_at))
    yield f"{w.say('slips')} {w.say('courts')}"


def _further(w: Writer) -> Deadline | None:
    """The buyer's time to dispute once more after this decision. In some packs it began long before the decision."""
    number = w.decision.dispute
    if number >= w.sight.policy.limits.disputes_per_line.value:
        return None
    opened = {one.number: one.opened_at for one in w.case.disputes}
    for one in reversed([d for d in w.case.deadlines if d.kind == "further_dispute" and d.due_at > w.decision.at]):
        began, following = one.derivation.start_at, opened.get(number + 1)
        if following is not None and began >= following:
            continue  # of a later dispute
        if number == 1 or one.state == "open" or began >= opened[number]:
            return one
    return None


def _later(w: Writer) -> Iterator[str]:
    for correction in w.decision.corrections:
        yield w.say("corrected", what=correction)
    for one in w.case.appeals:
        if one.against == str(w.decision.number) and w.sight.sees_appeal(one):
            yield from _appeal(w, one)


def _appeal(w: Writer, one: AppealRecord) -> Iterator[str]:
    yield w.say("appealed", at=w.time(one.at), grounds=w.name("grounds", one.grounds))
    if one.ended_as is not None:
        yield w.say("appeal_ended", how=w.name("appeal_end", one.ended_as))
    elif one.result is None or one.decided_at is None:
        yield w.say("appeal_open")
    else:
        yield w.say("appeal_result", at=w.time(one.decided_at), who=w.who(one.adjudicator),
                    result=w.name("appeal_result", one.result),
                    fault=w.name("appeal_result", one.fault or "stands"))  # fmt: skip
        yield from _paragraphs(one.rationale or "")


def _paragraphs(text: str) -> Paragraphs:
    """A person's own words, line by line; empty lines are left out."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _capital(text: str) -> str:
    """The words as they begin a line, without an article."""
    text = text.removeprefix("a ").removeprefix("the ")
    return text[:1].upper() + text[1:]
