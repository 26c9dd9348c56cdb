"""Sight: what one actor's eyes may rest on in one case. Every rule of hiding is here, each one sentence.

A buyer and a seller never see each other's private evidence, contact data, or the names of staff; that hidden evidence
exists is always shown. A carrier sees the parcel, its own material and its own share. An auditor sees all.
Clauses: US-90 and ID-8 (health data and what the platform holds), reading D1.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from amends.access.caller import is_staff
from amends.law.actors import Actor
from amends.law.case import AppealRecord, Case, Deadline, Evidence
from amends.law.policy import Policy

Hiding = Literal["private", "staff_only"]
WHY_HIDDEN: dict[Hiding, dict[str, str]] = {
    "private": {
        "en": "The party who handed this in marked it private; only the platform's staff read it.",
        "id": "Pihak yang menyerahkan menandainya sebagai pribadi; hanya staf platform yang membacanya.",
    },
    "staff_only": {
        "en": "This is sensitive personal data; only the platform's staff read it, and state their conclusion.",
        "id": "Ini data pribadi yang sensitif; hanya staf platform yang membacanya dan menyatakan kesimpulannya.",
    },
}
LOCALES = ("en", "id")


class Sight:
    """One actor looking at one case. `locale` is the language asked for, or else the actor's own."""

    def __init__(self, case: Case, actor: Actor, policy: Policy, locale: str | None = None) -> None:
        self.case = case
        self.actor = actor
        self.policy = policy
        self.is_staff = is_staff(actor)
        self.is_carrier = actor.role == "carrier"
        self.locale = locale if locale in LOCALES else locale_of(case, actor, policy)

    @property
    def both_sides(self) -> bool:
        """Whether the actor sees what passes between buyer and seller."""
        return not self.is_carrier

    @property
    def shop_matters(self) -> bool:
        """Whether the actor sees enforcement against the shop and who bears the cost: the seller and staff."""
        return self.is_staff or self.actor.role == "seller"

    def hears(self, party: str) -> bool:
        """Whether the actor sees what concerns this party; a carrier hears of carriers alone."""
        return not self.is_carrier or party == "carrier"

    def knows_of(self, item: Evidence) -> bool:
        """Whether the actor learns that the evidence exists: a carrier only of its own."""
        return self.hears(item.party)

    def hides(self, item: Evidence) -> Hiding | None:
        """Why the content of the evidence is hidden from the actor, or None when it is not."""
        if self.is_staff or item.party == self.actor.role:
            return None
        privacy = self.policy.pack.privacy
        if privacy.rule.value and item.type in privacy.staff_only:
            return "staff_only"
        return "private" if item.private else None

    def sees_recourse(self) -> bool:
        """The buyer is made whole first and is not part of who pays in the end; a carrier sees its own share."""
        recourse = self.case.recourse
        if self.is_carrier:
            return recourse is not None and "carrier" in (recourse.bearer, recourse.proposed)
        return self.shop_matters

    def sees_deadline(self, deadline: Deadline) -> bool:
        """A carrier sees its own clock; a buyer not those of the shop's enforcement or of recourse."""
        if self.is_carrier:
            return deadline.party == "carrier"
        if self.shop_matters:
            return True
        return deadline.kind not in ("enforcement", "recourse") and not self._of_the_shop(deadline.subject)

    def sees_appeal(self, appeal: AppealRecord) -> bool:
        """Both sides see an appeal against a decision; one against enforcement is between shop and platform."""
        return self.shop_matters or (self.both_sides and not self._of_the_shop(appeal.against))

    def staff(self, person: str | None) -> str | None:
        """How a member of staff is named to the actor: by id to staff, `Reviewer n` to everyone else."""
        if person is None or self.is_staff:
            return person
        return self._reviewers.get(person, "Reviewer")

    @cached_property
    def _reviewers(self) -> dict[str, str]:
        return {person: f"Reviewer {n}" for n, person in enumerate(_unique(_reviewers(self.case)), start=1)}

    def _of_the_shop(self, subject: str | None) -> bool:
        return any(x.id == subject for x in self.case.enforcement)


def locale_of(case: Case, actor: Actor, policy: Policy) -> str:
    """The language of a person in a case: their own if the order says so, else the pack's; English for staff."""
    match actor.role:
        case "buyer":
            return case.order.buyer.locale or policy.pack.locale
        case "seller":
            return case.order.seller.locale or policy.pack.locale
        case "carrier":
            return policy.pack.locale
    return "en"


def _reviewers(case: Case) -> Iterable[str | None]:
    """Staff who acted on the case, in the order they appeared."""
    acted = [(d.at, d.adjudicator) for d in case.decisions]
    acted += [(a.decided_at, a.adjudicator) for a in case.appeals if a.decided_at is not None]
    yield from (person for _, person in sorted(acted, key=lambda one: one[0]))
    if case.recourse is not None:
        yield case.recourse.by


def _unique(people: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(person for person in people if person is not None))
