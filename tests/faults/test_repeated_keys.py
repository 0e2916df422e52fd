"""Idempotency: a command that is sent many times at once, through two processes, has one effect and one reply."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from daybook.embedded import Server
from tests.support.checking import bound, disagreements
from tests.support.sabotage import forget_the_commands
from tests.support.service import Answer, Sent, Service, harmless, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = [120, pytest.param(50_000, marks=pytest.mark.nightly)]
KEYS_AT_ONCE = 20
MOST_COPIES = 8
REUSED = 422


def copies(sent: Sent, choices: random.Random) -> list[Sent]:
    """Repeat a command 1 to 8 times; for a fifth of the keys one has another body."""
    same = [sent] * choices.randint(1, MOST_COPIES)
    if choices.random() < 1 / 5:
        same[choices.randrange(len(same))] = Sent(sent.name, {**sent.body, "max_score": 200}, sent.key)
    return same


def faults(answers: Sequence[Answer]) -> list[str]:
    """Compare the answers to one key: one body won and has one reply; the other was told that the key was used."""
    winners = [answer for answer in answers if answer.status != REUSED]
    bodies = {str(answer.sent.body) for answer in winners}
    replies = {(answer.status, answer.body) for answer in winners}
    losers = {str(answer.sent.body) for answer in answers if answer.status == REUSED}
    if len(bodies) == len(replies) == 1 and not bodies & losers:
        return []
    return [str([(answer.sent.body["max_score"], answer.status, answer.body) for answer in answers])]


async def settle(service: Service, choices: random.Random) -> list[list[Answer]]:
    """Settle a handful of keys at once; return what was answered to the copies of each."""
    sendings = [copies(harmless(), choices) for _ in range(KEYS_AT_ONCE)]
    answers = iter(await service.send_at_once(each for same in sendings for each in same))
    return [[next(answers) for _ in same] for same in sendings]


@pytest.mark.parametrize("keys", KEYS)
async def test_a_repeated_key_has_one_effect_and_one_reply(service: Service, keys: int) -> None:
    """Equal bytes for equal bodies, 422 for another body, and one fact in the log."""
    choices, found, winners = random.Random(keys), list[str](), list[Answer]()
    for _ in range(keys // KEYS_AT_ONCE):
        for answers in await settle(service, choices):
            found += faults(answers)
            winners += [answer for answer in answers if answer.status != REUSED][:1]

    assert found == [], bound(keys)
    assert {answer.outcome for answer in winners} == {"accepted"}, bound(keys)
    assert await disagreements(service.url, winners) == [], bound(keys)


async def test_a_log_that_forgets_its_commands_repeats_itself(cluster: Server, folder: Path) -> None:
    """The same keys find out a log that takes every command for a new one."""
    async with service_on(cluster, folder, processes=2) as service:
        await forget_the_commands(service.url)

        assert [fault for answers in await settle(service, random.Random(0)) for fault in faults(answers)] != []
