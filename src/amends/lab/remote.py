"""A sandbox server over HTTP, as the worked cases need it: orders, tokens, commands, the clock and the case as shown.

Only the public interface of API.md is used. Nothing here decides what is right.
"""

from datetime import datetime
from typing import Any, Self, get_args
from uuid import uuid4

import httpx
import msgspec

from amends.law.actors import Actor
from amends.law.facts import Order
from amends.law.refusal import Code, Refused

PATIENCE_SECONDS = 60.0
BY_STATUS: dict[int, Code] = {403: "not_your_turn", 404: "not_your_case"}
"""What a door says before the law is asked: the role may never do this; the case is not yours."""


class ServerFault(RuntimeError):
    """The server cannot be used, or answered what no door should: one readable line."""


class Server:
    """One sandbox marketplace, spoken to with an operator's key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS)
        self.key = key
        self.now: datetime | None = None
        self._tokens: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def put_order(self, order_id: str, order: Order) -> None:
        """Register an order."""
        self._good(self._say("PUT", f"/v1/orders/{order_id}", self.key, msgspec.to_builtins(order)))

    def move(self, to: datetime) -> int:
        """Move the sandbox clock forward; how many deadlines fired on the way."""
        if self.now is not None and to <= self.now:
            return 0
        moved = self._good(self._say("POST", "/v1/sandbox/clock", self.key, {"to": to.isoformat()}))
        self.now = to
        return int(moved["fired"])

    def send(self, case_id: str | None, name: str, body: dict[str, Any], actor: Actor) -> Refused | dict[str, Any]:
        """Say a command as somebody; the case as they then see it, or the refusal."""
        path = "/v1/cases" if name == "file_request" else f"/v1/cases/{case_id}/{name.replace('_', '-')}"
        answer = self._say("POST", path, self._token(actor), body)
        if answer.status_code == httpx.codes.UNAUTHORIZED and actor.role != "operator":
            del self._tokens[actor.role, actor.id]
            answer = self._say("POST", path, self._token(actor), body)
        if refused := _refusal(answer):
            return refused
        case: dict[str, Any] = self._good(answer)
        return case

    def case(self, case_id: str) -> dict[str, Any]:
        """The case as staff see it, with every role's actions."""
        shown: dict[str, Any] = self._good(self._say("GET", f"/v1/cases/{case_id}?actions=all", self.key))
        return shown

    def read(self, path: str) -> Any:
        """Any other resource, as the operator."""
        return self._good(self._say("GET", path, self.key))

    def mint(self, actor: Actor, ttl_seconds: int = 86_400) -> str:
        """A party token for somebody."""
        body = {"role": actor.role, "id": actor.id, "ttl_seconds": ttl_seconds}
        if actor.name:
            body["name"] = actor.name
        return str(self._good(self._say("POST", "/v1/party-tokens", self.key, body))["token"])

    def stage(self) -> str:
        """A link onto the stage of the sandbox, which opens once."""
        return str(self._good(self._say("POST", "/v1/sandbox/stage", self.key, {}))["url"])

    def _token(self, actor: Actor) -> str:
        if actor.role == "operator":
            return self.key
        who = actor.role, actor.id
        if who not in self._tokens:
            self._tokens[who] = self.mint(actor)
        return self._tokens[who]

    def _say(self, method: str, path: str, credential: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {credential}"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(body)
        if method == "POST":
            headers["Idempotency-Key"] = uuid4().hex
        try:
            return self.http.request(method, path, headers=headers, content=content)
        except httpx.HTTPError as fault:
            why = str(fault) or type(fault).__name__
            raise ServerFault(f"{self.url} does not answer {method} {path}: {why}") from None

    def _good(self, answer: httpx.Response) -> Any:
        if answer.is_success:
            return answer.json() if answer.content else None
        asked = f"{answer.request.method} {answer.request.url.path}"
        raise ServerFault(f"{asked} answered {answer.status_code}: {_detail(answer)}")


def _refusal(answer: httpx.Response) -> Refused | None:
    """The law's refusal in an answer, or the door's own where the law would have said as much."""
    if answer.status_code in BY_STATUS:
        return Refused(BY_STATUS[answer.status_code], (), {"says": _detail(answer)})
    problem = answer.json() if answer.status_code == httpx.codes.CONFLICT else {}
    if problem.get("code") not in get_args(Code):
        return None
    return Refused(problem["code"], tuple(problem.get("clauses") or ()), {"says": problem["detail"]})


def _detail(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return answer.text[:200]
    return str(problem.get("detail") or problem.get("title") or problem)
