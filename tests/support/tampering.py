"""Who tampers with a sealed log as a superuser, and the register of the ways to do it.

A kind of change is a function that makes one change, at a random place within a window of positions, and returns the
position that the verifier must name. All of it is done in a transaction that is rolled back.
"""

from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import asyncpg

from events.log import BEGINNING, Block, link_hash
from tests.support.sealed_scene import Scene, joined

TRIGGERS_OFF: Final = "set session_replication_role = replica"
_ROW: Final = "select * from daybook.event where position = $1"
_CONTENTS: Final = """
    select position, recorded_at, content_hash from daybook.event where position between $1 and $2 order by position"""
_HASH: Final = """
    update daybook.event
    set content_hash = sha256(convert_to(daybook.envelope(event), 'utf8') || '\\x0a'::bytea || data)
    where position between $1 and $2"""
_RENUMBER: Final = "update daybook.event set position = -(position + $2) where position >= $1"
_PLACE: Final = "update daybook.event set position = -position where position < 0"


class Window(NamedTuple):
    """Where a change is to be made: between two positions, which one checkpoint covers or several."""

    first: int
    last: int


class Forger:
    """A superuser with triggers off, who has a file of checkpoints in his hands as well."""

    def __init__(self, connection: asyncpg.Connection, scene: Scene, random: Random, window: Window) -> None:
        """`published` is what the auditor will be given as checkpoints."""
        self.connection = connection
        self.scene = scene
        self.random = random
        self.window = window
        self.published = joined(scene.lines)

    async def run(self, statement: str, *values: Any) -> None:
        """Change at least one row."""
        done = await self.connection.execute(statement, *values)
        assert not done.endswith(" 0"), statement

    def position(self) -> int:
        """Choose an event."""
        return self.random.randint(*self.window)

    def block(self, wanted: Callable[[int], bool] = lambda _: True) -> int:
        """Choose a block that is wanted, by its place; the nearest, if there is none in the window.

        The one before and the one behind it are there as well.
        """
        first, last = (self.scene.block_of(position) for position in self.window)
        places = [place for place in range(1, len(self.scene.blocks) - 1) if wanted(place)]
        within = [place for place in places if first <= place <= last]
        return self.random.choice(within or [min(places, key=lambda place: abs(place - first))])

    def checkpoint(self, least: int = 0) -> int:
        """Choose a checkpoint, by its place, which is not lower."""
        return self.random.randrange(least, len(self.scene.lines))

    def size(self, place: int) -> int:
        """Count the events of a block."""
        block = self.scene.blocks[place]
        return block.last - block.first + 1

    def holding(self, position: int) -> Block:
        """Find the block of a position, as it honestly is."""
        return self.scene.blocks[self.scene.block_of(position)]

    async def row(self, position: int) -> asyncpg.Record:
        """Read an event."""
        row = await self.connection.fetchrow(_ROW, position)
        assert row is not None
        return row

    async def set_event(self, position: int, /, **columns: Any) -> None:
        """Change columns of an event."""
        await self._set("event", "position", position, columns)

    async def set_block(self, last: int, /, **columns: Any) -> None:
        """Change columns of a block."""
        await self._set("block", "last_position", last, columns)

    async def _set(self, table: str, key: str, value: int, columns: dict[str, Any]) -> None:
        before = await self.connection.fetchrow(f"select * from daybook.{table} where {key} = $1", value)  # noqa: S608
        assert before is not None
        assert any(before[name] != new for name, new in columns.items()), "nothing is changed"
        assigned = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, 2))
        await self.run(f"update daybook.{table} set {assigned} where {key} = $1", value, *columns.values())  # noqa: S608

    async def put_copy(self, source: int, position: int, /, **columns: Any) -> None:
        """Insert a copy of an event at another position."""
        values = dict(await self.row(source)) | {"position": position} | columns
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.run(f"insert into daybook.event values ({places})", *values.values())  # noqa: S608

    async def hash_again(self, first: int, last: int | None = None) -> None:
        """Make the content hash of an event, or of several, fit what they say."""
        await self.run(_HASH, first, last or first)

    async def move_behind(self, position: int, by: int) -> None:
        """Renumber an event and all that follow it."""
        await self.run(_RENUMBER, position, by)
        await self.run(_PLACE)

    async def link_again(self, place: int, spans: Sequence[tuple[int, int]]) -> None:
        """Make the chain anew, from a block on: blocks with these first and last positions, all there are."""
        scene = self.scene
        link = (scene.blocks[place - 1] if place else BEGINNING).hash
        rows = await self.connection.fetch(_CONTENTS, spans[0][0], spans[-1][1])
        begin, made = spans[0][0], list[tuple[Any, ...]]()
        for first, last in spans:
            events = rows[first - begin : last - begin + 1]
            link = link_hash(link, first, last, events[0][1], [each[2] for each in events])
            made.append((last, first, events[0][1], link))
        await self.connection.execute("delete from daybook.block where last_position >= $1", scene.blocks[place].first)
        await self.connection.copy_records_to_table("block", schema_name="daybook", records=made)

    def spans(self, place: int) -> list[tuple[int, int]]:
        """Tell from where to where blocks go, from one on."""
        return [(block.first, block.last) for block in self.scene.blocks[place:]]

    def contradicted(self, position: int, spans: Sequence[tuple[int, int]]) -> int:
        """Tell where a chain that is right in itself contradicts the checkpoint over a position.

        At the checkpoint's first position; or, where no block ends with it, at that of the block it ends within.
        """
        sealed = self.scene.checkpoints[self.scene.covering(position)]
        first, last = next(span for span in spans if span[1] >= sealed.last)
        return sealed.first if last == sealed.last else first


Change = Callable[[Forger], Awaitable[int]]


class Kind(NamedTuple):
    """A way to tamper. What it needs is said by `whole`, `late` and `table`; `columns` are those that it changes.

    `whole`: it shows in a whole export alone. `late`: it renumbers all that follows, and so strikes near the end.
    `file`: it leaves the log alone. `table`: what the auditor is given is the table of checkpoints.
    """

    name: str
    change: Change
    columns: frozenset[str] = frozenset()
    whole: bool = False
    late: bool = False
    file: bool = False
    table: bool = False


class Register(list[Kind]):
    """Kinds of change, by a decorator."""

    def kind(self, *columns: str, **needs: bool) -> Callable[[Change], Change]:
        """Note a kind, and which columns it changes."""

        def noted(change: Change) -> Change:
            name = getattr(change, "__name__", "").replace("_", " ")
            self.append(Kind(name, change, frozenset(columns), **needs))
            return change

        return noted
