"""What each event is about."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from events.booking import AttendanceAnswered, BookingAttended, BookingRescheduled
from events.recruiter import AbsenceRecorded
from projections import topics as topics_module
from projections.directory import DIRECTORY as DIRECTORY_MODEL
from projections.slots import SLOTS as SLOTS_MODEL
from projections.topics import DIRECTORY, EVERYTHING, SLOTS, Topics, agenda_of, slots_in
from tests.events.examples import FULL
from tests.projections.folding import recorded
from tests.projections.following import NOWHERE
from tests.projections.running import at_work, caught_up, log_of, runner
from tests.support.deciding import (
    NOW,
    OTHER_RECRUITER,
    OTHER_SLOT,
    RECRUITER,
    booked,
    cancelled,
    city,
    details,
    slot,
    some_id,
)

AGENDA = agenda_of(RECRUITER)
LISTS_IN_BERLIN = {SLOTS, "slots:berlin", "slots:berlin/screening", "slots:berlin/screening/2027-03-02"}
IN_BERLIN = {*LISTS_IN_BERLIN, AGENDA}
IN_ROME = {SLOTS, "slots:rome", "slots:rome/trial", "slots:rome/trial/2027-03-04", AGENDA}
SOMEWHERE = slot()
ELSEWHERE = slot(OTHER_SLOT, city_id="rome", stage_id="trial", local_start="2027-03-04T10:00:00")
BOOKED = booked(SOMEWHERE)
MOVED = BookingRescheduled(
    BOOKED.booking_id,
    BOOKED.candidate_id,
    SOMEWHERE.slot_id,
    details(ELSEWHERE),
    1,
    "candidate",
    None,
    1,
    override=False,
)


async def beside_tags(topics: Topics, *events: Any) -> Sequence[set[str]]:
    """Work out the topics of a page, and leave out what the events say themselves."""
    page = [recorded(event, position) for position, event in enumerate(events, 1)]
    changes = await topics.of(page)
    assert [change.position for change in changes] == list(range(1, len(events) + 1))
    assert all(change.topics >= set(event.tags()) for change, event in zip(changes, events, strict=True))
    return [set(change.topics - set(event.tags())) for change, event in zip(changes, events, strict=True)]


async def test_every_kind_of_event_tells_which_models_it_changes(database_url: str) -> None:
    """Its tags, and whether the directory and the lists of slots show it."""
    log = await log_of(FULL)
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    made = Topics(database_url)
    found = await beside_tags(made, *FULL)
    await made.close()

    for topics, event in zip(found, FULL, strict=True):
        assert (DIRECTORY in topics) == isinstance(event, DIRECTORY_MODEL.events)
        assert (SLOTS in topics) == isinstance(event, SLOTS_MODEL.events)
        assert EVERYTHING not in topics


async def test_the_lists_of_a_slot_are_named_by_its_place() -> None:
    """Everywhere, its city, its stage there, its day by the local clock; a booking that moves is about two."""
    found = await beside_tags(Topics(NOWHERE), SOMEWHERE, ELSEWHERE, BOOKED, MOVED, cancelled(BOOKED))

    assert found == [IN_BERLIN, IN_ROME, IN_BERLIN, IN_BERLIN | IN_ROME, IN_BERLIN]


async def test_whatever_a_recruiter_s_agenda_shows_is_told_under_it(database_url: str) -> None:
    """Slots, who is booked into them, what they answered and what became of it, absences; a move concerns both."""
    theirs = slot(OTHER_SLOT, recruiter_id=OTHER_RECRUITER)
    moved = replace(MOVED, to_slot=details(theirs))
    events = [
        SOMEWHERE,
        theirs,
        BOOKED,
        AttendanceAnswered(BOOKED.booking_id, BOOKED.candidate_id, "yes"),
        moved,
        BookingAttended(BOOKED.booking_id, BOOKED.candidate_id, 0, "recruiter"),
        AbsenceRecorded(RECRUITER, NOW, NOW + timedelta(hours=1), None),
        city("rome"),
        AttendanceAnswered(some_id("nobody's"), BOOKED.candidate_id, "no"),
    ]
    ours, others = AGENDA, agenda_of(OTHER_RECRUITER)
    log = await log_of(events)

    made = Topics(database_url)
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
        found = await beside_tags(made, *events)
        await made.close()

    agendas = [{topic for topic in topics if topic.startswith("agenda:")} for topics in found]
    assert agendas == [{ours}, {others}, {ours}, {ours}, {ours, others}, {others}, {ours}, set(), set()]


async def test_in_whose_agenda_a_booking_stands_is_known_before_it_shows(database_url: str) -> None:
    """What follows a booking or a move is worked out together with it, when the read models have neither."""
    theirs = slot(OTHER_SLOT, recruiter_id=OTHER_RECRUITER)
    moved = replace(MOVED, to_slot=details(theirs))
    answer = AttendanceAnswered(BOOKED.booking_id, BOOKED.candidate_id, "yes")
    log = await log_of([SOMEWHERE, theirs])

    made = Topics(database_url)
    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
        found = await beside_tags(made, BOOKED, answer, moved, answer)
        await made.close()

    agendas = [{topic for topic in topics if topic.startswith("agenda:")} for topics in found]
    ours, others = AGENDA, agenda_of(OTHER_RECRUITER)
    assert agendas == [{ours}, {ours}, {ours, others}, {others}]


async def test_a_place_that_was_forgotten_is_looked_up(database_url: str) -> None:
    """However few slots are remembered, what is told is the same; a slot that was not taken in concerns everything."""
    log = await log_of([SOMEWHERE, ELSEWHERE])
    topics = Topics(database_url, bound=1)
    unknown = slot(some_id("nowhere"))

    async with at_work(runner(log, database_url)):
        assert await caught_up(log, database_url)
    found = await beside_tags(topics, MOVED)
    again = await beside_tags(topics, BOOKED, MOVED, booked(unknown))
    await topics.close()

    assert found == [IN_BERLIN | IN_ROME]
    assert again == [IN_BERLIN, IN_BERLIN | IN_ROME, {SLOTS, EVERYTHING}]


@pytest.mark.parametrize("garbled", [{"data": b"{}"}, {"version": 99}])
async def test_an_event_that_cannot_be_read_concerns_everything(garbled: dict[str, Any]) -> None:
    """Which slots it changes cannot be told."""
    changes = await Topics(NOWHERE).of([replace(recorded(BOOKED, 1), **garbled), recorded(city("rome"), 2)])

    assert [EVERYTHING in change.topics for change in changes] == [True, False]


async def test_an_event_whose_slots_cannot_be_named_concerns_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The read model stands still at it; who follows the changes goes on."""
    monkeypatch.setattr(topics_module, "SLOTS_MODEL", replace(SLOTS_MODEL, keys=lambda event: event.no_such_field))

    changes = await Topics(NOWHERE).of([recorded(BOOKED, 1), recorded(city("rome"), 2)])

    assert [EVERYTHING in change.topics for change in changes] == [True, False]


def test_lists_are_named_in_one_way() -> None:
    """A list of slots goes by what it is narrowed to."""
    day = SOMEWHERE.starts_at.date()

    assert {
        SLOTS,
        slots_in("berlin"),
        slots_in("berlin", "screening"),
        slots_in("berlin", "screening", day),
    } == LISTS_IN_BERLIN
