"""The waitlist: who waits, who is offered a seat and why not somebody else, and what becomes of the offer."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commands import refusals
from commands.accept_offer import AcceptOffer
from commands.book_slot import BookSlot
from commands.decision import Accepted, Decision
from commands.decline_offer import DeclineOffer
from commands.expire_hold import ExpireHold
from commands.join_waitlist import JoinWaitlist
from commands.leave_waitlist import LeaveWaitlist
from commands.offer_seat import OfferSeat
from commands.release_hold import ReleaseHold
from events.booking import SlotBooked
from events.candidate import CandidateRejected
from events.codec import Event
from events.offer import OfferAccepted, OfferDeclined, OfferExpired, SeatOffered, Skipped
from events.waitlist import Waitlist, WaitlistJoined, WaitlistLeft
from tests.support import deciding as given
from tests.support.deciding import BOOKING, BOT, CANDIDATE, HOLD, NOW, OTHER_SLOT, SLOT, STRANGER, some_id

JOIN = JoinWaitlist(CANDIDATE, "berlin", "screening")
LEAVE = LeaveWaitlist(CANDIDATE, "berlin", "screening")
TAG = "waitlist:berlin/screening"
OVER = -timedelta(seconds=1)
ANN, BEN, EVA = some_id("ann"), some_id("ben"), some_id("eva")


def history(*more: Event, **slot: Any) -> list[Event]:
    """A slot of one seat tomorrow, and candidates in its stage."""
    people = [given.candidate(each) for each in (CANDIDATE, ANN, BEN, EVA)]
    return [given.city(), given.stage(), given.recruiter(), given.slot(**slot), *people, *more]


def offer(events: given.History) -> Decision:
    """Decide whom the seat is offered to."""
    return given.decide(events, OfferSeat(SLOT))


def offered_to(decision: Decision) -> UUID:
    """Return whom the seat is offered to."""
    return the_offer(decision).candidate_id


def the_offer(decision: Decision) -> SeatOffered:
    """Return the offer that an accepted decision ends with."""
    offered = events_of(decision)[-1]
    assert isinstance(offered, SeatOffered)
    return offered


def events_of(decision: Decision) -> list[Event]:
    """Return what an accepted decision writes."""
    assert isinstance(decision, Accepted), decision
    return list(decision.events)


def waitlist_after(events: given.History) -> Waitlist:
    """Return the waitlist after a history."""
    state = given.states_of(events)[TAG].state
    assert isinstance(state, Waitlist)
    return state


def test_who_joins_waits_from_now_on() -> None:
    """Joining for the same is accepted, with nothing to do."""
    (joined,) = events_of(given.decide(history(), JOIN, BOT))

    assert joined == WaitlistJoined(CANDIDATE, "berlin", "screening", None, None, 0, NOW)
    assert events_of(given.decide(history(joined), JOIN, BOT)) == []


def test_wishes_can_change_and_age_stays() -> None:
    """Who changes the window does not go to the end of the line."""
    first = given.waiting(days_ago=5)

    (again,) = events_of(given.decide(history(first), JoinWaitlist(CANDIDATE, "berlin", "screening", priority=3), BOT))

    assert isinstance(again, WaitlistJoined)
    assert (again.joined_at, again.priority) == (first.joined_at, 3)


def test_waiting_is_for_candidates_of_the_stage_who_have_no_seat() -> None:
    """Each of the others is told why not."""
    slot = given.slot()
    other_stage = [given.city(), given.stage(), given.candidate(stage_id="final")]

    assert given.decide(history(given.booked(slot)), JOIN, BOT) == refusals.AlreadyBooked(BOOKING, "screening")
    assert given.decide(other_stage, JOIN, BOT) == refusals.StageNotOpen("final", "screening")
    rejected = CandidateRejected(CANDIDATE, "no")
    assert given.decide(history(rejected), JOIN, BOT) == refusals.CandidateGone("rejected")


def test_waiting_is_for_what_there_is() -> None:
    """City, stage and candidate are each named."""
    assert given.decide(history()[:4], JOIN, BOT) == refusals.UnknownCandidate(CANDIDATE)
    assert given.decide(history()[1:], JOIN, BOT) == refusals.UnknownCity("berlin")
    assert given.decide([given.city(), given.candidate()], JOIN, BOT) == refusals.UnknownStage("screening")
    assert given.decide([], LEAVE, BOT) == refusals.UnknownCandidate(CANDIDATE)


def test_a_window_ends_after_it_begins_and_not_in_the_past() -> None:
    """Either is named by its field."""
    reversed_ = JoinWaitlist(CANDIDATE, "berlin", "screening", NOW + timedelta(days=2), NOW + timedelta(days=1))
    over = JoinWaitlist(CANDIDATE, "berlin", "screening", None, NOW)

    assert given.decide(history(), reversed_, BOT) == refusals.WindowReversed("to")
    assert given.decide(history(), over, BOT) == refusals.WindowOver("to")


def test_who_leaves_waits_no_longer() -> None:
    """Leaving where one does not wait is accepted, with nothing to do."""
    (left,) = events_of(given.decide(history(given.waiting()), LEAVE, BOT))

    assert left == WaitlistLeft(CANDIDATE, "berlin", "screening", "by-candidate")
    assert events_of(given.decide(history(), LEAVE, BOT)) == []


def test_who_leaves_with_an_offer_open_declines_it() -> None:
    """The seat is free for the next one."""
    events = history(given.waiting(), given.offered(given.slot()))

    declined, left = events_of(given.decide(events, LEAVE, BOT))

    assert isinstance(declined, OfferDeclined)
    assert isinstance(left, WaitlistLeft)


def test_a_seat_goes_to_the_highest_priority_first_and_then_to_the_oldest() -> None:
    """The rank is told, and who waits behind is not asked."""
    line = [given.waiting(ANN, 0, 9), given.waiting(BEN, 5, 1), given.waiting(EVA, 5, 3)]

    offered = the_offer(offer(history(*line)))

    assert (offered.candidate_id, offered.rank, offered.skipped) == (EVA, 1, ())
    assert [each.candidate_id for each in waitlist_after(history(*line)).in_order()] == [EVA, BEN, ANN]


def test_an_offer_lasts_as_long_as_the_stage_says_but_ends_with_the_notice() -> None:
    """An offer that could not be accepted any more would be none."""
    far, near = history(given.waiting()), history(given.waiting(), starts_in=timedelta(minutes=90))

    assert the_offer(offer(far)).expires_at == NOW + timedelta(minutes=60)
    assert the_offer(offer(near)).expires_at == NOW + timedelta(minutes=30)


def skip_reasons() -> list[tuple[str, list[Event]]]:
    """Everything for which somebody is passed over, with what happened before."""
    slot, other = given.slot(capacity=2), given.slot(OTHER_SLOT, timedelta(days=3))
    declined = OfferDeclined(HOLD, ANN, SLOT, "berlin", "screening")
    beside = given.slot(OTHER_SLOT, timedelta(days=1), recruiter_id=some_id("colleague"), stage_id="final")
    return [
        ("outside-window", [given.waiting(ANN, 9, from_=NOW + timedelta(days=2))]),
        ("passed-before", [given.waiting(ANN, 9), given.offered(slot, HOLD, ANN), declined]),
        ("offer-open", [given.waiting(ANN, 9), other, given.offered(other, HOLD, ANN)]),
        ("holding", [given.waiting(ANN, 9), given.held(slot, HOLD, ANN)]),
        ("already-booked", [given.waiting(ANN, 9), other, given.booked(other, BOOKING, ANN)]),
        ("candidate-busy", [given.waiting(ANN, 9), beside, given.booked(beside, BOOKING, ANN)]),
        ("candidate-closed", [given.waiting(ANN, 9), CandidateRejected(ANN, "no")]),
    ]


@pytest.mark.parametrize(("code", "before"), skip_reasons(), ids=lambda each: each if isinstance(each, str) else "")
def test_who_cannot_take_the_seat_is_skipped_and_the_offer_says_why(code: str, before: list[Event]) -> None:
    """The next one in line gets it."""
    events = history(given.waiting(BEN), *before, capacity=2)

    offered = the_offer(offer(events))

    assert (offered.candidate_id, offered.rank) == (BEN, 2)
    assert offered.skipped == (Skipped(ANN, code),)


def test_if_nobody_can_take_the_seat_everybody_is_named() -> None:
    """An empty list is nobody too."""
    events = history(given.waiting(ANN), CandidateRejected(ANN, "no"))

    assert offer(events) == refusals.NobodyWaiting((Skipped(ANN, "candidate-closed"),))
    assert offer(history()) == refusals.NobodyWaiting(())


@pytest.mark.parametrize(
    ("events", "refusal"),
    [
        (history(given.waiting(), given.booked(given.slot(), BOOKING, ANN)), refusals.SlotFull),
        (history(given.waiting(), starts_in=timedelta(0)), refusals.SlotStarted),
        (history(given.waiting(), starts_in=timedelta(minutes=59)), refusals.TooSoon),
        (history(given.waiting(), starts_in=timedelta(minutes=60)), refusals.TooSoon),
        ([], refusals.UnknownSlot),
    ],
)
def test_a_seat_that_nobody_could_book_is_offered_to_nobody(events: list[Event], refusal: type) -> None:
    """Nor one so late that there is no time left to answer."""
    assert isinstance(offer(events), refusal)


def test_a_seat_whose_hold_expired_can_be_offered() -> None:
    """The hold ends first."""
    events = history(given.waiting(ANN), given.held(given.slot(), HOLD, BEN, OVER))

    decision = offer(events)

    assert offered_to(decision) == ANN
    assert len(events_of(decision)) == 2


def test_a_recruiter_offers_their_own_seats_only() -> None:
    """Those of a colleague are theirs."""
    assert isinstance(given.decide(history(given.waiting()), OfferSeat(SLOT), STRANGER), refusals.Forbidden)


def with_offer(lasts: timedelta = timedelta(minutes=60)) -> list[Event]:
    """The one seat, offered to the candidate."""
    return history(given.waiting(), given.offered(given.slot(), lasts=lasts))


def test_an_offered_seat_is_taken_for_everybody_else() -> None:
    """An offer cannot race a booking: it is a hold with an owner."""
    assert given.decide(with_offer(), BookSlot(SLOT, ANN), BOT) == refusals.SlotFull(1, 0, 1)


@pytest.mark.parametrize("command", [AcceptOffer(HOLD), BookSlot(SLOT, CANDIDATE)])
def test_an_offer_is_accepted_by_saying_so_or_by_booking(command: AcceptOffer | BookSlot) -> None:
    """The booking stands in the same append, and the waiting is over."""
    events = with_offer()

    accepted, booked = events_of(given.decide(events, command, BOT))

    assert accepted == OfferAccepted(HOLD, CANDIDATE, SLOT, "berlin", "screening")
    assert isinstance(booked, SlotBooked)
    assert booked.hold_id == HOLD
    after = [*events, accepted, booked]
    assert not waitlist_after(after).waiting
    assert given.decide(after, AcceptOffer(HOLD), BOT) == Accepted((), {"booking_id": booked.booking_id})
    assert given.decide(after, DeclineOffer(HOLD), BOT) == refusals.OfferEnded("used")


def test_an_offer_is_accepted_in_time_or_not_at_all() -> None:
    """Whether or not anybody has noticed yet that it expired."""
    events = with_offer(OVER)
    expired = OfferExpired(HOLD, CANDIDATE, SLOT, "berlin", "screening", "timed-out")

    assert given.decide(events, AcceptOffer(HOLD), BOT) == refusals.OfferOver(NOW + OVER)
    assert given.decide([*events, expired], AcceptOffer(HOLD), BOT) == refusals.OfferOver(NOW + OVER)


def test_who_declines_goes_on_waiting_and_is_not_asked_for_this_slot_again() -> None:
    """Declining twice is accepted, with nothing to do."""
    events = with_offer()

    (declined,) = events_of(given.decide(events, DeclineOffer(HOLD), BOT))

    assert declined == OfferDeclined(HOLD, CANDIDATE, SLOT, "berlin", "screening")
    after = [*events, declined]
    assert waitlist_after(after).waiting[CANDIDATE].passed == {SLOT}
    assert events_of(given.decide(after, DeclineOffer(HOLD), BOT)) == []
    assert given.decide(after, AcceptOffer(HOLD), BOT) == refusals.OfferEnded("declined")


def test_an_offer_expires_at_its_time_and_the_next_one_is_asked() -> None:
    """Not before; who did not answer waits on."""
    events = [*with_offer(OVER), given.waiting(ANN)]

    (expired,) = events_of(given.decide(events, ExpireHold(HOLD)))

    assert expired == OfferExpired(HOLD, CANDIDATE, SLOT, "berlin", "screening", "timed-out")
    assert isinstance(given.decide(with_offer(), ExpireHold(HOLD)), refusals.HoldLive)
    assert offered_to(offer([*events, expired])) == ANN


def test_declining_too_late_is_an_offer_that_expired() -> None:
    """The log says what happened first."""
    (expired,) = events_of(given.decide(with_offer(OVER), DeclineOffer(HOLD), BOT))

    assert isinstance(expired, OfferExpired)


def test_offers_are_answered_by_whom_they_are_made_to() -> None:
    """A hold of one's own asking is no offer, and an offer is not released like one."""
    held = history(given.held(given.slot()))

    for command in (AcceptOffer(HOLD, ANN), DeclineOffer(HOLD, ANN)):
        assert isinstance(given.decide(with_offer(), command, BOT), refusals.Forbidden)
    for command in (AcceptOffer(HOLD), DeclineOffer(HOLD)):
        assert given.decide(held, command, BOT) == refusals.UnknownOffer(HOLD)
        assert given.decide(history(), command, BOT) == refusals.UnknownOffer(HOLD)
    assert given.decide(with_offer(), ReleaseHold(HOLD), BOT) == refusals.UnknownHold(HOLD)


def test_who_books_an_open_seat_waits_no_longer() -> None:
    """The list is left in the same append."""
    booked, left = events_of(given.decide(history(given.waiting()), BookSlot(SLOT, CANDIDATE), BOT))

    assert isinstance(booked, SlotBooked)
    assert left == WaitlistLeft(CANDIDATE, "berlin", "screening", "booked")


def test_who_books_another_seat_gives_back_the_one_that_is_offered() -> None:
    """In the same append: nobody has two seats of one stage, and the next one in line is not kept waiting."""
    other = given.slot(OTHER_SLOT, timedelta(days=3))
    events = history(other, given.waiting(), given.offered(other))

    booked, declined, left = events_of(given.decide(events, BookSlot(SLOT, CANDIDATE), BOT))

    assert isinstance(booked, SlotBooked)
    assert declined == OfferDeclined(HOLD, CANDIDATE, OTHER_SLOT, "berlin", "screening")
    assert isinstance(left, WaitlistLeft)
    assert not waitlist_after([*events, booked, declined, left]).waiting


def test_who_books_the_offered_seat_too_late_ends_the_offer_once() -> None:
    """The seat is still free, so it is booked; the offer expired before."""
    events = with_offer(OVER)

    expired, booked, left = events_of(given.decide(events, BookSlot(SLOT, CANDIDATE), BOT))

    assert isinstance(expired, OfferExpired)
    assert isinstance(booked, SlotBooked)
    assert booked.hold_id is None
    assert isinstance(left, WaitlistLeft)
    assert not waitlist_after([*events, expired, booked, left]).waiting
