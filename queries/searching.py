"""Looking for people: every word in their name, the digits in their number."""

from __future__ import annotations

from typing import Any, Final, Self

import msgspec
from sqlalchemy import Column, ColumnElement, bindparam

from projections.searching import phone_digits, words

MOST_WORDS: Final = 8
"""Of more words the longest are looked for: they say the most."""

_TRIGRAM: Final = 3


class Sought(msgspec.Struct, frozen=True):
    """What is looked for: words, and the digits of a number, which may be empty."""

    words: tuple[str, ...]
    digits: str

    @classmethod
    def name_or_number(cls, text: str) -> Self:
        """Take what has letters in it for a part of a name, and the rest together for a part of a number."""
        pieces = text.split()
        named = [piece for piece in pieces if any(map(str.isalpha, piece))]
        number = "".join(piece for piece in pieces if piece not in named)
        return cls(_longest(" ".join(named)), phone_digits(number) or "")

    @classmethod
    def name(cls, text: str) -> Self:
        """Take all for parts of a name."""
        return cls(_longest(text), "")

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.words or self.digits)

    def filters(self) -> dict[str, str]:
        """Return the values of the filters that `by_name` and `by_number` make.

        A word of one or two letters stands at the beginning of a word: an index of trigrams finds that, too. No
        wildcard can be in it, since words are letters and digits.
        """
        patterns = (f"%{word}%" if len(word) >= _TRIGRAM else f"% {word}%" for word in self.words)
        filters = {f"word_{number}": pattern for number, pattern in enumerate(patterns)}
        return {**filters, "digits": f"%{self.digits}%"} if self.digits else filters


def by_name(column: Column[Any]) -> dict[str, ColumnElement[bool]]:
    """Make the filters for words in a column of `search_name`."""
    names = (f"word_{number}" for number in range(MOST_WORDS))
    return {name: column.like(bindparam(name)) for name in names}


def by_number(column: Column[Any]) -> dict[str, ColumnElement[bool]]:
    """Make the filter for digits in a column of `phone_digits`."""
    return {"digits": column.like(bindparam("digits"))}


def _longest(text: str) -> tuple[str, ...]:
    return tuple(sorted(words(text), key=len, reverse=True)[:MOST_WORDS])
