"""One bit of a value, turned over."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

_SURROGATES = range(0xD800, 0xE000)


def flipped(value: Any, random: Random) -> Any:
    """Return a value of the same type with one bit turned over: of a number, a text, bytes, an id, a moment, a list."""
    match value:
        case str():
            return _text(value, random)
        case bytes():
            return _bytes(value, random)
        case int():
            return value ^ 1 << random.randrange(15)
        case UUID():
            return UUID(int=value.int ^ 1 << random.randrange(128))
        case datetime():
            return value + random.choice((1, -1)) * timedelta(microseconds=1 << random.randrange(50))
        case list():
            place = random.randrange(len(value))
            return [*value[:place], flipped(value[place], random), *value[place + 1 :]]
        case _:
            raise AssertionError(value)


def _bytes(value: bytes, random: Random) -> bytes:
    changed = bytearray(value)
    changed[random.randrange(len(value))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _text(value: str, random: Random) -> str:
    while True:
        place = random.randrange(len(value))
        code = ord(value[place]) ^ 1 << random.randrange(16)
        if code and code not in _SURROGATES:
            return value[:place] + chr(code) + value[place + 1 :]
