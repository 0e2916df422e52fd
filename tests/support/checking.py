"""What a log must hold after all that was answered, by checkers that share nothing with the service."""

import json
from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from cli.demo.closing_check import check_database
from events.postgres import open_log
from tests.support.service import Answer

Told = list[dict[str, Any]]


def bound(trials: int) -> str:
    """What no failure in so many trials says about the true rate (95 %, the rule of three)."""
    return f"n = {trials}: the true rate is under 3/n = {3 / trials:.1e}"


async def broken_rule(url: str) -> str | None:
    """Fold the whole log; name the first rule that it breaks."""
    breach = (await check_database(url)).breach
    return breach.rule if breach else None


async def disagreements(url: str, answers: Sequence[Answer]) -> list[str]:
    """Compare what was answered with what the log holds: each event as it was told, once, and none that was refused."""
    written = await _written(url, {answer.sent.key for answer in answers})
    return [
        f"{answer.sent.name} {answer.sent.key} was told {answer.events}; the log holds {written[answer.sent.key]}"
        for answer in answers
        if answer.events != written[answer.sent.key]
    ]


async def _written(url: str, command_ids: AbstractSet[str]) -> defaultdict[str, Told]:
    """Read the events of these commands, in the form in which replies tell them."""
    written = defaultdict[str, Told](list)
    async with open_log(url) as log:
        async for event in log.read():
            command_id = str(event.command_id)
            if command_id in command_ids:
                told = {"position": event.position, "type": event.type, "data": json.loads(event.data)}
                written[command_id].append(told)
    return written
