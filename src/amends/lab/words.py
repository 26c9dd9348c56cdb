"""Plain words for commands, findings and amounts: the case book of the manual and the demo's stories speak with them.

One phrase a command, in the present tense after the person's role. Nothing here decides or looks anything up.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from amends.law.money import minor_digits

DOES: dict[str, str] = {
    "file_request": "asks the seller to put it right",
    "approve_request": "agrees to the request",
    "reject_request": "refuses the request",
    "open_dispute": "opens a dispute with the platform",
    "withdraw": "withdraws",
    "submit_evidence": "hands in evidence",
    "decline_evidence": "says there is no evidence to give",
    "offer_settlement": "offers to settle",
    "accept_settlement": "accepts the offer",
    "decline_settlement": "turns the offer down",
    "post_message": "writes a message",
    "report_proceedings": "reports outside proceedings",
    "record_proceedings_outcome": "records how the outside proceedings ended",
    "ship_return": "sends the goods back",
    "receive_return": "accepts the returned goods",
    "refuse_return": "refuses the returned goods",
    "report_remedy": "reports a remedy done",
    "confirm_payment": "confirms a payment",
    "confirm_deduction": "confirms a deduction from the payout",
    "claim": "takes the case",
    "release": "gives the case back",
    "request_evidence": "asks for more material",
    "reclassify": "corrects how the case is classed",
    "admit_evidence": "admits late evidence",
    "record_verification": "records what a third party said",
    "decide": "decides",
    "correct_decision": "corrects the decision",
    "appeal": "appeals",
    "decide_appeal": "decides the appeal",
    "allocate_recourse": "says who bears the cost",
    "extend_deadline": "gives more time",
    "update_facts": "sends new facts of the order",
    "report_chargeback": "reports a chargeback",
    "apply_enforcement": "acts against the shop",
    "reverse_enforcement": "takes the action against the shop back",
    "redact_evidence": "covers parts of a picture for the other side",
    "place_legal_hold": "places a legal hold",
    "lift_legal_hold": "lifts the legal hold",
    "erase_personal_data": "erases personal data",
    "note_file": "notes what became of a file",
    "lapse": "time runs out",
}
"""What somebody does, after "the buyer", "the seller" …"""


def money(amount: int, currency: str) -> str:
    """An amount for people: `39.99 USD`; rupiah are shown without decimals: `Rp 150.000`."""
    if currency == "IDR":
        whole = f"{amount // 100:,}".replace(",", ".")
        return f"Rp {whole}" + (f",{amount % 100:02}" if amount % 100 else "")
    digits = minor_digits(currency)
    whole, rest = divmod(amount, 10**digits)
    return f"{whole:,}.{rest:0{digits}} {currency}" if digits else f"{whole:,} {currency}"


def local(at: datetime, zone: str) -> str:
    """An instant on the market's wall clock: `Tue 18 Nov 2025 23:59`, with seconds when there are any."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a %d %b %Y %H:%M:%S}" if there.second else f"{there:%a %d %b %Y %H:%M}"


def spelled(value: Any) -> str:
    """A plain value in words, with no quotes: `reason defective; wanted refund; evidence (type photo_of_item)`."""
    if isinstance(value, Mapping):
        return "; ".join(f"{_name(key)} {_inside(inner)}" for key, inner in value.items())
    return _inside(value)


def _inside(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({', '.join(f'{_name(key)} {_inside(inner)}' for key, inner in value.items())})"
    if isinstance(value, list | tuple):
        return " and ".join(_inside(item) for item in value) if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return "none" if value is None else str(value)


def _name(key: str) -> str:
    return str(key).replace("_", " ")
