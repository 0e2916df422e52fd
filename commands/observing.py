"""What the writer tells about itself, to whoever measures or traces it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from commands.request import Request


class Observer(Protocol):
    """Told of every append and every outcome; must not raise and not wait."""

    def appending(self, requests: Sequence[Request]) -> AbstractContextManager[None]:
        """Surround one append of a batch, its repetitions included."""
        ...

    def settled(self, request: Request, outcome: str, *, replayed: bool) -> None:
        """Note the outcome of a command: "accepted" or the code of a refusal."""
        ...

    def conflicted(self, count: int) -> None:
        """Note how many commands of a batch are decided again."""
        ...


class Silent:
    """Tells nobody."""

    def appending(self, requests: Sequence[Request]) -> AbstractContextManager[None]:  # noqa: ARG002  nobody is told
        """Surround nothing."""
        return nullcontext()

    def settled(self, request: Request, outcome: str, *, replayed: bool) -> None:
        """Note nothing."""

    def conflicted(self, count: int) -> None:
        """Note nothing."""


SILENT = Silent()
