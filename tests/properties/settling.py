"""Driving any case home: time passes, the operator confirms payments, the adjudicator decides what is before it."""

from datetime import timedelta
from typing import Any

from amends.law.case import MONEY_KINDS, is_live, is_pending
from amends.law.moves import available_actions
from amends.law.refusal import Refused
from tests.law.stories import ANSWERED, DANA, EKO, GRACE, OLGA, Story

MOST = 120
"""More than enough turns: a case is settled in a dozen or two."""


def settle(story: Story) -> bool:
    """Whether the case closes when the parties do nothing more and the desk does its work."""
    for _ in range(MOST):
        if story.case.stage == "closed":
            return True
        if not (_desk(story) or _pays(story) or _waits(story)):
            return False
    return False


def _desk(story: Story) -> bool:
    """The adjudicators and the operator do what is theirs to do."""
    if story.case.stage == "suspended":
        return _accepted(story, OLGA, "record_proceedings_outcome", {"resume": True})
    tasks: list[tuple[str, dict[str, Any]]] = [
        ("decide", {"findings": ANSWERED, "rationale": "So found"}),
        ("allocate_recourse", {"bearer": "platform", "rationale": "So allocated"}),
        *(("decide_appeal", _verdict(a.against)) for a in story.case.appeals if is_pending(a)),
    ]
    return any(_accepted(story, who, name, fields) for name, fields in tasks for who in (DANA, EKO)
               if name in {a.command for a in available_actions(story.case, who, story.at, story.policy)})  # fmt: skip


def _verdict(against: str) -> dict[str, Any]:
    measure = {"enforcement_id": against} if against.startswith("x") else {}
    return {"result": "stands", "rationale": "It stands", **measure}


def _pays(story: Story) -> bool:
    for remedy in story.case.remedies:
        money = remedy.kind in MONEY_KINDS or remedy.kind == "reimburse_seller"
        if money and is_live(remedy) and remedy.awaits is None:
            return _accepted(story, OLGA, "confirm_payment", {"remedy_id": remedy.id, "reference": "P"})
    return False


def _waits(story: Story) -> bool:
    due = story.next_due()
    claimed = story.case.assigned_until
    if due is not None:
        story.until(due.due_at + GRACE)
    elif claimed is not None and claimed > story.at:
        story.at = claimed + timedelta(seconds=1)
    return due is not None or (claimed is not None and story.case.assigned_to is not None)


def _accepted(story: Story, who: Any, name: str, fields: dict[str, Any]) -> bool:
    return not isinstance(story.tries(who, name, **fields), Refused)
