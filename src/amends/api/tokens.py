"""Party tokens: an operator's key makes short-lived credentials for one person of its marketplace."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from amends.access.credentials import Claims
from amends.api.call import Answer, Call, answer
from amends.api.problems import problem
from amends.api.route import Route
from amends.law.facts import Short

ID = re.compile(r"[\x21-\x7e]{1,128}")
HOUR_SECONDS = 3600
LONGEST_SECONDS = 30 * 24 * HOUR_SECONDS


class TokenWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the token speaks for, and how long (an hour when not said, 30 days at most).

    `id` has at most 128 printable ASCII characters and no spaces; a carrier's is its name as orders give it, any text,
    in whatever capitals.
    """

    role: Literal["buyer", "seller", "carrier", "adjudicator"]
    id: Short
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
    if wanted.role != "carrier" and not ID.fullmatch(wanted.id):
        raise problem("does_not_fit", "`id` must be 1 to 128 printable ASCII characters without spaces; only a carrier "
                      "goes by its name.")  # fmt: skip
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
