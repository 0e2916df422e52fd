"""Reading one's own writes: an answer waits for the position it is to reflect."""

from uuid import UUID

import msgspec
import pytest

from api.app import create_app
from commands.actor import Role
from daybook.settings import Settings
from tests.api.running import client_of, projecting, running
from tests.api.world import World


@pytest.fixture
def impatient(settings: Settings) -> Settings:
    """Settings that let a query wait for a moment only."""
    return msgspec.structs.replace(settings, catch_up_seconds=0.05)


async def test_answer_waits_for_the_projector(impatient: Settings, tokens: dict[Role, str], recruiter_id: UUID) -> None:
    """While the projector is down, who asks for what is new is told to come back; who does not, gets what there is."""
    app = create_app(impatient)
    async with (
        running(app) as services,
        client_of(app) as client,
    ):
        world = World(client, tokens, str(recruiter_id))
        await world.open()
        slot_id = await world.slot()
        position = await services.log.head()

        late = await world.get(f"/v1/slots/{slot_id}?min_position={position}")
        old = await world.get("/v1/slots")
        async with projecting(services):
            assert await services.positions.reach(position, 30)
            new = await world.get(f"/v1/slots/{slot_id}?min_position={position}")

    assert (late.status_code, late.json()["code"]) == (503, "not-caught-up")
    assert late.headers["Retry-After"]
    assert (old.status_code, old.json()["items"], old.headers["Daybook-Position"]) == (200, [], "0")
    assert (new.status_code, new.headers["Daybook-Position"]) == (200, str(position))
