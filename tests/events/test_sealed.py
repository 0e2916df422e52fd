"""A sealed log: plain values above it, ciphertext below, over either log."""

from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from events.candidate import CandidateRegistered, ChatLinked, ContactChanged
from events.catalogue import CODEC
from events.codec import Event, StillSealed
from events.log import Duplicate, Fact, Log, LogUnavailable, Recorded
from events.personal import REDACTED
from events.sealed import Keys, NoKeys, SealedLog, redacted
from tests.events.attempts import NOW, attempt, fact, settle, whole, write
from tests.events.examples import CANDIDATE
from tests.support.keys import Ring

CANARY = "canary"
KIM = CandidateRegistered(CANDIDATE, CANARY, CANARY, None, CANARY, "berlin", "screening", "de")
MOVED = ContactChanged(CANDIDATE, phone=None, email=CANARY, locale="pt")
LINKED = ChatLinked(CANDIDATE, CANARY)
STORY: list[Any] = [KIM, MOVED, LINKED]


@pytest.fixture
def ring() -> Ring:
    """Keys in memory."""
    return Ring()


@pytest.fixture
def sealed(log: Log, ring: Ring) -> SealedLog:
    """The log with its seals."""
    return SealedLog(log, ring)


def decoded(event: Recorded) -> Event:
    """Read an event as everybody does."""
    return CODEC.decode(event.type, event.version, event.data)


async def written(log: Log, *events: Event) -> None:
    """Write events, each by a command of its own."""
    for event in events:
        await write(log, CODEC.encode(event))


async def forged(log: Log, fact: Fact) -> None:
    """Write past the seals what somebody altered."""
    await write(log, fact)


async def test_what_is_written_is_read(sealed: SealedLog) -> None:
    """Above the seals nobody notices them: every way to read gives what was written."""
    await written(sealed, *STORY)

    events = await whole(sealed)
    briefs = await sealed.brief(0, 10)

    assert [decoded(event) for event in events] == STORY
    assert [CODEC.decode(each.type, each.version, each.data) for each in briefs] == STORY


async def test_no_value_lies_in_the_log(log: Log, sealed: SealedLog) -> None:
    """Below the seals no personal value is found, what is not personal stands as it did, and what is not there too."""
    await written(sealed, *STORY)

    stored = [msgspec.json.decode(event.data) for event in await whole(log)]

    assert CANARY not in str(stored)
    assert [each["candidate_id"] for each in stored] == [str(CANDIDATE)] * 3
    assert (stored[0]["email"], stored[1]["phone"], stored[1]["locale"]) == (None, None, "pt")
    assert "name" not in stored[1]
    assert stored[2]["telegram_id"].startswith("sealed:1:")


async def test_equal_values_are_sealed_to_different_texts(log: Log, sealed: SealedLog) -> None:
    """Nobody can tell from the log who has the same name as whom."""
    await written(sealed, KIM)

    (event,) = await whole(log)

    stored = msgspec.json.decode(event.data)
    assert len({stored["name"], stored["phone"], stored["telegram_id"]}) == 3


async def test_without_a_key_everything_personal_is_redacted(log: Log, sealed: SealedLog, ring: Ring) -> None:
    """Whether the person was erased, or no keys are known at all: the field says so, and the event can be read."""
    await written(sealed, *STORY)
    await ring.destroy([CANDIDATE])

    for reader in (sealed, SealedLog(log, NoKeys())):
        registered, changed, linked = [decoded(event) for event in await whole(reader)]

        assert registered == CandidateRegistered(
            CANDIDATE, REDACTED, REDACTED, None, REDACTED, "berlin", "screening", "de"
        )
        assert changed == ContactChanged(CANDIDATE, phone=None, email=REDACTED, locale="pt")
        assert linked == ChatLinked(CANDIDATE, REDACTED)


async def test_who_was_erased_gets_no_new_key(log: Log, sealed: SealedLog, ring: Ring) -> None:
    """What is written about them in spite of it is redacted before it is stored, never in the clear."""
    await ring.destroy([CANDIDATE])

    await written(sealed, KIM)

    (event,) = await whole(log)
    assert CANARY.encode() not in event.data
    assert decoded(event) == decoded(redacted(event))
    assert msgspec.json.decode(event.data)["name"] == REDACTED


async def test_decisions_see_no_personal_data(sealed: SealedLog, ring: Ring) -> None:
    """What is read for a decision is redacted, and no key is asked for."""
    await written(sealed, *STORY)
    ring.asked = 0

    tag = f"candidate:{CANDIDATE}"
    under = (await sealed.read_tags({tag: 0}))[tag]

    assert [decoded(event) for event in under.events][2] == ChatLinked(CANDIDATE, REDACTED)
    assert CANARY not in str(under.events)
    assert ring.asked == 0


async def test_an_attempt_that_is_sent_again_is_a_duplicate(log: Log, sealed: SealedLog) -> None:
    """Sealed anew it has other bytes, but the log goes by the command's id: there is one fact, the first."""
    again = attempt(CODEC.encode(KIM))
    await settle(sealed, again)
    (first,) = await whole(log)

    (verdict,) = await settle(sealed, again)

    assert isinstance(verdict, Duplicate)
    assert await whole(log) == [first]


async def test_what_was_written_before_there_were_seals_is_read_as_it_stands(log: Log, sealed: SealedLog) -> None:
    """Version 1 of these events stands in the clear."""
    await write(log, CODEC.encode(KIM)._replace(version=1))

    (event,) = await whole(sealed)

    assert decoded(event) == KIM


async def test_keys_of_a_page_are_looked_up_once(sealed: SealedLog, ring: Ring) -> None:
    """However many people a page speaks of; and not at all where it speaks of nobody."""
    people = [msgspec.structs.replace(KIM, candidate_id=uuid4()) for _ in range(20)]
    await settle(sealed, *(attempt(CODEC.encode(each)) for each in people))
    await write(sealed, fact("a"))
    ring.asked = 0

    assert len(await whole(sealed)) == 21
    assert len(await sealed.brief(20, 10)) == 1
    assert ring.asked == 1


async def test_events_without_personal_data_pass_as_they_are(log: Log, ring: Ring) -> None:
    """They are the very same bytes above and below, and no key is made."""
    sealed = SealedLog(log, ring)
    await write(sealed, fact("a", data=b'{"candidate_id":"nobody","name":"sealed:1:AAAA"}'))

    assert await whole(sealed) == await whole(log)
    assert ring.asked == 0


@pytest.mark.parametrize("place", [-1, 10, 25])
async def test_an_altered_value_is_named_and_stops_nobody_else(log: Log, sealed: SealedLog, place: int) -> None:
    """The page is read, and who decodes the altered event is told by name what is wrong with it, and no value."""
    await written(sealed, KIM, LINKED)
    stored = msgspec.json.decode((await whole(log))[1].data)
    text = stored["telegram_id"]
    altered = text[:place] + ("A" if text[place] != "A" else "B") + text[place:][1:]
    forgery = msgspec.json.encode({**stored, "telegram_id": altered})
    await forged(log, CODEC.encode(LINKED)._replace(data=forgery))

    first, second, third = await whole(sealed)

    assert (decoded(first), decoded(second)) == (KIM, LINKED)
    with pytest.raises(StillSealed, match=r"^ChatLinked: telegram_id$"):
        decoded(third)


async def test_a_value_that_was_moved_to_somebody_else_does_not_open(log: Log, sealed: SealedLog, ring: Ring) -> None:
    """Who may write into the tables cannot show one person's number as another's."""
    other = uuid4()
    await written(sealed, LINKED)
    await ring.make([other])
    stored = msgspec.json.decode((await whole(log))[0].data)
    forgery = msgspec.json.encode({**stored, "candidate_id": str(other)})
    await forged(log, CODEC.encode(LINKED)._replace(data=forgery))

    with pytest.raises(StillSealed):
        decoded((await whole(sealed))[1])


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"candidate_id":7}', b'{"candidate_id":"x"}', b"\xff"])
async def test_what_cannot_be_read_is_left_to_who_decodes_it(log: Log, sealed: SealedLog, data: bytes) -> None:
    """A damaged event does not stop the reading of the others."""
    await forged(log, CODEC.encode(KIM)._replace(data=data))
    await written(sealed, LINKED)

    damaged, whole_one = await whole(sealed)

    assert damaged.data == data
    assert decoded(whole_one) == LINKED


async def test_without_keys_nothing_is_written(log: Log) -> None:
    """A person's key is there before their data is: if none can be had, the append is not even tried."""

    class Away(NoKeys):
        async def make(self, people: Collection[UUID]) -> Keys:
            raise LogUnavailable(f"the keys of {len(people)} people are away")

    with pytest.raises(LogUnavailable):
        await SealedLog(log, Away()).append([attempt(CODEC.encode(KIM))], NOW)

    assert await log.head() == 0


async def test_everything_else_is_the_logs_own(log: Log, sealed: SealedLog) -> None:
    """Commands, blocks, tags and positions are those of the log below."""
    await written(sealed, KIM, LINKED)

    assert [each async for each in sealed.commands()] == [each async for each in log.commands()]
    assert [each async for each in sealed.blocks()] == [each async for each in log.blocks()]
    assert await sealed.unfindable(0, 2) is None
    assert await sealed.head() == await sealed.wait(1, 1.0) == 2
