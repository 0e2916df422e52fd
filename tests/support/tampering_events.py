"""Changes to the events of a log by SQL. Each says of which position the verifier must speak."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from tests.support.bits import flipped
from tests.support.tampering import Change, Forger, Register

EVENTS: Final = Register()

HASHED: Final = (
    *("type", "version", "tags", "data", "decided_at", "command_id"),
    *("actor", "correlation_id", "causation_id", "trace"),
)
STORED: Final = (*HASHED, "content_hash")
_LATE_MOMENTS: Final = ("infinity", "-infinity", "0001-01-01 BC", "20000-01-01", "294276-12-31")


def _a_bit_of(column: str) -> Change:
    async def change(forger: Forger) -> int:
        """At the event."""
        position = forger.position()
        value = (await forger.row(position))[column]
        given = flipped(value, forger.random) if value is not None else _given(column, forger)
        await forger.set_event(position, **{column: given})
        return position

    change.__name__ = f"a bit of the {column}"
    return change


def _given(column: str, forger: Forger) -> object:
    return UUID(bytes=forger.random.randbytes(16)) if column == "causation_id" else f"{column} 7"


for _column in (*STORED, "recorded_at"):
    EVENTS.kind(_column)(_a_bit_of(_column))


def _a_bit_of_hashed_again(column: str) -> Change:
    bit = _a_bit_of(column)

    async def change(forger: Forger) -> int:
        """At the block: which of its events it is, nobody can tell any more. At the event, if that breaks its line."""
        position = await bit(forger)
        await forger.hash_again(position)
        return position if b"\n" in (await forger.row(position))["data"] else forger.holding(position).first

    change.__name__ = f"a bit of the {column}, hashed again"
    return change


for _column in HASHED:
    EVENTS.kind(_column, "content_hash")(_a_bit_of_hashed_again(_column))


@EVENTS.kind("actor")
async def somebody_else_did_it(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    await forger.set_event(position, actor="admin:eve")
    return position


@EVENTS.kind("causation_id", "trace")
async def what_brought_it_about_is_taken_away(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    row = await forger.row(position)
    gone: dict[str, Any] = {name: None for name in ("causation_id", "trace") if row[name] is not None}
    await forger.set_event(position, **(gone or {"trace": ""}))
    return position


@EVENTS.kind("tags")
async def a_tag_more_or_less(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    tags = (await forger.row(position))["tags"]
    await forger.set_event(position, tags=forger.random.choice(([*tags, "slot:1"], tags[:-1], [*tags, tags[0]])))
    return position


@EVENTS.kind("tags")
async def tags_in_another_order(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    tags = (await forger.row(position))["tags"]
    await forger.set_event(position, tags=[*tags[1:], tags[0]])
    return position


@EVENTS.kind("data")
async def data_that_holds_a_line_of_its_own(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    data = (await forger.row(position))["data"]
    place = forger.random.randrange(len(data) + 1)
    await forger.set_event(position, data=data[:place] + b"\n" + data[place:])
    return position


@EVENTS.kind("data")
async def data_that_is_cut_off(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    data = (await forger.row(position))["data"]
    await forger.set_event(position, data=data[: forger.random.randrange(len(data))])
    return position


@EVENTS.kind("recorded_at")
async def recorded_when_no_calendar_knows(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    moment = forger.random.choice(_LATE_MOMENTS)
    await forger.run(f"update daybook.event set recorded_at = '{moment}' where position = $1", position)  # noqa: S608
    return position


@EVENTS.kind("decided_at")
async def decided_when_no_calendar_knows(forger: Forger) -> int:
    """At the event."""
    position = forger.position()
    moment = forger.random.choice(_LATE_MOMENTS)
    await forger.run(f"update daybook.event set decided_at = '{moment}' where position = $1", position)  # noqa: S608
    return position


# Rows


@EVENTS.kind("position")
async def an_event_is_deleted(forger: Forger) -> int:
    """Where it was."""
    position = forger.position()
    await forger.run("delete from daybook.event where position = $1", position)
    return position


@EVENTS.kind("position")
async def an_event_is_moved_away(forger: Forger) -> int:
    """Where it was."""
    position = forger.position()
    bit = 1 << forger.random.randrange(forger.scene.head.bit_length(), 63)
    await forger.set_event(position, position=position ^ bit)
    return position


@EVENTS.kind("position", whole=True)
async def an_event_is_moved_before_the_beginning(forger: Forger) -> int:
    """At the beginning."""
    position = forger.position()
    await forger.set_event(position, position=forger.random.choice((0, -1, -(1 << 63))))
    return 1


@EVENTS.kind("position", whole=True)
async def an_event_is_inserted_behind_the_end(forger: Forger) -> int:
    """Behind the last block, however far away it stands."""
    head = forger.scene.head
    await forger.put_copy(forger.position(), head + forger.random.choice((1, 2, 1_000)))
    return head + 1


@EVENTS.kind("position", whole=True)
async def an_event_is_inserted_before_the_beginning(forger: Forger) -> int:
    """At the beginning."""
    await forger.put_copy(forger.position(), forger.random.choice((0, -1, -1_000, -(1 << 63))))
    return 1


@EVENTS.kind("position", late=True)
async def an_event_is_inserted_and_all_others_renumbered(forger: Forger) -> int:
    """At the block that it was put into: recorded as what was there, it is one of its events."""
    position = forger.position()
    moment = (await forger.row(position))["recorded_at"]
    await forger.move_behind(position, 1)
    await forger.put_copy(position + 1, position, recorded_at=moment, actor="admin:eve")
    await forger.hash_again(position)
    return forger.holding(position).first


@EVENTS.kind("position", late=True)
async def an_event_is_deleted_and_all_others_renumbered(forger: Forger) -> int:
    """At the last position of its block, which an event of the next one has taken; or where that was recorded then."""
    position = forger.position()
    await forger.run("delete from daybook.event where position = $1", position)
    await forger.move_behind(position + 1, -1)
    return forger.holding(position).last


@EVENTS.kind("position")
async def an_event_is_there_twice(forger: Forger) -> int:
    """Behind the first of the two."""
    position = forger.position()
    await forger.run("alter table daybook.event drop constraint event_pkey")
    await forger.put_copy(position, position)
    return position + 1


@EVENTS.kind(*STORED)
async def an_event_is_copied_to_the_place_of_another(forger: Forger) -> int:
    """At the block of the place."""
    source, position = forger.position(), forger.position()
    while (copied := _said(await forger.row(source))) == _said(await forger.row(position)):
        source = forger.random.randint(1, forger.scene.head)
    await forger.set_event(position, **copied)
    return forger.holding(position).first


@EVENTS.kind(*STORED)
async def two_events_say_what_the_other_said(forger: Forger) -> int:
    """At the block of the first."""
    one, two = await _two(forger)
    here, there = _said(await forger.row(one)), _said(await forger.row(two))
    await forger.set_event(one, **there)
    await forger.set_event(two, **here)
    return forger.holding(one).first


@EVENTS.kind("position")
async def two_events_change_places(forger: Forger) -> int:
    """At the first, if they were recorded at different times; else at their block."""
    one, two = await _two(forger)
    same = (await forger.row(one))["recorded_at"] == (await forger.row(two))["recorded_at"]
    await forger.run("update daybook.event set position = 0 where position = $1", one)
    await forger.run("update daybook.event set position = $2 where position = $1", two, one)
    await forger.run("update daybook.event set position = $1 where position = 0", two)
    return forger.holding(one).first if same else one


async def _two(forger: Forger) -> Sequence[int]:
    """Choose two events that do not say the same."""
    while True:
        one, two = sorted((forger.position(), forger.position() + forger.random.randint(0, 1)))
        if one != two and _said(await forger.row(one)) != _said(await forger.row(two)):
            return one, two


def _said(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in STORED}
