"""What listeners are told: nothing is missed, however often they come back and however slowly they read."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import ExitStack, asynccontextmanager

import pytest

from api import stream
from api.listening import Listener, Listeners, News
from api.stream import tell
from projections import changes as changes_module
from projections.changes import Change, Changes, Take
from projections.topics import EVERYTHING
from tests.api.streaming import Message, composed
from tests.projections.following import AbsentLog, Shown, following, self_explaining, told
from tests.projections.running import log_of, story, write_all
from tests.support.deciding import SLOT, booked, city, slot, some_id

SLOTS_OF_BERLIN = "slots:berlin/screening"


class Client:
    """Knows which of its topics it was told of, and up to which position it was told all; it asks nothing."""

    def __init__(self, topics: Collection[str], last_id: int) -> None:
        """It has just asked everything."""
        self.topics = frozenset(topics)
        self.last_id = last_id
        self.asked_at = dict.fromkeys(topics, last_id)

    def take(self, message: Message) -> None:
        """Note what a message tells."""
        assert message.id >= self.last_id
        self.last_id = message.id
        concerned = self.topics if message.event == "reset" else (message.data or {}).get("topics", ())
        self.asked_at |= dict.fromkeys(concerned, message.id)

    def missed(self, history: Sequence[Change]) -> list[tuple[int, str]]:
        """List the changes up to where it believes to be told all, of which it was not told."""
        return [
            (change.position, topic)
            for change in history
            for topic in change.topics & self.topics
            if self.asked_at[topic] < change.position <= self.last_id
        ]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs of life come soon, and messages closely."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.002)
    monkeypatch.setattr(stream, "SPACING_SECONDS", 0.0)
    monkeypatch.setattr(changes_module, "PAGE", 7)


@asynccontextmanager
async def telling(changes: Changes, *topics: str, after: int | None = None) -> AsyncIterator[AsyncIterator[Message]]:
    """What the only listener of a process is told."""
    async with composed(tell(changes, Listeners(changes), frozenset(topics), after, reset=False)) as messages:
        yield messages


async def cut_again_and_again(seed: int) -> tuple[Client, list[Change]]:
    """Let a client follow a random history, cut off at random moments, until it has come to the end."""
    draw = random.Random(seed)
    events, log, shown = self_explaining(story(seed)), await log_of([city("rome")]), Shown(1)
    topics = {SLOTS_OF_BERLIN, "directory", *draw.sample([tag for each in events for tag in each.tags()], 5)}
    async with following(log, shown) as (changes, audience):
        listeners, client = Listeners(changes), Client(topics, 1)
        while events or client.last_id < changes.position:
            some = [events.pop(0) for _ in range(min(draw.randrange(12), len(events)))]
            await write_all(log, some)
            async with composed(tell(changes, listeners, frozenset(topics), client.last_id, reset=False)) as messages:
                for _ in range(draw.randrange(6)):
                    client.take(await anext(messages))
                    shown.show(draw.randint(shown.position, await log.head()))
            shown.show(await log.head())
            await told(changes, draw.randint(changes.position, shown.position))
    return client, audience.told


async def test_nothing_is_missed_however_often_a_client_comes_back() -> None:
    """Cut at random from a random history: what a client believes to be told, it was told."""
    for seed in range(5):
        client, history = await cut_again_and_again(seed)

        assert client.last_id >= len(history)
        assert client.missed(history) == [], seed


async def test_a_client_that_is_not_told_what_it_missed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: the test above notices when a client that comes back is told only what is new."""
    monkeypatch.setattr(stream, "news_in", lambda *_: None)

    missed = [client.missed(history) for client, history in [await cut_again_and_again(seed) for seed in range(5)]]

    assert any(missed)


async def test_what_is_not_read_is_merged() -> None:
    """Who does not read for a while is told once, with the topics of all changes and the position of the last."""
    log, shown = await log_of([city("rome")]), Shown(1)
    published, other = slot(), slot(some_id("other"), city_id="rome")

    async with following(log, shown) as (changes, _):
        wanted = (f"slot:{SLOT}", SLOTS_OF_BERLIN, "slots:rome", "directory")
        async with telling(changes, *wanted) as messages:
            ready = await anext(messages)
            await write_all(log, [published, *[booked(published, some_id(str(n))) for n in range(30)], other])
            shown.show(await log.head())
            await told(changes, 33)
            news = await anext(messages)
            silence = await anext(messages)

    assert ready == Message(1, "ready", {"position": 1})
    assert news == Message(33, "changed", {"position": 33, "topics": [f"slot:{SLOT}", SLOTS_OF_BERLIN, "slots:rome"]})
    assert silence == Message(33, None, None)


async def test_a_quiet_topic_comes_along() -> None:
    """Where nothing concerns a client, signs of life take it along: it need not be told much when it returns."""
    log, shown = await log_of([city("rome")]), Shown(1)

    async with following(log, shown) as (changes, _), telling(changes, "directory") as messages:
        await anext(messages)
        await write_all(log, [slot()])
        shown.show(2)
        await told(changes, 2)

        assert await anext(messages) == Message(2, None, None)


async def test_who_is_ahead_of_this_process_hears_only_what_is_new() -> None:
    """A client that comes from a process that is further does not hear again what it was told there."""
    log, shown = await log_of([city(f"city-{number}") for number in range(4)]), Shown(1)

    async with following(log, shown) as (changes, _), telling(changes, "directory", after=3) as messages:
        ready = await anext(messages)
        shown.show(3)
        await told(changes, 3)
        silence = await anext(messages)
        shown.show(4)
        while (news := await anext(messages)).event is None:
            pass

    assert (ready.id, silence, news.id) == (3, Message(3, None, None), 4)


async def test_a_client_whose_past_cannot_be_read_begins_anew() -> None:
    """If the log is away when a client comes back, it is told to ask everything again."""
    log, shown = AbsentLog(), Shown()
    await write_all(log, [city("rome")])
    shown.show(1)

    async with following(log, shown) as (changes, _):
        await told(changes, 1)
        log.is_away = True
        async with telling(changes, "directory", after=0) as messages:
            assert [(await anext(messages)).event for _ in range(2)] == ["ready", "reset"]


class Teller:
    """Stands for changes: tells what a test says."""

    position = 0
    take: Take

    def subscribe(self, take: Take) -> None:
        """Keep the only subscriber."""
        self.take = take


def test_everything_concerns_everybody() -> None:
    """Where it cannot be told what has changed, each listener is told of all its topics."""
    teller = Teller()
    listeners = Listeners(teller)  # type: ignore[arg-type]  # what it needs of changes
    with listeners.listening(frozenset({"directory"})) as one, listeners.listening(frozenset({"a", "b"})) as other:
        teller.take([Change(1, frozenset({EVERYTHING})), Change(2, frozenset({"directory"}))], 2)

        assert one.take() == News(2, ("directory",))
        assert other.take() == News(1, ("a", "b"))


def test_new_generation_concerns_whoever_listens_whatever_they_were_told() -> None:
    """It is of no position: who was told of everything up to there hears of it as well, and who came from further."""
    teller = Teller()
    listeners = Listeners(teller)  # type: ignore[arg-type]  # what it needs of changes
    with listeners.listening(frozenset({"a", "b"})) as one, listeners.listening(frozenset({"a"}), 5) as other:
        teller.take([Change(0, frozenset({EVERYTHING}), 7)], 0)

        assert (one.take(), other.take()) == (News(0, ("a", "b")), News(5, ("a",)))


def test_a_change_costs_only_those_who_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand listeners those are asked to hear a page of changes who listen to one of its topics, once each."""
    calls = Counter[frozenset[str]]()
    hear = Listener.hear

    def counted(listener: Listener, topics: Collection[str], position: int) -> None:
        calls[listener.topics] += 1
        hear(listener, topics, position)

    monkeypatch.setattr(Listener, "hear", counted)
    teller = Teller()
    listeners = Listeners(teller)  # type: ignore[arg-type]  # what it needs of changes
    with ExitStack() as listening_all:
        for number in range(1_000):
            listening_all.enter_context(listeners.listening(frozenset({f"slot:{number}", "directory"})))

        teller.take([Change(position, frozenset({"slot:7", "slots"})) for position in range(1, 501)], 500)

        assert calls == {frozenset({"slot:7", "directory"}): 1}
    assert not listeners.topics
