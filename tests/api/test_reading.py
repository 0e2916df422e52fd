"""Cards, lists and the directory over HTTP, beside a running projector."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from tests.api.world import CITY, STAGE, World

pytestmark = pytest.mark.usefixtures("app")


async def shown(world: World, path: str, **options: Any) -> httpx.Response:
    """Ask for something as it is after all that was written."""
    head = await world.get("/v1/events?limit=1")
    response = await world.get(path, Daybook_Min_Position=head.headers["Daybook-Position"], **options)
    assert response.status_code == 200, response.text
    return response


async def test_slot_card_shows_the_seats_that_are_left_after_one_s_own_booking(world: World) -> None:
    """A client that books sees its booking on the card."""
    slot_id = await world.slot(capacity=3)
    candidate_id = await world.candidate()

    await world.booking(slot_id, candidate_id)

    card = (await shown(world, f"/v1/slots/{slot_id}")).json()
    assert (card["capacity"], card["booked"], card["seats_left"], card["status"]) == (3, 1, 2, "open")
    assert card["city"] == {"id": CITY, "name": "Roma"}
    assert card["stage"] == {"id": STAGE, "name": "Stage"}
    assert card["recruiter"] == {"id": world.recruiter_id, "name": "Ada"}


async def test_booking_card_follows_a_booking_through_its_life(world: World) -> None:
    """A booking that was moved and cancelled keeps its identity and tells what was done last."""
    first, second, candidate_id = await world.slot(), await world.slot(), await world.candidate()
    booking_id = await world.booking(first, candidate_id)

    await world.do("reschedule-booking", {"booking_id": booking_id, "to_slot_id": second}, role="bot")
    cancelled = await world.do("cancel-booking", {"booking_id": booking_id, "reason": "ill"}, role="bot")

    card = (await shown(world, f"/v1/bookings/{booking_id}")).json()
    assert (card["slot_id"], card["status"], card["reschedules"]) == (second, "cancelled", 1)
    assert (card["changed_by"], card["reason"], card["reason_code"]) == ("candidate", "ill", "by-candidate")
    assert card["candidate"] == {"id": candidate_id, "name": "Grace"}
    assert card["position"] == cancelled["position"]


async def test_candidate_card_shows_contact_and_results(world: World) -> None:
    """The card of a candidate has their contact and the result of each test that counts."""
    await world.do(
        "define-test", {"test_id": "logic", "name": "Logic", "max_score": 10, "pass_score": 6, "valid_days": 9}
    )
    body = {"name": "Grace", "phone": "+39 06 1", "city_id": CITY, "stage_id": STAGE, "locale": "it"}
    candidate_id = (await world.do("register-candidate", body))["candidate_id"]
    await world.do("record-test-result", {"candidate_id": candidate_id, "test_id": "logic", "score": 7})

    card = (await shown(world, f"/v1/candidates/{candidate_id}")).json()

    assert (card["name"], card["phone"], card["email"], card["locale"]) == ("Grace", "+39 06 1", None, "it")
    assert [(each["test"], each["score"], each["passed"]) for each in card["results"]] == [
        ({"id": "logic", "name": "Logic"}, 7, True)
    ]


async def test_position_of_a_card_is_what_if_match_takes(world: World) -> None:
    """A command with the position of a card passes until the thing changes, by a booking too."""
    candidate_id, slot_id = await world.candidate(), await world.slot()
    await world.booking(slot_id, candidate_id)
    card = (await shown(world, f"/v1/slots/{slot_id}")).json()

    withdrawn = {"slot_id": slot_id, "reason": "moved"}
    stale = await world.send("cancel-slot", withdrawn, If_Match=f'"{card["position"] - 1}"')
    fresh = await world.send("cancel-slot", withdrawn, If_Match=f'"{card["position"]}"')

    assert (stale.status_code, fresh.status_code) == (412, 200)


async def test_recruiter_card_shows_whether_they_are_active(world: World) -> None:
    """A recruiter who was deactivated is still shown, as what they are."""
    recruiter_id = await world.recruiter()
    await world.do("deactivate-recruiter", {"recruiter_id": recruiter_id, "reason": "left"})

    card = (await shown(world, f"/v1/recruiters/{recruiter_id}")).json()

    assert card["active"] is False
    assert card["cities"] == [{"id": CITY, "name": "Roma"}]


async def test_directory_lists_what_was_opened_defined_and_registered(world: World) -> None:
    """Cities, stages, tests and recruiters are listed."""
    await world.do(
        "define-test", {"test_id": "logic", "name": "Logic", "max_score": 10, "pass_score": 6, "valid_days": 9}
    )

    listed = {kind: (await shown(world, f"/v1/{kind}")).json()["items"] for kind in ("cities", "stages", "tests")}
    recruiters = (await shown(world, "/v1/recruiters")).json()["items"]

    assert [each["city_id"] for each in listed["cities"]] == [CITY]
    assert [(each["stage_id"], each["policy"]["max_active"]) for each in listed["stages"]] == [(STAGE, 5)]
    assert [(each["test_id"], each["pass_score"]) for each in listed["tests"]] == [("logic", 6)]
    assert [(each["recruiter_id"], each["city_ids"]) for each in recruiters] == [(world.recruiter_id, [CITY])]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("slots", "unknown-slot"),
        ("bookings", "unknown-booking"),
        ("candidates", "unknown-candidate"),
        ("recruiters", "unknown-recruiter"),
    ],
)
async def test_card_of_nothing_is_not_found(world: World, path: str, code: str) -> None:
    """An id that nothing has is 404 with a code of its own."""
    response = await world.get(f"/v1/{path}/{uuid4()}")

    assert (response.status_code, response.json()["code"]) == (404, code)


async def test_answer_that_one_has_is_not_sent_again(world: World) -> None:
    """The ETag of a card brings 304 until the card changes."""
    slot_id, candidate_id = await world.slot(), await world.candidate()
    first = await shown(world, f"/v1/slots/{slot_id}")

    again = await world.get(f"/v1/slots/{slot_id}", If_None_Match=first.headers["ETag"])
    await world.booking(slot_id, candidate_id)
    changed = await shown(world, f"/v1/slots/{slot_id}", If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.content) == (304, b"")
    assert changed.json()["status"] == "full"


async def test_projections_tell_how_far_they_are(world: World) -> None:
    """Every read model is listed with its lag, and runs."""
    listed = (await shown(world, "/v1/projections")).json()["items"]

    assert [each["name"] for each in listed] == [
        "analytics",
        "bookings",
        "candidates",
        "directory",
        "series",
        "slots",
        "waitlists",
    ]
    assert {(each["lag_events"], each["parked"], each["error"]) for each in listed} == {(0, 0, None)}


async def test_recruiter_sees_only_their_own_agenda_and_bookings(world: World) -> None:
    """What is another recruiter's is forbidden; a list that names nobody is narrowed to one's own."""
    stranger = await world.recruiter()
    own = await world.booking(await world.slot(), await world.candidate())
    other = await world.booking(await world.slot(recruiter_id=stranger), await world.candidate())

    listed = (await shown(world, "/v1/bookings", role="recruiter")).json()["items"]
    answers = {
        path: (await world.get(path, role="recruiter")).status_code
        for path in (
            f"/v1/bookings/{own}",
            f"/v1/bookings/{other}",
            f"/v1/bookings?recruiter_id={world.recruiter_id}",
            f"/v1/bookings?recruiter_id={stranger}",
            f"/v1/recruiters/{world.recruiter_id}/agenda",
            f"/v1/recruiters/{stranger}/agenda",
        )
    }

    assert [each["booking_id"] for each in listed] == [own]
    assert list(answers.values()) == [200, 403, 200, 403, 200, 403]


async def test_analyst_reads_nothing_here(world: World) -> None:
    """Analysts have their own tables; these routes are closed to them."""
    response = await world.get("/v1/slots", role="analyst")

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_application_serves_the_routes_it_documents(app: Litestar, world: World) -> None:
    """Every route of the read models answers without being given anything but its path."""
    paths = [route.path for route in app.routes if route.path.startswith("/v1/") and "{" not in route.path]
    lists = [path for path in paths if not path.startswith(("/v1/events", "/v1/stream", "/v1/explain", "/v1/commands"))]

    statuses = {path: (await world.get(path)).status_code for path in lists}

    assert set(statuses.values()) == {200}
    assert len(statuses) >= 11
