"""What the library `eventsourcing` looks up for `PERSISTENCE_MODULE=events.postgres`: a way to open the log."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import Final, TypeVar
from uuid import UUID

from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.persistence import InfrastructureFactory, InfrastructureFactoryError, NotSupportedError
from eventsourcing.utils import Environment, EnvType, resolve_topic

from events.dcb import LogRecorder, open_recorder
from events.postgres.log import PostgresLog, open_log
from events.recorders import (
    LogAggregateRecorder,
    LogApplicationRecorder,
    LogProcessRecorder,
    LogTrackingRecorder,
)
from events.stored import Naming

DATABASE_URL: Final = "DATABASE_URL"
ORIGINATOR_ID_TYPE: Final = "ORIGINATOR_ID_TYPE"

_TYPES: Final[dict[str, type[UUID | str]]] = {"uuid": UUID, "text": str}

T = TypeVar("T")


class Factory(InfrastructureFactory[LogTrackingRecorder], DCBInfrastructureFactory[LogTrackingRecorder]):
    """Opens the log at `DATABASE_URL` when the first recorder is made; `close` closes it."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Read the environment. Raises InfrastructureFactoryError for one that names no database, or no good name."""
        super().__init__(env)
        self._url = self.env.get(DATABASE_URL, "")
        originator_ids = _TYPES.get(self.env.get(ORIGINATOR_ID_TYPE, "uuid").lower())
        name = self.env.name or "application"
        if not self._url:
            raise InfrastructureFactoryError(f"{DATABASE_URL} names no database")
        if originator_ids is None:
            raise InfrastructureFactoryError(f"{ORIGINATOR_ID_TYPE} is neither uuid nor text")
        if "/" in name or not name.isprintable():
            raise InfrastructureFactoryError("the name of an application has neither slashes nor control characters")
        self._naming = Naming(name, originator_ids)
        self._opening = Lock()
        self._opened: LogRecorder[PostgresLog] | None = None
        self._closing = ExitStack()

    def aggregate_recorder(self, purpose: str = "events") -> LogAggregateRecorder:
        """Make a recorder of aggregates. NotSupportedError for snapshots: they are no facts, and would stay."""
        if purpose != "events":
            raise NotSupportedError(f"the log keeps facts; {purpose} are worked out from them")
        return LogAggregateRecorder(self._open(), self._naming)

    def application_recorder(self) -> LogApplicationRecorder:
        """Make a recorder of an application."""
        return self._chosen(self.APPLICATION_RECORDER_TOPIC, LogApplicationRecorder)(self._open(), self._naming)

    def tracking_recorder(
        self, tracking_recorder_class: type[LogTrackingRecorder] | None = None
    ) -> LogTrackingRecorder:
        """Make a recorder of how far the application is."""
        kind = tracking_recorder_class or self._chosen(self.TRACKING_RECORDER_TOPIC, LogTrackingRecorder)
        return kind(self._open(), self._naming)

    def process_recorder(self) -> LogProcessRecorder:
        """Make a recorder of an application that follows others."""
        return self._chosen(self.PROCESS_RECORDER_TOPIC, LogProcessRecorder)(self._open(), self._naming)

    def dcb_recorder(self) -> LogRecorder[PostgresLog]:
        """Make a recorder for `eventsourcing.dcb`."""
        return self._open()

    def close(self) -> None:
        """Close the log."""
        with self._opening:
            self._opened = None
            self._closing.close()

    def _chosen(self, key: str, usual: type[T]) -> type[T]:
        topic = self.env.get(key)
        if not topic:
            return usual
        kind = resolve_topic(topic)
        if not (isinstance(kind, type) and issubclass(kind, usual)):
            raise InfrastructureFactoryError(f"{key} names no {usual.__name__}")
        return kind

    def _open(self) -> LogRecorder[PostgresLog]:
        with self._opening:
            if self._opened is None:
                opening = open_recorder(open_log(self._url), f"eventsourcing:{self._naming.application}")
                self._opened = self._closing.enter_context(opening)
            return self._opened
