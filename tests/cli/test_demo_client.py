"""The clients of the demo: they count every answer, send again what was not settled, and trust no replay blindly."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import httpx
import msgspec
import pytest
import stamina

from cli.demo.client import Client, NotNow, ReplayDiffers
from cli.demo.performing import perform
from cli.demo.story import Act, Landmarks, Step, Story

DONE = b'{"position":7}'
FULL = b'{"code":"slot-full"}'
BUSY = httpx.Response(503, content=b'{"code":"busy"}')


@pytest.fixture(autouse=True)
def impatience() -> Iterator[None]:
    """Try three times, without a pause."""
    with stamina.set_testing(True, attempts=3):
        yield


class Service:
    """Answers with what it was given, in order, and notes what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = iter(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        return next(self._answers)

    @property
    def client(self) -> Client:
        """A client of this service."""
        http = httpx.AsyncClient(base_url="http://demo", transport=httpx.MockTransport(self))
        return Client([http], {"bot": "dbk_bot", "admin": "dbk_admin"})


def answer(body: bytes, *, status: int = 200, replayed: bool = False) -> httpx.Response:
    """Answer a single command."""
    headers = {"Daybook-Position": "7"} | ({"Idempotency-Replayed": "true"} if replayed else {})
    return httpx.Response(status, content=body, headers=headers)


def bulk(*outcomes: tuple[int, bytes, bool]) -> httpx.Response:
    """Answer many commands."""
    entries = [{"status": status, "replayed": again, "body": msgspec.Raw(body)} for status, body, again in outcomes]
    return answer(msgspec.json.encode({"outcomes": entries}))


def book(key: str, times: int = 1, otherwise: Step | None = None) -> Step:
    """Ask for the only seat there is."""
    body = {"slot_id": "only", "candidate_id": key}
    return Step(command="book-slot", key=key, actor="bot", body=body, times=times, otherwise=otherwise)


def story_of(*scripts: Sequence[Step]) -> Story:
    """Tell a story of one act."""
    landmarks = Landmarks("almaty", *(UUID(int=number) for number in range(4)))
    return Story((Act("Only act", tuple(map(tuple, scripts))),), (), landmarks)


def unheard(_: Act) -> Callable[[int], None]:
    """Show nothing."""
    return lambda _: None


async def test_an_answer_is_counted_by_its_code() -> None:
    """A refusal under its code, everything else as accepted; the position and the time are noted."""
    service = Service(answer(DONE), answer(FULL, status=409))
    client = service.client

    outcomes = [await client.send(book("one")), await client.send(book("two"))]

    assert outcomes == ["accepted", "slot-full"]
    assert client.tally.outcomes == {("book-slot", "accepted"): 1, ("book-slot", "slot-full"): 1}
    assert client.tally.position == 7
    assert len(client.tally.latencies) == 2
    assert service.requests[0].headers["Idempotency-Key"] == "one"
    assert service.requests[0].headers["Authorization"] == "Bearer dbk_bot"


async def test_what_was_written_is_counted() -> None:
    """Events, and the slots that a series gives; a dry run only tells."""
    reply = b'{"events":[{"type":"SeriesPublished"},{"type":"SlotPublished"}],"published":1,"dry_run":false}'
    told = b'{"events":[],"published":40,"dry_run":true}'
    client = Service(answer(reply), answer(told), bulk((200, reply, False))).client

    await client.send(book("one"))
    await client.send(book("two"))
    await client.send_bulk([book("three")])

    assert (client.tally.events, client.tally.recurring) == (4, 2)


async def test_a_request_that_was_not_settled_is_sent_again_with_its_key() -> None:
    """A service that has no time is asked again, and its answer counts once."""
    service = Service(BUSY, answer(DONE))
    client = service.client

    await client.send(book("one"))

    assert [request.headers["Idempotency-Key"] for request in service.requests] == ["one", "one"]
    assert client.tally.outcomes == {("book-slot", "accepted"): 1}


async def test_patience_ends() -> None:
    """A service that never has time ends the demo."""
    with pytest.raises(NotNow, match="503"):
        await Service(BUSY, BUSY, BUSY).client.send(book("one"))


async def test_a_replay_is_counted_when_it_is_the_first_answer_again() -> None:
    """The same bytes, and the header that says so."""
    client = Service(answer(DONE), answer(DONE, replayed=True)).client

    await client.send(book("one", times=2))

    assert client.tally.replays == 1
    assert client.tally.commands == 1


@pytest.mark.parametrize(
    "second", [answer(FULL, replayed=True), answer(DONE)], ids=["another answer", "not said to be a replay"]
)
async def test_a_replay_that_differs_ends_the_demo(second: httpx.Response) -> None:
    """What was settled once is not settled anew."""
    with pytest.raises(ReplayDiffers, match="book-slot with the key one"):
        await Service(answer(DONE), second).client.send(book("one", times=2))


async def test_a_bulk_request_is_counted_entry_by_entry() -> None:
    """Those that are sent again go together in a second request."""
    service = Service(bulk((200, DONE, False), (409, FULL, False)), bulk((200, DONE, True)))
    client = service.client

    await client.send_bulk([book("one", times=2), book("two")])

    assert client.tally.outcomes == {("book-slot", "accepted"): 1, ("book-slot", "slot-full"): 1}
    assert client.tally.replays == 1
    again = msgspec.json.decode(service.requests[1].content)
    assert [each["idempotency_key"] for each in again["commands"]] == ["one"]


async def test_a_bulk_request_with_an_entry_not_settled_is_sent_again() -> None:
    """As a whole: what was settled is answered as before."""
    service = Service(bulk((200, DONE, False), (503, BUSY.content, False)), bulk((200, DONE, True), (200, DONE, False)))
    client = service.client

    await client.send_bulk([book("one"), book("two")])

    assert client.tally.outcomes == {("book-slot", "accepted"): 2}


async def test_whoever_finds_the_slot_full_takes_the_fallback() -> None:
    """Who gets the seat does not."""
    service = Service(answer(DONE), answer(FULL, status=409), answer(DONE))
    client = service.client
    racers = [[book(name, otherwise=book(f"{name}-fallback"))] for name in ("one", "two")]

    await perform(story_of(*racers), client, unheard)

    assert sorted(request.headers["Idempotency-Key"] for request in service.requests) == ["one", "two", "two-fallback"]
    assert client.tally.outcomes == {("book-slot", "accepted"): 2, ("book-slot", "slot-full"): 1}


async def test_the_first_error_ends_the_story() -> None:
    """It comes out as itself, not as one of a group."""
    with pytest.raises(NotNow):
        await perform(story_of([book("one")], [book("two")]), Service(*[BUSY] * 6).client, unheard)


def test_quantiles_are_of_the_sorted_times() -> None:
    """The median of an even number is the upper one; the last is the longest."""
    tally = Service().client.tally
    tally.latencies = [0.4, 0.1, 0.3, 0.2]

    assert [tally.quantile(part) for part in (0.5, 0.99, 1.0)] == [0.3, 0.4, 0.4]
