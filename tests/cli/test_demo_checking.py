"""The independent checker finds each breach, in histories made by hand, and nothing in a clean one."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import msgspec
import pytest

from cli.checking import GENESIS, Block, Breach, Chain, Seating
from events.log import Attempt, Fact, Recorded, content_hash, link_hash

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


class History:
    """Events written down by hand, with whatever they should not say."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self._number = count(1)

    def add(self, kind: str, decided_at: datetime = NOON - timedelta(days=1), **data: object) -> None:
        """Write an event as the log would, content hash and all."""
        fact = Fact(kind, 1, ("slot:1", "Zoë"), json.dumps(data, separators=(",", ":")).encode())
        attempt = Attempt(UUID(int=1), "any", b"", b"", "bot:telegram", "accepted", b"", UUID(int=2), 0)
        position = next(self._number)
        self.events.append(
            Recorded(
                *(position, *fact, decided_at, decided_at),
                *(attempt.command_id, attempt.actor, attempt.correlation_id, attempt.causation_id, attempt.trace),
                content_hash(fact, attempt, decided_at),
            )
        )

    def publish(self, slot_id: str, recruiter_id: str, minute: int, *, seats: int = 1, stage_id: str = "s") -> None:
        """Offer half an hour, so many minutes after noon."""
        starts_at = NOON + timedelta(minutes=minute)
        self.add(
            "SlotPublished",
            slot_id=slot_id,
            recruiter_id=recruiter_id,
            stage_id=stage_id,
            starts_at=starts_at.isoformat().replace("+00:00", "Z"),
            ends_at=(starts_at + timedelta(minutes=30)).isoformat().replace("+00:00", "Z"),
            capacity=seats,
        )

    def book(self, booking_id: str, candidate_id: str, slot_id: str, decided_at: datetime = NOON) -> None:
        """Take a seat."""
        slot = {"slot_id": slot_id}
        self.add("SlotBooked", decided_at, booking_id=booking_id, candidate_id=candidate_id, slot=slot)

    def move(self, booking_id: str, candidate_id: str, from_slot: str, to_slot: str) -> None:
        """Change the seat."""
        self.add(
            "BookingRescheduled",
            booking_id=booking_id,
            candidate_id=candidate_id,
            from_slot=from_slot,
            to_slot={"slot_id": to_slot},
        )

    def cancel(self, booking_id: str, candidate_id: str, slot_id: str) -> None:
        """Give the seat up."""
        self.add("BookingCancelled", booking_id=booking_id, candidate_id=candidate_id, slot_id=slot_id)

    def withdraw(self, slot_id: str) -> None:
        """Take the slot away."""
        self.add("SlotCancelled", slot_id=slot_id)

    def breaches(self) -> list[Breach]:
        """Check who sits where."""
        seating = Seating()
        return [breach for event in self.events for breach in seating.take(event)]

    def blocks(self, *sizes: int) -> list[Block]:
        """Link the events into blocks of these sizes."""
        blocks, previous, rest = [], GENESIS, self.events
        for size in sizes:
            inside, rest = rest[:size], rest[size:]
            first, last, moment = inside[0].position, inside[-1].position, inside[-1].recorded_at
            previous = link_hash(previous, first, last, moment, [event.content_hash for event in inside])
            blocks.append(Block(first, last, moment, previous))
        return blocks


@pytest.fixture
def history() -> History:
    """Two recruiters with slots at noon, one of them with a second one right after."""
    made = History()
    made.add("RecruiterRegistered", recruiter_id="anna", min_gap_minutes=0)
    made.add("RecruiterRegistered", recruiter_id="bert", min_gap_minutes=10)
    made.publish("noon", "anna", 0)
    made.publish("later", "anna", 30, stage_id="t")
    made.publish("group", "bert", 0, seats=2)
    return made


def rules(history: History) -> list[str]:
    """Name the rules that are broken, and where, once each."""
    return [f"{breach.rule}: {breach.position}" for breach in history.breaches()]


def test_a_clean_history_has_no_breach(history: History) -> None:
    """Adjacent slots, moves, seats that come free and are taken again, a slot withdrawn once it is empty."""
    history.book("b1", "carla", "noon")
    history.book("b2", "carla", "later")
    history.book("b3", "dora", "group")
    history.move("b1", "carla", "noon", "group")
    history.book("b4", "emil", "noon")
    history.cancel("b4", "emil", "noon")
    history.withdraw("noon")
    history.publish("again", "anna", 0)

    assert history.breaches() == []


def test_one_booking_too_many_is_found(history: History) -> None:
    """The second booking of a single seat breaks the capacity."""
    history.book("b1", "carla", "noon")
    history.book("b2", "dora", "noon")

    assert rules(history) == ["seats within capacity: 7"]


def test_a_move_into_a_full_slot_is_found(history: History) -> None:
    """A seat may be taken by rescheduling too."""
    history.book("b1", "carla", "noon")
    history.book("b2", "dora", "group")
    history.move("b2", "dora", "group", "noon")

    assert rules(history) == ["seats within capacity: 8"]


def test_a_candidate_in_two_places_is_found(history: History) -> None:
    """The same half hour at two recruiters; of one stage, it is two active bookings as well."""
    history.book("b1", "carla", "noon")
    history.book("b2", "carla", "group")

    assert rules(history) == ["a candidate is in one place: 7", "one active booking per stage: 7"]


def test_two_bookings_of_a_stage_are_found(history: History) -> None:
    """At different times, but both ahead."""
    history.publish("evening", "bert", 300)
    history.book("b1", "carla", "noon")
    history.book("b2", "carla", "evening")

    assert rules(history) == ["one active booking per stage: 8"]


def test_an_interview_that_is_over_does_not_count(history: History) -> None:
    """A candidate may come again in the same stage once the first interview has ended."""
    history.publish("evening", "bert", 300)
    history.book("b1", "carla", "noon")
    history.book("b2", "carla", "evening", NOON + timedelta(minutes=30))

    assert rules(history) == []


def test_a_recruiter_in_two_places_is_found(history: History) -> None:
    """A slot that begins before another one ends."""
    history.publish("beside", "anna", 59)

    assert rules(history) == ["a recruiter is in one place: 6"]


def test_a_gap_that_is_not_kept_is_found(history: History) -> None:
    """Ten minutes stay free after each slot of this recruiter."""
    history.publish("hurried", "bert", 39)

    assert rules(history) == ["a recruiter is in one place: 6"]


def test_a_booking_that_outlives_its_slot_is_found(history: History) -> None:
    """Whoever withdraws a slot cancels its bookings in the same append."""
    history.book("b1", "carla", "noon")
    history.withdraw("noon")

    assert rules(history) == ["nobody sits in a cancelled slot: 7"]


@pytest.mark.parametrize("slot_id", ["noon", "nowhere"])
def test_a_seat_in_a_slot_that_is_not_on_offer_is_found(history: History, slot_id: str) -> None:
    """Withdrawn, or never published."""
    history.withdraw("noon")
    history.book("b1", "carla", slot_id)

    assert rules(history) == ["seats are in slots on offer: 7"]


def test_a_seat_given_back_twice_is_found(history: History) -> None:
    """The second cancellation frees a seat that nobody holds."""
    history.book("b1", "carla", "group")
    history.cancel("b1", "carla", "group")
    history.cancel("b1", "carla", "group")

    assert rules(history) == ["only a seat that is held comes free: 8"]


def test_a_move_from_another_seat_is_found(history: History) -> None:
    """It frees a seat that somebody else may hold."""
    history.book("b1", "carla", "group")
    history.move("b1", "carla", "later", "noon")

    assert rules(history)[0] == "only a seat that is held comes free: 7"


def test_an_identity_used_twice_is_found(history: History) -> None:
    """A slot and a booking begin once."""
    history.publish("noon", "bert", 600)
    history.book("b1", "carla", "group")
    history.book("b1", "dora", "later")

    assert rules(history) == ["one identity per slot: 6", "one identity per booking: 8"]


def chain_rules(events: list[Recorded], blocks: list[Block]) -> list[str]:
    """Name the rules of the chain that are broken, and where."""
    chain = Chain(blocks)
    found = [breach for event in events for breach in chain.take(event)]
    return [f"{breach.rule}: {breach.position}" for breach in (*found, *chain.end())]


def test_the_log_s_own_hashes_are_those_worked_out_anew(history: History) -> None:
    """The checker and the service agree, though they share no code."""
    assert chain_rules(history.events, history.blocks(2, 1, 2)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "SlotCancelled"},
        {"version": 2},
        {"tags": ("slot:2", "Zoë")},
        {"data": b"{}"},
        {"decided_at": NOON},
        {"command_id": UUID(int=9)},
        {"actor": "admin:somebody"},
        {"correlation_id": UUID(int=9)},
        {"causation_id": UUID(int=9)},
        {"trace": "00-0-0-00"},
        {"content_hash": bytes(32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_any_field_is_found(history: History, change: dict[str, object]) -> None:
    """The event no longer says what was hashed."""
    events = [*history.events]
    events[3] = msgspec.structs.replace(events[3], **change)

    assert chain_rules(events, history.blocks(2, 1, 2))[0] == "content hash: 4"


def test_a_change_with_its_hash_made_to_fit_is_found(history: History) -> None:
    """The content hash can be forged; the chain then breaks."""
    blocks = history.blocks(2, 1, 2)
    forged = History()
    forged.add("SlotCancelled", slot_id="forged")
    events = [*history.events]
    events[3] = msgspec.structs.replace(forged.events[0], position=4)

    assert chain_rules(events, blocks) == ["chain of hashes: 5"]


def test_a_moment_that_was_changed_is_found(history: History) -> None:
    """When an event was recorded is hashed with its block."""
    events = [*history.events]
    events[2] = msgspec.structs.replace(events[2], recorded_at=NOON)

    assert "chain of hashes: 3" in chain_rules(events, history.blocks(2, 1, 2))


def test_a_missing_event_is_found(history: History) -> None:
    """Its number is missing."""
    events = [event for event in history.events if event.position != 4]

    assert "dense positions: 5" in chain_rules(events, history.blocks(2, 1, 2))


def test_two_events_in_each_other_s_place_are_found(history: History) -> None:
    """Order is hashed."""
    events = [*history.events]
    events[3], events[4] = (
        msgspec.structs.replace(events[4], position=4),
        msgspec.structs.replace(events[3], position=5),
    )

    assert chain_rules(events, history.blocks(2, 1, 2)) == ["chain of hashes: 5"]


@pytest.mark.parametrize(("blocks", "position"), [((2, 1), 4), ((2, 1, 1), 5)])
def test_an_event_that_no_block_holds_is_found(history: History, blocks: tuple[int, ...], position: int) -> None:
    """Somebody wrote behind the chain's back."""
    assert chain_rules(history.events, history.blocks(*blocks))[0] == f"chain of hashes: {position}"


def test_a_tail_cut_off_the_events_is_found(history: History) -> None:
    """The chain goes on where the events end."""
    assert "chain of hashes: 3" in chain_rules(history.events[:-2], history.blocks(2, 1, 2))


def test_a_breach_says_where(history: History) -> None:
    """One line for the one who looks."""
    history.book("b1", "carla", "noon")
    history.book("b2", "dora", "noon")

    assert str(history.breaches()[0]) == (
        "seats within capacity broken at position 7: slot noon has 1 seats and 2 bookings"
    )
