"""The order of a waitlist, explained, asked of PostgreSQL."""

from datetime import timedelta

import msgspec

from events.offer import OfferExpired, Skipped
from events.waitlist import WaitlistLeft
from queries.page import Paging
from queries.waitlist import Waiting, waitlist
from tests.queries.asking import asking
from tests.support.deciding import CANDIDATE, HOLD, NOW, SLOT, candidate, offered, slot, some_id, waiting

FIRST, SECOND, THIRD, FOURTH = (some_id(name) for name in ("first", "second", "third", "fourth"))
PLACE = ("berlin", "screening")


async def listed(url: str, *events: object, limit: int = 50) -> list[Waiting]:
    """Walk through the list after these events."""
    async with asking(url, events) as connection:
        page = await waitlist(connection, *PLACE, Paging(limit), NOW)
        found = page.items
        while page.next_cursor:
            page = await waitlist(connection, *PLACE, Paging(limit, page.next_cursor), NOW)
            found = [*found, *page.items]
    return found


async def test_each_place_is_explained_by_what_puts_it_behind_the_one_before(database_url: str) -> None:
    """Priority first, then age; who came in the same instant stand as they do in the log."""
    events = [waiting(FOURTH), waiting(SECOND, days_ago=3), waiting(THIRD, days_ago=3), waiting(FIRST, priority=1)]
    elsewhere = waiting(some_id("elsewhere"), priority=9, stage_id="second")

    found = await listed(database_url, *events, elsewhere, limit=1)

    assert [(each.rank, each.candidate.id, each.behind_by) for each in found] == [
        (1, FIRST, None),
        (2, SECOND, "priority"),
        (3, THIRD, "log"),
        (4, FOURTH, "age"),
    ]


async def test_who_left_is_not_listed(database_url: str) -> None:
    """The others move up."""
    gone = WaitlistLeft(FIRST, *PLACE, "booked")

    found = await listed(database_url, waiting(FIRST, days_ago=2), waiting(SECOND), gone)

    assert [(each.rank, each.candidate.id, each.behind_by) for each in found] == [(1, SECOND, None)]


async def test_who_was_skipped_by_the_last_offer_sees_the_rule(database_url: str) -> None:
    """It is why the seat went to somebody behind them."""
    people = [candidate(), candidate(FIRST), slot(), waiting(FIRST, days_ago=2), waiting()]
    offer = msgspec.structs.replace(offered(slot()), rank=2, skipped=(Skipped(FIRST, "candidate-busy"),))

    before = await listed(database_url, *people, offer)

    assert [(each.candidate.id, each.skipped) for each in before] == [(FIRST, "candidate-busy"), (CANDIDATE, None)]
    assert [each.offer and each.offer.offer_id for each in before] == [None, HOLD]


async def test_skipping_is_forgotten_with_the_next_offer(database_url: str) -> None:
    """An older offer may have passed somebody for a reason that is gone."""
    people = [candidate(), candidate(FIRST), slot(), waiting(FIRST, days_ago=2), waiting()]
    offer = msgspec.structs.replace(offered(slot()), rank=2, skipped=(Skipped(FIRST, "candidate-busy"),))
    over = OfferExpired(HOLD, CANDIDATE, SLOT, *PLACE, "timed-out")

    after = await listed(database_url, *people, offer, over, offered(slot(), some_id("later"), FIRST))

    assert [each.skipped for each in after] == [None, None]


async def test_offer_is_shown_while_it_is_live(database_url: str) -> None:
    """What it was about is passed once it has run out, and until somebody notes that, it is not shown."""
    events = [candidate(), slot(), waiting(from_=NOW, to=NOW + timedelta(days=9)), offered(slot())]

    async with asking(database_url, events) as connection:
        live = await waitlist(connection, *PLACE, Paging(), NOW)
        over = await waitlist(connection, *PLACE, Paging(), NOW + timedelta(hours=1))

    assert [(each.offer is not None, each.passed) for each in (*live.items, *over.items)] == [(True, []), (False, [])]
    assert (live.items[0].from_, live.items[0].to) == (NOW, NOW + timedelta(days=9))
