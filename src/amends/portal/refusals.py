"""A refusal as a person reads it: the law's own sentence, with its instants in the market's zone and money as money."""

import re
from datetime import datetime

from msgspec import structs

from amends.law.refusal import Refused, says
from amends.portal import figures
from amends.portal.words import N_, Locale, words

INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})")
TOO_MUCH = N_("That is more than can still be refunded on this item: at most %(most)s.")
ENDED = N_("The time for this has ended.")


def said(refused: Refused, locale: Locale, zone: str, currency: str | None = None) -> str:
    """The refusal in words."""
    facts = refused.facts
    if refused.code == "amount_too_large" and currency and facts.get("most", "").isdigit():
        return words(locale).gettext(TOO_MUCH) % {"most": figures.money(int(facts["most"]), currency, locale)}
    if refused.code == "window_closed" and facts.get("until") == "-":
        return words(locale).gettext(ENDED)
    read = {name: INSTANT.sub(lambda found: _moment(found[0], zone, locale), text) for name, text in facts.items()}
    return says(structs.replace(refused, facts=read), locale)


def _moment(text: str, zone: str, locale: Locale) -> str:
    return figures.moment(datetime.fromisoformat(text), zone, locale, year=True)
