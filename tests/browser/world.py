"""The small world that the pages are looked at in: one real server process, and marketplaces in it.

The first marketplace holds the demo's stories and a few cases with photographs; its clock stands and nobody changes
it. A test that acts takes a marketplace of its own, whose clock it may move.
"""

import html
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from amends.lab import demo
from amends.lab.remote import Server
from amends.law.actors import Actor
from amends.law.facts import Order
from amends.law.refusal import Refused
from tests.browser import photos

PARTIES = ("buyer", "seller", "carrier")
NOW = demo.ENDS_AT
READY_WITHIN_SECONDS = 60
CHECKED_WITHIN_SECONDS = 60
RANI = Actor("buyer", "rani", "Rani P.")
KILN = Actor("seller", "kilnhouse", "Kilnhouse Studio")
REVIEWER = Actor("adjudicator", "staff-zephyrine", "Zephyrine Okonkwo")
SECOND = Actor("adjudicator", "staff-balthazar", "Balthazar Nkemelu")
STAFF_WORDS = ("zephyrine", "okonkwo", "balthazar", "nkemelu")
"""No party may ever read one of these."""
PRIVATE_WORDS = ("quokka-rash-certificate",)
"""What only its own side and the staff may read."""
MARKETS = {"US": ("USD", 3890), "ID": ("IDR", 38_900_000)}


class Market:
    """One marketplace of the server: what its backend does, and cases brought to a stage."""

    def __init__(self, url: str, key: str) -> None:
        self.server = Server(url, key)
        self.url, self.key = url, key
        self.cases: dict[str, str] = {}
        self.others: dict[str, str] = {}
        self._cookies: dict[tuple[str, str], dict[str, str]] = {}
        self._stage: dict[str, str] = {}

    def stand(self, at: datetime = NOW) -> None:
        """Make the clock stand here (it only runs forward)."""
        self.server.move(at)

    def order(self, order_id: str, *, market: str = "US", buyer: Actor = RANI, seller: Actor = KILN,
              title: str = "Ceramic pour-over set, 600 ml, slate blue", **facts: Any) -> str:  # fmt: skip
        """Register an order, delivered a day ago."""
        currency, price = MARKETS[market]
        now = self.server.now or NOW
        plain = {
            "market": market,
            "currency": currency,
            "placed_at": now - timedelta(days=6),
            "buyer": {"id": buyer.id, "name": buyer.name, "email": f"{buyer.id}@buyers.example"},
            "seller": {"id": seller.id, "name": seller.name, "email": f"{seller.id}@shops.example"},
            "status": "delivered",
            "fulfilment": {
                "carrier": "JNE REG",
                "tracking_number": "JX2041882",
                "delivered_at": now - timedelta(days=1),
            },
            "lines": [{"id": "1", "unit_price": price, "title": title}],
        }
        self.server.put_order(order_id, msgspec.convert(plain | facts, Order))
        return order_id

    def photo(self, who: Actor, content: bytes, name: str = "photo.jpg") -> str:
        """A file of somebody's; its upload id."""
        headers = {"authorization": f"Bearer {self.token(who)}"}
        answer = self.server.http.post("/v1/uploads", headers=headers, files={"file": (name, content)})
        answer.raise_for_status()
        return str(answer.json()["id"])

    def token(self, who: Actor) -> str:
        """A party token, as the marketplace's backend asks for one."""
        return self.server.mint(who)

    def say(self, case: str | None, who: Actor, name: str, **fields: Any) -> dict[str, Any]:
        """A command that must be accepted; the case as its speaker then sees it."""
        answer = self.server.send(case, name, fields, who)
        assert not isinstance(answer, Refused), f"{name}: {answer}"
        return answer

    def requested(self, order_id: str, *, market: str = "US", pictures: bool = True, **facts: Any) -> str:
        """A request for a refund because it came broken, with photographs."""
        self.order(order_id, market=market, **facts)
        evidence = []
        if pictures:
            told = ("Crack through the body, seen on unpacking", "Shards that lay in the box")
            evidence = [
                {"type": "photo_of_item", "upload": self.photo(RANI, photos.mug(cracked=True, warm=True, seed=i)),
                 "describes": told[i - 1]}
                for i in (1, 2)
            ]  # fmt: skip
            evidence.append({"type": "medical_certificate", "text": PRIVATE_WORDS[0], "private": True})
        self.cases[order_id] = str(self.say(
            None, RANI, "file_request", order_id=order_id, line_id="1", reason="defective", visibility="visible",
            wanted="refund", statement="The mug came with a chipped rim and a crack through the body.",
            evidence=evidence)["id"])  # fmt: skip
        return self.cases[order_id]

    def disputed(self, order_id: str, **more: Any) -> str:
        """Refused by the seller and brought to the platform: the seller's evidence is asked for."""
        case = self.requested(order_id, **more)
        if more.get("market") == "ID":
            return case
        self.say(case, KILN, "reject_request", statement="It left the workshop whole and was wrapped twice.")
        piece = {"type": "photo_of_item", "upload": self.photo(RANI, photos.mug(cracked=True, warm=True, seed=3)),
                 "describes": "The crack from the side"}  # fmt: skip
        self.say(case, RANI, "open_dispute", evidence=[piece], statement="Shards lay in the box; see the photos.")
        return case

    def reviewed(self, order_id: str, **more: Any) -> str:
        """Both sides have said all: an adjudicator's turn."""
        case = self.disputed(order_id, **more)
        mug, parcel = photos.mug(seed=4), photos.parcel(seed=5)
        items = [
            {"type": "photo_of_item", "upload": self.photo(KILN, mug), "describes": "Before packing, 9 November"},
            {"type": "photo_of_packing", "upload": self.photo(KILN, parcel), "describes": "The closed parcel"},
        ]
        self.say(case, KILN, "submit_evidence", items=items, last=True)
        self.say(case, RANI, "decline_evidence")
        return case

    def decided(self, order_id: str, *, returnable: bool = False, by: Actor = REVIEWER, **more: Any) -> str:
        """Decided for the buyer."""
        case = self.reviewed(order_id, **more)
        findings = {"claim": "proved", "rebuttal": "insufficient", "severity": "major", "returnable": returnable}
        self.say(case, by, "decide", findings=findings,
                 rationale="The photos show the crack on unpacking; the seller shows it before packing.")  # fmt: skip
        return case

    def appealed(self, order_id: str, **more: Any) -> str:
        """Decided, and the seller appeals with something new."""
        case = self.decided(order_id, **more)
        piece = {"type": "test_report", "text": "The maker's report on this very mug",
                 "upload": self.photo(KILN, photos.mug(seed=6))}  # fmt: skip
        self.say(case, KILN, "appeal", grounds="new_evidence", statement="The maker tested this very mug: no flaw.",
                 evidence=[piece])  # fmt: skip
        return case

    def claim(self, order_id: str) -> None:
        """Begin a claim of Rani's on the pages and answer every question; it is not sent."""
        answers = {
            "item": {"line": "1"},
            "what": {"reason": "defective"},
            "noticed": {"visibility": "visible", "noticed_on": f"{NOW - timedelta(days=1):%Y-%m-%d}"},
            "wanted": {"wanted": "refund"},
            "evidence": {},
            "words": {"statement": "The mug came with a chipped rim."},
        }
        for step, fields in answers.items():
            path = f"/my/orders/{order_id}/claim/0/{step}"
            to = self.fill(("buyer", RANI.id), path, **fields)
            assert to.startswith("/"), f"{path}: {_text(to)}"

    def cookies(self, role: str, person: str, *, fresh: bool = False) -> dict[str, str]:
        """The cookies of somebody who came in: buyers and sellers by their link, staff over the sandbox's stage."""
        who = role, person
        if fresh or who not in self._cookies:
            name = NAMES.get(who, person)
            got = self._by_link(Actor(role, person, name)) if role in PARTIES else self._by_stage(role, person, name)  # type: ignore[arg-type]  # a role
            if fresh:
                return got
            self._cookies[who] = got
        return self._cookies[who]

    def fill(self, who: tuple[str, str], path: str, *, to: str | None = None, **fields: Any) -> str:
        """Send the form of a page that posts to `to` (the page itself, unless said); where it leads."""
        sender = {"cookie": _header(self.cookies(*who))}
        page = self.server.http.get(path, headers=sender)
        hidden = next((form for action, form in _forms(page.text, path) if action == (to or path)), None)
        assert hidden is not None, f"{path} ({page.status_code}) has no form to {to or path}"
        answer = self.server.http.post(to or path, headers=sender, data=hidden | fields)
        assert answer.status_code in (200, 201, 303), f"{path}: {answer.status_code} {_text(answer.text)}"
        return answer.headers.get("location") or answer.text

    def _by_link(self, who: Actor) -> dict[str, str]:
        return self._come_in("/enter", {"t": self.token(who)})

    def _by_stage(self, role: str, person: str, name: str | None) -> dict[str, str]:
        if not self._stage:
            opened = self.server.http.post("/v1/sandbox/stage", headers={"authorization": f"Bearer {self.key}"})
            self._stage = self._come_in("/sandbox/open", {"t": opened.json()["url"].partition("?t=")[2]})
        page = self.server.http.get("/sandbox", headers={"cookie": _header(self._stage)})
        secret = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert secret, page.text[:500]
        form = {"csrf": secret[1], "role": role, "id": person, "name": name or person}
        if role == "stage":
            return self._stage
        return self._come_in("/sandbox/step", form, cookie=_header(self._stage))

    def _come_in(self, path: str, form: dict[str, str], **headers: str) -> dict[str, str]:
        answer = self.server.http.post(path, data=form, headers=headers)
        assert answer.status_code == 303, f"{path}: {answer.status_code} {_text(answer.text)}"
        got = dict(answer.cookies)
        self.server.http.cookies.clear()
        return got

    def all_files_checked(self) -> None:
        """Wait until every file can be shown."""
        until = time.monotonic() + CHECKED_WITHIN_SECONDS
        while self.server.http.get("/health/ready").json().get("files_waiting"):
            assert time.monotonic() < until, "the files were never checked"
            time.sleep(0.1)

    def close(self) -> None:
        self.server.http.close()


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _forms(page: str, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each form of a page: where it posts to, and its hidden fields."""
    for form in re.finditer(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL):
        action = re.search(r'\baction="([^"]*)"', form[1])
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2])
        yield (html.unescape(action[1]) if action else path), {name: html.unescape(value) for name, value in fields}


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL))[:800]


NAMES = {(who.role, who.id): who.name for who in (RANI, KILN, REVIEWER, SECOND)}


class World:
    """The server process, its first marketplace furnished, and further empty ones on demand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.log = folder / "server.log"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        self.environment |= {"AMENDS_SCANNER": "off", "AMENDS_LOG_LEVEL": "warning", "AMENDS_SANDBOX": "1",
                             "AMENDS_UNDO_SECONDS": "3"}  # fmt: skip
        self.key = f"browser-{secrets.token_hex(12)}"
        self._process: subprocess.Popen[bytes] | None = None
        self._markets: list[Market] = []

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        port = self.url.rpartition(":")[2]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*AMENDS, "serve", "--sandbox", "--port", port, "--data", str(self.folder / "data")],
                env=self.environment | {"AMENDS_BOOTSTRAP_KEY": self.key},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            assert self._process.poll() is None, f"the server did not start:\n{self.log.read_text()}"
            assert time.monotonic() < until, f"the server was not ready in time:\n{self.log.read_text()}"
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)

    def furnish(self) -> Market:
        """Play the stories and the cases with photographs."""
        market = self._kept(Market(self.url, self.key))
        tellings = demo.play(market.server)
        assert not [failure for telling in tellings for failure in telling.failures]
        for telling in tellings:
            market.cases[telling.case.order_id] = getattr(telling.market, "case_id", None) or ""
        market.requested("MUG-1")
        market.disputed("MUG-2")
        market.reviewed("MUG-3")
        market.decided("MUG-4")
        market.decided("MUG-5", returnable=True)
        market.appealed("MUG-6")
        market.requested("MUG-7", market="ID")
        for order_id, where in (("MUG-8", "US"), ("MUG-9", "ID"), ("MUG-10", "US")):
            market.order(order_id, market=where)
            market.claim(order_id)
        market.others["CLAIM-1"] = market.fill(("buyer", RANI.id), "/my/orders/MUG-10/claim/check").rpartition("/")[2]
        market.fill(("operator", "olga"), "/operator/people", name=REVIEWER.name, id="staff-1", role="adjudicator")
        market.others["STAFF-1"] = "staff-1"
        market.others["OFFER-1"] = market.server.case(market.cases["MADU-2501"])["offers"][0]["id"]
        market.all_files_checked()
        return market

    def market(self) -> Market:
        """A new empty marketplace, its clock standing."""
        name = f"m-{uuid4().hex[:8]}"
        made = subprocess.run(
            [*AMENDS, "keys", "create", "--role", "operator", "--name", "browser", "--marketplace", name, "--data",
             str(self.folder / "data")], env=self.environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        market = self._kept(Market(self.url, made.stdout.strip()))
        market.stand()
        return market

    def defects(self) -> list[str]:
        """What the server logged of itself that nobody may ever see."""
        told = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text())
        return [line for line in told.splitlines() if re.search(r"\bdefect\b|Traceback|\[error|\[critical", line)]

    def stop(self) -> None:
        """End the server; its embedded PostgreSQL goes with it."""
        for market in self._markets:
            market.close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _kept(self, market: Market) -> Market:
        self._markets.append(market)
        return market


AMENDS = [sys.executable, "-m", "amends.cli"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def later(**of: float) -> datetime:
    """So much after where the clock stands at first."""
    return NOW.astimezone(UTC) + timedelta(**of)
