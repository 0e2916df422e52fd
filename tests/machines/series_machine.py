"""Commands about series: slots that recur by the clock on the wall."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machines import booking_rules as rules
from tests.machines.driving import ACCEPTED
from tests.machines.machine import PICK, Machine, pick
from tests.machines.model import DAY, Slot
from tests.machines.scene import ADMIN, LENGTH, ZONE

REASON = "because"


class SeriesMachine(Machine):
    """Publish and end series; the model follows the slots that come and go by themselves."""

    def __init__(self) -> None:
        """There are no series, and the zone has the rules that it has."""
        super().__init__()
        self.zone = ZoneInfo(ZONE)
        self.series: list[str] = []

    @rule(recruiter=st.integers(0, 1), half_hours=st.integers(0, 95), days=st.integers(1, 4), split=st.integers(1, 2))
    def recur(self, recruiter: int, half_hours: int, days: int, split: int) -> None:
        """PublishSeries: every day, one slot or two in a row. What a rule forbids is left out."""
        passed = (self.now - self.scene.opening) // LENGTH
        first = self.scene.unpublished(recruiter, passed + half_hours, 0, 1)
        wall = first.starts.astimezone(self.zone).replace(tzinfo=None)
        body = {**self.scene.body_of(first), "starts_at": wall.isoformat(), "rrule": f"FREQ=DAILY;COUNT={days}"}
        expected = [each for day in range(days) for each in self._parts(first, wall + day * DAY, split)]

        answer = self.scene.driver.do("publish-series", {**body, "split": {"count": split}}, ADMIN)

        assert answer.outcome == ACCEPTED, answer
        published = [said for kind, said in answer.events if kind == "SlotPublished"]
        assert [each.starts for each in expected] == [datetime.fromisoformat(said["starts_at"]) for said in published]
        for slot, said in zip(expected, published, strict=True):
            slot.id = said["slot_id"]
        self.series.append(answer.ids["series_id"])

    @precondition(lambda self: bool(self.series))
    @rule(series=PICK)
    def end_series(self, series: int) -> None:
        """EndSeries: slots ahead go, but for those in which somebody sits or holds a seat."""
        series_id = pick(self.series, series)
        answer = self.scene.driver.do("end-series", {"series_id": series_id, "reason": REASON}, ADMIN)
        assert answer.outcome == ACCEPTED, answer
        self.follow(answer.events)

    def follow(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Let the model know of slots that were cancelled or moved by no command of their own."""
        for kind, said in events:
            slot = next((each for each in self.model.slots if each.id == said.get("slot_id")), None)
            match kind:
                case "SlotCancelled":
                    assert slot is not None
                    assert not self.model.seated(slot)
                    assert not self.model.holding(slot, self.now)
                    slot.cancelled = True
                case "SlotReanchored":
                    assert slot is not None
                    slot.starts = datetime.fromisoformat(said["starts_at"])
                    slot.ends = datetime.fromisoformat(said["ends_at"])
                case _:
                    pass

    def _parts(self, like: Slot, wall: datetime, split: int) -> list[Slot]:
        """Add what an occurrence gives to the model: nothing where clocks skip its start."""
        starts = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if starts.astimezone(self.zone).replace(tzinfo=None) != wall:
            return []
        added = []
        for part in range(split):
            begin = starts + part * LENGTH
            slot = Slot("", like.recruiter, like.stage, begin, begin + LENGTH, 1)
            if not rules.publish(self.model, slot, self.now).refusals:
                self.model.slots.append(slot)
                added.append(slot)
        return added
