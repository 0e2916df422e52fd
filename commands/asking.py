"""Questions to the log: what a decision would see, without deciding anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from commands.decision import Unread, View
from commands.states import States
from events.log import Log

T = TypeVar("T")

_MOST_STATES: Final = 10_000


async def ask(log: Log, question: Callable[[View], T]) -> T:
    """Answer a question from the states under the tags that it reads; raises LogUnavailable."""
    states = States(_MOST_STATES)
    while True:
        try:
            return question(View(states.get))
        except Unread as unread:
            states.fold(await log.read_tags(states.wanted(unread.tags)))
