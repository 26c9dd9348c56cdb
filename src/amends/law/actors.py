"""Who acts: the seven roles and one actor.

Nothing here knows how a credential is checked (that is `access/`); the law only asks *who says so*.
Clauses: the parties of US-4, US-32, US-79 and ID-4; the neutral platform of US-24; time itself as `clock`.
"""

from typing import Literal

import msgspec

Role = Literal["buyer", "seller", "carrier", "adjudicator", "operator", "clock", "auditor"]
Party = Literal["buyer", "seller", "carrier"]
Bearer = Literal["seller", "carrier", "platform", "buyer"]

PARTIES: tuple[Party, ...] = ("buyer", "seller", "carrier")
STAFF: frozenset[str] = frozenset({"adjudicator", "operator", "auditor"})


class Actor(msgspec.Struct, frozen=True):
    """One person or machine in one role. `id` is the marketplace's own id for them; `name` is for display."""

    role: Role
    id: str
    name: str | None = None


CLOCK = Actor(role="clock", id="clock")
