"""The examples of docs/eventsourcing.md, run as they stand there."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.utils import clear_topic_cache

from events.dcb import open_recorder
from events.postgres import open_log

PAGE = Path(__file__).parents[3] / "docs" / "eventsourcing.md"
BOOKED = b'{"booking_id":"b1","candidate_id":"c1","timestamp":"2027-03-01T09:00:00Z"}'


def test_the_examples_do_what_they_say(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application writes beside Daybook, and another follows what Daybook wrote."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PERSISTENCE_MODULE", "")
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with open_recorder(open_log(database_url), "admin:ann") as recorder:
        recorder.append([DCBEvent("SlotBooked", BOOKED, ["slot:5d1f0a52-0c5e-4d34-9d3c-1c2ab4a8e6c5"])])

        example: Any = ModuleType("example")
        monkeypatch.setitem(sys.modules, "example", example)  # classes are looked up in their module
        for each in examples:
            exec(compile(each, PAGE.name, "exec"), vars(example))  # noqa: S102  our own page

        written = [(each.position, each.event.type) for each in recorder.read()]
    clear_topic_cache()
    assert example.reached == 1
    assert written == [
        (1, "SlotBooked"),
        (2, "example:Dog.Registered"),
        (3, "example:Dog.TrickAdded"),
        (4, "example:Visitor.Created"),
    ]
