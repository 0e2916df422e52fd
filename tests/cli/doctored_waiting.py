"""Histories in which a hold or an offer lasts, ends or is used as it may not, or the order of waiting is not kept."""

from cli.checking.breach import Rule
from tests.cli.doctoring import Cases
from tests.cli.histories import MINUTE, NOON, History

CASES = Cases()


@CASES.breaks(Rule.HOLD_TIME)
def held_too_long(history: History) -> None:
    """Ten minutes is what the policy says."""
    history.hold("h1", "carla", "noon", minutes=11)


@CASES.breaks(Rule.HOLD_END)
def expired_ahead_of_time(history: History) -> None:
    """It is live."""
    history.hold("h1", "carla", "noon")
    expired_at = history.now + 10 * MINUTE
    history.add("HoldExpired", hold_id="h1", candidate_id="carla", slot_id="noon", expired_at=expired_at)


@CASES.breaks(Rule.HOLD_END)
def expired_twice(history: History) -> None:
    """A hold ends once."""
    history.hold("h1", "carla", "noon")
    expired_at = history.now + 10 * MINUTE
    history.now = expired_at
    history.add("HoldExpired", hold_id="h1", candidate_id="carla", slot_id="noon", expired_at=expired_at)
    history.add("HoldExpired", hold_id="h1", candidate_id="carla", slot_id="noon", expired_at=expired_at)


@CASES.breaks(Rule.HOLD_END)
def released_after_it_expired(history: History) -> None:
    """It ended by itself."""
    history.hold("h1", "carla", "noon")
    history.now += 10 * MINUTE
    history.add("HoldReleased", hold_id="h1", candidate_id="carla", slot_id="noon", reason="given-back")


@CASES.breaks(Rule.HOLD_END)
def an_offer_released(history: History) -> None:
    """An offer is declined."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.add("HoldReleased", hold_id="o1", candidate_id="carla", slot_id="noon", reason="given-back")


@CASES.breaks(Rule.SNAPSHOT)
def another_s_hold_released(history: History) -> None:
    """A hold keeps its candidate."""
    history.hold("h1", "carla", "noon")
    history.add("HoldReleased", hold_id="h1", candidate_id="dora", slot_id="noon", reason="given-back")


@CASES.breaks(Rule.HOLD_USE)
def another_s_hold(history: History) -> None:
    """A hold is for one candidate."""
    history.hold("h1", "carla", "group")
    history.book("b1", "dora", "group", hold_id="h1")


@CASES.breaks(Rule.HOLD_USE)
def a_hold_used_too_late(history: History) -> None:
    """It had expired."""
    history.hold("h1", "carla", "noon")
    history.now += 10 * MINUTE
    history.book("b1", "carla", "noon", hold_id="h1")


@CASES.breaks(Rule.HOLD_USE)
def two_seats_for_one(history: History) -> None:
    """Booked beside the hold that one has there."""
    history.hold("h1", "carla", "group")
    history.book("b1", "carla", "group")


@CASES.breaks(Rule.ORDER)
def past_one_who_joined_before(history: History) -> None:
    """Who waits longer is not even named."""
    history.wait("carla")
    history.wait("dora")
    history.offer("o1", "dora", "noon")


@CASES.breaks(Rule.ORDER)
def past_one_who_matters_more(history: History) -> None:
    """Named, but for no reason."""
    history.wait("carla")
    history.wait("dora", priority=1)
    history.offer("o1", "carla", "noon", "dora")


@CASES.breaks(Rule.ORDER)
def past_one_who_is_not_named(history: History) -> None:
    """There is a reason to pass over whoever waits longer, and it is not told."""
    history.wait("carla", to=NOON)
    history.wait("dora")
    history.offer("o1", "dora", "noon")


@CASES.breaks(Rule.WAITING)
def offered_outside_the_window(history: History) -> None:
    """A seat at noon is not wanted."""
    history.wait("carla", from_=NOON + MINUTE)
    history.offer("o1", "carla", "noon")


@CASES.breaks(Rule.WAITING)
def offered_to_one_who_does_not_wait(history: History) -> None:
    """Nobody is on the list."""
    history.offer("o1", "carla", "noon")


@CASES.breaks(Rule.WAITING)
def offered_again_after_a_no(history: History) -> None:
    """What was let go does not come again."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.answer("OfferDeclined", "o1", "carla", "noon")
    history.offer("o2", "carla", "noon")


@CASES.breaks(Rule.WAITING)
def left_with_an_offer(history: History) -> None:
    """It is answered first."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.add("WaitlistLeft", candidate_id="carla", city_id="rome", stage_id="s", reason="by-candidate")


@CASES.breaks(Rule.WAITING)
def waiting_beside_a_booking(history: History) -> None:
    """Who has a seat waits no longer."""
    history.wait("carla")
    history.book("b1", "carla", "noon")


@CASES.breaks(Rule.WAITING)
def waiting_after_booking(history: History) -> None:
    """Nor begins to."""
    history.book("b1", "carla", "noon")
    history.wait("carla")


@CASES.breaks(Rule.OWN_STAGE)
def waiting_in_another_stage(history: History) -> None:
    """The candidate is not there yet."""
    history.wait("carla", stage_id="t")


@CASES.breaks(Rule.WAITING)
def younger_after_joining_again(history: History) -> None:
    """One's age is kept."""
    history.wait("carla")
    history.now += MINUTE
    history.wait("carla", priority=1)


@CASES.breaks(Rule.HOLD_TIME)
def offered_into_the_notice(history: History) -> None:
    """An offer ends when booking does."""
    history.wait("carla")
    history.now = NOON - 90 * MINUTE
    history.offer("o1", "carla", "noon")


@CASES.breaks(Rule.HOLD_USE)
def accepted_too_late(history: History) -> None:
    """It had expired."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.now += 60 * MINUTE
    history.answer("OfferAccepted", "o1", "carla", "noon")


@CASES.breaks(Rule.HOLD_END)
def timed_out_ahead_of_time(history: History) -> None:
    """There is an hour to answer."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.answer("OfferExpired", "o1", "carla", "noon", reason="timed-out")


@CASES.breaks(Rule.HOLD_END)
def declined_too_late(history: History) -> None:
    """It had expired."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.now += 60 * MINUTE
    history.answer("OfferDeclined", "o1", "carla", "noon")


@CASES.breaks(Rule.HOLD_END)
def declined_for_another_slot(history: History) -> None:
    """That one was not offered."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.answer("OfferDeclined", "o1", "carla", "later")


@CASES.breaks(Rule.HOLD_END)
def declined_twice(history: History) -> None:
    """An offer ends once."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.answer("OfferDeclined", "o1", "carla", "noon")
    history.answer("OfferDeclined", "o1", "carla", "noon")


@CASES.breaks(Rule.ACCEPTED)
def accepted_and_not_booked(history: History) -> None:
    """A yes is a booking in the same command."""
    history.wait("carla")
    history.offer("o1", "carla", "noon")
    history.answer("OfferAccepted", "o1", "carla", "noon")
