"""Where a piece of work belongs: the W3C trace context, as a header says it and as it is stored with every event.

https://www.w3.org/TR/trace-context/
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from typing import Final, NamedTuple, Self

_TRACEPARENT: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<later>-.*)?"
)
_SAMPLED: Final = 0x01


class TraceContext(NamedTuple):
    """`trace_id` has 32 hexadecimal digits, `span_id` 16; what is not `sampled` is recorded by nobody."""

    trace_id: str
    span_id: str
    sampled: bool

    def __str__(self) -> str:
        """Return the traceparent."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"

    @classmethod
    def parse(cls, traceparent: str) -> Self | None:
        """Read a traceparent; None if it is not one. Versions after 00 may say more than is read here."""
        found = _TRACEPARENT.fullmatch(traceparent)
        if found is None or (found["version"] == "00" and found["later"]):
            return None
        return cls(found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED))

    @classmethod
    def unrecorded(cls) -> Self:
        """Start a trace that only names things: the lines of the log, the events and the answer of one request."""
        digits = secrets.token_hex(24)
        return cls(digits[:32], digits[32:], sampled=False)


_current: ContextVar[TraceContext | None] = ContextVar("trace", default=None)


def current() -> TraceContext | None:
    """Return the trace context of the work under way."""
    return _current.get()


class within:  # noqa: N801  used as a function, and a generator takes three times as long around every request
    """Make this the trace context of what is done inside."""

    __slots__ = ("_before", "_context")

    def __init__(self, context: TraceContext) -> None:
        """Nothing changes yet."""
        self._context = context

    def __enter__(self) -> None:
        """Enter the trace."""
        self._before = _current.set(self._context)

    def __exit__(self, *_: object) -> None:
        """Return to the one before."""
        _current.reset(self._before)
