"""Answers that are kept: sent again without a query, to who may see them, and never once something has changed."""

from collections.abc import Callable

import asyncpg
import pytest
from litestar import Litestar

from api.kept import KeptAnswers
from projections.changes import Changes
from tests.api.world import CITY, STAGE, World

LIST = f"/v1/slots?city_id={CITY}&stage_id={STAGE}"


@pytest.fixture
def recalled(app: Litestar) -> Callable[[], float]:
    """How many answers were sent as they were kept."""
    registry = app.state.services.metrics.registry
    return lambda: registry.get_sample_value("daybook_kept_answers_recalled_total")


def answered(app: Litestar, route: str) -> float:
    """How many requests of a route were answered, as it is measured."""
    labels = {"method": "GET", "route": route, "status": "200"}
    return float(app.state.services.metrics.registry.get_sample_value("daybook_http_requests_total", labels))


async def shown(world: World, path: str = LIST) -> list[str]:
    """The ids of the slots in a list that reflects the last command."""
    mark = "&" if "?" in path else "?"
    response = await world.get(f"{path}{mark}min_position={world.position}")
    assert response.status_code == 200, response.text
    return [slot["slot_id"] for slot in response.json()["items"]]


async def test_what_was_answered_is_answered_again_without_a_query(
    app: Litestar, world: World, recalled: Callable[[], float]
) -> None:
    """Lists of slots, cards and the directory: the same bytes, the same headers."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    booking_id = await world.booking(slot_id, candidate_id)
    await shown(world)
    paths = [
        LIST,
        f"{LIST}&status=all&limit=1",
        "/v1/slots",
        f"/v1/slots/{slot_id}",
        f"/v1/bookings/{booking_id}",
        f"/v1/candidates/{candidate_id}",
        f"/v1/recruiters/{world.recruiter_id}",
        "/v1/recruiters",
        "/v1/cities",
        "/v1/stages",
        "/v1/tests",
    ]

    first = [await world.get(path, Daybook_Min_Position=str(world.position)) for path in paths]
    before, cards = recalled(), answered(app, "/v1/slots/{slot_id}")
    second = [await world.get(path) for path in paths]

    assert recalled() == before + len(paths)
    assert answered(app, "/v1/slots/{slot_id}") == cards + 1
    for one, other in zip(first, second, strict=True):
        assert (one.status_code, one.content) == (200, other.content)
        assert dict(one.headers) == dict(other.headers)


async def test_what_changes_is_dropped_and_the_rest_is_as_of_now(world: World, recalled: Callable[[], float]) -> None:
    """A booking takes its slot out of the lists and changes its card; what it does not touch is as new."""
    slot_id, other_id = await world.slot(), await world.slot()
    both, untouched = await shown(world), f"/v1/slots/{other_id}?min_position={{}}"
    await world.get(untouched.format(world.position))
    await world.get(f"/v1/slots/{slot_id}")

    await world.booking(slot_id, await world.candidate())
    left = await shown(world)
    before = recalled()
    card = await world.get(untouched.format(world.position))

    assert (set(both), left) == ({slot_id, other_id}, [other_id])
    assert recalled() == before + 1
    assert int(card.headers["Daybook-Position"]) >= world.position
    assert (await world.get(f"/v1/slots/{slot_id}")).json()["seats_left"] == 0


async def test_changes_that_drop_nothing_would_be_missed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: what is kept is taken to be as of every change, whatever it was about."""
    monkeypatch.setattr(KeptAnswers, "_drop", lambda *_: None)
    slot_id = await world.slot()
    await shown(world)

    await world.booking(slot_id, await world.candidate())

    assert await shown(world) == [slot_id]


async def test_a_hold_that_expires_brings_a_slot_back(world: World) -> None:
    """No event tells of it: the answer was kept until then."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    held = {"slot_id": slot_id, "candidate_id": candidate_id}
    await world.do("hold-slot", held, role="bot")
    hidden, card = await shown(world), await world.get(f"/v1/slots/{slot_id}")
    person = await world.get(f"/v1/candidates/{candidate_id}")

    world.clock.forward(minutes=11)

    assert (hidden, await shown(world)) == ([], [slot_id])
    assert (card.json()["held"], (await world.get(f"/v1/slots/{slot_id}")).json()["held"]) == (1, 0)
    assert len(person.json()["holds"]) == 1
    assert (await world.get(f"/v1/candidates/{candidate_id}")).json()["holds"] == []


async def test_a_slot_that_starts_leaves_the_list(world: World) -> None:
    """Also with the clock alone."""
    soon, late = await world.slot(), await world.slot()
    before = await shown(world)

    world.clock.forward(hours=49)

    assert (before, await shown(world)) == ([soon, late], [late])


async def test_what_no_event_tells_of_shows_in_seconds(world: World, owner: asyncpg.Connection) -> None:
    """Somebody mends a row by hand."""
    slot_id = await world.slot()
    await shown(world)
    await owner.execute("update slots_v3.slot set status = 'cancelled' where slot_id = $1", slot_id)

    before = await shown(world)
    world.clock.forward(seconds=11)

    assert (before, await shown(world)) == ([slot_id], [])


async def test_what_is_kept_is_for_those_who_may_see_it(world: World, recalled: Callable[[], float]) -> None:
    """Without a token, with another role, or of another recruiter: no, whether it is kept or not."""
    beside = await world.beside()
    slot_id = await beside.slot()
    booking_id = await beside.booking(slot_id, await beside.candidate())
    for path in (f"/v1/slots/{slot_id}", f"/v1/bookings/{booking_id}"):
        await world.get(f"{path}?min_position={beside.position}")
        await world.get(path, role="bot")
    before = recalled()

    refused = [
        await world.client.get(f"/v1/slots/{slot_id}"),
        await world.client.get(f"/v1/slots/{slot_id}", headers={"Authorization": "Bearer dbk_unknown"}),
        await world.get(f"/v1/slots/{slot_id}", role="analyst"),
        await world.get(f"/v1/bookings/{booking_id}", role="recruiter"),
    ]

    assert before > 0
    assert [each.status_code for each in refused] == [401, 401, 403, 403]
    assert recalled() == before


async def test_the_position_that_is_waited_for_is_no_part_of_the_question(
    world: World, recalled: Callable[[], float]
) -> None:
    """Wherever it stands; one that is not there yet, or no number, is answered as ever."""
    await shown(world)
    before = recalled()

    for query in (f"min_position=1&city_id={CITY}&stage_id={STAGE}", f"city_id={CITY}&min_position=2&stage_id={STAGE}"):
        assert (await world.get(f"/v1/slots?{query}")).status_code == 200
    assert (await world.get(LIST, Daybook_Min_Position="3")).status_code == 200

    assert recalled() == before + 3
    assert (await world.get(f"{LIST}&min_position=now")).status_code == 400
    assert (await world.get(LIST, Daybook_Min_Position="now")).status_code == 400
    for twice in (f"{LIST}&min_position=1&min_position=2", f"{LIST}&min%5Fposition=2&min_position=1"):
        assert (await world.get(twice)).status_code == 200


async def test_nothing_is_recalled_while_changes_are_not_followed(
    world: World, recalled: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Much may have changed that was not told: every answer is looked up."""
    await shown(world)
    monkeypatch.setattr(Changes, "attentive", lambda _: False)
    before = recalled()

    response = await world.get(LIST)

    assert (response.status_code, recalled()) == (200, before)


async def test_a_long_answer_is_compressed_for_who_takes_that(world: World) -> None:
    """Kept or not; and either form is enough for 304."""
    for _ in range(6):
        await world.slot()
    await shown(world)

    plain = await world.get(LIST, Accept_Encoding="identity")
    packed = await world.get(LIST, Accept_Encoding="gzip")
    bookings = await world.get("/v1/candidates", Accept_Encoding="gzip")
    known = await world.get(LIST, Accept_Encoding="identity", If_None_Match=packed.headers["etag"])

    assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
    assert plain.json() == packed.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert "content-encoding" not in bookings.headers
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", packed.headers["etag"])
