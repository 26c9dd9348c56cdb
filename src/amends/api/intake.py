"""Files at the API's door: the sender of a call, and what reception does not take as problems."""

from collections.abc import Iterator
from contextlib import contextmanager

from amends.api.call import Call, Header
from amends.api.problems import not_found, problem
from amends.reception.refusing import NotTaken
from amends.reception.taking import Sender


def sender_of(call: Call) -> Sender:
    """Who sends, with the key of the request."""
    return Sender(call.hinge, call.house.settings, call.marketplace, call.actor, call.key)


@contextmanager
def said_plainly(call: Call) -> Iterator[None]:
    """What was not taken, as a problem."""
    try:
        yield
    except NotTaken as why:
        if why.code == "not_found":
            raise not_found() from None
        headers: list[Header] = []
        if why.retry_after_seconds is not None:
            headers.append((b"retry-after", str(why.retry_after_seconds).encode()))
        if why.stands is not None:
            headers.append((b"upload-offset", str(why.stands).encode()))
        if why.code == "tus_version":
            headers.append((b"tus-version", b"1.0.0"))
        raise problem(why.code, why.says[call.locale or "en"], headers) from None
