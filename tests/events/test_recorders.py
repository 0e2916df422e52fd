"""The log as applications of the library `eventsourcing` see it: beyond what the suites of the library ask."""

from collections.abc import Iterator
from threading import Thread
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    Notification,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.utils import Environment, get_topic

from events.postgres import Factory
from events.recorders import LogApplicationRecorder, LogProcessRecorder, LogTrackingRecorder

ID = UUID("5d1f0a52-0c5e-4d34-9d3c-1c2ab4a8e6c5")
PATIENCE = 30.0


class OurApplication(LogApplicationRecorder):
    """A recorder of somebody's own."""


def environment(url: str, name: str = "School", **more: str) -> Environment:
    """What an application finds in its environment."""
    return Environment(name, {"PERSISTENCE_MODULE": "events.postgres", "DATABASE_URL": url, **more})


def factory_of(env: Environment) -> Factory:
    """What the library makes of an environment."""
    factory = InfrastructureFactory[LogTrackingRecorder].construct(env)
    assert isinstance(factory, Factory)
    return factory


@pytest.fixture
def factory(database_url: str) -> Iterator[Factory]:
    """The infrastructure of one application."""
    with_ids_that_are_uuids = factory_of(environment(database_url))
    yield with_ids_that_are_uuids
    with_ids_that_are_uuids.close()


def learned(version: int = 1, originator_id: UUID | str = ID, state: bytes = b"{}") -> StoredEvent:
    """Make a stored event."""
    return StoredEvent(originator_id, version, "school:Learned", state)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """Ask the database."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_what_an_application_writes_is_an_event_like_any_other(factory: Factory, database_url: str) -> None:
    """Topic and state stand as they are, under a tag for the aggregate and one for its place, by the application."""
    factory.application_recorder().insert_events([learned(version=7, state=b"\x00\xff no JSON")])

    found = rows(database_url, "select type, tags, data, actor from daybook.event")
    tag = f"aggregate:School/{ID}"
    assert found == [("school:Learned", [tag, f"{tag}#7"], b"\x00\xff no JSON", "eventsourcing:School")]


def test_two_who_write_in_one_place_cannot_both(factory: Factory) -> None:
    """Of many at once that write the same version of an aggregate one stands, and the others are told."""
    recorder, refused = factory.application_recorder(), list[IntegrityError]()

    def write() -> None:
        try:
            recorder.insert_events([learned()])
        except IntegrityError as error:
            refused.append(error)

    writers = [Thread(target=write) for _ in range(8)]
    for each in writers:
        each.start()
    for each in writers:
        each.join(PATIENCE)

    assert len(refused) == 7
    assert recorder.max_notification_id() == 1


def test_aggregates_of_two_applications_never_meet(factory: Factory, database_url: str) -> None:
    """The same id and version may be written by each, and each reads its own."""
    other = factory_of(environment(database_url, "Zoo"))
    ours, theirs = factory.application_recorder(), other.application_recorder()

    ours.insert_events([learned(state=b"1")])
    theirs.insert_events([learned(state=b"2")])

    assert [each.state for each in ours.select_events(ID)] == [b"1"]
    assert [(each.id, each.state) for each in ours.select_notifications(1, 10)] == [(1, b"1"), (2, b"2")]
    other.close()


def test_what_others_wrote_is_a_notification_of_what_its_first_tag_names(factory: Factory) -> None:
    """An id that is a UUID is taken; else one is made of the tag, or of the command where there is no tag."""
    events = [
        DCBEvent("SlotBooked", b"{}", [f"slot:{ID}", "b"]),
        DCBEvent("CityOpened", b"{}", ["city:rome"]),
        DCBEvent("Noted", b"{}"),
    ]
    factory.dcb_recorder().append(events)

    first, second, third = factory.application_recorder().select_notifications(1, 10)

    assert first == Notification(ID, 1, "SlotBooked", b"{}", 1)
    assert second == Notification(uuid5(NAMESPACE_URL, "urn:daybook:city:rome"), 2, "CityOpened", b"{}", 2)
    assert isinstance(third.originator_id, UUID)


def test_an_application_with_ids_of_text_gets_the_tag(database_url: str) -> None:
    """What others wrote is named by its first tag as it stands, and what it wrote itself by its own id."""
    factory = factory_of(environment(database_url, ORIGINATOR_ID_TYPE="text"))
    factory.dcb_recorder().append([DCBEvent("SlotBooked", b"{}", [f"slot:{ID}"])])
    recorder = factory.application_recorder()
    recorder.insert_events([learned(originator_id="a/b#c", version=3)])

    found = recorder.select_notifications(1, 10)

    assert [(each.originator_id, each.originator_version) for each in found] == [(f"slot:{ID}", 1), ("a/b#c", 3)]
    assert recorder.select_events("a/b#c") == [learned(originator_id="a/b#c", version=3)]
    factory.close()


def test_what_was_processed_and_what_came_of_it_stand_or_fall_together(factory: Factory, database_url: str) -> None:
    """An event whose place is taken leaves the follower where it was; one processed before leaves the log as it was."""
    recorder = factory.process_recorder()
    recorder.insert_events([learned(1)], tracking=Tracking("up", 5))

    with pytest.raises(IntegrityError):
        recorder.insert_events([learned(1)], tracking=Tracking("up", 6))
    with pytest.raises(IntegrityError):
        recorder.insert_events([learned(2)], tracking=Tracking("up", 5))

    assert (recorder.max_tracking_id("up"), recorder.max_notification_id()) == (5, 1)
    assert rows(database_url, "table eventsourcing.tracking") == [("School", "up", 5)]
    assert rows(database_url, "select count(*) from daybook.command") == [(1,)]


def test_the_library_finds_a_recorder_for_dcb_as_well(database_url: str) -> None:
    """`eventsourcing.dcb` looks for another kind of factory under the same variable."""
    factory = DCBInfrastructureFactory[LogTrackingRecorder].construct(environment(database_url))

    position = factory.dcb_recorder().append([DCBEvent("Noted", b"{}", ["a"])])

    assert (type(factory), position) == (Factory, 1)
    factory.close()


def test_an_application_that_writes_nothing_leaves_nothing(factory: Factory) -> None:
    """Nothing to write is no command either."""
    assert factory.application_recorder().insert_events([]) == []
    assert factory.process_recorder().insert_events([]) == []
    assert factory.application_recorder().max_notification_id() is None


def test_snapshots_are_refused(factory: Factory) -> None:
    """What is worked out from facts is none: in a log that forgets nothing it would stay for good."""
    with pytest.raises(NotSupportedError):
        factory.aggregate_recorder(purpose="snapshots")


@pytest.mark.parametrize("topic", ["a\x1fb", "a\0b"])
def test_what_the_log_cannot_hold_is_refused(factory: Factory, topic: str) -> None:
    """A text that would come back as another is not written."""
    with pytest.raises(ProgrammingError):
        factory.application_recorder().insert_events([StoredEvent(uuid4(), 1, topic, b"")])


def test_recorders_of_ones_own_are_named_by_topic(database_url: str) -> None:
    """As the library has it; what is no recorder of the kind is refused."""
    ours = environment(database_url, APPLICATION_RECORDER_TOPIC=get_topic(OurApplication))
    wrong = environment(database_url, PROCESS_RECORDER_TOPIC=get_topic(OurApplication))

    factory = factory_of(ours)
    assert type(factory.application_recorder()) is OurApplication
    assert type(factory.process_recorder()) is LogProcessRecorder
    factory.close()
    with pytest.raises(InfrastructureFactoryError):
        factory_of(wrong).process_recorder()


@pytest.mark.parametrize(
    "env",
    [
        Environment("School", {"PERSISTENCE_MODULE": "events.postgres"}),
        environment("postgresql://nowhere", "a/b"),
        environment("postgresql://nowhere", "a\x1fb"),
        environment("postgresql://nowhere", ORIGINATOR_ID_TYPE="int"),
    ],
)
def test_an_environment_that_leads_nowhere_is_refused(env: Environment) -> None:
    """Before anything is opened."""
    with pytest.raises(InfrastructureFactoryError):
        factory_of(env)


def test_a_log_out_of_reach_is_an_operational_error(database_url: str) -> None:
    """It is told in the library's own words."""
    factory = factory_of(environment(database_url.replace("port=", "port=1")))

    with pytest.raises(OperationalError):
        factory.process_recorder().insert_tracking(Tracking("up", 1))
    factory.close()


def test_an_application_follows_what_is_written_elsewhere(factory: Factory) -> None:
    """Who waits at the end of the log gets what others write, and of that what it asked for."""
    got = list[Notification]()

    def follow() -> None:
        with factory.application_recorder().subscribe(gt=1, topics=["SlotBooked"]) as subscription:
            got.append(next(subscription))

    factory.dcb_recorder().append([DCBEvent("SlotBooked", b"{}"), DCBEvent("Noted", b"{}")])
    follower = Thread(target=follow)
    follower.start()
    factory.dcb_recorder().append([DCBEvent("SlotBooked", b"{}", [f"slot:{ID}"])])
    follower.join(PATIENCE)

    assert [(each.id, each.topic) for each in got] == [(3, "SlotBooked")]
