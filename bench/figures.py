"""What is measured, how it is compared, and against which target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Final, TypeVar

import msgspec

Samples = tuple[float, ...]
T = TypeVar("T")

CLIENTS: Final = 64


class Scale(msgspec.Struct, frozen=True):
    """How much is done: `part` of the full size of every load, each measured `repetitions` times."""

    repetitions: int
    part: float

    def of(self, count: int) -> int:
        """Scale the size of a load, down to one command for each client."""
        return max(round(count * self.part), CLIENTS)


FULL: Final = Scale(repetitions=5, part=1.0)
QUICK: Final = Scale(repetitions=1, part=0.02)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table; samples are in `unit`, one for each repetition.

    `at_least` and `at_most` are targets for the ratio of the medians, ours by the peer's; `above` and `below` are those
    for our median. One figure has one target at most.
    """

    scenario: str
    what: str
    unit: str
    ours: Samples
    peer: str = ""
    theirs: Samples = ()
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    note: str = ""

    @property
    def value(self) -> float:
        """Our median."""
        return median(self.ours)

    @property
    def peer_value(self) -> float | None:
        """The peer's median, if there is a peer."""
        return median(self.theirs) if self.theirs else None

    @property
    def ratio(self) -> float | None:
        """Our median by the peer's, if there is a peer."""
        return self.value / self.peer_value if self.peer_value else None

    @property
    def reached(self) -> bool | None:
        """Tell whether the target is reached; None where there is none, or nothing to compare with."""
        if self.below is not None:
            return self.value < self.below
        if self.above is not None:
            return self.value >= self.above
        if self.ratio is None:
            return None
        if self.at_most is not None:
            return self.ratio <= self.at_most
        return None if self.at_least is None else self.ratio >= self.at_least


def interleaved(repetitions: int, contestants: Mapping[str, Callable[[], T]]) -> dict[str, tuple[T, ...]]:
    """Let them run in turns, so that what the machine does meanwhile hits all alike. The first turn is not counted."""
    for run in contestants.values():
        run()
    turns = [{name: run() for name, run in contestants.items()} for _ in range(repetitions)]
    return {name: tuple(turn[name] for turn in turns) for name in contestants}
