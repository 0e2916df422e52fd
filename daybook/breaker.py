"""A circuit breaker: after a few failures nobody is kept waiting any more, until a probe says that it is worth it.

Pure: the time is an argument, in seconds of a clock that never goes back.
"""

from __future__ import annotations

from collections import deque
from typing import Final

FAILURES: Final = 3
SECONDS: Final = 1.0


class Breaker:
    """Opens after so many failures in a row, or within a second; only `close` closes it."""

    def __init__(self, failures: int = FAILURES) -> None:
        """Closed: calls are made."""
        self.is_open = False
        self._in_a_row = 0
        self._recent = deque[float](maxlen=failures)

    def succeeded(self) -> None:
        """Take note of an answer. One to a call from before it opened closes nothing."""
        self._in_a_row = 0

    def failed(self, now: float) -> bool:
        """Take note of a failure; say whether it is the one that opens it."""
        self._in_a_row += 1
        self._recent.append(now)
        most = self._recent.maxlen
        crowded = len(self._recent) == most and now - self._recent[0] <= SECONDS
        if self.is_open or not (crowded or self._in_a_row == most):
            return False
        self.is_open = True
        return True

    def close(self) -> None:
        """Let calls be made again, with nothing held against them."""
        self.is_open = False
        self._in_a_row = 0
        self._recent.clear()
