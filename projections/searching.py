"""People are found by a part of their name or number: what is stored and what is sought come into one form first."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sqlalchemy import Index

from projections.schema import NEEDS

# Letters that Unicode does not take apart into a plain one and an accent; and the apostrophes, which join.
_PLAIN: Final = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",  # the Turkish i without a dot
        "þ": "th",
        **dict.fromkeys("'\u2018\u2019\u02bc`\u00b4"),
    }
)
# Most numbers are written in ASCII; then nothing has to be asked of each character.
_NOT_DIGITS: Final = {number: None for number in range(128) if not chr(number).isdigit()}
_WORD: Final = re.compile(r"[^\W_]+")


def by_parts(name: str, column: str) -> Index:
    """Make an index that finds any part of a text: https://www.postgresql.org/docs/current/pgtrgm.html."""
    trigrams = {column: "gin_trgm_ops"}
    return Index(name, column, postgresql_using="gin", postgresql_ops=trigrams, info={NEEDS: "pg_trgm"})


def words(text: str) -> list[str]:
    """Return the words without case, accents and punctuation: "Łucja O'Neil-Søgård" is lucja, oneil and sogard.

    Letters of other scripts stay what they are, without their marks.
    """
    plain = text.casefold().translate(_PLAIN)
    return _WORD.findall(plain if plain.isascii() else _without_marks(plain))


def _without_marks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in apart if not unicodedata.category(each).startswith("M"))


def search_name(name: str) -> str:
    """Return the words of a name, each after a space, so that the beginning of a word can be looked for as well."""
    return "".join([f" {word}" for word in words(name)])


def phone_digits(phone: str | None) -> str | None:
    """Return the digits of a number without the zeros before it: "00 49 (0)30" and "+49 30" are both 4930."""
    if phone is None:
        return None
    number = phone.replace("(0)", "")
    if number.isascii():
        return number.translate(_NOT_DIGITS).lstrip("0")
    return "".join(str(int(each)) for each in number if each.isdecimal()).lstrip("0")
