"""The marketplace's feed and its ledger: what machines follow.

The feed has no gaps: an event appears once nothing that was written before it can still appear. `seq` orders the events
of one case. Balances are sums over postings, never a stored number.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from amends.access.history import ActorView
from amends.api.call import Answer, Call, answer
from amends.api.cases import Cursor, Limit
from amends.api.problems import problem
from amends.api.route import Route
from amends.law.events import Event, type_of
from amends.law.facts import Id
from amends.law.money import Money
from amends.law.notices import names
from amends.store import cases, ledger
from amends.store.ids import parse_case_id
from amends.store.written import decode_event

READERS = frozenset({"operator", "auditor"})
NOT_DATA = frozenset({"at", "actor", "clauses"})
Account = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class FeedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after` is the cursor of the last event already seen; left out, the feed starts at the beginning."""

    after: Cursor | None = None
    limit: Limit = 100


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event: its dotted `names` are those of the webhooks; `data` holds the fields of its `type`."""

    cursor: str
    case_id: str
    seq: int
    type: str
    names: tuple[str, ...]
    at: datetime
    actor: ActorView
    clauses: tuple[str, ...]
    data: dict[str, Any]
    hash: str


class Feed(msgspec.Struct, frozen=True):
    """Some events; ask again with `next`, now or later: it is also given when there is nothing new yet."""

    items: tuple[FeedEvent, ...]
    next: str | None


class EntriesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Postings of one account or one case."""

    account: Account | None = None
    case_id: Id | None = None
    after: Cursor | None = None
    limit: Limit = 100


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One posting, by event `seq` of its case; the legs of a journal sum to zero."""

    cursor: str
    case_id: str
    journal_id: str
    account: str
    amount: Money
    purpose: str
    seq: int
    at: datetime


class Entries(msgspec.Struct, frozen=True):
    """Some postings, by their instant. Two servers' instants may overtake each other: follow the feed to miss none."""

    items: tuple[Entry, ...]
    next: str | None


class BalancesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One account, or all of them."""

    account: Account | None = None


class AccountBalance(msgspec.Struct, frozen=True):
    """The sum of an account's postings in one currency."""

    account: str
    balance: Money


class Balances(msgspec.Struct, frozen=True):
    """Sums per account and currency."""

    items: tuple[AccountBalance, ...]


async def events(call: Call) -> Answer:
    """The marketplace's events."""
    query: FeedQuery = call.query
    rows = await cases.feed(call.hinge.db, call.marketplace, after=query.after, limit=query.limit)
    items = tuple(
        _item(row.cursor, row.case_id, row.event.seq, decode_event(row.event.body), row.event.hash) for row in rows
    )
    return answer(Feed(items, items[-1].cursor if items else query.after))


async def entries(call: Call) -> Answer:
    """The ledger's postings."""
    query: EntriesQuery = call.query
    case_id = None if query.case_id is None else parse_case_id(query.case_id)
    if query.case_id is not None and case_id is None:
        raise problem("bad_query", "`case_id` is not the id of a case.")
    rows = await ledger.entries(
        call.hinge.db, call.marketplace, account=query.account, case_id=case_id, after=query.after,
        limit=query.limit,
    )  # fmt: skip
    items = tuple(
        Entry(
            cursor=row.cursor,
            case_id=row.case_id,
            journal_id=row.journal_id,
            account=row.account,
            amount=Money(row.amount, row.currency),
            purpose=row.purpose,
            seq=row.seq,
            at=row.at,
        )
        for row in rows
    )
    return answer(Entries(items, items[-1].cursor if items else query.after))


async def balances(call: Call) -> Answer:
    """The ledger's sums."""
    rows = await ledger.balances(call.hinge.db, call.marketplace, account=call.query.account)
    return answer(Balances(tuple(AccountBalance(row.account, Money(row.amount, row.currency)) for row in rows)))


def _item(cursor: str, case_id: str, seq: int, event: Event, digest: bytes) -> FeedEvent:
    who = event.actor
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in NOT_DATA}
    return FeedEvent(
        cursor=cursor,
        case_id=case_id,
        seq=seq,
        type=type_of(event),
        names=names(event),
        at=event.at,
        actor=ActorView(role=who.role, id=who.id, name=who.name),
        clauses=event.clauses,
        data={name: value for name, value in fields.items() if value is not None and value != ()},
        hash=digest.hex(),
    )


ROUTES = (
    Route(
        method="GET", path="/v1/events", name="feed", tag="feed", summary="The marketplace's events, without gaps",
        does=events, roles=READERS, query=FeedQuery, answer=Feed,
    ),
    Route(
        method="GET", path="/v1/ledger/entries", name="ledger_entries", tag="ledger",
        summary="Postings by instant, to look up; a late one may stand before a cursor, so follow the feed instead",
        does=entries, roles=READERS, query=EntriesQuery, answer=Entries,
    ),
    Route(
        method="GET", path="/v1/ledger/balances", name="ledger_balances", tag="ledger", does=balances,
        summary="Sums per account and currency", roles=READERS, query=BalancesQuery, answer=Balances,
    ),
)  # fmt: skip
