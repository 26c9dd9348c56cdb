"""An adjudicator's work in hand: what was filled in on the workbench, kept and brought back; and the command it makes.

The form's fields are kept as they were written. A decision is built from them anew every time it is shown or sent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import structs

from amends.access.shapes import CaseView
from amends.law import commands as c
from amends.portal import forms
from amends.portal.desk.advice import DOMAINS, Advice, code_of
from amends.portal.reading import Failed, Seen, command_of
from amends.portal.visit import Visit
from amends.store import desk_work
from amends.store.desk_work import Sheet, Work

NOT_KEPT = frozenset({"csrf", "key", "revision", "step"})
OTHER = "other"
MOST_REMEDIES = 3
TRUTH = {"true": True, "false": False}


async def of(visit: Visit, case_id: str) -> Work | None:
    """The visitor's own work in a case."""
    return await desk_work.of(visit.hinge.db, visit.marketplace, case_id, visit.actor.id)


async def keep(visit: Visit, case_id: str, **more: Any) -> bool:
    """Keep the form that was sent; False while a decision of it is going out."""
    command: c.Command | None = more.pop("command", None)
    raw = msgspec.Raw(msgspec.json.encode(command)) if command is not None else msgspec.Raw(b"null")
    sheet = Sheet(written(visit.form), raw, visit.form.get("key", ""))
    work = Work(
        case_id=case_id,
        staff_id=visit.actor.id,
        staff_name=visit.actor.name,
        body=msgspec.json.encode(sheet),
        saved_at=visit.hinge.clock(),
        findings_saved=more.pop("findings_saved", True),
        **more,
    )
    return await desk_work.save(visit.hinge.db, visit.marketplace, work)


async def stage(visit: Visit, case_id: str, command: c.Command) -> datetime | None:
    """Let a decision wait out its minute; when it goes out, or None when another of it is going out already."""
    at = visit.hinge.clock() + timedelta(seconds=visit.portal.settings.undo_seconds)
    return at if await keep(visit, case_id, command=command, state="staged", files_at=at) else None


async def forget(visit: Visit, case_id: str) -> None:
    """Throw the visitor's work in a case away."""
    await desk_work.drop(visit.hinge.db, visit.marketplace, case_id, visit.actor.id)


def written(form: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form that are worth keeping."""
    return {name: value for name, value in form.items() if name not in NOT_KEPT and value}


def findings_of(fields: Mapping[str, str]) -> c.Findings:
    """The findings of a form; what does not fit counts as not found."""
    found: dict[str, Any] = {}
    for name, domain in DOMAINS.items():
        text = fields.get(f"finding-{name}", "")
        value = TRUTH.get(text, text)
        if value in domain:
            found[name] = value
    return c.Findings(**found)


def given_findings(findings: c.Findings) -> dict[str, Any]:
    """The findings that were made, as fields of a command."""
    return {name: value for name, value in structs.asdict(findings).items() if value is not None}


def decision(visit: Visit, found: Seen, fields: Mapping[str, str], advice: Advice) -> c.Command | Failed:
    """The decision that a form is, or what does not fit."""
    ruled = _ruled(visit, found.shown, fields, advice)
    if isinstance(ruled, Failed):
        return ruled
    whole = {
        "findings": given_findings(findings_of(fields)),
        "rationale": fields.get("rationale", "") or " ",
        "evidence": weighings(found.shown, fields),
        "departure": fields.get("departure", ""),
    } | ruled
    return command_of(visit, "decide", whole)


def appeal_decision(visit: Visit, found: Seen, fields: Mapping[str, str], advice: Advice) -> c.Command | Failed:
    """The decision of an appeal that a form is, or what does not fit."""
    result = fields.get("result", "")
    if not result:
        return Failed("does_not_fit", visit.gettext("Choose: the decision stands, is changed, or goes back."),
                      field="result")  # fmt: skip
    whole: dict[str, Any] = {"result": result, "rationale": fields.get("rationale", "") or " "}
    if fields.get("fault"):
        whole["fault"] = fields["fault"]
    if fields.get("fraud") == "yes":
        whole["fraud"] = True
    if result == "changed":
        ruled = _ruled(visit, found.shown, fields, advice)
        if isinstance(ruled, Failed):
            return ruled
        if findings := given_findings(findings_of(fields)):
            whole["findings"] = findings
        outcome, _plus, _kinds = fields.get("option", "").partition("+")
        whole |= {"outcome": outcome} | ruled
    return command_of(visit, "decide_appeal", whole)


def weighings(shown: CaseView, fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """What each piece was worth, where that was said."""
    made = list[dict[str, Any]]()
    for piece in shown.evidence:
        if weight := fields.get(f"weight-{piece.id}", ""):
            why = fields.get(f"why-{piece.id}", "")[:200]
            made.append({"id": piece.id, "weight": weight} | ({"why": why} if why else {}))
    return made


def _ruled(visit: Visit, shown: CaseView, fields: Mapping[str, str], advice: Advice) -> dict[str, Any] | Failed:
    """Outcome and remedies of the chosen option; nothing where it is just what the policy recommends."""
    _, option = visit.gettext, fields.get("option", "")
    if not option:
        return Failed("does_not_fit", _("Choose an outcome."), field="option")
    currency = shown.paid.currency if shown.paid else ""
    if option == OTHER:
        return _free(visit, fields, currency)
    recommended = advice.recommended
    outcome, _plus, rest = option.partition("+")
    kinds = [kind for kind in rest.split("+") if kind]
    amount = _amount(visit, fields.get("amount", ""), currency)
    if isinstance(amount, Failed):
        return amount
    fixed = {one.kind: one.amount for one in recommended.remedies}
    as_advised = recommended.outcome is not None and option == code_of(recommended.outcome, recommended.remedies)
    if as_advised and (
        "partial_refund" not in kinds or (amount or fixed.get("partial_refund")) == fixed.get("partial_refund")
    ):
        return {}
    remedies = [_remedy(kind, amount if kind == "partial_refund" else None) for kind in kinds]
    return {"outcome": outcome, "remedies": remedies}


def _free(visit: Visit, fields: Mapping[str, str], currency: str) -> dict[str, Any] | Failed:
    """An outcome with remedies of one's own choice."""
    if not (outcome := fields.get("outcome", "")):
        return Failed("does_not_fit", visit.gettext("Choose an outcome."), field="option")
    remedies = list[dict[str, Any]]()
    for n in range(1, MOST_REMEDIES + 1):
        if not (kind := fields.get(f"remedy-{n}", "")):
            continue
        amount = _amount(visit, fields.get(f"amount-{n}", ""), currency, f"amount-{n}")
        if isinstance(amount, Failed):
            return amount
        remedies.append(_remedy(kind, amount))
    return {"outcome": outcome, "remedies": remedies}


def _remedy(kind: str, amount: int | None) -> dict[str, Any]:
    return {"kind": kind} | ({"amount": amount} if amount is not None else {})


def _amount(visit: Visit, text: str, currency: str, field: str = "amount") -> int | Failed | None:
    if not text:
        return None
    units = forms.minor_units(text, currency)
    if units is None or units <= 0:
        return Failed("does_not_fit", visit.gettext("This is not an amount."), field=field)
    return units
