"""Bodies that change some of a thing: what they leave out stays as it is."""

from __future__ import annotations

from typing import Any

import msgspec


def said(body: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that a body gives, by name; a null is given too."""
    return {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
