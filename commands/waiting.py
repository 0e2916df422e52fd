"""Commands in the writer, and who waits for their replies."""

from __future__ import annotations

import asyncio

import msgspec

from commands.replies import Reply
from commands.request import Request


class Waiting:
    """A request in the writer, and all who wait for its reply: it may come again before it is settled."""

    __slots__ = ("conflicts", "replies", "request")

    def __init__(self, request: Request) -> None:
        """Nobody waits yet."""
        self.request = request
        self.conflicts = 0
        self.replies: list[asyncio.Future[Reply]] = []

    async def reply(self) -> Reply:
        """Wait. Who is cancelled here stops waiting, and nothing else happens."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.replies.append(future)
        return await future

    def settle(self, reply: Reply) -> None:
        """Answer everybody; all but the first get it as a replay."""
        for number, future in enumerate(self.replies):
            if not future.done():
                future.set_result(reply if number == 0 else msgspec.structs.replace(reply, replayed=True))

    def fail(self, error: BaseException) -> None:
        """Tell everybody that there is no reply."""
        for future in self.replies:
            if not future.done():
                future.set_exception(error)

    @property
    def abandoned(self) -> bool:
        """Tell whether nobody waits any more."""
        return self.replies[0].cancelled() and all(future.cancelled() for future in self.replies)
