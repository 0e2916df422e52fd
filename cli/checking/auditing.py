"""The rules over the whole log of a database, from position 0, with the time that reading and folding took apart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any, Final

import asyncpg
import msgspec

from cli.checking.breach import Breach
from cli.checking.rules import Rules
from cli.checking.world import Entry
from daybook.database import connect

_COLUMNS: Final = ", ".join(Entry._fields)
_PAGE: Final = f"select {_COLUMNS} from daybook.event where position > $1 order by position limit $2"  # noqa: S608  names of our own columns
PAGE_SIZE: Final = 10_000
_STATEMENT_SECONDS: Final = 60.0


class Audited(msgspec.Struct, frozen=True):
    """How many events were folded up to the first breach, if there is one, and in how many seconds."""

    events: int
    reading_seconds: float
    folding_seconds: float
    breach: Breach | None

    @property
    def folded_per_second(self) -> float:
        """Events a second of folding alone, on one core."""
        return self.events / self.folding_seconds if self.folding_seconds else 0.0

    @property
    def read_per_second(self) -> float:
        """Events a second of reading alone."""
        return self.events / self.reading_seconds if self.reading_seconds else 0.0


async def audit_rules(url: str) -> Audited:
    """Fold the log of a database page by page."""
    connection = await connect(url, "daybook audit", _STATEMENT_SECONDS)
    try:
        return await _fold(connection)
    finally:
        await connection.close()


async def _fold(connection: asyncpg.Connection) -> Audited:
    rules, events, reading, folding = Rules(), 0, 0.0, 0.0
    breach = None
    started = perf_counter()
    async for page in _pages(connection):
        read = perf_counter()
        checked, breach = _checked(rules, page)
        events += checked
        reading, folding, started = reading + read - started, folding + perf_counter() - read, perf_counter()
        if breach:
            break
    return Audited(events, reading, folding, breach or rules.end())


async def _pages(connection: asyncpg.Connection) -> AsyncIterator[list[Any]]:
    """Read rows in order, in bounded memory."""
    after = 0
    while page := await connection.fetch(_PAGE, after, PAGE_SIZE):
        yield page
        after = page[-1][0]


def _checked(rules: Rules, page: list[Any]) -> tuple[int, Breach | None]:
    """Take a page; say how many events were checked, and the breach that ended it."""
    for number, row in enumerate(page, 1):
        if breach := rules.take(Entry._make(row)):
            return number, breach
    return len(page), None
