"""The suites by which the library `eventsourcing` judges who keeps its events, on PostgreSQL."""

import sys
from collections.abc import Iterator

import pytest
from eventsourcing import cryptography
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.utils import Environment

from events.postgres import Factory
from events.recorders import (
    LogAggregateRecorder,
    LogApplicationRecorder,
    LogProcessRecorder,
    LogTrackingRecorder,
)

# The library has the same cipher twice, over two other libraries; its suites import the one that we have no use for.
sys.modules.setdefault("eventsourcing.cipher", cryptography)
from eventsourcing.tests import persistence as suites  # noqa: E402  after the line above


class MyTracking(LogTrackingRecorder):
    """A recorder of somebody's own."""


class _OnPostgres:
    """The library's cases know nothing of fixtures: what they need stands in themselves."""

    env: Environment
    opened: Factory

    @pytest.fixture(autouse=True)
    def _open(self, database_url: str) -> Iterator[None]:
        self.env = Environment("TestCase", {"PERSISTENCE_MODULE": "events.postgres", "DATABASE_URL": database_url})
        opened = InfrastructureFactory[LogTrackingRecorder].construct(self.env)
        assert isinstance(opened, Factory)
        self.opened = opened
        yield
        opened.close()


class TestAggregateRecorder(_OnPostgres, suites.AggregateRecorderTestCase):
    """Aggregates."""

    def create_recorder(self) -> LogAggregateRecorder:
        """Make what is judged."""
        return self.opened.aggregate_recorder()


class TestApplicationRecorder(_OnPostgres, suites.ApplicationRecorderTestCase[LogApplicationRecorder]):
    """Notifications."""

    def create_recorder(self) -> LogApplicationRecorder:
        """Make what is judged."""
        return self.opened.application_recorder()

    def test_insert_subscribe(self) -> None:
        """The suite leaves it open whether recorders can be subscribed to: ours can."""
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(_OnPostgres, suites.TrackingRecorderTestCase):
    """How far a follower is."""

    def create_recorder(self) -> LogTrackingRecorder:
        """Make what is judged."""
        return self.opened.tracking_recorder()


class TestProcessRecorder(_OnPostgres, suites.ProcessRecorderTestCase):
    """Notifications processed and events written in one."""

    def create_recorder(self) -> LogProcessRecorder:
        """Make what is judged."""
        return self.opened.process_recorder()


class TestNonInterleavingNotificationIDs(_OnPostgres, suites.NonInterleavingNotificationIDsBaseCase):
    """What is written at once is read in one piece."""

    def create_recorder(self) -> LogApplicationRecorder:
        """Make what is judged."""
        return self.opened.application_recorder()


class TestInfrastructureFactory(_OnPostgres, suites.InfrastructureFactoryTestCase[Factory]):
    """What the environment leads to."""

    def expected_factory_class(self) -> type[Factory]:
        """Name ours."""
        return Factory

    def expected_aggregate_recorder_class(self) -> type[LogAggregateRecorder]:
        """Name ours."""
        return LogAggregateRecorder

    def expected_application_recorder_class(self) -> type[LogApplicationRecorder]:
        """Name ours."""
        return LogApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[LogTrackingRecorder]:
        """Name ours."""
        return LogTrackingRecorder

    def tracking_recorder_subclass(self) -> type[LogTrackingRecorder]:
        """Name one of somebody's own."""
        return MyTracking

    def expected_process_recorder_class(self) -> type[LogProcessRecorder]:
        """Name ours."""
        return LogProcessRecorder
