"""Answers given lately to calls that leave no row of their own: asked again with the same key, the same answer.

Commands keep their answers in the database, in the transaction of their effect (handle.py); this memory is for the
sandbox clock alone. It lives as long as the process and forgets the oldest first.
"""

import asyncio
from collections import OrderedDict

from amends.api.problems import problem

MOST = 1000


class Recent:
    """The last answers, each under whose it was and its key; `turn` is held while one is being found."""

    def __init__(self, most: int = MOST) -> None:
        self.turn = asyncio.Lock()
        self._most = most
        self._answers: OrderedDict[tuple[str, str, str], tuple[object, bytes]] = OrderedDict()

    def given(self, who: tuple[str, str], key: str, body: object) -> bytes | None:
        """What was answered to this key, None when it is new. With another body: 422."""
        found = self._answers.get((*who, key))
        if found is None:
            return None
        if found[0] != body:
            raise problem("idempotency_key_reused", "Use a new Idempotency-Key for another body.")
        return found[1]

    def keep(self, who: tuple[str, str], key: str, body: object, answered: bytes) -> None:
        """Remember an answer."""
        self._answers[(*who, key)] = (body, answered)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
