"""One candidate's script, written step by step, and what that leaves the candidate with."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from cli.demo.offers import Offer
from cli.demo.people import Person
from cli.demo.rules import TESTS, Stage
from cli.demo.story import ACCEPTED, BOT, Ids, Script, Step

Held = dict[UUID, tuple[Person, Offer]]


class Diary:
    """Writes down what one candidate asks for. `held`, by booking id, is shared by all: who sits where in the end."""

    def __init__(self, ids: Ids, person: Person, held: Held, chapter: str = "week") -> None:
        """A candidate has one diary for each chapter, so that no key is used twice."""
        self.person = person
        self._ids = ids
        self._held = held
        self._chapter = chapter
        self._steps: list[Step] = []

    @property
    def script(self) -> Script:
        """Return what was written."""
        return tuple(self._steps)

    def ask(  # noqa: PLR0913  what a step is made of
        self,
        command: str,
        body: Mapping[str, object],
        outcome: str = ACCEPTED,
        *,
        times: int = 1,
        actor: str = BOT,
        events: int = 1,
    ) -> Step:
        """Write one step."""
        step = Step(
            command=command,
            key=self._new_id("key"),
            actor=actor,
            body=body,
            outcome=outcome,
            times=times,
            events=events,
        )
        self._steps.append(step)
        return step

    def register(self) -> None:
        """Become a candidate."""
        number = self.person.number
        self.ask(
            "register-candidate",
            {
                "candidate_id": str(self.person.candidate_id),
                "name": self.person.name,
                "email": f"candidate-{number}@example.com",
                "telegram_id": str(10_000_000 + number),
                "city_id": self.person.city.city_id,
                "stage_id": self.person.stage.stage_id,
                "locale": self.person.city.locale,
            },
        )

    def take_tests(self, stage: Stage, *, passed: bool = True) -> None:
        """Take every test of a stage."""
        for test in TESTS:
            if test.test_id in stage.required_tests:
                reach = (test.pass_score, test.max_score) if passed else (0, test.pass_score - 1)
                # Any number will do that follows from the candidate.
                score = reach[0] + self.person.number * 7 % (reach[1] - reach[0] + 1)
                self.ask("record-test-result", {**self._who, "test_id": test.test_id, "score": score})

    def hold(self, offer: Offer, outcome: str = ACCEPTED) -> UUID:
        """Ask that a seat be kept; return the hold's id."""
        return self.ask("hold-slot", {"slot_id": str(offer.slot_id), **self._who}, outcome).creates("hold")

    def release(self, hold_id: UUID) -> None:
        """Give a hold back."""
        self.ask("release-hold", {"hold_id": str(hold_id)})

    def book(self, offer: Offer, outcome: str = ACCEPTED, *, times: int = 1, hold_id: UUID | None = None) -> UUID:
        """Ask for a seat, perhaps the one that is held; return the booking's id."""
        booking_id, body = self._booking(offer)
        body |= {"hold_id": str(hold_id)} if hold_id else {}
        self.ask("book-slot", body, outcome, times=times)
        if outcome == ACCEPTED:
            self._held[booking_id] = (self.person, offer)
        return booking_id

    def race(self, offer: Offer, fallback: Offer) -> None:
        """Run for a seat that others run for; take the fallback if it is gone."""
        # The booking has the same id whichever seat it is for.
        first, second = self._booking(offer)[1], self._booking(fallback)[1]
        otherwise = Step(command="book-slot", key=self._new_id("fallback"), actor=BOT, body=second)
        step = self.ask("book-slot", first)
        self._steps[-1] = msgspec.structs.replace(step, otherwise=otherwise)

    def cancel(
        self,
        booking_id: UUID,
        outcome: str = ACCEPTED,
        *,
        actor: str = BOT,
        reason: str | None = None,
        override: bool = False,
    ) -> Step:
        """Give a booking up."""
        body: dict[str, object] = {"booking_id": str(booking_id)}
        body |= {"override": True} if override else {}
        body |= {"reason": reason} if reason else {}
        if outcome == ACCEPTED:
            self.lose(booking_id)
        return self.ask("cancel-booking", body, outcome, actor=actor)

    def reschedule(self, booking_id: UUID, offer: Offer, outcome: str = ACCEPTED) -> None:
        """Move a booking."""
        self.ask("reschedule-booking", {"booking_id": str(booking_id), "to_slot_id": str(offer.slot_id)}, outcome)
        if outcome == ACCEPTED:
            self._held[booking_id] = (self.person, offer)

    def lose(self, booking_id: UUID) -> None:
        """Note that a booking is over."""
        del self._held[booking_id]

    @property
    def _who(self) -> dict[str, object]:
        return {"candidate_id": str(self.person.candidate_id)}

    def _booking(self, offer: Offer) -> tuple[UUID, dict[str, object]]:
        booking_id = UUID(self._new_id("booking"))
        return booking_id, {"booking_id": str(booking_id), "slot_id": str(offer.slot_id), **self._who}

    def _new_id(self, kind: str) -> str:
        return str(self._ids.of(kind, self._chapter, self.person.number, len(self._steps)))
