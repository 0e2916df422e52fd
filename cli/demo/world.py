"""What the scripts share: slots with a purpose, who does what besides the part, and what has come of it so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

import msgspec

from cli.demo.diary import Held
from cli.demo.offers import Offer
from cli.demo.people import Part, Person, sample
from cli.demo.seats import Seats
from cli.demo.story import Ids

# Of interviews, so many come to nothing by how long before they were arranged. Not turning up can only be recorded of
# interviews that are over: here these are the shares of those whose plans change, of whom half cancel and half move.
CHANGES_SAME_DAY = 0.03
CHANGES_NEXT_WEEK = 0.24
CHANGES_LATER = 0.29

SENT_AGAIN = 0.05
"""Requests for a seat that are sent again, as a client does whose reply was lost."""

NEW_CONTACT = 0.03
"""Candidates who get another phone, or write from another chat."""


class World(msgspec.Struct, frozen=True):
    """Writing a script adds to what has come of it.

    `held`, by booking id, is who sits where in the end. `waiting`, by slot, are those who will wait for a seat in it.
    `shut` has slots that are closed at the beginning and whom that keeps out, `kept` those whose seat is held for
    somebody until the end.
    """

    ids: Ids
    rng: Random
    seats: Seats
    hot: Sequence[Offer]
    standby: Iterator[Offer]
    soon: Sequence[Offer]
    far: Sequence[Offer]
    dropouts: frozenset[int]
    resenders: frozenset[int]
    movers: frozenset[int]
    held: Held = {}
    waiting: dict[UUID, list[Person]] = {}
    shut: list[tuple[Person, Offer]] = []
    kept: list[Offer] = []


def world_of(  # noqa: PLR0913  one argument for each thing on it
    *,
    ids: Ids,
    rng: Random,
    seats: Seats,
    hot: Sequence[Offer],
    standby: Sequence[Offer],
    soon: Sequence[Offer],
    far: Sequence[Offer],
    parts: Sequence[tuple[Person, Part]],
) -> World:
    """Settle who drops out on the same day, whose requests are sent again, and who is to be reached anew."""
    same_day = [person for person, part in parts if part == "same-day"]
    plain = [person for person, part in parts if part == "plain"]
    return World(
        ids,
        rng,
        seats,
        hot,
        iter(rng.sample(standby, len(standby))),
        soon,
        far,
        sample(rng, same_day, CHANGES_SAME_DAY),
        sample(rng, plain, SENT_AGAIN),
        sample(rng, plain, NEW_CONTACT),
    )
