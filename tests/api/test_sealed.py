"""Personal data over HTTP: sealed where the log is shown, opened where a person is, guessable nowhere."""

import asyncio
import hashlib
import hmac
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
from litestar import Litestar

from commands.register_candidate import RegisterCandidate
from commands.request import FINGERPRINTS
from events.log import content_hash
from events.postgres import Factory
from tests.api.world import CITY, STAGE, World

CANARY = "Zuzanna-Canary-Zając"
PHONE = "+49 30 5550123"
BODY = {"name": CANARY, "phone": PHONE, "email": "z.canary@example.org", "telegram_id": "424242777"}
MARKS = ("Canary", "canary", "5550123", "424242777")


async def registered(world: World, key: str | None = None) -> str:
    """Register who is to be found nowhere."""
    body = {**BODY, "city_id": CITY, "stage_id": STAGE, "locale": "pl"}
    response = await world.send("register-candidate", body, key=key)
    assert response.status_code == 200, response.text
    world.position = response.json()["position"]
    return str(response.json()["candidate_id"])


async def test_the_card_shows_who_it_is(world: World) -> None:
    """Whoever may look at a candidate sees name and number, now and as of then."""
    candidate_id = await registered(world)

    now = (await world.get(f"/v1/candidates/{candidate_id}?min_position={world.position}")).json()
    then = (await world.get(f"/v1/candidates/{candidate_id}?as_of={world.position}")).json()

    for card in (now, then):
        assert (card["name"], card["phone"], card["email"]) == (CANARY, PHONE, BODY["email"])


@pytest.mark.parametrize("path", ["/v1/events?limit=200", "/v1/history/candidate:{id}"])
async def test_the_log_is_shown_as_it_is_stored(world: World, path: str) -> None:
    """Feed and history hold sealed values, and the state beside a history no personal one at all."""
    candidate_id = await registered(world)

    text = (await world.get(path.format(id=candidate_id), role="auditor")).text

    assert not any(mark in text for mark in MARKS)
    assert '"name":"sealed:1:' in text


async def test_other_tools_show_what_is_stored(world: World, owner: asyncpg.Connection, database_url: str) -> None:
    """CloudEvents, applications of the library eventsourcing, and SQL clients: none of them has the keys."""
    await registered(world)

    batch = (await world.get("/v1/events?limit=200", Accept="application/cloudevents-batch+json")).text
    factory = Factory({"DATABASE_URL": database_url})
    states = await asyncio.to_thread(
        lambda: [each.state for each in factory.application_recorder().select_notifications(1, 99)]
    )
    await asyncio.to_thread(factory.close)
    shown = await owner.fetchval("select string_agg(e::text, '') from audit.event e")

    for text in (batch, b"".join(states).decode(), shown):
        assert not any(mark in text for mark in MARKS)
        assert "sealed:1:" in text


async def test_a_history_is_folded_without_keys(world: World) -> None:
    """However long a name is, its sealed form is in nobody's way."""
    body = {**BODY, "name": "Ż" * 200, "city_id": CITY, "stage_id": STAGE, "locale": "pl"}
    reply = await world.do("register-candidate", body)

    history = (await world.get(f"/v1/history/candidate:{reply['candidate_id']}")).json()

    assert history["state"]["candidate_id"] == reply["candidate_id"]


async def test_what_is_shown_is_what_was_hashed(world: World, owner: asyncpg.Connection) -> None:
    """An auditor can work the content hash out from what the feed shows."""
    await registered(world)
    (row,) = await owner.fetch("select * from daybook.event where type = 'CandidateRegistered'")

    page = (await world.get(f"/v1/events?after={row['position'] - 1}&limit=1", role="auditor")).text

    assert row["data"].decode() in page
    recorded: Any = type("Row", (), dict(row.items()))
    assert content_hash(recorded, recorded, row["decided_at"]) == row["content_hash"]


async def test_nothing_stored_beside_the_read_model_holds_it(world: World, owner: asyncpg.Connection) -> None:
    """Neither events, commands and their replies, nor keys and what is parked."""
    await registered(world)

    for table in ("daybook.event", "daybook.command", "keys.person", "keys.secret", "projections.parked"):
        rows = await owner.fetch(f"select * from {table}")  # noqa: S608  named above
        assert not any(mark in str([*row]) for row in rows for mark in MARKS), table


async def test_a_fingerprint_allows_no_guessing(app: Litestar, world: World, owner: asyncpg.Connection) -> None:
    """Who has the tables and guesses every field right cannot tell: the fingerprint is made with a secret."""
    key = uuid4()
    await registered(world, str(key))
    kept = await owner.fetchval("select fingerprint from daybook.command where name = 'register-candidate'")
    guess = msgspec.convert({**BODY, "city_id": CITY, "stage_id": STAGE, "locale": "pl"}, RegisterCandidate)
    said = b"\x00".join((b"register-candidate", b"admin:the admin", msgspec.json.encode(guess)))
    secret = await app.state.services.vault.secret(FINGERPRINTS)

    assert kept == hmac.digest(secret, said, "sha256")
    assert kept != hashlib.sha256(said).digest()
    assert secret not in b"".join(bytes(row[0]) for row in await owner.fetch("select wrapped from keys.secret"))


async def test_a_key_still_tells_one_body_from_another(world: World) -> None:
    """The same body comes back as it was, and with another number it is refused."""
    key = str(uuid4())
    body = {**BODY, "city_id": CITY, "stage_id": STAGE, "locale": "pl"}
    first = await world.send("register-candidate", body, key=key)

    again = await world.send("register-candidate", body, key=key)
    other = await world.send("register-candidate", {**body, "phone": "+49 30 5550124"}, key=key)

    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert "5550124" not in other.text


async def test_nobody_is_called_as_if_sealed(world: World) -> None:
    """A value that would look sealed is refused, and is not in the reply."""
    body = {**BODY, "name": "sealed:1:AAAA", "city_id": CITY, "stage_id": STAGE, "locale": "pl"}

    response = await world.send("register-candidate", body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid-body")
    assert response.json()["facts"]["field"] == "name"
