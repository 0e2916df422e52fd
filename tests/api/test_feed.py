"""The feed and the histories: everything in order, filtered, then as now."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from events.catalogue import ENTITIES
from tests.api.world import CITY, STAGE, World


async def feed(world: World, **params: object) -> list[dict[str, Any]]:
    """Read a page of the feed."""
    response = await world.client.get(
        "/v1/events",
        params=params,  # type: ignore[arg-type]  # httpx takes what str() makes sense of
        headers=world.bearer("auditor"),
    )
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def test_the_feed_is_gapless(world: World) -> None:
    """Followed from page to page by the last position, the feed has every event once, from 1 on."""
    await world.booking(await world.slot(), await world.candidate())

    seen: list[dict[str, Any]] = []
    while page := await feed(world, after=seen[-1]["position"] if seen else 0, limit=2):
        seen += page

    assert [event["position"] for event in seen] == [1, 2, 3, 4, 5, 6]
    assert seen[-1]["type"] == "SlotBooked"


async def test_an_event_is_shown_as_it_stands(world: World) -> None:
    """An event has its position, type, version, tags, origin and data, and data is JSON in itself."""
    reply = await world.do("publish-slot", world.slot_body())

    (event,) = await feed(world, after=reply["position"] - 1)

    assert event["data"] == reply["events"][0]["data"]
    assert event["tags"][0] == f"slot:{reply['slot_id']}"
    assert event["command_id"] == event["correlation_id"] == reply["command_id"]
    assert event["causation_id"] is None
    assert (event["type"], event["version"], event["actor"]) == ("SlotPublished", 2, "admin:the admin")
    assert datetime.fromisoformat(event["recorded_at"]).tzinfo == UTC


async def test_the_feed_is_filtered(world: World) -> None:
    """Types are alternatives, tags must all be there, and both together narrow further."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    await world.slot()
    await world.booking(slot_id, candidate_id)
    tag = f"slot:{slot_id}"

    by_type = await feed(world, type=["SlotPublished", "SlotBooked"])
    by_tag = await feed(world, tag=tag)
    by_tags = await feed(world, tag=[tag, f"candidate:{candidate_id}"])
    by_both = await feed(world, tag=tag, type="SlotPublished")

    assert [event["type"] for event in by_type] == ["SlotPublished", "SlotPublished", "SlotBooked"]
    assert [event["type"] for event in by_tag] == ["SlotPublished", "SlotBooked"]
    assert [event["type"] for event in by_tags] == ["SlotBooked"]
    assert [event["type"] for event in by_both] == ["SlotPublished"]
    assert await feed(world, tag="slot:none") == []


async def test_the_feed_tells_how_far_the_log_is(world: World) -> None:
    """The position of the answer is that of the log, also where the page ends earlier."""
    response = await world.get("/v1/events?limit=1")

    assert response.headers["daybook-position"] == "3"
    assert response.json()["next_cursor"] is None


async def test_a_malformed_parameter_is_named(world: World) -> None:
    """A parameter that is wrong is named with the reason, without its value."""
    for query in ("limit=0", "limit=201", "limit=many", "after=-1", "after=x", f"after={10**30}"):
        response = await world.get(f"/v1/events?{query}")

        field, _, value = query.partition("=")
        problem = response.json()
        assert (response.status_code, problem["code"]) == (400, "invalid-parameter"), query
        assert problem["facts"]["field"] == field, query
        assert problem["facts"]["reason"], query
        assert value not in problem["facts"]["reason"].split(), query


async def test_a_history_is_the_events_and_what_they_fold_to(world: World) -> None:
    """A tag's history has every event under it and the state they add up to, with the position of the last."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    booking_id = await world.booking(slot_id, candidate_id)

    history = (await world.get(f"/v1/history/slot:{slot_id}")).json()

    assert history["tag"] == f"slot:{slot_id}"
    assert [event["type"] for event in history["events"]] == ["SlotPublished", "SlotBooked"]
    assert history["position"] == history["events"][-1]["position"]
    assert history["state"]["status"] == "OpenSlot"
    assert history["state"]["bookings"] == {candidate_id: booking_id}


async def test_a_history_says_who_and_why(world: World) -> None:
    """Each event names its actor, its command and the reason, in words or else by its code, if there is one."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    booking_id = await world.booking(slot_id, candidate_id)
    await world.do("cancel-booking", {"booking_id": booking_id}, role="bot")
    await world.do("cancel-slot", {"slot_id": slot_id, "reason": "ill"})

    events = (await world.get(f"/v1/history/slot:{slot_id}")).json()["events"]

    told = [(each["type"], each["actor"], each["command"]["name"], each["reason"]) for each in events]
    assert told == [
        ("SlotPublished", "admin:the admin", "publish-slot", None),
        ("SlotBooked", "bot:the bot", "book-slot", None),
        ("BookingCancelled", "bot:the bot", "cancel-booking", "by-candidate"),
        ("SlotCancelled", "admin:the admin", "cancel-slot", "ill"),
    ]
    assert {each["command"]["outcome"] for each in events} == {"accepted"}
    assert [each["cause"] for each in events] == [None] * 4


async def test_a_history_is_told_as_of_then(world: World) -> None:
    """As of a position or a time, only what had happened by then counts."""
    slot_id = await world.slot()
    await world.do("cancel-slot", {"slot_id": slot_id, "reason": "ill"})
    now = (await world.get(f"/v1/history/slot:{slot_id}")).json()
    published, cancelled = now["events"]

    by_position = (await world.get(f"/v1/history/slot:{slot_id}?as_of={published['position']}")).json()
    recorded_at = quote(published["recorded_at"])
    by_time = (await world.get(f"/v1/history/slot:{slot_id}?as_of={recorded_at}")).json()

    assert now["state"]["status"] == "CancelledSlot"
    assert by_position == by_time
    assert by_time["events"] == [published]
    assert by_time["state"]["status"] == "OpenSlot"
    assert cancelled["type"] == "SlotCancelled"


async def test_every_kind_of_tag_has_a_history(world: World) -> None:
    """Whatever carries events can be asked for, also a tag with a slash in it."""
    await world.test("logic")
    slot_id, candidate_id = await world.slot(capacity=2), await world.candidate()
    await world.do("hold-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot")
    await world.booking(slot_id, candidate_id)
    waits = {"candidate_id": await world.candidate(), "city_id": CITY, "stage_id": STAGE}
    await world.do("join-waitlist", waits, role="bot")
    body = {"recruiter_id": world.recruiter_id, "city_id": CITY, "stage_id": STAGE}
    await world.do("publish-series", {**body, "starts_at": "2032-01-05T10:00", "rrule": "FREQ=DAILY;COUNT=1"})
    tags = {tag for event in await feed(world, limit=200) for tag in event["tags"]}

    for tag in tags:
        response = await world.get(f"/v1/history/{tag}", role="auditor")

        assert response.status_code == 200, tag
        assert response.json()["state"]["status"], tag
    assert {tag.partition(":")[0] for tag in tags} == ENTITIES.keys()


async def test_a_tag_with_nothing_under_it_is_unknown(world: World) -> None:
    """No events, no history."""
    for tag in ("city:atlantis", "slot:none", "planet:earth", "rome", ":", "city:"):
        response = await world.get(f"/v1/history/{tag}")

        assert (response.status_code, response.json()["code"]) == (404, "unknown-tag"), tag


async def test_before_the_first_event_there_was_nothing(world: World) -> None:
    """As of a time before the tag's first event it is unknown."""
    before = quote((datetime.now(UTC) - timedelta(days=1)).isoformat())

    assert (await world.get(f"/v1/history/city:{CITY}?as_of=0")).status_code == 404
    assert (await world.get(f"/v1/history/city:{CITY}?as_of={before}")).status_code == 404
    assert (await world.get(f"/v1/history/stage:{STAGE}?as_of={10**40}")).status_code == 200


async def test_a_malformed_moment_is_refused(world: World) -> None:
    """A moment is a position, or a time with its zone."""
    for as_of in ("yesterday", "-1", "2027-03-25T10:00:00", "2027-13-01T00:00:00Z", "1.5", "²"):
        response = await world.get(f"/v1/history/city:{CITY}?as_of={quote(as_of)}")

        assert (response.status_code, response.json()["code"]) == (400, "invalid-parameter"), as_of
        assert response.json()["facts"]["field"] == "as_of", as_of
