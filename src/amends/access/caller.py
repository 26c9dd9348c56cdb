"""Who is calling, and may they touch this case at all.

A caller is a marketplace and an actor, both fixed by the credential (credentials.py); no header changes them.
Three questions have three places: who may do a thing is the law's table of moves, what they see of a case is view.py,
and whether a case exists for them at all is `may_see` here: when it says no, the door answers as if there were none.
"""

import msgspec

from amends.law.actors import STAFF, Actor
from amends.law.case import Case


class Caller(msgspec.Struct, frozen=True):
    """Who is at the door: `marketplace` and `actor` come from the credential, `credential` says which kind it was."""

    marketplace: str
    actor: Actor
    credential: str

    @property
    def role(self) -> str:
        """The actor's role."""
        return self.actor.role

    @property
    def is_staff(self) -> bool:
        """Whether the caller works for the platform."""
        return self.actor.role in STAFF


def is_staff(actor: Actor) -> bool:
    """Whether the actor works for the platform (adjudicator, operator, auditor) or is its clock."""
    return actor.role in STAFF or actor.role == "clock"


def may_see(case: Case, actor: Actor) -> bool:
    """Whether the case exists for this actor: staff see every case of their marketplace, parties their own.

    A carrier must be the one the order names: a parcel without a named carrier is nobody's.
    """
    match actor.role:
        case "buyer":
            return actor.id == case.order.buyer.id
        case "seller":
            return actor.id == case.order.seller.id
        case "carrier":
            return is_carrier_of(case, actor)
    return is_staff(actor)


def is_carrier_of(case: Case, actor: Actor) -> bool:
    """Whether the order names this carrier, in whatever capitals."""
    named = case.order.fulfilment.carrier
    return named is not None and named.lower() == actor.id.lower()
