"""A case told as a short story: each event of its history one sentence, with who, until when, and on which clause.

The story is made of what the server recorded (GET /v1/cases/{id}/events), not of what a script meant to happen.
Only sentences are made here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from amends.lab.words import money, spelled

Event = Mapping[str, Any]

MOST_CLAUSES = 3
"""Of an event's own clauses so many are told, and two of each clock it starts."""

SILENCE: dict[str, str] = {
    "approve_request": "silence means yes",
    "close_expired": "after that the refusal stands",
    "close_withdrawn": "after that it stays withdrawn",
    "decide_on_buyer_material": "silent, and it is decided on {buyer}'s material alone",
    "deduct_from_payout": "after that it is taken from the payout",
    "escalate_to_operator": "after that the operator sees to it",
    "decision_stands": "to appeal",
    "no_further_dispute": "to dispute once more",
    "return_lapses": "to send it back",
    "accept_return": "silent, and the goods count as accepted",
    "offer_lapses": "to accept the offer",
    "alarm": "after that an alarm rings",
}
"""What follows a deadline's end, in a few words; other deadlines are told without."""

REMEDIES: dict[str, str] = {
    "refund": "the money back",
    "refund_after_return": "the money back once the goods are home",
    "partial_refund": "part of the money back",
    "replacement": "a replacement",
    "resend_missing": "what was missing",
    "discard_item": "to keep the item, and discard it when nothing can change any more",
    "return_label": "a return label",
    "ship_back_to_buyer": "the goods sent back to the buyer",
    "reimburse_seller": "the shop what it had paid",
}

PIECES: dict[str, str] = {
    "tracking": "the tracking",
    "address_check": "an address check",
    "unpacking_video": "an unpacking video",
    "photo_of_item": "a photo of the item",
    "video_of_item": "a video of the item",
    "photo_of_packing": "a photo of the packing",
    "conversation": "what they wrote to each other",
    "authority_certificate": "an authority's certificate",
    "appeal_statement": "an appeal statement",
}
"""Evidence types that "a " before the name does not fit."""


class Cast(msgspec.Struct, frozen=True):
    """Who is who in a story, the clock on the wall and the coin of the market."""

    buyer: str
    seller: str
    carrier: str
    zone: str
    currency: str

    def name(self, role: str, known_as: str | None = None) -> str:
        """What a role is called: by its name, else by the name it acts under."""
        people = {"buyer": self.buyer, "seller": self.seller, "carrier": self.carrier, "operator": "the payment desk",
                  "clock": "the clock"}  # fmt: skip
        return people.get(role) or (f"{role} {known_as}" if known_as else f"the {role}")

    def when(self, at: datetime) -> str:
        """`Wed 26 Nov 15:10` on the market's clock."""
        return f"{at.astimezone(ZoneInfo(self.zone)):%a %d %b %H:%M}"

    @property
    def city(self) -> str:
        """The city whose clock it is."""
        return self.zone.rpartition("/")[2].replace("_", " ")

    def until(self, deadline: Mapping[str, Any]) -> str:
        """When a deadline ends: `the end of Mon 01 Dec` for days, an instant for hours."""
        due = instant(deadline["due_at"]).astimezone(ZoneInfo(self.zone))
        window = deadline["derivation"].get("window") or {}
        if window.get("unit", "hours") == "hours":
            return f"{due:%a %d %b %H:%M}"
        return f"the end of {due - timedelta(seconds=1):%a %d %b}"

    def each(self, role: str) -> str:
        """Who owes or bears something: a person of the story, or the platform."""
        return {"buyer": self.buyer, "seller": self.seller, "carrier": self.carrier}.get(role, "the platform")

    def sum(self, amount: int) -> str:
        """An amount for people."""
        return money(amount, self.currency)


def told(events: Sequence[Event], cast: Cast) -> Iterator[tuple[datetime, str]]:
    """The story: for each event worth telling, the instant and the sentence."""
    owed: dict[str, Event] = {}
    for event in events:
        data = event.get("data", {})
        owed |= {remedy["id"]: remedy for remedy in data.get("remedies", ())}
        sentence = SENTENCES.get(event["type"])
        if sentence is None:
            continue
        who = cast.name(event["actor"]["role"], event["actor"].get("name") or event["actor"].get("id"))
        text = sentence(data | {"remedy": owed.get(data.get("remedy_id", ""), {})}, who, cast)
        yield instant(event["at"]), _ended(_capital(text)) + _clocks(data, cast) + _clauses(event)


def instant(value: Any) -> datetime:
    """An instant as JSON carries it."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _clauses(event: Event) -> str:
    found = list(event["clauses"][:MOST_CLAUSES])
    for deadline in event.get("data", {}).get("starts", ()):
        found += deadline["clauses"][:2]
    return f" [{', '.join(dict.fromkeys(found))}]" if found else ""


def _clocks(data: Event, cast: Cast) -> str:
    """The deadlines an event starts: who has until when, and what silence means."""
    parts = []
    for deadline in data.get("starts", ()):
        follows = SILENCE.get(deadline["on_timeout"], "").format(buyer=cast.buyer)
        holder = "the desk" if deadline["party"] == "adjudicator" else cast.each(deadline["party"])
        follows = f" ({follows})" if follows else ""
        parts.append(f"{holder} has until {cast.until(deadline)}{follows}{_skipped(deadline)}")
    return f" {_capital('; '.join(parts))}." if parts else ""


def _skipped(deadline: Mapping[str, Any]) -> str:
    """The days of a window that did not count, holidays by name."""
    whys = [day["why"] for day in deadline["derivation"].get("skipped", ())]
    names = list(dict.fromkeys("the weekend" if why in ("Saturday", "Sunday") else why for why in whys))
    return f"; {' and '.join(names)} {'do' if len(names) > 1 else 'does'} not count" if names else ""


def _filed(data: Event, who: str, cast: Cast) -> str:
    wanted = {"refund": "for the money back", "refund_after_return": "to take it back for the money",
              "partial_refund": "for part of the money back", "replacement": "for another one",
              "resend_missing": "for what is missing"}[data["wanted"]]  # fmt: skip
    item = data["order"]["line"].get("title", "the item")
    return f"{who} asks {cast.seller} {wanted} ({_name(data['reason'])}; {item}){_quoted(data)}"


def _approved(data: Event, who: str, cast: Cast) -> str:
    if data.get("by_silence"):
        return f"{cast.seller} has said nothing. Silence approves the request: {_owed(data, cast)}"
    return _ended(f"{who} agrees{_quoted(data)}") + f" {_capital(_owed(data, cast))}"


def _owed(data: Event, cast: Cast) -> str:
    parts = []
    for remedy in data.get("remedies", ()):
        kind, amount = REMEDIES[remedy["kind"]], f", {cast.sum(remedy['amount'])}" if remedy.get("amount") else ""
        verb = "is told" if remedy["kind"] == "discard_item" else "owes"
        parts.append(f"{cast.each(remedy['owner'])} {verb} {kind}{amount}")
    return "; ".join(parts) or "nothing is owed"


def _disputed(data: Event, who: str, cast: Cast) -> str:
    again = "a second dispute" if data["number"] == 2 else "the dispute to the platform"
    return _ended(f"{who} brings {again}{_with(data.get('evidence', ()))}{_quoted(data)}")


def _submitted(data: Event, who: str, cast: Cast) -> str:
    late = any(item.get("late") for item in data["items"])
    text = f"{who} hands in {_items(data['items'])}{_unseen(data['items'])}"
    return f"{text}, too late to be weighed: it is kept and marked" if late else text


def _with(items: Sequence[Event]) -> str:
    return f", with {_items(items)}{_unseen(items)}" if items else ", with nothing to show yet"


def _items(items: Sequence[Event]) -> str:
    return " and ".join(PIECES.get(item["type"], f"a {_name(item['type'])}") for item in items)


def _unseen(items: Sequence[Event]) -> str:
    private = any(item["type"] == "medical_certificate" for item in items)
    return " (the certificate is for our staff alone; the shop learns that it exists)" if private else ""


def _decided(data: Event, who: str, cast: Cast) -> str:
    decision = data["decision"]
    side = {"buyer_favour": f"for {cast.buyer}", "seller_favour": f"for {cast.seller}", "split": "for both in part"}
    by = f"{who} decides" if decision["by"] == "person" else f"{cast.seller} sent nothing in its time: the rule decides"
    text = _ended(f"{by} {side[decision['outcome']]}{_said(decision['rationale'])}")
    return f"{text} {_capital(_owed(data, cast))}"


def _appeal_decided(data: Event, who: str, cast: Cast) -> str:
    appeal = data["appeal"]
    result = {"stands": "the decision stands", "changed": "the decision is changed",
              "sent_back": "the case goes back to the desk"}[appeal["result"]]  # fmt: skip
    cleared = " and the shop is cleared of fault" if appeal.get("fault") == "cleared" else ""
    text = _ended(f"{who} decides the appeal: {result}{cleared}{_said(appeal['rationale'])}")
    return f"{text} {_capital(_owed(data, cast))}" if data.get("remedies") else text


def _fulfilled(data: Event, who: str, cast: Cast) -> str:
    reference = f" (reference {data['reference']})" if data.get("reference") else ""
    remedy = data["remedy"]
    if not remedy.get("amount"):
        return f"{who} reports it done: {REMEDIES[remedy['kind']]}{reference}"
    receiver = cast.seller if remedy["kind"] == "reimburse_seller" else cast.buyer
    return f"{who} confirms that {receiver} has {cast.sum(remedy['amount'])}{reference}"


def _started(data: Event, who: str, cast: Cast) -> str:
    if data["remedy"].get("kind") == "discard_item":
        return f"nothing can change any more: {cast.buyer} may discard the item"
    return "the goods are home, so the money is due"


def _received(data: Event, who: str, cast: Cast) -> str:
    if data.get("by_silence"):
        return f"{cast.seller} has not said a word about the parcel; the goods count as accepted"
    return f"{who} accepts the goods back, {_name(data['condition'])}"


def _lapsed(data: Event, who: str, cast: Cast) -> str:
    kind = data["deadline_id"].partition(".")[0]
    said = {"appeal": f"{cast.seller} has not appealed", "further_dispute": f"{cast.buyer} does not dispute again",
            "open_dispute": f"{cast.buyer} lets it be", "buyer_evidence": f"{cast.buyer}'s time for evidence is over",
            "seller_evidence": f"{cast.seller}'s time for evidence is over",
            "carrier_evidence": f"{cast.carrier}'s time for evidence is over",
            "reply": "the time to reply is over"}.get(kind, f"time runs out: {_name(kind)}")  # fmt: skip
    return f"{said}, and an alarm rings" if data.get("alarm") else said


def _overdue(data: Event, who: str, cast: Cast) -> str:
    end = ": the sum is to be taken from its payout" if data.get("deduct") else ""
    return f"{cast.seller} has not done what it owes{end}"


def _offered(data: Event, who: str, cast: Cast) -> str:
    offer = data["offer"]
    what = cast.sum(offer["amount"]) if offer.get("amount") else _name(offer["remedy"])
    return f"{who} offers {what}{_quoted(offer)}"


def _plain(text: str) -> Callable[[Event, str, Cast], str]:
    """A sentence with gaps: `who`, the people of the story, what was `quoted`, and the event's own fields."""
    return lambda data, who, cast: text.format(
        who=who, buyer=cast.buyer, seller=cast.seller, carrier=cast.carrier, quoted=_quoted(data), data=data
    )


SENTENCES: dict[str, Callable[[Event, str, Cast], str]] = {
    "request_filed": _filed,
    "request_approved": _approved,
    "request_rejected": _plain("{who} refuses{quoted}"),
    "dispute_opened": _disputed,
    "withdrawn": _plain("{who} withdraws{quoted}"),
    "evidence_submitted": _submitted,
    "evidence_declined": _plain("{who} has nothing more to hand in{quoted}"),
    "deadline_lapsed": _lapsed,
    "review_began": _plain("all have been heard; the case lies on the desk"),
    "settlement_offered": _offered,
    "settlement_accepted": lambda data, who, cast: f"{who} accepts: {_owed(data, cast)}",
    "settlement_declined": _plain("{who} turns the offer down{quoted}"),
    "proceedings_reported": _plain("{who} goes to court; every clock stops"),
    "decided": _decided,
    "appeal_lodged": lambda data, who, cast: f"{who} appeals{_quoted(data['appeal'])}",
    "appeal_decided": _appeal_decided,
    "carrier_heard": _plain("{carrier} has been heard; now it can be said who bears the cost"),
    "recourse_allocated": lambda data, who, cast: f"{who} says who bears it in the end: {cast.each(data['bearer'])}"
    f"{_said(data['rationale'])}",
    "return_shipped": _plain("{who} sends it back with {data[carrier]} ({data[tracking_number]}); from here each "
                             "side bears what the policy's matrix gives it"),
    "return_received": _received,
    "return_refused": _plain("{who} refuses the goods{quoted}"),
    "remedy_started": _started,
    "remedy_fulfilled": _fulfilled,
    "remedy_overdue": _overdue,
    "remedy_deducted": _plain("{who} takes it from the payout and pays {buyer} (reference {data[reference]})"),
    "case_closed": lambda data, who, cast: f"the case is closed: {_name(data['closed_as'])}",
}  # fmt: skip
"""The events worth telling; others (a case taken from the queue, a waiver) pass in silence."""


def _quoted(data: Event) -> str:
    return _said(data["statement"]) if data.get("statement") else ""


def _said(words: str) -> str:
    return f": “{_ended(words.strip())}”"


def _ended(text: str) -> str:
    """The text with a full stop, unless it has an end already."""
    return text if text.endswith((".", "!", "?", "”")) else f"{text}."


def _name(word: Any) -> str:
    return spelled(word).replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
