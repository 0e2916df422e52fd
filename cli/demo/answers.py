"""Those who have a seat in the first week are asked whether they will come, and most of them answer."""

from __future__ import annotations

from uuid import UUID

from cli.demo.diary import Diary
from cli.demo.offers import WEEK
from cli.demo.people import Person
from cli.demo.story import Script
from cli.demo.world import World

ANSWERS = {"yes": 0.73, "unsure": 0.2, "no": 0.07}
"""Shares of the answers.

Of those who say yes 26 % do not come, of the unsure 50 %, of those who say no 99 %, and of all 36 %: these shares are
in keeping with all four.
"""

_SILENT = 0.2
_GIVES_UP = 0.5
_MAKES_UP = 0.25
"""Of the unsure, so many know a little later."""


def answers(world: World) -> tuple[Script, ...]:
    """Ask about the first week's interviews."""
    asked = [
        (booking_id, person)
        for booking_id, (person, offer) in world.held.items()
        if offer.anchor == "monday" and offer.day < WEEK
    ]
    return tuple(_answer(world, booking_id, person) for booking_id, person in asked if world.rng.random() >= _SILENT)


def _answer(world: World, booking_id: UUID, person: Person) -> Script:
    diary = Diary(world.ids, person, world.held, "answer")
    (answer,) = world.rng.choices([*ANSWERS], [*ANSWERS.values()])
    body = {"booking_id": str(booking_id), "on_behalf_of": str(person.candidate_id)}
    diary.ask("answer-attendance", {**body, "answer": answer})
    drawn = world.rng.random()
    if answer == "no" and drawn < _GIVES_UP:
        diary.cancel(booking_id)
    elif answer == "unsure" and drawn < _MAKES_UP:
        diary.ask("answer-attendance", {**body, "answer": "yes"})
        diary.ask("answer-attendance", {**body, "answer": "yes"}, events=0)
    return diary.script
