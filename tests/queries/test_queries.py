"""Questions to the read models, asked of PostgreSQL."""

from datetime import timedelta

import msgspec

from queries.agenda import AgendaFilters, agenda
from queries.booking_card import booking_card
from queries.candidate_card import candidate_card
from queries.open_slots import SlotFilters, open_slots
from queries.page import Paging
from queries.projection_status import projection_status
from queries.slot_card import slot_card
from tests.queries.asking import asking
from tests.support.deciding import (
    BOOKING,
    CANDIDATE,
    NOW,
    OTHER_SLOT,
    RECRUITER,
    SLOT,
    booked,
    cancelled,
    candidate,
    city,
    recruiter,
    result,
    slot,
    stage,
    typing_test,
)


async def test_slot_that_has_started_is_not_open(database_url: str) -> None:
    """Open means bookable: later than now."""
    published = slot()

    async with asking(database_url, [published]) as connection:
        before = await open_slots(connection, SlotFilters(), Paging(), published.starts_at - timedelta(seconds=1))
        at_start = await open_slots(connection, SlotFilters(), Paging(), published.starts_at)

    assert ([each.slot_id for each in before.answer.items], at_start.answer.items) == ([SLOT], [])
    assert before.answer.items[0].local_start == "2027-03-02T10:00:00"


async def test_id_stands_for_a_name_that_is_not_known(database_url: str) -> None:
    """A slot of an unknown city is shown: nothing is hidden because another read model lacks something."""
    async with asking(database_url, [slot(), booked(slot())]) as connection:
        slot_seen = await slot_card(connection, SLOT, NOW)
        booking_seen = await booking_card(connection, BOOKING)

    assert slot_seen is not None
    assert (slot_seen.answer.city.name, slot_seen.answer.recruiter.name) == ("berlin", str(RECRUITER))
    assert booking_seen is not None
    assert booking_seen.answer.candidate.name == str(CANDIDATE)


async def test_position_of_a_candidate_rises_with_their_bookings_and_results(database_url: str) -> None:
    """It is that of the last event under the candidate's tag."""
    history = [candidate(), slot(), booked(slot()), typing_test(), result(), cancelled(booked(slot())), city()]
    positions = {}

    for length in range(1, len(history) + 1):
        async with asking(database_url, history[:length]) as connection:
            card = await candidate_card(connection, CANDIDATE, NOW)
            assert card is not None
            positions[length] = card.answer.position

    assert positions == {1: 1, 2: 1, 3: 3, 4: 3, 5: 5, 6: 6, 7: 6}


async def test_agenda_names_people_and_leaves_out_cancelled_bookings(database_url: str) -> None:
    """A recruiter sees who comes."""
    two = msgspec.structs.replace(slot(), capacity=2)
    other = booked(slot(OTHER_SLOT))
    events = [city(), recruiter(), stage(), candidate(), two, slot(OTHER_SLOT), booked(two)]
    elsewhere = msgspec.structs.replace(other, booking_id=CANDIDATE)

    async with asking(database_url, [*events, elsewhere, cancelled(elsewhere)]) as connection:
        page = await agenda(connection, AgendaFilters(RECRUITER), Paging(), NOW)

    shown = {entry.slot_id: [guest.candidate.name for guest in entry.bookings] for entry in page.items}
    assert shown == {SLOT: ["Kim"], OTHER_SLOT: []}


async def test_lag_is_told_in_events_and_seconds(database_url: str) -> None:
    """It is the age of the oldest event that a read model does not show."""
    async with asking(database_url) as connection:
        await connection.driver.execute("set role none")
        await connection.driver.execute(
            "insert into daybook.event select 1, 'CityOpened', 1, '{}', '', $1, $1, gen_random_uuid(), '', "
            "gen_random_uuid(), null, null, sha256('')",
            NOW,
        )
        await connection.driver.execute("insert into daybook.block values (1, 1, now(), sha256(''))")
        page = await projection_status(connection, NOW + timedelta(seconds=90))

    assert {(each.position, each.lag_events, each.lag_seconds) for each in page.items} == {(0, 1, 90.0)}
