"""What holds of time in every zone there is, around every change of clocks from 2024 to 2028."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from commands.decision import Accepted, Context, Known, View
from commands.publish_slot import PublishSlot, decide
from events.catalogue import entity_of
from events.local_time import LocalStart, NoSuchLocalTime, day_of, local_day, resolve, zone
from events.slot import SlotPublished
from tests.events.zones import DAY, FIRST, HARD_DAYS, LAST, SECOND, ZONE_NAMES, around, changes, distinct_zones
from tests.support import deciding as given
from tests.support.deciding import ADMIN, COMMAND_ID, RECRUITER

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

Place = tuple[datetime, str]

BEFORE_ALL = datetime(2010, 1, 1, tzinfo=UTC)
DURATIONS = [1, 30, 90, 1_440]
A_SLICE = "a slice"
ALL = pytest.param("all", marks=pytest.mark.nightly)
EXTENTS = [A_SLICE, ALL]


def zones_of(extent: str) -> Sequence[str]:
    """Zones of other names and the same rules are for the night."""
    return distinct_zones() if extent == A_SLICE else tuple(ZONE_NAMES)


def places(extent: str) -> Iterator[Place]:
    """Instants around each change, every half hour of four or every ten minutes of two days, and on each hard day."""
    reach, step = (timedelta(hours=2), timedelta(minutes=30)) if extent == A_SLICE else (DAY, timedelta(minutes=10))
    for name in zones_of(extent):
        yield FIRST, name
        for change in changes(name):
            yield from ((moment, name) for moment in around(change, reach, step))
    for name, day in HARD_DAYS:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        yield from ((moment, name) for moment in around(noon, 2 * DAY, timedelta(minutes=30)))


def days(extent: str) -> Iterator[tuple[date, str]]:
    """Days around each change and each hard day, or every day of the five years."""
    for name in zones_of(extent):
        if extent == A_SLICE:
            for change in changes(name):
                yield from ((change.date() + number * DAY, name) for number in (-1, 0, 1))
        else:
            yield from ((FIRST.date() + number * DAY, name) for number in range((LAST - FIRST).days))
    for name, day in HARD_DAYS:
        yield from ((day + number * DAY, name) for number in range(-3, 4))


def settled(text: str, zone_name: str, fold: int | None = None) -> LocalStart:
    """Resolve a time that exists."""
    start = resolve(text, zone_name, fold)
    assert isinstance(start, LocalStart), (text, zone_name)
    return start


@pytest.mark.parametrize("extent", EXTENTS)
def test_every_instant_comes_back_from_its_wall_time(extent: str) -> None:
    """What a slot keeps, its wall time and fold, gives the instant again, and the offset is what lies between them."""
    for instant, zone_name in places(extent):
        shown = settled(instant.isoformat(), zone_name)

        back = settled(shown.local_start, zone_name, shown.fold)

        assert (shown.starts_at, back.starts_at) == (instant, instant), (instant, zone_name)
        apart = datetime.fromisoformat(f"{shown.local_start}+00:00").timestamp() - instant.timestamp()
        assert shown.utc_offset == back.utc_offset == apart, (instant, zone_name)


@pytest.mark.parametrize("extent", EXTENTS)
def test_every_wall_time_comes_back_from_its_instant_or_is_skipped(extent: str) -> None:
    """The clock shows at the instant what was written; what it never shows lies between the neighbours it names."""
    for moment, zone_name in places(extent):
        text = moment.astimezone(zone(zone_name)).replace(tzinfo=None, fold=0) + timedelta(minutes=45)

        start = resolve(text.isoformat(), zone_name)

        match start:
            case LocalStart():
                assert start.starts_at.astimezone(zone(zone_name)).replace(tzinfo=None) == text, (text, zone_name)
            case NoSuchLocalTime(nearest=(before, after)):
                assert before < text.isoformat() < after, (text, zone_name)
                assert settled(before, zone_name).starts_at < settled(after, zone_name).starts_at


def publisher(zone_name: str) -> Callable[[str, int | None, int], SlotPublished]:
    """Publish slots in a city of a zone, long before they start."""
    states = given.states_of([given.city(time_zone=zone_name), given.stage(), given.recruiter()])

    def lookup(tag: str) -> Known:
        entity = entity_of(tag)
        assert entity is not None
        return states.get(tag) or Known(entity.initial, 0)

    def publish(starts_at: str, fold: int | None, minutes: int) -> SlotPublished:
        command = PublishSlot(
            RECRUITER, "berlin", "screening", starts_at, fold=1 if fold else None, duration_minutes=minutes
        )
        decision = decide(command, View(lookup), Context(COMMAND_ID, ADMIN, BEFORE_ALL))
        assert isinstance(decision, Accepted), (decision, starts_at, zone_name)
        (event,) = decision.events
        assert isinstance(event, SlotPublished)
        return event

    return publish


@pytest.mark.parametrize("extent", EXTENTS)
def test_a_published_slot_is_neither_reversed_nor_stretched(extent: str) -> None:
    """It lasts as long as it was said to, in elapsed seconds, whatever the clocks do meanwhile."""
    publishers = {name: publisher(name) for name in {*zones_of(extent), *(name for name, _ in HARD_DAYS)}}
    for number, (instant, zone_name) in enumerate(places(extent)):
        shown = settled(instant.isoformat(), zone_name)
        minutes = DURATIONS[number % len(DURATIONS)]

        event = publishers[zone_name](shown.local_start, shown.fold, minutes)

        assert event.starts_at == instant, (instant, zone_name)
        assert event.ends_at.timestamp() - event.starts_at.timestamp() == minutes * 60, (instant, zone_name)
        assert event.starts_at.tzinfo is event.ends_at.tzinfo is UTC


@pytest.mark.parametrize("extent", EXTENTS)
def test_local_days_follow_one_another_without_gap_or_overlap(extent: str) -> None:
    """A day begins at the first instant that shows its date or a later one, and ends where the next one begins."""
    for day, zone_name in days(extent):
        first, following = local_day(day, zone_name)

        assert first <= following == local_day(day + DAY, zone_name)[0], (day, zone_name)
        tz = zone(zone_name)
        assert (first - SECOND).astimezone(tz).date() < day <= first.astimezone(tz).date(), (day, zone_name)


@pytest.mark.parametrize("extent", EXTENTS)
def test_every_instant_lies_in_one_day(extent: str) -> None:
    """The day named for an instant holds it; since days do not overlap, no other does."""
    for instant, zone_name in places(extent):
        day = day_of(instant, zone_name)

        first, following = local_day(day, zone_name)

        assert first <= instant < following, (instant, zone_name)


def test_the_clocks_of_many_zones_change() -> None:
    """The tests above look at something: there are hundreds of rules, and about a thousand changes in five years."""
    zones = distinct_zones()

    assert len(zones) > 300
    assert sum(len(changes(name)) for name in zones) > 800
    assert len(changes("Europe/Berlin")) == 10
    assert datetime(2024, 2, 29, 18, tzinfo=UTC) in changes("Asia/Almaty")
