"""The addresses of the portals, each said once: who may come, and the room that answers."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from amends.portal.visit import Page, Visit

Room = Callable[[Visit], Awaitable[Page]]
PARTIES = frozenset({"buyer", "seller"})
STAFF = frozenset({"adjudicator", "operator", "auditor"})
ANYONE: frozenset[str] = frozenset()
"""No session is asked for."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """One page. `roles` empty: anybody. `uploads`: the form may carry files. `step_up`: staff who send this form must
    have shown within ten minutes who they are (money, keys, people); it may not carry files.
    """

    method: Literal["GET", "POST"]
    path: str
    name: str
    does: Room
    roles: frozenset[str]
    uploads: bool = False
    csrf: bool = True
    step_up: bool = False
