"""The shape of a policy: dated, cited values that the rules read. Data comes from a YAML pack; nothing is coded here.

Every value says whether it is the source's own (`source`) or our reading of it (`reading`) and cites its clauses.
Tables are compiled once, when the policy is built. Unknown keys are refused by the loader (store/policies.py).
Clauses: all of US-1 … US-118 and ID-1 … ID-27, as the packs map them.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal, get_args

import msgspec

from amends.law.actors import Bearer
from amends.law.calendar import Calendar, Window
from amends.law.commands import EvidenceType, Fault, Outcome, Reason, RemedyKind, Wanted
from amends.law.facts import FulfilmentMode
from amends.law.table import Compiled, Row, Value

Scenario = Literal["inconsistent", "counterfeit", "quality", "delayed", "lost", "damaged"]
SCENARIO_OF: dict[Reason, Scenario] = {
    "item_missing": "inconsistent", "item_wrong": "inconsistent", "wrong_quantity": "inconsistent",
    "counterfeit": "counterfeit", "defective": "quality", "unsafe": "quality", "allergy": "quality",
    "delivery_late": "delayed", "not_received": "lost", "damaged_in_transit": "damaged",
}  # fmt: skip
"""The dispute scenario of each reason; changed_mind has none (LAW.md 2)."""

SCENARIOS = get_args(Scenario)
YES_NO = (True, False)
FACTS: dict[str, tuple[Value, ...]] = {
    "scenario": SCENARIOS, "reason": get_args(Reason), "fulfilment": get_args(FulfilmentMode),
    "wanted": get_args(Wanted), "durable": YES_NO, "cosmetic": YES_NO, "undelivered": YES_NO,
    "visibility": ("visible", "hidden"), "party": ("buyer", "seller", "carrier"),
}  # fmt: skip
FINDINGS: dict[str, tuple[Value, ...]] = {
    "claim": ("proved", "not_proved", "not_shown"), "rebuttal": ("credible", "insufficient", "none"),
    "fault": get_args(Fault), "severity": ("major", "minor"), "deceptive": YES_NO, "returnable": YES_NO,
    "delivered_to_right_address": YES_NO, "intact_at_handover": YES_NO,
}  # fmt: skip
OUTCOMES: dict[str, tuple[Value, ...]] = {"outcome": get_args(Outcome)}


def columns(*names: str) -> dict[str, tuple[Value, ...]]:
    """The named columns with their domains."""
    known = FACTS | FINDINGS | OUTCOMES
    return {name: known[name] for name in names}


COLUMNS: dict[str, dict[str, tuple[Value, ...]]] = {
    "filing": columns("scenario", "durable", "undelivered"),
    "checklist": columns("party", "scenario", "reason", "visibility", "fulfilment", "cosmetic"),
    "decision": columns("scenario", "claim", "rebuttal", "fault", "fulfilment", "delivered_to_right_address",
                        "intact_at_handover"),
    "remedies": columns("outcome", "scenario", "wanted", "returnable"),
    "recourse": columns("scenario", "fulfilment", "fault", "intact_at_handover"),
    "return_risk": columns("scenario", "deceptive", "severity"),
}  # fmt: skip
"""The columns each table of a pack may use."""


class Cited(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value's standing: the source's own or a reading, with the clauses (and readings) it rests on."""

    status: Literal["source", "reading"]
    clauses: tuple[str, ...]
    because: str | None = None


class WindowRule(Cited, frozen=True, kw_only=True):
    """A window; None where the policy says the acceptance period itself is the limit (ID-11)."""

    window: Window | None = None


class Number(Cited, frozen=True, kw_only=True):
    """A cited whole number: a limit, a percentage."""

    value: int


class Switch(Cited, frozen=True, kw_only=True):
    """A cited yes or no."""

    value: bool


class Choice(Cited, frozen=True, kw_only=True):
    """A cited choice of a bearer."""

    value: Bearer


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause restated in our own words. `actor` is who it speaks to; `heading` the part of the source it is in."""

    says: str
    heading: str
    actor: str | None = None


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How we read a contradiction or fill a gap: the `problem`, what we `read`, and `why`."""

    problem: str
    read: str
    why: str
    clauses: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the policy comes from: its title, its publisher and the date it bears."""

    title: str
    publisher: str
    dated: str


class Filing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which fact a request's window runs, and how long."""

    anchor: Literal["delivered_at", "promised_by", "last_tracking_at"]
    window: Window


class Material(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of an evidence checklist: any of `types` meets it; `example` says what good material looks like."""

    types: tuple[EvidenceType, ...]
    required: bool
    example: Mapping[Literal["en", "id"], str]


class Materials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The checklist lines a row adds."""

    items: tuple[Material, ...]


class Recommended(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the findings lead to, and whose fault that is for the metrics (None: as found)."""

    outcome: Outcome
    fault: Fault | None = None


class RemedyOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A remedy the table orders. `owner` pays or acts; None: by the recourse table (who makes the buyer whole)."""

    kind: RemedyKind
    owner: Literal["seller", "platform", "buyer"] | None = None


class Remedies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The remedies of an outcome, in the order they are to be done."""

    order: tuple[RemedyOrder, ...] = ()


class RecourseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who makes the buyer whole first (`pays`), who bears it in the end, and whether the carrier is heard first."""

    pays: Literal["seller", "platform"]
    bearer: Bearer
    awaits_carrier: bool = False


class Risk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who bears breakage, damage and loss while goods travel back."""

    breakage: Bearer
    damage: Bearer
    loss: Bearer


class Ground(Cited, frozen=True, kw_only=True):
    """One condition of acceptance or ground of refusal: the check's name, and what else the person can do."""

    check: Literal["verified_buyer", "valid_transaction", "in_time_after_refusal", "acceptance_period", "withdrawn",
                   "request_running", "dispute_limit", "already_resolved", "disputable_reason"]  # fmt: skip
    otherwise: Mapping[Literal["en", "id"], str]


class Eligibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Intake: all `accept` must hold, any `refuse` suffices to refuse (reading A1)."""

    accept: tuple[Ground, ...]
    refuse: tuple[Ground, ...]


class Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every window that is not a table. Those of one kind bear the name their deadline has."""

    seller_answer: WindowRule
    open_dispute: WindowRule
    dispute_cap: WindowRule
    """From delivery, beyond which no first dispute; None: the filing window of the scenario."""
    further_dispute: WindowRule
    refile_request: WindowRule
    buyer_evidence_visible: WindowRule
    buyer_evidence_hidden: WindowRule
    seller_evidence: WindowRule
    carrier_evidence: WindowRule
    requested_evidence: WindowRule
    reply: WindowRule
    decision: WindowRule
    remedy: WindowRule
    appeal: WindowRule
    appeal_decision: WindowRule
    return_shipment: WindowRule
    return_inspection: WindowRule
    ship_back: WindowRule
    settlement_offer: WindowRule
    recourse: WindowRule
    claim_lock: WindowRule
    enforcement_appeal: WindowRule
    upload_grace: WindowRule
    """From a file's ticket, within which its bytes may follow."""
    retention: WindowRule
    """From closing, after which what is personal is erased."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counted limits."""

    disputes_per_line: Number
    appeals_per_decision: Number
    reclassifications: Number


class SilenceRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the seller's silence in the evidence window means (A5)."""

    decide_on_buyer_material: Switch
    needs_required_material: Switch


class Burden(Cited, frozen=True, kw_only=True):
    """Who must prove what, per scenario, and who loses when neither did (A11)."""

    scenarios: tuple[Scenario, ...]
    bears: Literal["seller", "buyer"]
    says: Mapping[Literal["en", "id"], str]


class ReturnRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The return leg: when risk passes, whose loss a wrong return address is, when a refund goes without a return."""

    risk_passes_on_tracking: Switch
    wrong_address_bearer: Choice
    before_tracking_bearer: Choice
    platform_label_carrier_fault_bearer: Choice
    pays_return_shipping: Choice


class AppealRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Appeals: who looks, whether performance waits, who pays when one succeeds."""

    other_adjudicator: Switch
    suspends_performance: Switch
    further_dispute_suspends_deduction: Switch
    success_pays: Choice
    buyer_keeps_refund: Switch


class CounterfeitRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counterfeits: keep until the decision is irrevocable, then discard (A17)."""

    keep_until_irrevocable: Switch


class PatternRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From how many complaints on a seller's product a pattern is investigated, and what follows (US-66 … US-71)."""

    buyers: Number
    percent_of_orders: Number
    within: WindowRule
    bad_faith_refunds_all: Switch
    recall_refunds_all: Switch
    recall_scope_statement_limits: Switch


class EnforcementRule(Cited, frozen=True, kw_only=True):
    """One kind of enforcement: its points range and how long it lasts (None: until reversed)."""

    expires_after: Window | None = None
    points_min: int | None = None
    points_max: int | None = None


class EnforcementRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kinds of enforcement (US-72 … US-76)."""

    warning: EnforcementRule
    violation_points: EnforcementRule
    listing_removed: EnforcementRule
    selling_revoked: EnforcementRule
    refunds: EnforcementRule
    investigation: EnforcementRule


class Shown(Cited, frozen=True, kw_only=True):
    """When `to` sees the material of `party`: of these `types`, or (none named) of all others."""

    party: Literal["buyer", "seller", "carrier"]
    to: Literal["buyer", "seller"]
    value: Literal["at_once", "when_own_window_ended", "never"]
    types: tuple[EvidenceType, ...] = ()


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Evidence only staff may see, and when each side sees the rest; of what is hidden it learns that it exists."""

    staff_only: tuple[EvidenceType, ...]
    rule: Switch
    shown: tuple[Shown, ...]

    def when(self, party: str, to: str, kind: EvidenceType) -> str:
        """When `to` sees a piece of this type of `party`: by the row that names the type, else by the general one."""
        rows = [row for row in self.shown if (row.party, row.to) == (party, to)]
        named = next((row for row in rows if kind in row.types), None)
        return (named or next(row for row in rows if not row.types)).value


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One edition of one policy, exactly as its YAML file says."""

    pack: str
    edition: str
    title: str
    source: Source
    market: str
    zone: str
    calendar: str
    currency: str
    locale: Literal["en", "id"]
    in_force_from: datetime
    windows: Windows
    limits: Limits
    eligibility: Eligibility
    filing: tuple[Row[Filing], ...]
    checklist: tuple[Row[Materials], ...]
    burden: tuple[Burden, ...]
    silence: SilenceRules
    decision: tuple[Row[Recommended], ...]
    remedies: tuple[Row[Remedies], ...]
    recourse: tuple[Row[RecourseRule], ...]
    return_risk: tuple[Row[Risk], ...]
    returns: ReturnRules
    appeals: AppealRules
    counterfeit: CounterfeitRules
    patterns: PatternRules
    enforcement: EnforcementRules
    privacy: Privacy
    clauses: dict[str, Clause]
    readings: dict[str, Reading]
    not_modelled: dict[str, str]
    rule_clauses: dict[str, tuple[str, ...]]
    """Clauses carried by a rule in code rather than a value: rule name (law module.function) to clause ids."""


class Policy:
    """A pack together with its market's calendar, its tables compiled: what `decide` is given."""

    def __init__(self, pack: Pack, calendar: Calendar) -> None:
        self.pack = pack
        self.calendar = calendar
        self.windows = pack.windows
        self.limits = pack.limits

    def __repr__(self) -> str:
        return f"Policy({self.name})"

    @property
    def name(self) -> str:
        """`pack@edition`."""
        return f"{self.pack.pack}@{self.pack.edition}"

    @cached_property
    def filing(self) -> Compiled[Filing]:
        """scenario, durable, undelivered → from which fact and how long a request may be filed."""
        return Compiled(self.pack.filing, COLUMNS["filing"])

    @cached_property
    def checklist(self) -> Compiled[Materials]:
        """Rows that all add lines (every matching row counts)."""
        return Compiled(self.pack.checklist, COLUMNS["checklist"])

    @cached_property
    def decision(self) -> Compiled[Recommended]:
        """Facts and findings → outcome."""
        return Compiled(self.pack.decision, COLUMNS["decision"])

    @cached_property
    def remedies(self) -> Compiled[Remedies]:
        """Outcome, scenario, wanted, returnable → remedies."""
        return Compiled(self.pack.remedies, COLUMNS["remedies"])

    @cached_property
    def recourse(self) -> Compiled[RecourseRule]:
        """Scenario, fulfilment, fault → who pays first and who bears."""
        return Compiled(self.pack.recourse, COLUMNS["recourse"])

    @cached_property
    def return_risk(self) -> Compiled[Risk]:
        """Scenario, deceptive, severity → who bears breakage, damage, loss."""
        return Compiled(self.pack.return_risk, COLUMNS["return_risk"])


def in_force(editions: list[Policy], at: datetime) -> Policy | None:
    """The edition of one pack in force at an instant, or None before the first (half-open from each start)."""
    started = [policy for policy in editions if policy.pack.in_force_from <= at]
    return max(started, key=lambda policy: policy.pack.in_force_from, default=None)
