"""Idempotency: a command that is sent many times at once, through two processes, has one effect and one reply."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from daybook.embedded import Server
from tests.support.checking import bound
from tests.support.races import STRANGER, check_log, created, outcomes
from tests.support.sabotage import forget_the_commands
from tests.support.service import Answer, Scene, Sent, Service, harmless, service_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = [60, pytest.param(50_000, marks=pytest.mark.nightly)]
KEYS_OF_A_KIND = 4
KEYS_AT_ONCE = 5 * KEYS_OF_A_KIND
MOST_COPIES = 8
REUSED = "idempotency-key-reused"


class Wish(NamedTuple):
    """A command, and another body that would do as well."""

    sent: Sent
    other: dict[str, Any]


async def wishes(service: Service) -> list[Wish]:
    """Prepare commands of five kinds, of which the last is refused; none gets in the way of another."""
    scene, each = await Scene.open(service), 2 * KEYS_OF_A_KIND
    booked, held, offered = await scene.slots(3, each)
    bookers, holders, waiting = [await scene.candidates(each) for _ in range(3)]
    where = {"city_id": scene.name, "stage_id": scene.name}
    await service.all_accepted([Sent.new("join-waitlist", candidate_id=one, **where) for one in waiting])
    offering = await service.send_all([Sent.new("offer-seat", slot_id=offered) for _ in waiting])
    definitions = [harmless() for _ in range(KEYS_OF_A_KIND)]
    return [
        *(Wish(definition, {**definition.body, "max_score": 200}) for definition in definitions),
        *either("book-slot", "candidate_id", bookers, slot_id=booked),
        *either("hold-slot", "candidate_id", holders, slot_id=held),
        *either("accept-offer", "offer_id", [created(answer, "offer_id") for answer in offering]),
        *either("book-slot", "candidate_id", bookers, slot_id=STRANGER),
    ]


def either(name: str, field: str, choices: Sequence[str], **fields: str) -> list[Wish]:
    """Let each command have one of two choices, and the other choice as its other body."""
    pairs = zip(choices[::2], choices[1::2], strict=True)
    return [Wish(Sent.new(name, **fields, **{field: one}), {**fields, field: other}) for one, other in pairs]


def copies(wish: Wish, choices: random.Random) -> list[Sent]:
    """Repeat a command 1 to 8 times; for a fifth of the keys one has another body."""
    same = [wish.sent] * choices.randint(1, MOST_COPIES)
    if choices.random() < 1 / 5:
        same[choices.randrange(len(same))] = Sent(wish.sent.name, wish.other, wish.sent.key)
    return same


def faults(answers: Sequence[Answer]) -> list[str]:
    """Compare the answers to one key: one body won and has one reply; the other was told that the key was used."""
    winners = [answer for answer in answers if answer.outcome != REUSED]
    bodies = {str(answer.sent.body) for answer in winners}
    replies = {(answer.status, answer.body) for answer in winners}
    losers = {str(answer.sent.body) for answer in answers if answer.outcome == REUSED}
    if len(bodies) == len(replies) == 1 and not bodies & losers:
        return []
    return [str([(answer.sent.body, answer.status, answer.body) for answer in answers])]


async def settle(service: Service, choices: random.Random) -> list[list[Answer]]:
    """Settle a handful of keys at once; return what was answered to the copies of each."""
    sendings = [copies(wish, choices) for wish in await wishes(service)]
    answers = iter(await service.send_at_once(each for same in sendings for each in same))
    return [[next(answers) for _ in same] for same in sendings]


@pytest.mark.parametrize("keys", KEYS)
async def test_a_repeated_key_has_one_effect_and_one_reply(
    service: Service, tell: Callable[[str], None], keys: int
) -> None:
    """Equal bytes for equal bodies, 422 for another body, and one fact in the log or none where it was refused."""
    choices, found, winners, losers = random.Random(keys), list[str](), list[Answer](), list[Answer]()
    for _ in range(keys // KEYS_AT_ONCE):
        for answers in await settle(service, choices):
            found += faults(answers)
            winners += [answer for answer in answers if answer.outcome != REUSED][:1]
            losers += [answer for answer in answers if answer.outcome == REUSED]

    assert found == [], bound(keys)
    assert outcomes(winners) == {"accepted": keys * 4 // 5, "unknown-slot": keys // 5}, bound(keys)
    assert {answer.status for answer in losers} == {422}, bound(keys)
    await check_log(service, winners, keys)
    tell(f"repeated keys: {bound(keys)}; {len(losers)} copies had another body than the one that won")


async def test_a_log_that_forgets_its_commands_repeats_itself(cluster: Server, folder: Path) -> None:
    """The same keys find out a log that takes every command for a new one."""
    async with service_on(cluster, folder, processes=2) as service:
        await forget_the_commands(service.url)

        assert [fault for answers in await settle(service, random.Random(0)) for fault in faults(answers)] != []
