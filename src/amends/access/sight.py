"""Sight: what one actor's eyes may rest on in one case. Every rule of hiding is here, each one sentence.

A buyer and a seller never see each other's private evidence, contact data, or the names of staff; that hidden evidence
exists is always shown. A carrier sees the parcel, its own material and its own share. An auditor sees all.
When a side sees the other's material is the pack's to say (`privacy.shown`). Who may see a piece may still see it
only as a covered copy. Clauses: US-90 and ID-8 (health data and what the platform holds), readings D1, D2, D3.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Literal

from amends.access.caller import is_staff
from amends.law.actors import Actor
from amends.law.case import EVIDENCE_WINDOWS, AppealRecord, Case, Deadline, Evidence
from amends.law.policy import Policy

Hiding = Literal["private", "staff_only", "never", "own_window_open"]
Seen = Literal["original", "redacted", "nothing"]
WHY_HIDDEN: dict[Hiding, dict[str, str]] = {
    "private": {
        "en": "The party who handed this in marked it private; only the platform's staff read it.",
        "id": "Pihak yang menyerahkan menandainya sebagai pribadi; hanya staf platform yang membacanya.",
    },
    "staff_only": {
        "en": "This is sensitive personal data; only the platform's staff read it, and state their conclusion.",
        "id": "Ini data pribadi yang sensitif; hanya staf platform yang membacanya dan menyatakan kesimpulannya.",
    },
    "never": {
        "en": "This may hold trade secrets; only the platform's staff read it, and state their conclusion.",
        "id": "Ini mungkin memuat rahasia dagang; hanya staf platform yang membacanya dan menyatakan kesimpulannya.",
    },
    "own_window_open": {
        "en": "You see this once your own time to hand in evidence has ended, or you have said that is all.",
        "id": "Anda dapat melihatnya setelah waktu Anda sendiri untuk menyerahkan bukti berakhir atau Anda menyatakan "
        "selesai.",
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
        if item.private:
            return "private"
        return self._not_yet(item)

    def _not_yet(self, item: Evidence) -> Hiding | None:
        """Why the pack keeps the other side's piece from the actor, for now or for good."""
        if self.is_carrier:
            return None
        match self.policy.pack.privacy.when(item.party, self.actor.role, item.type):
            case "never":
                return "never"
            case "when_own_window_ended" if self._own_window(item) is not None:
                return "own_window_open"
        return None

    def _own_window(self, item: Evidence) -> Deadline | None:
        """The actor's own window of the round the piece belongs to, while it is open."""
        if item.round != self.case.round:
            return None
        own = self.case.open_deadlines(*EVIDENCE_WINDOWS)
        return next((d for d in own if d.party == self.actor.role), None)

    def visible_from(self, item: Evidence) -> datetime | None:
        """When a piece that is hidden for now will be seen at the latest."""
        window = self._own_window(item) if self.hides(item) == "own_window_open" else None
        return None if window is None else window.due_at

    def sees(self, item: Evidence) -> Seen:
        """What of a piece's file may be shown: the original to owner and staff, else the covered copy, or nothing."""
        if self.is_staff or item.party == self.actor.role:
            return "original"
        if not self.knows_of(item) or self.hides(item) is not None:
            return "nothing"
        return "redacted" if item.redactions else "original"

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
