"""What each part does, and what it is answered."""

from __future__ import annotations

from cli.demo.careers import convincing, leaving, promising, unfit
from cli.demo.diary import Diary
from cli.demo.people import Part, Person
from cli.demo.rules import CANCEL_CUTOFF_MINUTES, FINAL, INTERVIEW, MAX_RESCHEDULES
from cli.demo.settling import find_seat, settle
from cli.demo.story import ADMIN, FULL, Script
from cli.demo.world import World


def script_of(world: World, person: Person, part: Part) -> Script:
    """Write the script of one candidate who is no racer."""
    diary = Diary(world.ids, person, world.held)
    diary.register()
    _PLAY[part](world, diary)
    return diary.script


def _plain(world: World, diary: Diary) -> None:
    diary.take_tests(diary.person.stage)
    settle(world, diary, find_seat(world, diary.person))
    if diary.person.number in world.movers:
        _reach_anew(diary)


def _reach_anew(diary: Diary) -> None:
    """Has another phone and no mail any more, and writes from another chat."""
    who = {"candidate_id": str(diary.person.candidate_id)}
    diary.ask("change-contact", {**who, "phone": f"+7700{diary.person.number:07}", "email": None})
    diary.ask("link-chat", {**who, "telegram_id": str(20_000_000 + diary.person.number)})


def _second_try(world: World, diary: Diary) -> None:
    """Fails, is not let in, passes."""
    offer = find_seat(world, diary.person)
    diary.take_tests(diary.person.stage, passed=False)
    if offer:
        diary.book(offer, "test-required")
    diary.take_tests(diary.person.stage)
    settle(world, diary, offer)


def _impatient(world: World, diary: Diary) -> None:
    """Asks before the test."""
    offer = find_seat(world, diary.person)
    if offer:
        diary.book(offer, "test-required")
    diary.take_tests(diary.person.stage)
    settle(world, diary, offer)


def _found_out(world: World, diary: Diary) -> None:
    """Passes with somebody's help; the result is voided, and so no seat is to be had."""
    offer = find_seat(world, diary.person)
    diary.take_tests(diary.person.stage)
    for test_id in diary.person.stage.required_tests:
        body = {"candidate_id": str(diary.person.candidate_id), "test_id": test_id, "reason": "Not their own work"}
        diary.ask("void-test-result", body, actor=ADMIN)
    if offer:
        diary.book(offer, "test-required")


def _same_day(world: World, diary: Diary) -> None:
    """Takes a call of today. Who drops out finds that it is too late to move, and often too late to cancel."""
    offer = next(world.standby, None)
    if offer is None:
        return
    booking_id = diary.book(offer)
    if diary.person.number not in world.dropouts:
        return
    if later := find_seat(world, diary.person):
        diary.reschedule(booking_id, later, "too-late-to-reschedule")
    if offer.start >= CANCEL_CUTOFF_MINUTES:
        diary.cancel(booking_id)
        return
    diary.cancel(booking_id, "too-late-to-cancel")
    recruiter = str(offer.recruiter.recruiter_id)
    diary.cancel(booking_id, "reason-required", actor=recruiter, override=True)
    diary.cancel(booking_id, actor=recruiter, override=True, reason="The candidate rang: a child is ill")


def _greedy(world: World, diary: Diary) -> None:
    """Wants a second interview, at the same time if there is one."""
    offer = find_seat(world, diary.person)
    if offer is None:
        return
    diary.book(offer)
    if beside := world.seats.promise_beside(offer):
        diary.book(beside, "candidate-busy")
    second = find_seat(world, diary.person)
    if second and (second.start >= offer.end or offer.start >= second.end):
        diary.book(second, "already-booked")


def _late_comer(world: World, diary: Diary) -> None:
    """Tries a seat of Saturday's when all are gone, and means to wait for one."""
    number = sum(map(len, world.waiting.values()))
    offer = world.hot[number % len(world.hot)]
    diary.book(offer, FULL)
    world.waiting.setdefault(offer.slot_id, []).append(diary.person)


def _thoughtful(world: World, diary: Diary) -> None:
    """Has a seat held, thinks it over and takes it."""
    if offer := find_seat(world, diary.person):
        settle(world, diary, offer, diary.hold(offer))


def _hesitant(world: World, diary: Diary) -> None:
    """Would have two seats held, and has to let go of one to hold the other."""
    first, second = find_seat(world, diary.person), find_seat(world, diary.person)
    if first is None or second is None or first.slot_id == second.slot_id:
        settle(world, diary, first)
        return
    hold_id = diary.hold(first)
    diary.hold(second, "too-many-holds")
    diary.release(hold_id)
    settle(world, diary, second, diary.hold(second))


def _undecided(world: World, diary: Diary) -> None:
    """Has a seat held and is not heard of again."""
    if offer := find_seat(world, diary.person):
        diary.hold(offer)
        world.kept.append(offer)


def _hasty(world: World, diary: Diary) -> None:
    """Wants to talk at once."""
    diary.book(world.rng.choice(world.soon), "too-soon")
    settle(world, diary, find_seat(world, diary.person))


def _early(world: World, diary: Diary) -> None:
    """Plans months ahead."""
    diary.book(world.rng.choice(world.far), "too-far")
    settle(world, diary, find_seat(world, diary.person))


def _lost(world: World, diary: Diary) -> None:
    """Follows a link to nowhere."""
    diary.ask(
        "book-slot",
        {"slot_id": str(world.ids.of("nowhere")), "candidate_id": str(diary.person.candidate_id)},
        "unknown-slot",
    )
    settle(world, diary, find_seat(world, diary.person))


def _wrong_door(world: World, diary: Diary) -> None:
    """Tries a stage that is not open to them yet."""
    city_id = diary.person.city.city_id
    if offer := world.seats.promise(city_id, FINAL) or world.seats.promise(city_id, INTERVIEW):
        diary.book(offer, "stage-not-open")
    settle(world, diary, find_seat(world, diary.person))


def _shut_out(world: World, diary: Diary) -> None:
    """Wants a slot that takes nobody in, and comes back when it does."""
    offer = find_seat(world, diary.person)
    if offer and offer.capacity == 1:
        diary.book(offer, "slot-closed")
        world.shut.append((diary.person, offer))
    else:
        settle(world, diary, offer)


def _restless(world: World, diary: Diary) -> None:
    """Moves once more than is allowed."""
    offers = [offer for _ in range(MAX_RESCHEDULES + 2) if (offer := find_seat(world, diary.person))]
    if len(offers) < MAX_RESCHEDULES + 2 or len({offer.slot_id for offer in offers}) < len(offers):
        return
    booking_id = diary.book(offers[0])
    for offer in offers[1:-1]:
        diary.reschedule(booking_id, offer)
    diary.reschedule(booking_id, offers[-1], "too-many-reschedules")


def _regretful(world: World, diary: Diary) -> None:
    """Cancels, and wants the booking back at another time."""
    offer, other = find_seat(world, diary.person), find_seat(world, diary.person)
    if offer and other and offer.slot_id != other.slot_id:
        booking_id = diary.book(offer)
        diary.cancel(booking_id)
        diary.reschedule(booking_id, other, "booking-cancelled")
        diary.book(other)


_PLAY = {
    "plain": _plain,
    "second-try": _second_try,
    "impatient": _impatient,
    "unfit": unfit,
    "found-out": _found_out,
    "convincing": convincing,
    "same-day": _same_day,
    "greedy": _greedy,
    "late-comer": _late_comer,
    "thoughtful": _thoughtful,
    "hesitant": _hesitant,
    "undecided": _undecided,
    "hasty": _hasty,
    "early": _early,
    "lost": _lost,
    "wrong-door": _wrong_door,
    "shut-out": _shut_out,
    "restless": _restless,
    "regretful": _regretful,
    "promising": promising,
    "leaving": leaving,
}
