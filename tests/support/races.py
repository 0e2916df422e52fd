"""Races through several processes: how they are set up, how they are told in short, and what the log must be after."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar
from uuid import uuid4

from cli.checking.rules import Rules
from cli.checking.world import Entry
from events.postgres import open_log
from tests.support.checking import bound, broken_rule, disagreements
from tests.support.service import Answer, Scene, Sent, Service

T = TypeVar("T")

STRANGER = "00000000-0000-4000-8000-000000000000"
_SEATS = {
    "SlotHeld": 1,
    "SeatOffered": 1,
    "SlotBooked": 1,
    "HoldReleased": -1,
    "HoldExpired": -1,
    "OfferDeclined": -1,
    "OfferExpired": -1,
    "BookingCancelled": -1,
    "BookingDeclined": -1,
}


async def play(
    service: Service, races: int, scene_of: Callable[[Scene], Awaitable[Sequence[T]]], **policy: object
) -> list[T]:
    """Play so many races, each handful of them in a scene of its own, so that nothing grows but the log."""
    played: list[T] = []
    while len(played) < races:
        played += await scene_of(await Scene.open(service, **policy))
    return played


def booking(slot_id: str, candidate_id: str, **fields: str) -> Sent:
    """Book a slot; the key is the booking's id."""
    key = str(uuid4())
    return Sent("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id, "booking_id": key, **fields}, key)


def holding(slot_id: str, candidate_id: str) -> Sent:
    """Hold a seat."""
    return Sent.new("hold-slot", slot_id=slot_id, candidate_id=candidate_id)


def about_slot(slot_id: str) -> Sent:
    """Nobody books it: who refuses that has read the slot."""
    return Sent.new("book-slot", slot_id=slot_id, candidate_id=STRANGER)


def about_candidate(candidate_id: str) -> Sent:
    """They book nothing: who refuses that has read the candidate."""
    return Sent.new("book-slot", slot_id=STRANGER, candidate_id=candidate_id)


def about_booking(booking_id: str) -> Sent:
    """Nobody cancels it: who refuses that has read the booking."""
    return Sent.new("cancel-booking", booking_id=booking_id, on_behalf_of=STRANGER)


def about_offer(offer_id: str) -> Sent:
    """Nobody accepts it: who refuses that has read the offer."""
    return Sent.new("accept-offer", offer_id=offer_id, on_behalf_of=STRANGER)


async def get_to_know(service: Service, questions: Iterable[Sent]) -> None:
    """Let every process fold what is asked about and keep it: what they decide next rests on memory alone."""
    asked = [(Sent.new(each.name, **each.body), to) for each in questions for to in range(len(service.apis))]
    answers = await send_to(service, asked)
    assert [answer for answer in answers if answer.outcome == "accepted"] == []


async def stages(scene: Scene, races: int, seats: int, candidates: int) -> list[tuple[int, str, list[str]]]:
    """Prepare races, each with its number, a slot of so many seats, and so many candidates."""
    slots, people = await scene.slots(races, seats), await scene.candidates(races * candidates)
    return [(n, slot_id, people[n * candidates : (n + 1) * candidates]) for n, slot_id in enumerate(slots)]


async def send_to(service: Service, sendings: Iterable[tuple[Sent, int]]) -> list[Answer]:
    """Send commands at the same time, each to the process that is named."""
    return await asyncio.gather(*(service.send(sent, to) for sent, to in sendings))


def arranged(commands: Iterable[T], number: int) -> list[T]:
    """Leave commands as they are in every second race, and in the others mix them: no race runs twice as it ran."""
    mixed = list(commands)
    if number % 2:
        random.shuffle(mixed)
    return mixed


def story(answers: Iterable[Answer]) -> str:
    """Tell what was written, in the order of the log, and then who was refused and why."""
    told = list(answers)
    events = sorted((event["position"], event["type"]) for answer in told for event in answer.events)
    refusals = sorted(f"{answer.sent.name}: {answer.outcome}" for answer in told if answer.outcome != "accepted")
    return ", ".join([*(kind for _, kind in events), *refusals])


def outcomes(answers: Iterable[Answer]) -> Counter[str]:
    """Count what was answered."""
    return Counter(answer.outcome for answer in answers)


def written(answers: Iterable[Answer], kind: str, field: str) -> list[str]:
    """Name what the events of one kind speak of, those that name nothing left out."""
    events = (event for answer in answers for event in answer.events)
    return [str(event["data"][field]) for event in events if event["type"] == kind and event["data"][field]]


def seats_taken(answers: Iterable[Answer]) -> int:
    """Count the seats that were taken and not given back, by what was answered alone; a hold used up is one."""
    told = list(answers)
    events = [event for answer in told for event in answer.events]
    return sum(_SEATS.get(event["type"], 0) for event in events) - len(written(told, "SlotBooked", "hold_id"))


def created(answer: Answer, name: str) -> str:
    """Give the id of what an accepted command created."""
    return str(json.loads(answer.body)[name])


async def check_log(service: Service, answers: Sequence[Answer], trials: int) -> None:
    """No rule is broken from the first position on, and the log holds what was answered: all of it, and once."""
    assert await broken_rule(service.url) is None, bound(trials)
    assert await disagreements(service.url, answers) == [], bound(trials)


async def breach_in(scene: Scene, service: Service) -> str | None:
    """Fold the log from where the last scene begins; name the first rule that is broken there."""
    rules = Rules()
    async with open_log(service.url) as log:
        async for event in log.read(after=scene.begins - 1):
            entry = Entry(event.position, event.type, event.data, event.decided_at, event.command_id, event.actor)
            if breach := rules.take(entry):
                return breach.rule
    last = rules.end()
    return last and last.rule
