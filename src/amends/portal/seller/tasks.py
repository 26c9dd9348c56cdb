"""The seller's evidence as tasks: one line of the checklist is one task, named by what to do, with how far it is.

The checklist is the policy's, as the seller sees it. What is handed in already, prepared in the draft, or declared
unavailable decides the status; nothing here is kept.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from amends.access.shapes import CaseView, ChecklistView
from amends.law.commands import EvidenceType, Item
from amends.portal.words import N_

Status = Literal["todo", "incomplete", "done", "sent", "unavailable"]
VERBS: dict[str, str] = {
    "photo_of_item": N_("Photograph the item"),
    "video_of_item": N_("Film the item"),
    "photo_of_packing": N_("Show how you packed it"),
    "unpacking_video": N_("Add the unpacking video"),
    "tracking": N_("Give the tracking number"),
    "shipping_label": N_("Show the shipping label"),
    "shipping_receipt": N_("Add the shipping receipt"),
    "proof_of_delivery": N_("Prove the delivery"),
    "delivery_signature": N_("Add the signature on delivery"),
    "address_check": N_("Show that the address was right"),
    "carrier_statement": N_("Add the carrier’s statement"),
    "commercial_invoice": N_("Add the invoice"),
    "supplier_contract": N_("Add the supplier’s contract"),
    "test_report": N_("Add a test report"),
    "authority_certificate": N_("Add the authority’s certificate"),
    "medical_certificate": N_("Add a medical certificate"),
    "recall_scope_statement": N_("Say what the recall covers"),
    "listing_snapshot": N_("Show the listing as it was"),
    "conversation": N_("Copy in the conversation"),
    "proof_of_refund": N_("Prove the refund"),
    "proof_of_return": N_("Prove the return"),
    "proof_of_replacement": N_("Prove the replacement"),
    "appeal_statement": N_("Write your appeal"),
}
FILES_WANTED = frozenset({
    "photo_of_item", "video_of_item", "photo_of_packing", "unpacking_video", "shipping_label", "shipping_receipt",
    "proof_of_delivery", "delivery_signature", "commercial_invoice", "supplier_contract", "test_report",
    "authority_certificate", "medical_certificate", "proof_of_refund", "proof_of_return",
})  # fmt: skip
"""Types that words alone do not show: without a file the task stays incomplete."""
ANYTHING = "anything"
"""The task of adding what no line of the checklist asks for."""


class Task(msgspec.Struct, frozen=True):
    """One task. `name` stands in its address; `types` any of which does it; `items` are those in the draft."""

    name: str
    types: tuple[EvidenceType, ...]
    required: bool
    status: Status
    items: tuple[Item, ...]
    example: str | None
    clauses: tuple[str, ...]

    @property
    def verb(self) -> str:
        """What to do, in English."""
        return VERBS[self.types[0]]


def tasks(shown: CaseView, items: Sequence[Item]) -> tuple[Task, ...]:
    """The seller's tasks in this case, the required ones first, in the checklist's order."""
    lines = [line for line in shown.checklist if line.party == "seller"]
    made = [_task(line, items) for line in sorted(lines, key=lambda line: not line.required)]
    return tuple(made)


def others(shown: CaseView, items: Sequence[Item]) -> tuple[Item, ...]:
    """What the draft holds beyond the checklist."""
    asked = {kind for line in shown.checklist if line.party == "seller" for kind in line.types}
    return tuple(item for item in items if item.type not in asked)


def _task(line: ChecklistView, items: Sequence[Item]) -> Task:
    own = tuple(item for item in items if item.type in line.types)
    return Task(line.type, line.types, line.required, _status(line, own), own, line.example, line.clauses)


def _status(line: ChecklistView, own: Sequence[Item]) -> Status:
    if own:
        return "done" if any(_is_whole(item) for item in own) else "incomplete"
    return {"met": "sent", "declined": "unavailable"}.get(line.status, "todo")  # type: ignore[return-value]  # two of the words


def _is_whole(item: Item) -> bool:
    """Whether an item shows what its type promises."""
    if item.type == "tracking":
        return item.tracking is not None or item.upload is not None
    return item.upload is not None or item.type not in FILES_WANTED
