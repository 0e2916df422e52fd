"""A small world made through the HTTP API: one city, one stage, one recruiter, and slots and candidates as needed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from commands.actor import Role

CITY = "rome"
STAGE = "first"
POLICY = {
    "min_notice_minutes": 0,
    "horizon_days": 365,
    "cancel_cutoff_minutes": 0,
    "reschedule_cutoff_minutes": 0,
    "max_active": 5,
    "max_reschedules": 5,
}


class Clock:
    """Goes like any other, and can be put forward."""

    def __init__(self) -> None:
        """It is now."""
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Read it."""
        return datetime.now(UTC) + self._ahead

    def forward(self, **time: float) -> None:
        """Put it forward: `hours=1`."""
        self._ahead += timedelta(**time)


class World:
    """Sends commands, each with a key of its own unless one is given."""

    def __init__(
        self, client: httpx.AsyncClient, tokens: dict[Role, str], recruiter_id: str, clock: Clock | None = None
    ) -> None:
        """Nothing is sent yet; `position` is that of the last reply."""
        self.position = 0
        self.clock = Clock() if clock is None else clock
        self.client = client
        self.tokens = tokens
        self.recruiter_id = recruiter_id
        self._hours = count(48, 2)

    def bearer(self, role: Role) -> dict[str, str]:
        """The header that makes a request one of this role's."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    async def send(
        self, name: str, body: object, *, role: Role = "admin", key: str | None = None, **headers: str
    ) -> httpx.Response:
        """Send a command; `headers` have underscores for dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Idempotency-Key": key or str(uuid4()), **self.bearer(role)}
        return await self.client.post(f"/v1/commands/{name}", json=body, headers=sent)

    async def do(self, name: str, body: object, *, role: Role = "admin") -> dict[str, Any]:
        """Send a command that is accepted, and return its reply."""
        response = await self.send(name, body, role=role)
        assert response.status_code == 200, response.text
        reply: dict[str, Any] = response.json()
        self.position = reply["position"]
        return reply

    async def get(self, path: str, *, role: Role = "admin", **headers: str) -> httpx.Response:
        """Ask for something."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers={**sent, **self.bearer(role)})

    async def beside(self) -> "World":
        """The same city, stage and clock, with another recruiter."""
        other = World(self.client, self.tokens, str(uuid4()), self.clock)
        await other.recruiter(other.recruiter_id)
        return other

    async def open(self) -> None:
        """Open the city, define the stage, register the recruiter."""
        await self.do("open-city", {"city_id": CITY, "name": "Roma", "time_zone": "Europe/Rome", "locale": "it"})
        await self.stage(STAGE)
        await self.recruiter(self.recruiter_id)

    async def stage(self, stage_id: str, *required_tests: str, **policy: object) -> None:
        """Define a stage that is as permissive as can be, but for what is given of its policy."""
        rules = {**POLICY, **policy}
        definition = {"stage_id": stage_id, "name": "Stage", "order": 1, "duration_minutes": 30}
        await self.do("define-stage", {**definition, "required_tests": required_tests, "policy": rules})

    async def test(self, test_id: str) -> None:
        """Define a test of at most ten points."""
        body = {"test_id": test_id, "name": "Test", "max_score": 10, "pass_score": 5, "valid_days": 9}
        await self.do("define-test", body)

    async def recruiter(self, recruiter_id: str | None = None) -> str:
        """Register a recruiter."""
        registered = await self.do(
            "register-recruiter", {"recruiter_id": recruiter_id or str(uuid4()), "name": "Ada", "city_ids": [CITY]}
        )
        return str(registered["recruiter_id"])

    def slot_body(self, **fields: object) -> dict[str, object]:
        """Describe a slot that is clear of all others."""
        starts_at = self.clock().replace(minute=0, second=0, microsecond=0) + timedelta(hours=next(self._hours))
        body = {"recruiter_id": self.recruiter_id, "city_id": CITY, "stage_id": STAGE}
        return {**body, "starts_at": starts_at.isoformat(), **fields}

    async def slot(self, **fields: object) -> str:
        """Publish a slot."""
        return str((await self.do("publish-slot", self.slot_body(**fields)))["slot_id"])

    async def candidate(self, stage_id: str = STAGE) -> str:
        """Register a candidate."""
        body = {"name": "Grace", "city_id": CITY, "stage_id": stage_id, "locale": "it"}
        return str((await self.do("register-candidate", body))["candidate_id"])

    async def booking(self, slot_id: str, candidate_id: str) -> str:
        """Book a slot."""
        booked = await self.do("book-slot", {"slot_id": slot_id, "candidate_id": candidate_id}, role="bot")
        return str(booked["booking_id"])
