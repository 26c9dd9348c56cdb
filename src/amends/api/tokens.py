"""Party tokens: an operator's key makes short-lived credentials for one person of its marketplace."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec

from amends.access.credentials import Claims, is_own_path, link_claims
from amends.api.call import Answer, Call, answer
from amends.api.problems import problem
from amends.api.route import Route
from amends.law.facts import Short
from amends.store import marketplaces, staff

ID = re.compile(r"[\x21-\x7e]{1,128}")
HOUR_SECONDS = 3600
LONGEST_SECONDS = 30 * 24 * HOUR_SECONDS
LINK_SECONDS = 15 * 60
PAGES = frozenset({"buyer", "seller", "adjudicator"})
"""For whom there are pages."""


class TokenWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the token speaks for, and how long (an hour when not said, 30 days at most).

    `id` has at most 128 printable ASCII characters and no spaces; a carrier's is its name as orders give it, any text,
    in whatever capitals. `to` is the page its link leads to: a path of this server, e.g. `/my/cases`.
    `link_ttl_seconds` is how long the link can be opened (15 minutes when not said, the token's life at most).
    """

    role: Literal["buyer", "seller", "carrier", "adjudicator"]
    id: Short
    name: Short | None = None
    ttl_seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SECONDS)] = HOUR_SECONDS
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)] | None = None
    link_ttl_seconds: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SECONDS)] = LINK_SECONDS


class PartyToken(msgspec.Struct, frozen=True):
    """The token, when it ends (real time, also in a sandbox), and the address that signs its holder in.

    `portal_url` opens once, until `portal_url_expires_at`, and is no credential for the API: hand it to the person's
    browser. Null for carriers, who have no pages, and for adjudicators of a real marketplace, who have ways of their
    own to sign in.
    """

    token: str
    expires_at: datetime
    portal_url: str | None = None
    portal_url_expires_at: datetime | None = None


async def mint(call: Call) -> Answer:
    """Make a token. Nothing is stored, so making it again with the same key is harmless."""
    wanted: TokenWanted = call.body
    if wanted.role != "carrier" and not ID.fullmatch(wanted.id):
        raise problem("does_not_fit", "`id` must be 1 to 128 printable ASCII characters without spaces; only a carrier "
                      "goes by its name.")  # fmt: skip
    if wanted.to is not None and not is_own_path(wanted.to):
        raise problem("does_not_fit", "`to` must be a path of this server, such as `/my/cases`: printable ASCII, one "
                      "leading slash, no backslash.")  # fmt: skip
    if wanted.role == "adjudicator" and await staff.get(call.house.hinge.db, call.marketplace, wanted.id) is not None:
        raise problem("does_not_fit", "`id` belongs to somebody of the staff, who signs in for themselves: nobody else "
                      "acts in their name.")  # fmt: skip
    now = datetime.now(UTC).replace(microsecond=0)
    expires_at = now + timedelta(seconds=wanted.ttl_seconds)
    claims = Claims(call.marketplace, wanted.role, wanted.id, wanted.name, int(expires_at.timestamp()))
    token = await call.house.doorkeeper.mint(claims)
    opens_until = min(expires_at, now + timedelta(seconds=wanted.link_ttl_seconds))
    url = await _link(call, claims, opens_until, wanted.to)
    return answer(PartyToken(token, expires_at, url, opens_until if url else None), 201)


async def _link(call: Call, claims: Claims, opens_until: datetime, to: str | None) -> str | None:
    """The address that signs its holder in."""
    if claims.role not in PAGES:
        return None
    if claims.role == "adjudicator":
        place = await marketplaces.get(call.house.hinge.db, claims.marketplace)
        if place is None or not place.sandbox:
            return None
    link = await call.house.doorkeeper.mint(link_claims(claims, int(opens_until.timestamp())))
    query = {"t": link} | ({"to": to} if to else {})
    return f"{call.house.settings.address}/enter?{urlencode(query)}"


ROUTES = (
    Route(
        method="POST", path="/v1/party-tokens", name="mint_party_token", tag="access", does=mint,
        summary="A short-lived token for one buyer, seller, carrier or adjudicator", roles=frozenset({"operator"}),
        body=TokenWanted, answer=PartyToken, status=201, key="optional",
    ),
)  # fmt: skip
