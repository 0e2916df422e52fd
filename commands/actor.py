"""Who asks: a role, and for a recruiter which one. Taken from the token, never from a body."""

from __future__ import annotations

from typing import Literal, get_args
from uuid import UUID

import msgspec

from events.booking import By

Role = Literal["admin", "recruiter", "bot", "auditor", "analyst"]
ROLES: tuple[Role, ...] = get_args(Role)


class Actor(msgspec.Struct, frozen=True):
    """Stored with every event as `role:name`; a recruiter's name is their id."""

    role: Role
    name: str

    def __str__(self) -> str:
        """Return the stored form."""
        return f"{self.role}:{self.name}"

    @property
    def by(self) -> By:
        """Say on whose behalf this actor acts: a bot always acts for a candidate."""
        match self.role:
            case "recruiter" | "admin":
                return self.role
            case _:
                return "candidate"

    @property
    def is_staff(self) -> bool:
        """Tell whether cut-offs may be bypassed with a reason."""
        return self.role in {"recruiter", "admin"}

    def may_act_for(self, recruiter_id: UUID) -> bool:
        """Tell whether what belongs to this recruiter may be touched: a recruiter touches only their own."""
        return self.role != "recruiter" or self.name == str(recruiter_id)

    @classmethod
    def parse(cls, stored: str) -> Actor:
        """Read the stored form; the inverse of `str`."""
        role, _, name = stored.partition(":")
        return cls(msgspec.convert(role, Role), name)
