"""Which fields hold a person's own data. A field typed `Personal` is named here and nowhere else.

In the log they are sealed (`events.sealed`). Everything that is kept beside the log (replies, command bodies) holds the
redacted form only.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Annotated

import msgspec

REDACTED = "[redacted]"

# What a sealed value begins with; nobody is called so.
SEALED = "sealed:"

# Something to read, and no NUL, which PostgreSQL's text cannot hold.
TEXT = r"^[^\x00]*[^\x00\s][^\x00]*$"

_CLEAR = rf"^(?!{SEALED})" + TEXT.removeprefix("^")

Personal = Annotated[str, msgspec.Meta(pattern=_CLEAR, max_length=200, extra={"personal": True})]


@cache
def personal_fields(struct: Hashable) -> tuple[str, ...]:
    """Name the fields of a struct type that are marked personal, in their order."""
    info = msgspec.inspect.type_info(struct)
    if not isinstance(info, msgspec.inspect.StructType):
        return ()
    return tuple(field.name for field in info.fields if _is_personal(field.type))


def _is_personal(kind: msgspec.inspect.Type) -> bool:
    match kind:
        case msgspec.inspect.Metadata(extra=extra):
            return bool(extra and extra.get("personal"))
        case msgspec.inspect.UnionType(types=types):
            return any(_is_personal(each) for each in types)
        case _:
            return False


def redact(struct: msgspec.Struct) -> msgspec.Struct:
    """Return the struct with every personal value that is there replaced by `REDACTED`."""
    values = ((name, getattr(struct, name)) for name in personal_fields(type(struct)))
    present = {name: REDACTED for name, value in values if value is not None and value is not msgspec.UNSET}
    return msgspec.structs.replace(struct, **present) if present else struct
