"""Who gets which seat is settled while the story is worked out.

Every seat is promised once and stays promised: so each answer is known beforehand, in whatever order requests arrive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from random import Random
from uuid import UUID

from cli.demo.offers import Offer

EVENING = 17
EVENING_WEIGHT = 3.0
"""After work is when candidates have time: an evening seat is wanted this much more than one at another hour."""


class Seats:
    """The seats nobody was promised."""

    def __init__(self, rng: Random, offers: Iterable[Offer]) -> None:
        """All seats are free."""
        self._rng = rng
        self._left: dict[UUID, int] = {}
        self._by_group: dict[tuple[str, str], list[Offer]] = {}
        self._by_city: dict[str, list[Offer]] = {}
        for offer in offers:
            self._left[offer.slot_id] = offer.capacity
            city_id = offer.recruiter.city.city_id
            self._by_group.setdefault((city_id, offer.stage_id), []).append(offer)
            self._by_city.setdefault(city_id, []).append(offer)

    def promise(self, city_id: str, stage_id: str, without: Collection[UUID] = ()) -> Offer | None:
        """Promise a seat, each by how much it is wanted, in none of the slots `without`; None if all are promised."""
        offers = self._by_group.get((city_id, stage_id), ())
        free = [offer for offer in offers if self._left[offer.slot_id] and offer.slot_id not in without]
        if not free:
            return None
        return self._take(self._rng.choices(free, [self._weight(offer) for offer in free])[0])

    def promise_beside(self, other: Offer) -> Offer | None:
        """Promise a seat at another recruiter of the same city while `other` is on; None if there is none."""
        free = [
            offer
            for offer in self._by_city[other.recruiter.city.city_id]
            if self._left[offer.slot_id]
            and offer.slot_id != other.slot_id
            and offer.start < other.end
            and other.start < offer.end
        ]
        return self._take(self._rng.choice(free)) if free else None

    def withdraw(self, offers: Iterable[Offer]) -> list[Offer]:
        """Promise no more seats of these; return those that had seats left."""
        open_ones = [offer for offer in offers if self._left[offer.slot_id]]
        self._left |= {offer.slot_id: 0 for offer in open_ones}
        return open_ones

    def _weight(self, offer: Offer) -> float:
        return self._left[offer.slot_id] * (EVENING_WEIGHT if offer.hour >= EVENING else 1.0)

    def _take(self, offer: Offer) -> Offer:
        self._left[offer.slot_id] -= 1
        return offer
