"""The same list by FastAPI and SQLAlchemy's ORM, as their guides show it: a session a request, mapped classes, models.

It reads the tables of the same read models and answers with the same JSON; what is measured is compared first. It is
spared what the API does beside: it asks for no token, keeps no position and no ETag, and does not look for slots all of
whose seats are held. Driver, event loop, HTTP parser and the number of connections are those of the API, and like there
a query runs without a transaction around it.
"""

from __future__ import annotations

import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from os import environ
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, Query, Request
from litestar import Litestar
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, ForeignKey, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

from api.server import configuration
from bench.load import HOST
from daybook.garbage import look_less_often
from daybook.settings import Settings
from projections.directory import DIRECTORY
from projections.slots import SLOTS


class Base(DeclarativeBase):
    """The mapped classes."""

    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True)}


class Recruiter(Base):
    """Who holds interviews."""

    __tablename__ = "recruiter"
    __table_args__ = ({"schema": DIRECTORY.schema},)

    recruiter_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class Slot(Base):
    """A slot, with its recruiter."""

    __tablename__ = "slot"
    __table_args__ = ({"schema": SLOTS.schema},)

    slot_id: Mapped[UUID] = mapped_column(primary_key=True)
    recruiter_id: Mapped[UUID] = mapped_column(ForeignKey(Recruiter.recruiter_id))
    city_id: Mapped[str]
    stage_id: Mapped[str]
    series_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    zone: Mapped[str]
    local_start: Mapped[datetime] = mapped_column(DateTime)
    capacity: Mapped[int]
    booked: Mapped[int]
    holds: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str]
    recruiter: Mapped[Recruiter] = relationship(lazy="raise")

    @property
    def held(self) -> int:
        """Seats that are held now."""
        now = datetime.now(UTC)
        return sum(datetime.fromisoformat(expires_at) > now for expires_at in self.holds.values())

    @property
    def seats_left(self) -> int:
        """Seats neither booked nor held."""
        return self.capacity - self.booked - self.held


class ShownPerson(BaseModel):
    """A recruiter in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(validation_alias="recruiter_id")
    name: str


class ShownSlot(BaseModel):
    """A slot in a list."""

    model_config = ConfigDict(from_attributes=True)

    slot_id: UUID
    city_id: str
    stage_id: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: datetime
    recruiter: ShownPerson
    capacity: int
    held: int
    seats_left: int
    status: str
    series_id: UUID | None


class ShownSlots(BaseModel):
    """A page of the list."""

    items: list[ShownSlot]
    next_cursor: str | None


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """Open a session for a request."""
    async with request.app.state.sessions() as session:
        yield session


app = FastAPI(openapi_url=None)


@app.get("/v1/slots", response_model=ShownSlots)
async def list_slots(  # noqa: PLR0913  what the route takes
    session: Annotated[AsyncSession, Depends(session_of)],
    *,
    city_id: str,
    stage_id: str,
    from_: Annotated[datetime | None, Query(alias="from")] = None,
    to: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, object]:
    """List open slots that have not started, soonest first."""
    statement = (
        select(Slot)
        .options(joinedload(Slot.recruiter))
        .where(
            Slot.city_id == city_id,
            Slot.stage_id == stage_id,
            # As a parameter it would keep the planner from the index of open slots: half as many requests a second.
            Slot.status == literal_column("'open'"),
            Slot.starts_at > datetime.now(UTC),
        )
        .order_by(Slot.starts_at, Slot.slot_id)
        .limit(limit + 1)
    )
    if from_ is not None:
        statement = statement.where(Slot.starts_at >= from_)
    if to is not None:
        statement = statement.where(Slot.starts_at < to)
    found = (await session.scalars(statement)).all()
    return {"items": found[:limit], "next_cursor": _cursor(found[limit - 1]) if len(found) > limit else None}


def _cursor(last: Slot) -> str:
    return urlsafe_b64encode(f"{last.starts_at.isoformat()} {last.slot_id}".encode()).decode()


def main(port: int) -> None:
    """Serve until SIGTERM; the database is that of `DATABASE_URL`."""
    url = str(Settings.from_environment(environ).database_url)
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=Settings().pool_size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
    )
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    look_less_often()
    # Any ASGI application is served in this way.
    uvicorn.Server(configuration(cast("Litestar", app), HOST, port)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
