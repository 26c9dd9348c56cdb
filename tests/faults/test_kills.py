"""Sudden death: what was acknowledged survives the killing of the server and of its database, and happens once.

AMENDS_KILLS says how many times a server dies; every second time its PostgreSQL dies with it.
"""

import os
import random
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from amends.law.settlement import MOST_MESSAGES
from tests.cast import FILING, order
from tests.server.serving import Serving, amends, ok, token

pytestmark = [pytest.mark.database, pytest.mark.timeout(3600)]
KILLS = int(os.environ.get("AMENDS_KILLS", "4"))
PEOPLE = 4


class Journal:
    """What one client sent and what it was told: its side of the truth."""

    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        self.acknowledged: list[str] = []
        self.unknown: str | None = None

    def write(self, client: httpx.Client, text: str) -> bool:
        """Post a message under its text as key; False when the answer never came, or the case takes no more."""
        try:
            answer = client.post(
                f"/v1/cases/{self.case_id}/post-message",
                json={"text": text, "to": "seller"},
                headers={"Idempotency-Key": text},
            )
        except httpx.TransportError:
            self.unknown = text
            return False
        if answer.status_code == 503:
            self.unknown = text
            return False
        if answer.status_code == 409 and len(self.acknowledged) == MOST_MESSAGES:
            return False
        assert answer.status_code == 200, answer.text
        self.acknowledged.append(text)
        return True

    def settle(self, client: httpx.Client) -> None:
        """Ask again, under the same key, about what was never answered."""
        if self.unknown is not None:
            text, self.unknown = self.unknown, None
            assert self.write(client, text) or len(self.acknowledged) == MOST_MESSAGES


def test_what_was_acknowledged_survives_every_kill_and_happens_once(data: Path):
    chance, journals = random.Random(7), list[Journal]()
    for kill in range(KILLS):
        serving = Serving(data)
        with serving.client() as operator:
            alice = token(operator, "buyer", "alice")
            writing = [_opened(operator, serving, alice, kill * PEOPLE + n) for n in range(PEOPLE)]
            journals += writing
        with serving.client(alice) as client:
            for journal in journals:
                journal.settle(client)
        people = [threading.Thread(target=_keep_writing, args=(serving, alice, j, kill)) for j in writing]
        for person in people:
            person.start()
        time.sleep(0.2 + chance.random())
        if kill % 2 and (postmaster := serving.postmaster()):
            os.kill(postmaster, signal.SIGKILL)
        serving.end(signal.SIGKILL)
        for person in people:
            person.join()
    _nothing_is_lost_or_doubled(data, journals)


def _opened(operator: httpx.Client, serving: Serving, alice: str, number: int) -> Journal:
    facts = msgspec.to_builtins(order("US", datetime.now(UTC) - timedelta(days=1)))
    ok(operator.put(f"/v1/orders/O{number}", json=facts))
    with serving.client(alice) as client:
        filed = ok(client.post("/v1/cases", json={"order_id": f"O{number}", "line_id": "1", **FILING}))
    return Journal(filed.json()["id"])


def _keep_writing(serving: Serving, alice: str, journal: Journal, kill: int) -> None:
    with serving.client(alice) as client:
        number = 0
        while journal.write(client, f"{kill}-{number}"):
            number += 1


def _nothing_is_lost_or_doubled(data: Path, journals: list[Journal]) -> None:
    serving = Serving(data)
    with serving.client() as operator:
        alice = token(operator, "buyer", "alice")
        with serving.client(alice) as client:
            for journal in journals:
                journal.settle(client)
        for journal in journals:
            case = ok(operator.get(f"/v1/cases/{journal.case_id}")).json()
            assert [message["text"] for message in case["messages"]] == journal.acknowledged
            assert case["revision"] == 1 + len(journal.acknowledged)
    assert serving.end() == 0
    assert serving.postmaster() is None
    assert sum(len(journal.acknowledged) for journal in journals) > 10 * KILLS
    checked = amends("rebuild", "--check", "--data", str(data))
    assert (checked.returncode, checked.stdout) == (0, f"{PEOPLE * KILLS} cases folded; none differ.\n"), checked
