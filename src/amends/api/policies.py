"""Policies: which packs and editions there are, one of them whole, and checking a draft.

A pack is shown as its file says: every value with its status (source or reading) and its clauses.
"""

import asyncio
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from amends.api.call import Answer, Call, answer, encode
from amends.api.door import read_body, wanted_headers
from amends.api.problems import not_found, problem
from amends.api.route import STAFF, Route
from amends.law.policy import Pack, Policy, Source
from amends.store.policies import check_file

DRAFT_BYTES = 1024 * 1024
YAML = "application/yaml"


class PolicySummary(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of one pack."""

    pack: str
    edition: str
    title: str
    market: str
    zone: str
    currency: str
    locale: str
    in_force_from: datetime
    source: Source
    href: str


class PolicyList(msgspec.Struct, frozen=True):
    """Every edition installed here."""

    items: tuple[PolicySummary, ...]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a draft, at which line, and what would be right."""

    line: int
    message: str


class Checked(msgspec.Struct, frozen=True):
    """A draft looked at; `sound` when there is nothing to say."""

    sound: bool
    faults: tuple[Fault, ...]


async def listed(call: Call) -> Answer:
    """Every pack and edition."""
    return answer(PolicyList(tuple(_summary(policy) for policy in call.hinge.catalogue.policies)))


async def read(call: Call) -> Answer:
    """One edition, whole."""
    policy = call.hinge.catalogue.get(call.path["pack"], call.path["edition"])
    if policy is None:
        raise not_found()
    return Answer(_encoded(policy))


async def check(call: Call) -> Answer:
    """Look a draft over."""
    headers = wanted_headers(call.scope)
    media = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    if media != YAML:
        raise problem("unsupported_media_type", f"Send the draft as `Content-Type: {YAML}`.")
    draft = await read_body(call.scope, call.receive, headers, DRAFT_BYTES)
    found = await asyncio.to_thread(_faults, draft)
    return answer(Checked(not found, found))


def _faults(draft: bytes) -> tuple[Fault, ...]:
    with tempfile.TemporaryDirectory(prefix="amends-draft-") as folder:
        path = Path(folder) / "draft.yaml"
        path.write_bytes(draft)
        return tuple(Fault(finding.line, finding.message) for finding in check_file(path))


def _summary(policy: Policy) -> PolicySummary:
    pack = policy.pack
    return PolicySummary(
        pack=pack.pack,
        edition=pack.edition,
        title=pack.title,
        market=pack.market,
        zone=pack.zone,
        currency=pack.currency,
        locale=pack.locale,
        in_force_from=pack.in_force_from.astimezone(UTC),
        source=pack.source,
        href=f"/v1/policies/{pack.pack}/{pack.edition}",
    )


@lru_cache(maxsize=64)
def _encoded(policy: Policy) -> bytes:
    return encode(policy.pack)


ROUTES = (
    Route(
        method="GET", path="/v1/policies", name="list_policies", tag="policies", summary="Every pack and edition",
        does=listed, answer=PolicyList,
    ),
    Route(
        method="GET", path="/v1/policies/{pack}/{edition}", name="get_policy", tag="policies", does=read,
        summary="One edition whole: clauses, readings, windows and tables, each value with its status",
        answer=Pack, also=(404,),
    ),
    Route(
        method="POST", path="/v1/policies/check", name="check_policy", tag="policies", does=check, roles=STAFF,
        summary="Check a draft: shape, gaps and overlaps of tables, citations", body=str, body_media=YAML,
        body_bytes=DRAFT_BYTES, answer=Checked, key="optional",
    ),
)  # fmt: skip
