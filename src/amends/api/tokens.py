"""Party tokens: an operator's key makes short-lived credentials for one person of its marketplace."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from amends.access.credentials import Claims
from amends.api.call import Answer, Call, answer
from amends.api.route import Route
from amends.law.facts import Id, Short

HOUR_SECONDS = 3600
LONGEST_SECONDS = 30 * 24 * HOUR_SECONDS


class TokenWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the token speaks for, and how long (an hour when not said, 30 days at most)."""

    role: Literal["buyer", "seller", "carrier", "adjudicator"]
    id: Id
    name: Short | None = None
    ttl_seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SECONDS)] = HOUR_SECONDS


class PartyToken(msgspec.Struct, frozen=True):
    """The token, when it ends (real time, also in a sandbox), and the address that signs its holder in."""

    token: str
    expires_at: datetime
    portal_url: str | None = None


async def mint(call: Call) -> Answer:
    """Make a token. Nothing is stored, so making it again with the same key is harmless."""
    wanted: TokenWanted = call.body
    expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=wanted.ttl_seconds)
    claims = Claims(call.marketplace, wanted.role, wanted.id, wanted.name, int(expires_at.timestamp()))
    token = await call.house.doorkeeper.mint(claims)
    return answer(PartyToken(token, expires_at), 201)


ROUTES = (
    Route(
        method="POST", path="/v1/party-tokens", name="mint_party_token", tag="access", does=mint,
        summary="A short-lived token for one buyer, seller, carrier or adjudicator", roles=frozenset({"operator"}),
        body=TokenWanted, answer=PartyToken, status=201, key="optional",
    ),
)  # fmt: skip
