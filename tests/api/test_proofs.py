"""Proofs and receipts over HTTP: what the auditor's program takes as they come."""

from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from cli import verify_daybook
from commands.actor import Role
from events.postgres import open_log
from events.proofs.keys import public_name
from tests.api.world import World
from tests.cli.evidence import Told, run
from tests.support.sealing import KEY, OTHER_KEY
from tests.workers.sealing import at_work, kept, sealed_up_to

READERS: list[Role] = ["admin", "recruiter", "bot", "auditor"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where checkpoints are published."""
    return tmp_path / "checkpoints"


async def seal(url: str, path: Path, position: int) -> None:
    """Have a checkpoint cover a position."""
    async with open_log(url) as log, at_work(log, url, path):
        await sealed_up_to(url, position)


def judged(folder: Path, response: httpx.Response, *options: str, key: str = public_name(KEY)) -> Told:
    """Hand what came to the auditor's program."""
    assert response.status_code == 200, response.text
    (folder / "proof").write_bytes(response.content)
    return run(verify_daybook.main, ["--proof", str(folder / "proof"), "--public-key", key, *options])


async def test_every_event_can_be_proved(world: World, database_url: str, path: Path, tmp_path: Path) -> None:
    """As it was written, against the key, and against all that was published."""
    await world.slot()
    await seal(database_url, path, world.position)
    await world.slot()
    await seal(database_url, path, world.position)
    events = (await world.get("/v1/events?limit=200")).json()["items"]

    for event in events:
        proof = await world.get(f"/v1/proofs/{event['position']}", role="auditor")
        alone = judged(tmp_path, proof)
        among_all = judged(tmp_path, proof, "--checkpoints", str(path))

        assert (alone.code, among_all.code) == (0, 0), alone.said + among_all.said
        assert alone.said.startswith(f"verified: position {event['position']}, recorded ")
        assert f'["{event["type"]}",' in alone.said
    assert len(events) == world.position
    assert len(await kept(database_url)) == 2


async def test_a_proof_shows_no_other_event(world: World, database_url: str, path: Path) -> None:
    """Nothing of them but hashes."""
    await world.slot()
    await seal(database_url, path, world.position)

    [event] = (await world.get("/v1/proofs/1")).json()["events"]

    assert event.keys() == {"position", "recorded", "content", "path", "envelope", "data"}
    assert {len(each) for each in [event["content"], *event["path"]]} == {64}


async def test_what_was_tampered_with_is_not_proved(
    world: World, owner: asyncpg.Connection, database_url: str, path: Path, tmp_path: Path
) -> None:
    """The service serves what there is; the auditor's program finds that it is not what was signed."""
    await world.slot()
    await seal(database_url, path, world.position)
    await owner.execute("set session_replication_role = replica")
    await owner.execute("update daybook.event set actor = 'admin:eve' where position = 1")

    told = judged(tmp_path, await world.get("/v1/proofs/1"))

    assert told == Told(1, "FAULT: position 1: it does not say what its hash was made of\n")


async def test_a_proof_by_another_key_is_none(world: World, database_url: str, path: Path, tmp_path: Path) -> None:
    """An auditor has the key from elsewhere."""
    await world.slot()
    await seal(database_url, path, world.position)

    told = judged(tmp_path, await world.get("/v1/proofs/1"), key=public_name(OTHER_KEY))

    assert told.code == 1
    assert "signed with another key" in told.said


async def test_what_no_checkpoint_covers_is_not_proved_yet(world: World, database_url: str, path: Path) -> None:
    """Before the first checkpoint, and behind the last one; soon it will be."""
    await world.slot()
    before = await world.get("/v1/proofs/1")
    await seal(database_url, path, world.position)
    await world.slot()

    behind = await world.get(f"/v1/proofs/{world.position}")

    for each in (before, behind):
        assert (each.status_code, each.json()["code"]) == (409, "not-sealed-yet")
        assert each.headers["retry-after"]


async def test_where_checkpoints_are_missing_nothing_is_proved(
    world: World, owner: asyncpg.Connection, database_url: str, path: Path
) -> None:
    """One that begins later covers no event before it."""
    await world.slot()
    await seal(database_url, path, world.position)
    await world.slot()
    await seal(database_url, path, world.position)
    await owner.execute("set session_replication_role = replica")
    await owner.execute("delete from audit.checkpoint where number = 1")

    assert (await world.get("/v1/proofs/1")).json()["code"] == "not-sealed-yet"


@pytest.mark.parametrize(
    ("position", "status", "code"),
    [
        ("999", 404, "unknown-position"),
        ("x", 400, "invalid-parameter"),
        ("0", 400, "invalid-parameter"),
        ("9" * 30, 400, "invalid-parameter"),
    ],
)
async def test_what_is_no_position_is_refused(world: World, position: str, status: int, code: str) -> None:
    """As everywhere."""
    response = await world.get(f"/v1/proofs/{position}")

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("role", READERS)
async def test_whoever_acts_gets_a_receipt(
    world: World, database_url: str, path: Path, tmp_path: Path, role: Role
) -> None:
    """Positions and hashes at once, and what proves them once a checkpoint covers them."""
    slot, candidate = await world.slot(), await world.candidate()
    booked = await world.do("book-slot", {"slot_id": slot, "candidate_id": candidate}, role="bot")
    first = await world.get(f"/v1/receipts/{booked['command_id']}", role=role)
    await seal(database_url, path, world.position)

    receipt = await world.get(f"/v1/receipts/{booked['command_id']}", role=role)

    positions = [event["position"] for event in booked["events"]]
    assert (first.json()["sealed"], first.json()["checkpoint"]) == (False, None)
    assert [event["position"] for event in first.json()["events"]] == positions
    assert judged(tmp_path, first).said.startswith("FAULT: it proves nothing")
    assert receipt.json()["sealed"] is True
    assert [event["content"] for event in receipt.json()["events"]] == [
        event["content"] for event in first.json()["events"]
    ]
    assert not {"envelope", "data"} & receipt.json()["events"][0].keys()
    told = judged(tmp_path, receipt)
    assert told.code == 0, told.said
    assert told.said.count("verified: position ") == len(positions)


async def test_a_receipt_names_what_a_proof_shows(world: World, database_url: str, path: Path) -> None:
    """By its content hash: whoever has the receipt can tell whether an auditor has seen the same."""
    published = await world.do("publish-slot", world.slot_body())
    await seal(database_url, path, world.position)

    [promised] = (await world.get(f"/v1/receipts/{published['command_id']}")).json()["events"]
    [shown] = (await world.get(f"/v1/proofs/{promised['position']}")).json()["events"]

    assert {name: shown[name] for name in promised} == promised


async def test_a_command_that_wrote_nothing_has_an_empty_receipt(
    world: World, database_url: str, path: Path, tmp_path: Path
) -> None:
    """A refusal is not in the chain, which is said where it is verified."""
    await world.slot()
    key = str(uuid4())
    refused = await world.send("close-slot", {"slot_id": str(uuid4()), "reason": "because"}, key=key)
    await seal(database_url, path, world.position)

    receipt = await world.get(f"/v1/receipts/{key}")

    assert refused.status_code == 404
    assert receipt.json() == {
        "format": "daybook-proof-1",
        "command_id": key,
        "sealed": False,
        "checkpoint": None,
        "events": [],
    }
    assert judged(tmp_path, receipt).said.startswith("FAULT: it proves nothing")


@pytest.mark.parametrize(
    ("command_id", "status", "code"),
    [(str(UUID(int=404)), 404, "unknown-command"), ("nonsense", 400, "invalid-parameter")],
)
async def test_what_is_no_command_is_refused(world: World, command_id: str, status: int, code: str) -> None:
    """As everywhere."""
    response = await world.get(f"/v1/receipts/{command_id}")

    assert (response.status_code, response.json()["code"]) == (status, code)
