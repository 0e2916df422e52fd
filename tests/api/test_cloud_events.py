"""The feed as CloudEvents 1.0: every rule of the specification, and the same events as in the feed's own form."""

import re
from base64 import b64decode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar

from api.cloud_events import BATCH_MEDIA_TYPE, MEDIA_TYPE, cloud_event
from events.log import Recorded
from queries.feed_event import feed_event
from tests.api.streaming import SSE, Stream
from tests.api.world import World

STREAM = {"Accept": f"text/event-stream, {MEDIA_TYPE}"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

# Section 3.1 of the specification, and its JSON schema.
REQUIRED = {"id", "source", "specversion", "type"}
OPTIONAL = {"datacontenttype", "dataschema", "subject", "time"}
DATA = {"data", "data_base64"}
EXTENSION = re.compile(r"[a-z0-9]{1,20}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
INTEGER = 2**31


def breaches(event: dict[str, Any]) -> list[str]:
    """Name what of the specification an event breaks."""
    texts = {name: event[name] for name in (REQUIRED | OPTIONAL) & event.keys()}
    extensions = {name: value for name, value in event.items() if name not in REQUIRED | OPTIONAL | DATA}
    rules = {
        "required": event.keys() >= REQUIRED,
        "version": event.get("specversion") == "1.0",
        "texts": all(isinstance(value, str) and value for value in texts.values()),
        "time": TIME.fullmatch(event.get("time", "2027-03-01T09:00:00Z")),
        "type": "/" in event.get("datacontenttype", "/"),
        "source": not re.search(r"[\s<>\"{}|\\^`]", event["source"]),
        "names": all(EXTENSION.fullmatch(name) for name in extensions),
        "values": all(isinstance(value, str | bool | int) for value in extensions.values()),
        "numbers": all(-INTEGER <= value < INTEGER for value in extensions.values() if isinstance(value, int)),
        "controls": not any(CONTROL.search(value) for value in (texts | extensions).values() if isinstance(value, str)),
        "one data": not event.keys() >= DATA,
        "base64": b64decode(event.get("data_base64", ""), validate=True) is not None,
    }
    return [name for name, holds in rules.items() if not holds]


def recorded(*tags: str, data: bytes = b"{}", **fields: Any) -> Recorded:
    """Make an event of the log."""
    moment = datetime(2027, 3, 1, 9, tzinfo=UTC)
    origin = {"causation_id": None, "trace": None, **fields}
    said = (12, "Noted", 3, tags, data, moment, moment)
    return Recorded(
        *said, command_id=UUID(int=1), actor="admin:ann", correlation_id=UUID(int=2), content_hash=b"", **origin
    )


def shown(event: Recorded) -> dict[str, Any]:
    """What a client reads."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(cloud_event(event)))
    return plain


async def test_every_event_of_a_batch_keeps_the_rules(world: World) -> None:
    """The whole feed, as a batch with its media type."""
    await world.booking(await world.slot(), await world.candidate())

    response = await world.get("/v1/events", Accept=BATCH_MEDIA_TYPE)

    events = response.json()
    assert response.headers["content-type"] == BATCH_MEDIA_TYPE
    assert response.headers["daybook-position"] == "6"
    assert [breaches(event) for event in events] == [[]] * 6
    assert len({(event["source"], event["id"]) for event in events}) == 6


async def test_a_batch_says_what_the_feed_says(world: World) -> None:
    """The same events by the same filters, field by field."""
    await world.slot()
    [plain] = (await world.get("/v1/events?type=SlotPublished")).json()["items"]

    [cloud] = (await world.get("/v1/events?type=SlotPublished&limit=7", Accept=BATCH_MEDIA_TYPE)).json()

    assert cloud.pop("traceparent").startswith("00-")
    assert cloud == {
        "specversion": "1.0",
        "id": str(plain["position"]),
        "source": "/v1/events",
        "type": plain["type"],
        "subject": plain["tags"][0],
        "time": plain["recorded_at"],
        "datacontenttype": "application/json",
        "sequence": f"{plain['position']:019}",
        "typeversion": plain["version"],
        "actor": plain["actor"],
        "commandid": plain["command_id"],
        "correlationid": plain["correlation_id"],
        "data": plain["data"],
    }


async def test_a_stream_has_that_form_too(app: Litestar, world: World) -> None:
    """Where both media types are accepted: from the log and from its end, beside streams of the other form."""
    batch = (await world.get("/v1/events", Accept=BATCH_MEDIA_TYPE)).json()
    auditor = world.bearer("auditor")

    async with (
        Stream(app, "/v1/events", {**STREAM, **auditor}) as stream,
        Stream(app, "/v1/events", {**SSE, **auditor}) as own,
    ):
        told = [(await stream.read()).data for _ in batch]
        await world.slot()
        news, plain = await stream.read(), [await own.read() for _ in range(len(batch) + 1)]

    assert told == batch
    assert (news.id, news.event, news.data["id"]) == (world.position, "SlotPublished", str(world.position))
    assert "position" in plain[-1].data
    assert breaches(news.data) == []


def test_what_is_not_there_is_left_out() -> None:
    """Nothing is null; what is there has its name."""
    bare, full = shown(recorded()), shown(recorded("slot:1", causation_id=UUID(int=3), trace=TRACE))

    assert {"subject", "causationid", "traceparent", "data_base64"}.isdisjoint(bare)
    assert (full["subject"], full["causationid"], full["traceparent"]) == ("slot:1", str(UUID(int=3)), TRACE)
    assert breaches(bare) == breaches(full) == []


def test_sequences_sort_as_positions_do() -> None:
    """As the extension asks: by the text."""
    numbers = [1, 2, 9, 10, 11, 10**15]

    told = [shown(msgspec.structs.replace(recorded(), position=number))["sequence"] for number in numbers]

    assert told == sorted(told)


def test_what_is_no_line_of_json_is_base64() -> None:
    """Other programs may keep any bytes: neither form of the feed breaks by them."""
    for data in (b"\x00\xff", b'"\xff"', b"{", b"", b"1 2", b'{"a":\n1}'):
        cloud = shown(recorded(data=data))
        plain = msgspec.json.decode(msgspec.json.encode(feed_event(recorded(data=data))))

        assert (cloud["datacontenttype"], b64decode(cloud["data_base64"])) == ("application/octet-stream", data)
        assert (plain["data"], b64decode(plain["data_base64"])) == (None, data)
        assert breaches(cloud) == []
    assert "data_base64" not in msgspec.json.decode(msgspec.json.encode(feed_event(recorded())))
