"""A crowd on one large slot, through two processes at once: as many win as there are seats."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from uuid import uuid4

import msgspec
import pytest

from bench.load import Outcome, Plan, carry_out, post
from tests.support.checking import broken_rule
from tests.support.service import Scene, Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

CROWDS = [(20, 80), pytest.param(500, 2_000, marks=pytest.mark.nightly)]
BOOK = "/v1/commands/book-slot"


class Crowd(NamedTuple):
    """How many got each status, why the others were refused, and how long the last of all waited."""

    statuses: Counter[int]
    reasons: set[str]
    slowest_milliseconds: float


async def rush(service: Service, seats: int, bookers: int) -> Crowd:
    """Let every booker ask over a connection of their own, by turns at each process, all at the same time."""
    scene = await Scene.open(service)
    (slot_id,) = await scene.slots(1, seats)
    bodies = [
        msgspec.json.encode({"slot_id": slot_id, "candidate_id": each}) for each in await scene.candidates(bookers)
    ]
    requests = [post(BOOK, body, service.token, uuid4()) for body in bodies]
    processes = len(service.clients)
    shares = [requests[turn::processes] for turn in range(processes)]
    ports = [client.base_url.port or 0 for client in service.clients]
    plans = [Plan(port, len(share), share) for port, share in zip(ports, shares, strict=True)]
    return _told(await asyncio.gather(*map(carry_out, plans)))


def _told(outcomes: list[Outcome]) -> Crowd:
    statuses = sum((Counter(each.statuses) for each in outcomes), Counter[int]())
    reasons = {str(msgspec.json.decode(body)["code"]) for each in outcomes for body in each.refusals}
    return Crowd(statuses, reasons, max(each.percentile(100) for each in outcomes))


@pytest.mark.parametrize(("seats", "bookers"), CROWDS)
async def test_a_crowd_fills_a_slot_exactly(
    service: Service, tell: Callable[[str], None], seats: int, bookers: int
) -> None:
    """Each seat is taken once, and all others hear that the slot is full; the bench measures how soon."""
    crowd = await rush(service, seats, bookers)

    tell(f"{bookers} bookers on {seats} seats: the last was answered after {crowd.slowest_milliseconds:.0f} ms")
    assert crowd.statuses == {200: seats, 409: bookers - seats}
    assert crowd.reasons == {"slot-full"}
    assert await broken_rule(service.url) is None
