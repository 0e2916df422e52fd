"""The pure core: any sequence of commands, by anybody, at any time, is answered as the rules say and breaks none."""

import importlib.resources
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from commands import cancel_booking, offer_seat, planning, seating
from events import local_time
from tests.machines import booking_rules
from tests.machines.booking_machine import BookingMachine
from tests.machines.driving import ACCEPTED, Core
from tests.machines.machine import PICK, pick
from tests.machines.model import DAY, MINUTE
from tests.machines.scene import ADMIN, ZONE
from tests.machines.series_machine import SeriesMachine
from tests.machines.sizes import NIGHTLY, SLICE
from tests.machines.waiting_machine import WaitingMachine

# Many small steps over code that other tests cover: measuring that would take as long again.
pytestmark = pytest.mark.unmeasured

# Without shrinking: that it is found is all there is to see.
SABOTAGED = settings(SLICE, max_examples=1_000, phases=[Phase.generate])
# Standard time, an hour more, an hour less.
RULES = ("Europe/Berlin", "Etc/GMT-2", "Etc/GMT")
MINUTES = (1, 5, 10, 30, 30, 120, 360, 1_440)


def give_rules(patch: pytest.MonkeyPatch, like: str) -> ZoneInfo:
    """Give the zone of the scene the rules of another one from here on."""
    with importlib.resources.files("tzdata").joinpath("zoneinfo", *like.split("/")).open("rb") as compiled:
        changed = ZoneInfo.from_file(compiled, key=ZONE)
    for module in (local_time, planning):
        patch.setattr(module, "zone", lambda _: changed)
    return changed


class CoreMachine(BookingMachine, WaitingMachine, SeriesMachine):
    """Every command, a clock that is moved, and a zone whose rules change."""

    def make_driver(self) -> Core:
        """Drive the decisions."""
        self._patch = pytest.MonkeyPatch()
        self.core = Core()
        return self.core

    def teardown(self) -> None:
        """Give the zone its own rules back."""
        self._patch.undo()

    @rule(minutes=st.sampled_from(MINUTES))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.core.now += timedelta(minutes=minutes)

    @precondition(lambda self: any(each.open for each in self.model.bookings))
    @rule(booking=PICK, minutes=st.sampled_from((-90, -30, 0, 30)))
    def approach(self, booking: int, minutes: int) -> None:
        """Wait until an interview is near, starts, or is over: then the candidate did not come."""
        due = pick([each for each in self.model.bookings if each.open], booking)
        self.core.now = max(self.core.now, due.slot.starts + minutes * MINUTE)
        if self.core.now >= due.slot.ends:
            expected = booking_rules.record(due, "candidate-missed", 0, self.now)
            self.send("record-attendance", ADMIN, expected, booking_id=due.id, outcome="candidate-missed")

    @rule(like=st.sampled_from(RULES), recruiter=st.integers(0, 1))
    def change_the_zone(self, like: str, recruiter: int) -> None:
        """ReanchorSlots, after the zone got the rules of another one: what cannot move stays."""
        self.zone = give_rules(self._patch, like)
        today = self.now.date()
        days = {"from": (today - DAY).isoformat(), "to": (today + 60 * DAY).isoformat()}
        who = {"recruiter_id": self.model.recruiters[recruiter].id}
        answer = self.core.do("reanchor-slots", {**who, **days}, ADMIN)
        assert answer.outcome == ACCEPTED, answer
        self.follow(answer.events)


@pytest.mark.parametrize("size", [SLICE, pytest.param(NIGHTLY, marks=pytest.mark.nightly)], ids=("slice", "nightly"))
def test_every_answer_is_the_one_expected_and_every_rule_holds(size: settings) -> None:
    """The naive model predicts each yes and each no, and the checker finds nothing in what was written."""
    run_state_machine_as_test(CoreMachine, settings=size)


@pytest.mark.parametrize(
    ("module", "rule_name", "without"),
    [
        (seating, "seat_rules", lambda *_: ()),
        (seating, "commitment_rules", lambda *_: ()),
        pytest.param(seating, "cooldown_rules", lambda *_: (), marks=pytest.mark.nightly),
        (seating, "notice_rules", lambda *_: ()),
        pytest.param(seating, "stage_rules", lambda *_: (), marks=pytest.mark.nightly),
        pytest.param(cancel_booking, "past_cutoff", lambda *_: False, marks=pytest.mark.nightly),
        (offer_seat, "seat_rules", lambda *_: ()),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_rule_that_is_skipped_is_found_out(
    monkeypatch: pytest.MonkeyPatch, module: Any, rule_name: str, without: Callable[..., object]
) -> None:
    """Whichever it is, some sequence of commands shows it."""
    monkeypatch.setattr(module, rule_name, without)

    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(CoreMachine, settings=SABOTAGED)
