"""The stored form of every event, byte for byte. What is stored is stored for good.

Personal data is stored sealed: in the golden file with keys and nonces that are always the same.

Where a form has to change, the event gets a new version and an upcaster, and `golden/events.json` a new entry; entries
that are there are never altered.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from events.catalogue import CODEC, EVENT_TYPES
from events.log import Fact
from events.personal import REDACTED
from events.sealed import opened_with
from tests.events.examples import EXAMPLES, STORIES
from tests.events.sealing import KEYS, recorded, stored

# By story: the events as stored, each with type, version, tags and data (its JSON as one string).
GOLDEN: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "golden" / "events.json").read_text(encoding="utf-8")
)
STORED = [
    Fact(entry["type"], entry["version"], tuple(entry["tags"]), entry["data"].encode())
    for story in GOLDEN.values()
    for entry in story
]


@pytest.mark.parametrize("story", STORIES)
def test_events_are_stored_as_ever(story: str) -> None:
    """Each example is encoded to the very bytes, and named by the very tags, that were stored once."""
    facts = stored(STORIES[story])

    newest = {each.name: each.version for each in EVENT_TYPES}
    assert [
        {"type": fact.type, "version": fact.version, "tags": list(fact.tags), "data": fact.data.decode()}
        for fact in facts
    ] == [entry for entry in GOLDEN[story] if entry["version"] == newest[entry["type"]]]


@pytest.mark.parametrize("fact", STORED, ids=lambda fact: f"{fact.type}-{fact.version}")
def test_what_was_ever_stored_is_still_read(fact: Fact) -> None:
    """Every stored example, of any version, comes back as an event that stands under these tags, if not under more."""
    (opened,) = opened_with(KEYS, [recorded(fact)])

    event = CODEC.decode(opened.type, opened.version, opened.data)

    assert [tag for tag in event.tags() if tag in fact.tags] == list(fact.tags)
    assert REDACTED.encode() not in opened.data


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_survives_being_stored(event: Any) -> None:
    """What is decoded equals what was encoded."""
    fact = CODEC.encode(event)

    assert CODEC.decode(fact.type, fact.version, fact.data) == event


@pytest.mark.parametrize("story", STORIES)
def test_every_event_has_its_examples(story: str) -> None:
    """A type or a version without an example in the golden file is not to be released."""
    shown = {(entry["type"], entry["version"]) for entry in GOLDEN[story]}

    assert shown >= {(each.name, version) for each in EVENT_TYPES for version in range(1, each.version + 1)}
