"""Idempotency: a command that is sent many times at once, through two processes, has one effect and one reply."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from daybook.embedded import Server
from tests.support.checking import bound, disagreements
from tests.support.sabotage import forget_the_commands
from tests.support.service import Answer, Scene, Sent, Service, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = [200, pytest.param(50_000, marks=pytest.mark.nightly)]
AT_ONCE = 20
MOST_COPIES = 8
REUSED = 422


def copies(sent: Sent, choices: random.Random) -> list[Sent]:
    """Repeat a command 1 to 8 times; for a fifth of the keys one has another body."""
    same = [sent] * choices.randint(1, MOST_COPIES)
    if choices.random() < 1 / 5:
        same[choices.randrange(len(same))] = Sent(sent.name, {**sent.body, "capacity": 2}, sent.key)
    return same


async def send_at_once(service: Service, sendings: Sequence[Sent]) -> list[Answer]:
    """Send all of them at the same time, turn by turn to every process."""
    return await asyncio.gather(
        *(service.send(each, number % len(service.apis)) for number, each in enumerate(sendings))
    )


async def settled(service: Service, scene: Scene, keys: int) -> list[list[Answer]]:
    """Settle as many keys; return what was answered to the copies of each."""
    choices = random.Random(keys)
    by_key: list[list[Answer]] = []
    while len(by_key) < keys:
        sendings = [copies(scene.slot(str(uuid4())), choices) for _ in range(AT_ONCE)]
        answers = iter(await send_at_once(service, [each for same in sendings for each in same]))
        by_key += [[next(answers) for _ in same] for same in sendings]
    return by_key


def faults(answers: Sequence[Answer]) -> list[str]:
    """Compare the answers to one key: one body won and has one reply; the other was told that the key was used."""
    winners = [answer for answer in answers if answer.status != REUSED]
    bodies = Counter(str(answer.sent.body) for answer in winners)
    replies = Counter((answer.status, answer.body) for answer in winners)
    losers = [answer for answer in answers if answer.status == REUSED]
    if len(bodies) == len(replies) == 1 and all(str(each.sent.body) not in bodies for each in losers):
        return []
    return ["\n".join(f"{a.sent.body['capacity']} {a.status} {a.replayed} {a.body}" for a in answers)]


@pytest.mark.parametrize("keys", KEYS)
async def test_a_repeated_key_has_one_effect_and_one_reply(service: Service, scene: Scene, keys: int) -> None:
    """Equal bytes for equal bodies, 422 for another body, and one fact in the log."""
    by_key = await settled(service, scene, keys)

    won = [answer for answers in by_key for answer in answers if answer.status != REUSED]
    assert [fault for answers in by_key for fault in faults(answers)] == [], bound(keys)
    assert {answer.status for answer in won} == {200}, bound(keys)
    assert await disagreements(service.url, won) == [], bound(keys)


async def test_a_log_that_forgets_its_commands_repeats_itself(cluster: Server, folder: Path) -> None:
    """The same keys find out a log that takes every command for a new one."""
    async with service_on(cluster, folder, processes=2) as service:
        await forget_the_commands(service.url)

        by_key = await settled(service, await Scene.open(service), AT_ONCE)

        assert [fault for answers in by_key for fault in faults(answers)] != []
