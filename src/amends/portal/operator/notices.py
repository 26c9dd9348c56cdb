"""The kinds of notices: what they are called, whom they reach, and their words in both languages, as they exist today.

What the outbox holds is counted; nothing is edited here and nothing sends yet: a marketplace reads the feed.
"""

import msgspec

from amends.law import notices as law
from amends.law.commands import snake
from amends.law.deadlines import SILENCE
from amends.portal.operator.audit import KINDS
from amends.portal.timeline import LINES
from amends.portal.visit import Page, Visit
from amends.portal.words import LOCALES, words
from amends.store import figures

VARIED: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "request_approved": (("request.approved", law.BOTH), ("request.auto_approved", law.BOTH)),
    "deadline_lapsed": (("deadline.missed", (*law.BOTH, "adjudicator", "operator")),),
    "file_noted": (("evidence.file_noted", law.ALL), ("evidence.file_refused", law.ALL)),
}
"""Events whose notice depends on what they say."""
ALSO = (
    ("evidence.late", law.BOTH),
    ("enforcement.appealed", ("seller", "operator")),
    ("enforcement.appeal_decided", ("seller", "operator")),
    ("proceedings.ended", law.ALL),
    ("action.required", ("buyer", "seller", "carrier", "adjudicator", "operator")),
)


class Kind(msgspec.Struct, frozen=True):
    """A kind of notice: the event it tells of, its name for machines, whom it reaches, its line in each language."""

    event: str
    title: str
    name: str
    to: tuple[str, ...]
    texts: dict[str, str]


async def show(visit: Visit) -> Page:
    """All kinds."""
    _ = visit.gettext
    found = [kind for event in LINES for kind in _kinds(visit, event)]
    found += [Kind("", _("Several events"), name, tuple(to), {}) for name, to in ALSO]
    wanted = visit.query.get("to", "")
    return visit.page(
        "operator/notices.html", active="operator", kinds=[one for one in found if not wanted or wanted in one.to],
        wanted=wanted, silence=SILENCE, outbox=await figures.notices(visit.hinge.db, visit.marketplace),
        roles=("buyer", "seller", "carrier", "adjudicator", "operator"),
    )  # fmt: skip


def _kinds(visit: Visit, event: str) -> list[Kind]:
    texts: dict[str, str] = {locale: _plain(words(locale).gettext(LINES[event][1])) for locale in LOCALES}
    title = visit.gettext(KINDS.get(event, event))
    if event in VARIED:
        return [Kind(event, title, name, to, texts) for name, to in VARIED[event]]
    known = BY_EVENT.get(event)
    return [Kind(event, title, known[0], known[1], texts)] if known else []


def _plain(line: str) -> str:
    """A line with its gaps shown as gaps: `%(who)s` is `[who]`."""
    return line.replace("%(", "[").replace(")s", "]")


BY_EVENT: dict[str, tuple[str, tuple[str, ...]]] = {
    snake(kind.__name__): (name, tuple(to)) for kind, (name, to) in law.KINDS.items()
}
"""The notice of each event whose notice never varies."""
