"""Worked cases and orders as tests write them: a short text in, a file or a value out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from amends.lab import book
from amends.lab.order_rows import Built
from amends.lab.runner import Telling, play_in_memory
from amends.law.facts import Order
from amends.store.policies import installed

FIRST = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)

HEAD = """\
title: A seller who stays silent has approved
policy: tiktok-shop-us@2025-11-11
because: [US-37, US-39]
order: {delivered_at: 2025-11-10T10:00:00-08:00, unit_price: 4000}
steps:
"""
REQUEST = """\
- {at: 2025-11-14T15:00:00-08:00, as: buyer, do: file_request,
   with: {reason: defective, visibility: visible, wanted: refund, statement: It does not switch on}}
"""


def case_file(folder: Path, text: str, name: str = "case.yaml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, *steps: str, head: str = HEAD + REQUEST) -> Telling:
    """The case of the usual request with further steps, told in memory."""
    path = case_file(folder, head + "".join(f"- {step}\n" for step in steps))
    return play_in_memory(book.read(path, installed()), installed())[0]


def failures(folder: Path, *steps: str, head: str = HEAD + REQUEST) -> list[str]:
    """What went otherwise than written, without the path."""
    return [str(failure).removeprefix(f"{folder}/") for failure in told(folder, *steps, head=head).failures]


def built(number: int, *, late_days: float = 0, delivered: bool = True, stars: int | None = None) -> Built:
    """A made-up order: promised after five days, delivered `late_days` after that, or never."""
    placed = FIRST + timedelta(hours=7 * number)
    promised = placed + timedelta(days=5)
    arrived = promised + timedelta(days=late_days) if late_days else promised - timedelta(days=1)
    facts: dict[str, Any] = {
        "market": "US",
        "currency": "USD",
        "placed_at": placed,
        "status": "delivered" if delivered else "shipped",
        "buyer": {"id": f"buyer-{number}"},
        "seller": {"id": f"seller-{number % 3}"},
        "fulfilment": {
            "mode": ("ship_by_seller", "ship_by_platform")[number % 2],
            "carrier": "Charlie",
            "promised_by": promised,
            "shipped_at": placed + timedelta(days=1),
            "last_tracking_at": arrived if delivered else placed + timedelta(days=2),
            "delivered_at": arrived if delivered else None,
        },
        "lines": [{"id": "1", "unit_price": 1000 + 37 * number, "shipping": 499}],
    }
    return Built(f"O-{number}", msgspec.convert(facts, Order), {"review_score": stars} if stars else {})
