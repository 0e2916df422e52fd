"""Real commands through a real writer, over any log."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from commands.actor import Actor
from commands.book_slot import BookSlot
from commands.define_stage import DefineStage
from commands.handling import Writer
from commands.open_city import OpenCity
from commands.publish_slot import PublishSlot
from commands.register_candidate import RegisterCandidate
from commands.register_recruiter import RegisterRecruiter
from commands.replies import Reply
from commands.request import make_request
from events.log import Log
from events.stage import Policy
from tests.support.deciding import ADMIN, BOT
from tests.support.keys import SECRET

POLICY = Policy(
    min_notice_minutes=0,
    horizon_days=400,
    cancel_cutoff_minutes=0,
    reschedule_cutoff_minutes=0,
    max_active=5,
    max_reschedules=1_000,
)


async def submit(
    writer: Writer,
    command: msgspec.Struct,
    actor: Actor = ADMIN,
    command_id: UUID | None = None,
    expected: int | None = None,
) -> Reply:
    """Submit one command under an id of its own."""
    return await writer.submit(make_request(command_id or uuid4(), actor, command, secret=SECRET, expected=expected))


def field(reply: Reply, name: str) -> str:
    """Read a field of a reply's body."""
    value: str = msgspec.json.decode(reply.body)[name]
    return value


class World:
    """A city, a stage and a recruiter, and what tests add to them."""

    def __init__(self, writer: Writer) -> None:
        """Use `await World.make(writer)`."""
        self.writer = writer
        self.recruiter_id = uuid4()
        self._hours = 0

    @classmethod
    async def make(cls, writer: Writer) -> "World":
        """Open a city, define a stage and register a recruiter."""
        world = cls(writer)
        await world.accepted(OpenCity("berlin", "Berlin", "Europe/Berlin", "de"))
        await world.accepted(DefineStage("screening", "Screening", 1, 30, (), POLICY))
        await world.accepted(RegisterRecruiter("Anna", ("berlin",), world.recruiter_id))
        return world

    async def accepted(self, command: msgspec.Struct, actor: Actor = ADMIN) -> Reply:
        """Submit a command that must be accepted."""
        reply = await submit(self.writer, command, actor)
        assert reply.outcome == "accepted", reply
        return reply

    async def slot(self, capacity: int = 1) -> UUID:
        """Publish a slot of its own hour, from tomorrow on."""
        self._hours += 1
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1, hours=self._hours)
        written = starts_at.isoformat().replace("+00:00", "Z")
        publish = PublishSlot(self.recruiter_id, "berlin", "screening", written, capacity=capacity)
        return UUID(field(await self.accepted(publish), "slot_id"))

    async def candidate(self) -> UUID:
        """Register somebody."""
        return UUID(field(await self.accepted(RegisterCandidate("Kim", "berlin", "screening", "de")), "candidate_id"))

    async def booking(self, slot_id: UUID, candidate_id: UUID) -> UUID:
        """Book, and expect a yes."""
        return UUID(field(await self.accepted(BookSlot(slot_id, candidate_id), BOT), "booking_id"))


async def most_seats_taken(log: Log, slot_id: UUID) -> int:
    """Fold the log naively: the most seats of a slot that were ever taken at once."""
    seats: set[str] = set()
    most = 0
    async for event in log.read():
        data = msgspec.json.decode(event.data)
        match event.type:
            case "SlotBooked" if data["slot"]["slot_id"] == str(slot_id):
                seats.add(data["booking_id"])
            case "BookingCancelled" if data["slot_id"] == str(slot_id):
                seats.discard(data["booking_id"])
            case "BookingRescheduled":
                if data["from_slot"] == str(slot_id):
                    seats.discard(data["booking_id"])
                if data["to_slot"]["slot_id"] == str(slot_id):
                    seats.add(data["booking_id"])
            case _:
                pass
        most = max(most, len(seats))
    return most


def outcomes(replies: Sequence[Reply]) -> dict[str, int]:
    """Count replies by outcome."""
    counted: dict[str, int] = {}
    for reply in replies:
        counted[reply.outcome] = counted.get(reply.outcome, 0) + 1
    return counted
