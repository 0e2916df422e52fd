"""Parts in which somebody moves on or leaves: the seats of a stage that is behind them are released."""

from __future__ import annotations

from uuid import UUID

from cli.demo.diary import Diary
from cli.demo.rules import INTERVIEW, STAGES
from cli.demo.settling import find_seat
from cli.demo.story import ADMIN
from cli.demo.world import World

_NEXT = next(stage for stage in STAGES if stage.stage_id == INTERVIEW)


def unfit(world: World, diary: Diary) -> None:
    """Fails, asks all the same, and is rejected; whoever would hire them then is told so."""
    diary.take_tests(diary.person.stage, passed=False)
    if offer := find_seat(world, diary.person):
        diary.book(offer, "test-required")
    diary.ask("reject-candidate", {**_who(diary), "reason": "The test was not passed"}, actor=ADMIN)
    diary.ask("hire-candidate", _who(diary), "candidate-closed", actor=ADMIN)


def promising(world: World, diary: Diary) -> None:
    """Shines in the test before the call takes place, and goes on to the interview at once."""
    offer = find_seat(world, diary.person)
    if offer is None:
        return
    booking_id = diary.book(offer)
    diary.take_tests(_NEXT)
    body = {**_who(diary), "to_stage": _NEXT.stage_id}
    _leave(diary, booking_id, "advance-candidate", body, str(offer.recruiter.recruiter_id))
    diary.book(offer, "stage-not-open")
    if interview := world.seats.promise(diary.person.city.city_id, _NEXT.stage_id):
        diary.book(interview)


def leaving(world: World, diary: Diary) -> None:
    """Has a seat, finds another job, and is not let in any more."""
    offer = find_seat(world, diary.person)
    if offer is None:
        return
    booking_id = diary.book(offer)
    body = {**_who(diary), "reason": "Found another job"}
    _leave(diary, booking_id, "withdraw-candidate", body, str(offer.recruiter.recruiter_id))
    diary.book(offer, "candidate-closed")


def convincing(world: World, diary: Diary) -> None:
    """Is hired before the interview."""
    diary.take_tests(diary.person.stage)
    if offer := find_seat(world, diary.person):
        body = {**_who(diary), "reason": "Known from an internship"}
        _leave(diary, diary.book(offer), "hire-candidate", body, ADMIN)


def _who(diary: Diary) -> dict[str, object]:
    return {"candidate_id": str(diary.person.candidate_id)}


def _leave(diary: Diary, booking_id: UUID, command: str, body: dict[str, object], actor: str) -> None:
    """Leave a stage or the process, and with it the seat."""
    diary.ask(command, body, actor=actor, events=2)
    diary.lose(booking_id)
