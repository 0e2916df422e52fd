"""A log in memory that can be slow, lose acknowledgements, or be away."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from events.log import Attempt, LogUnavailable, Under, Verdict
from events.memory import MemoryLog


class FaultyLog(MemoryLog):
    """Counts appends; `gate` holds them back, `lose` and `away` of the next fail after or before writing."""

    def __init__(self) -> None:
        """Work like a log, at first."""
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()
        self.lose = 0
        self.away = 0
        self.reads_away = 0
        self.appends: list[int] = []

    async def append(self, attempts: Sequence[Attempt], decided_at: datetime) -> Sequence[Verdict]:
        """Append, or fail as told."""
        self.appends.append(len(attempts))
        self.reached.set()
        await self.gate.wait()
        if self.away:
            self.away -= 1
            raise LogUnavailable("away")
        verdicts = await super().append(attempts, decided_at)
        if self.lose:
            self.lose -= 1
            raise LogUnavailable("the acknowledgement was lost")
        return verdicts

    async def read_tags(self, wanted: Mapping[str, int]) -> Mapping[str, Under]:
        """Read, or fail as told."""
        if self.reads_away:
            self.reads_away -= 1
            raise LogUnavailable("away")
        return await super().read_tags(wanted)
