"""States: every history that can be is folded, and one that cannot is noticed."""

from typing import Any

import pytest

from events import booking, candidate, hold, recruiter, series, slot, waitlist
from events.booking import (
    BookingApproved,
    BookingCancelled,
    BookingDeclined,
    BookingMissed,
    BookingReanchored,
    BookingRescheduled,
    OutcomeCorrected,
    SlotBooked,
)
from events.candidate import CandidateRegistered, CandidateTested, ContactChanged, TestResultVoided
from events.catalogue import EVENT_TYPES, entity_of
from events.city import CITY, CityChanged
from events.entity import ABSENT, BrokenHistory, Entity
from events.hold import HoldExpired, HoldReleased, SlotHeld
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered
from events.recruiter import AbsenceRecorded, RecruiterChanged, RecruiterDeactivated, RecruiterRegistered
from events.series import OccurrenceSkipped, SeriesChanged, SeriesEnded, SeriesPublished
from events.slot import SlotCancelled, SlotCapacityChanged, SlotClosed, SlotReanchored, SlotReopened
from events.waitlist import WaitlistJoined, WaitlistLeft
from tests.events.examples import EXAMPLES, FULL, STORIES
from tests.events.things import AT_NIGHT, CANDIDATE, HOLD, LATER_SLOT, OVER_MIDNIGHT, published

NIGHT = published(AT_NIGHT, capacity=12)
MIDNIGHT = published(OVER_MIDNIGHT)


def first(kind: type[Any]) -> Any:
    """Take the first event of a kind from the full story."""
    return next(event for event in FULL if type(event) is kind)


def fold(entity: Entity[Any], events: list[Any]) -> Any:
    """Fold events from the beginning."""
    state = entity.initial
    for event in events:
        state = entity.evolve(state, event)
    return state


def entity(tag: str) -> Entity[Any]:
    """Find the entity of a tag that must be ours."""
    found = entity_of(tag)
    assert found is not None, tag
    return found


@pytest.mark.parametrize("story", STORIES)
def test_a_history_folds_under_every_tag(story: str) -> None:
    """Under each tag an event carries stands an entity whose fold takes it, after all that came before it there."""
    histories: dict[str, list[Any]] = {}
    for event in STORIES[story]:
        for tag in event.tags():
            histories.setdefault(tag, []).append(event)

    states = {tag: fold(entity(tag), events) for tag, events in histories.items()}

    assert ABSENT not in states.values()


@pytest.mark.parametrize("story", STORIES)
def test_every_event_happens_in_every_story(story: str) -> None:
    """What no story tells is tested by none of the tests that go through them."""
    assert {type(event) for event in STORIES[story]} == {each.struct for each in EVENT_TYPES}


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_no_fold_is_surprised_by_an_event(event: Any) -> None:
    """Even from nothing, an event is folded or found impossible; no fold meets one it has not heard of."""
    for tag in event.tags():
        initial = entity(tag).initial

        try:
            state = entity(tag).evolve(initial, event)
        except BrokenHistory:
            continue

        assert state is not ABSENT


IMPOSSIBLE: list[tuple[Entity[Any], list[type[Any]]]] = [
    (CITY, [CityChanged]),
    (recruiter.RECRUITER, [RecruiterDeactivated]),
    (recruiter.RECRUITER, [RecruiterChanged]),
    (recruiter.RECRUITER, [AbsenceRecorded]),
    (recruiter.RECRUITER, [RecruiterRegistered, RecruiterDeactivated, RecruiterDeactivated]),
    (recruiter.RECRUITER, [RecruiterRegistered, RecruiterDeactivated, AbsenceRecorded]),
    (candidate.CANDIDATE, [CandidateTested]),
    (candidate.CANDIDATE, [ContactChanged]),
    (candidate.CANDIDATE, [SlotBooked]),
    (candidate.CANDIDATE, [BookingRescheduled]),
    (candidate.CANDIDATE, [BookingCancelled]),
    (candidate.CANDIDATE, [SlotHeld]),
    (candidate.CANDIDATE, [WaitlistJoined]),
    *((slot.SLOT, [kind]) for kind in (SlotHeld, SeatOffered, SlotBooked, BookingRescheduled, BookingCancelled)),
    *((slot.SLOT, [kind]) for kind in (SlotCapacityChanged, SlotClosed, SlotReopened, SlotReanchored, SlotCancelled)),
    *((booking.BOOKING, [kind]) for kind in (BookingRescheduled, BookingCancelled, BookingReanchored)),
    (booking.BOOKING, [SlotBooked, BookingCancelled, BookingRescheduled]),
    (booking.BOOKING, [SlotBooked, BookingCancelled, BookingCancelled]),
    (booking.BOOKING, [SlotBooked, BookingDeclined, BookingApproved]),
    (booking.BOOKING, [SlotBooked, BookingMissed, BookingCancelled]),
    (booking.BOOKING, [SlotBooked, OutcomeCorrected]),
    *((hold.HOLD, [kind]) for kind in (HoldReleased, HoldExpired, SlotBooked, OfferAccepted, OfferDeclined)),
    (hold.HOLD, [SlotHeld, HoldReleased, HoldExpired]),
    (hold.HOLD, [SeatOffered, OfferExpired, OfferAccepted]),
    *((waitlist.WAITLIST, [kind]) for kind in (WaitlistLeft, SeatOffered, OfferAccepted, OfferDeclined, OfferExpired)),
    *((series.SERIES, [kind]) for kind in (SeriesChanged, SeriesEnded, OccurrenceSkipped)),
    (series.SERIES, [SeriesPublished, SeriesEnded, SeriesChanged]),
]


@pytest.mark.parametrize(("entity", "kinds"), IMPOSSIBLE)
def test_an_impossible_history_is_noticed(entity: Entity[Any], kinds: list[type[Any]]) -> None:
    """What cannot follow raises BrokenHistory: it names the kinds of event and state, and tells no more of either."""
    history = [first(kind) for kind in kinds]
    before = fold(entity, history[:-1])

    with pytest.raises(BrokenHistory) as broken:
        entity.evolve(before, history[-1])

    assert str(broken.value) == f"{type(history[-1]).__name__} cannot follow {type(before).__name__}"


@pytest.mark.parametrize("kind", [SlotBooked, SlotHeld, SlotClosed, SlotReanchored, SlotCancelled, BookingCancelled])
def test_nothing_follows_a_cancelled_slot(kind: type[Any]) -> None:
    """Its history is over."""
    cancelled = fold(slot.SLOT, [MIDNIGHT, first(SlotCancelled)])

    with pytest.raises(BrokenHistory):
        slot.SLOT.evolve(cancelled, first(kind))


def test_a_rescheduled_booking_leaves_one_seat_and_takes_another() -> None:
    """One event frees the seat of the old slot and fills one of the new slot."""
    booked, moved = first(SlotBooked), first(BookingRescheduled)

    old = fold(slot.SLOT, [NIGHT, booked, moved])
    new = fold(slot.SLOT, [MIDNIGHT, moved])
    state = fold(booking.BOOKING, [booked, moved])

    assert (old.seats_left, new.seats_left) == (12, 0)
    assert (state.slot, state.reschedules, state.pending) == (OVER_MIDNIGHT, 1, True)


def test_a_hold_takes_a_seat_until_it_is_used_up() -> None:
    """A booking takes the place of the candidate's own hold, and the hold names it."""
    held, booked = first(SlotHeld), first(SlotBooked)

    kept = fold(slot.SLOT, [NIGHT, held])
    used = fold(slot.SLOT, [NIGHT, held, booked])
    ended = fold(hold.HOLD, [held, booked])

    assert (kept.seats_left, kept.holds[CANDIDATE].hold_id) == (11, HOLD)
    assert (used.seats_left, used.holds) == (11, {})
    assert (ended.ending, ended.booking_id) == ("used", booked.booking_id)


def test_a_slot_over_midnight_fills_two_days() -> None:
    """An interval stands in each UTC day it touches, until the slot is cancelled."""
    days = [tag for tag in MIDNIGHT.tags() if tag.startswith("agenda:")]

    filled = fold(slot.AGENDA, [MIDNIGHT])
    freed = fold(slot.AGENDA, [MIDNIGHT, first(SlotCancelled)])

    assert [day.rpartition("/")[2] for day in days] == ["2027-11-01", "2027-11-02"]
    assert [taken.slot_id for taken in filled] == [LATER_SLOT]
    assert freed == ()


def test_a_closed_slot_keeps_who_is_in() -> None:
    """Closing and reopening change nothing but whether somebody gets in."""
    booked = fold(slot.SLOT, [NIGHT, first(SlotBooked)])

    closed = slot.SLOT.evolve(booked, first(SlotClosed))
    reopened = slot.SLOT.evolve(closed, first(SlotReopened))

    assert isinstance(closed, slot.ClosedSlot)
    assert closed.bookings == booked.bookings
    assert reopened == booked


def test_a_result_that_was_voided_gives_way_to_the_one_before() -> None:
    """The pass counts again once the later failure does not."""
    registered = first(CandidateRegistered)
    passed, failed = (event for event in FULL if isinstance(event, CandidateTested))
    history = [registered, passed, failed]

    before = fold(candidate.CANDIDATE, history)
    after = fold(candidate.CANDIDATE, [*history, first(TestResultVoided)])

    assert not before.has_passed("typing", failed.taken_at)
    assert after.has_passed("typing", failed.taken_at)


def test_a_corrected_outcome_takes_back_a_miss() -> None:
    """What was recorded by mistake does not count against the candidate."""
    missed, corrected = first(BookingMissed), first(OutcomeCorrected)
    person = next(
        event for event in FULL if isinstance(event, CandidateRegistered) and event.candidate_id == missed.candidate_id
    )
    booked = next(event for event in FULL if isinstance(event, SlotBooked) and event.booking_id == missed.booking_id)

    before = fold(candidate.CANDIDATE, [person, booked, missed])
    after = fold(candidate.CANDIDATE, [person, booked, missed, corrected])

    assert before.missed == {missed.booking_id: booked.slot.starts_at}
    assert after.missed == {}


def test_who_lets_an_offer_pass_waits_on_but_not_for_that_slot() -> None:
    """Declining and not answering are alike: the place in the list is kept, the slot is not offered again."""
    joined, offered = first(WaitlistJoined), first(SeatOffered)

    asked = fold(waitlist.WAITLIST, [joined, offered]).waiting[joined.candidate_id]
    declined = fold(waitlist.WAITLIST, [joined, offered, first(OfferDeclined)]).waiting[joined.candidate_id]

    assert (asked.offer, asked.passed) == (offered.hold_id, frozenset())
    assert (declined.offer, declined.passed, declined.joined_at) == (None, {LATER_SLOT}, joined.joined_at)


def test_a_tag_of_nobody_has_no_entity() -> None:
    """A tag that is not one of ours belongs to no entity."""
    assert entity_of("tagX") is None
