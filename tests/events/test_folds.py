"""States: every history that can be is folded, and one that cannot is noticed."""

from typing import Any

import pytest

from events import booking, candidate, recruiter, slot
from events.catalogue import entity_of
from events.entity import ABSENT, BrokenHistory, Entity
from tests.events.examples import EXAMPLES, FULL, OVER_MIDNIGHT, STORIES

CITY, RECRUITER, TEST, STAGE, CANDIDATE, TESTED, FIRST, SECOND, BOOKED, MOVED, CANCELLED, WITHDRAWN, LEFT = FULL


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


@pytest.mark.parametrize(
    ("entity", "history"),
    [
        (recruiter.RECRUITER, [LEFT]),
        (recruiter.RECRUITER, [RECRUITER, LEFT, LEFT]),
        (candidate.CANDIDATE, [TESTED]),
        (candidate.CANDIDATE, [BOOKED]),
        (candidate.CANDIDATE, [MOVED]),
        (candidate.CANDIDATE, [CANCELLED]),
        (slot.SLOT, [BOOKED]),
        (slot.SLOT, [MOVED]),
        (slot.SLOT, [CANCELLED]),
        (slot.SLOT, [WITHDRAWN]),
        (slot.SLOT, [SECOND, WITHDRAWN, WITHDRAWN]),
        (slot.SLOT, [SECOND, WITHDRAWN, MOVED]),
        (booking.BOOKING, [MOVED]),
        (booking.BOOKING, [CANCELLED]),
        (booking.BOOKING, [BOOKED, CANCELLED, MOVED]),
        (booking.BOOKING, [BOOKED, CANCELLED, CANCELLED]),
    ],
)
def test_an_impossible_history_is_noticed(entity: Entity[Any], history: list[Any]) -> None:
    """What cannot follow raises BrokenHistory: it names the kinds of event and state, and tells no more of either."""
    before = fold(entity, history[:-1])

    with pytest.raises(BrokenHistory) as broken:
        entity.evolve(before, history[-1])

    assert str(broken.value) == f"{type(history[-1]).__name__} cannot follow {type(before).__name__}"


def test_a_rescheduled_booking_leaves_one_seat_and_takes_another() -> None:
    """One event frees the seat of the old slot and fills one of the new slot."""
    old = fold(slot.SLOT, [FIRST, BOOKED, MOVED])
    new = fold(slot.SLOT, [SECOND, MOVED])
    moved = fold(booking.BOOKING, [BOOKED, MOVED])

    assert (old.seats_left, new.seats_left) == (12, 0)
    assert (moved.slot, moved.reschedules) == (OVER_MIDNIGHT, 1)


def test_a_slot_over_midnight_fills_two_days() -> None:
    """An interval stands in each UTC day it touches, until the slot is cancelled."""
    days = [tag for tag in SECOND.tags() if tag.startswith("agenda:")]

    filled = fold(slot.AGENDA, [SECOND])
    freed = fold(slot.AGENDA, [SECOND, WITHDRAWN])

    assert [day.rpartition("/")[2] for day in days] == ["2027-11-01", "2027-11-02"]
    assert [taken.slot_id for taken in filled] == [SECOND.slot_id]
    assert freed == ()


def test_a_tag_of_nobody_has_no_entity() -> None:
    """A tag that is not one of ours belongs to no entity."""
    assert entity_of("tagX") is None
