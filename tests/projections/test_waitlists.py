"""Waitlists and offers."""

from datetime import timedelta
from uuid import UUID

import msgspec

from events.offer import OfferAccepted, OfferDeclined, OfferExpired, Skipped
from events.waitlist import WaitlistLeft
from projections.waitlists import WAITLISTS, OfferRow, WaitingRow
from tests.projections.folding import rows_after
from tests.support.deciding import CANDIDATE, HOLD, NOW, SLOT, offered, slot, some_id, waiting

PLACE = ("berlin", "screening")
OTHER = some_id("other candidate")


def after(*events: object, candidate_id: UUID = CANDIDATE) -> WaitingRow:
    """Return how one waits after these events."""
    return rows_after(WAITLISTS, *events).get(WaitingRow, (*PLACE, candidate_id))


def offer_after(*events: object) -> OfferRow:
    """Return the offer after these events."""
    return rows_after(WAITLISTS, *events).get(OfferRow, HOLD)


def test_who_joins_waits_with_what_decides_their_place() -> None:
    """Priority, age, and the position of joining."""
    joined = waiting(priority=3, from_=NOW, to=NOW + timedelta(days=9))

    row = after(waiting(OTHER), joined)

    assert (row.status, row.priority, row.joined_at, row.joined_position) == ("waiting", 3, joined.joined_at, 2)
    assert (row.starts_from, row.starts_before, row.offer_id, row.passed) == (NOW, joined.to, None, ())


def test_who_joins_again_keeps_their_age_and_their_place() -> None:
    """Only window and priority change."""
    first, again = waiting(days_ago=5), waiting(priority=2, days_ago=1)

    row = after(first, waiting(OTHER), again)

    assert (row.priority, row.joined_at, row.joined_position) == (2, first.joined_at, 1)
    assert row.changed_at_position == 3


def test_who_left_and_joins_begins_anew() -> None:
    """At the end, with what they passed forgotten."""
    offer = offered(slot())
    declined, left = OfferDeclined(HOLD, CANDIDATE, SLOT, *PLACE), WaitlistLeft(CANDIDATE, *PLACE, "by-candidate")
    again = waiting(days_ago=0)

    gone = after(waiting(), offer, declined, left)
    back = after(waiting(), offer, declined, left, again)

    assert (gone.status, gone.reason) == ("left", "by-candidate")
    assert (back.status, back.joined_at, back.joined_position, back.passed) == ("waiting", NOW, 5, ())


def test_offer_stands_with_who_was_skipped_and_why() -> None:
    """It is what its answer will be about."""
    offer = msgspec.structs.replace(offered(slot()), rank=2, skipped=(Skipped(OTHER, "candidate-busy"),))

    row = offer_after(waiting(), offer)

    assert after(waiting(), offer).offer_id == HOLD
    assert (row.slot_id, row.rank, row.skipped, row.status) == (SLOT, 2, offer.skipped, "open")
    assert (row.offered_at, row.offered_position, row.expires_at) == (NOW, 2, offer.expires_at)


def test_accepted_offer_ends_the_waiting() -> None:
    """The seat is theirs."""
    events = [waiting(), offered(slot()), OfferAccepted(HOLD, CANDIDATE, SLOT, *PLACE)]

    assert (after(*events).status, after(*events).reason, after(*events).offer_id) == ("left", "offer-accepted", None)
    assert offer_after(*events).status == "accepted"


def test_offer_that_is_declined_or_runs_out_is_passed() -> None:
    """Who let it go waits on, for another slot."""
    declined = [waiting(), offered(slot()), OfferDeclined(HOLD, CANDIDATE, SLOT, *PLACE)]
    expired = [waiting(), offered(slot()), OfferExpired(HOLD, CANDIDATE, SLOT, *PLACE, "timed-out")]

    for events in (declined, expired):
        row = after(*events)
        assert (row.status, row.offer_id, row.passed) == ("waiting", None, (SLOT,))
    assert (offer_after(*declined).status, offer_after(*declined).reason) == ("declined", None)
    assert (offer_after(*expired).status, offer_after(*expired).reason) == ("expired", "timed-out")
