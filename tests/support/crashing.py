"""A projector to which something happens at a named point of its work."""

import os
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, NamedTuple

from projections import building, checkpoint, granting, homes, runner, store
from projections.runner import Runner


class Point(NamedTuple):
    """Before or after a function returns; the function is what its module, or class, calls by a name."""

    owner: Any
    name: str
    is_after: bool


POINTS = {
    "batch in hand": Point(Runner, "_commit", is_after=False),
    "checkpoint moved": Point(checkpoint, "advance", is_after=True),
    "rows written": Point(store, "save", is_after=True),
    "committed": Point(Runner, "_commit", is_after=True),
    "wish settled": Point(granting, "_settle", is_after=True),
    "wish granted": Point(granting, "_grant", is_after=True),
    "laid out": Point(building, "lay_out_bare", is_after=True),
    "copied": Point(building, "copy", is_after=True),
    "completed": Point(building, "complete", is_after=True),
    "about to flip": Point(homes, "flip", is_after=False),
    "flipped": Point(homes, "flip", is_after=True),
    "built": Point(runner, "build_missing", is_after=True),
}


class Accident(NamedTuple):
    """What happens when a point is reached for the nth time: signal 9 ends the process, signal 19 stops it."""

    point: str
    number: int = 1
    signal: int = signal.SIGKILL


def prepare(accident: Accident) -> None:
    """Let the accident happen in this process."""
    owner, name, is_after = POINTS[accident.point]
    reached = 0

    def reach() -> None:
        nonlocal reached
        reached += 1
        if reached == accident.number:
            os.kill(os.getpid(), accident.signal)

    function: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @wraps(function)
    async def with_accident(*arguments: Any, **options: Any) -> Any:
        if not is_after:
            reach()
        result = await function(*arguments, **options)
        if is_after:
            reach()
        return result

    setattr(owner, name, with_accident)


_WITHOUT_EPOCH = checkpoint.ADVANCE.replace("(name, version, shard, epoch)\n", "(name, version, shard)\n")
_WITHOUT_FENCE = _WITHOUT_EPOCH.replace("position = $5 order", "$5::bigint is not null order")


def forget_the_epoch() -> None:
    """Sabotage: move a checkpoint if it is where it should be, whoever has it."""
    checkpoint.ADVANCE = _WITHOUT_EPOCH  # type: ignore[misc]  # it is a constant


def take_the_fence_down() -> None:
    """Sabotage: move a checkpoint from wherever it is, whoever has it."""
    checkpoint.ADVANCE = _WITHOUT_FENCE  # type: ignore[misc]  # it is a constant


async def _commit_in_pieces(_: Runner, connection: Any, members: Any, mark: Any) -> None:
    await checkpoint.advance(connection, [each.held for each in members], members[0].position, mark)
    for member in members:
        await member.save(connection)


def commit_in_pieces() -> None:
    """Sabotage: the checkpoint first, then the rows, each in a transaction of its own."""
    Runner._commit = _commit_in_pieces  # type: ignore[method-assign,assignment]  # noqa: SLF001
