"""Lists, page by page: each begins after the last key of the one before it, so that none is skipped or shown twice."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Final, Generic, TypeVar, cast

import msgspec
from sqlalchemy import ColumnElement, Select, bindparam, tuple_

from daybook.engine import Connection
from daybook.statements import Row

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200

# Types of the columns of a key. Anybody can make up a cursor: these let nothing through that PostgreSQL would not take.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
Position = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]

T = TypeVar("T")


class BadCursor(Exception):
    """The cursor was not given out by this list with these filters."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; `next_cursor` leads to the next, null on the last."""

    items: list[T]
    next_cursor: str | None


class Paging(msgspec.Struct, frozen=True):
    """How much of a list, and from where: `cursor` is a `next_cursor`; and of the list as of which position of the log.

    No position means that it is the list as it is now.
    """

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    as_of: int | None = None


class Stretch(msgspec.Struct, Generic[T], frozen=True):
    """A page and its bounds: the key it begins after, and the first item beyond it; None where the list ends."""

    page: Page[T]
    after: tuple[Any, ...] | None
    beyond: T | None


class Listing(Generic[T]):
    """A list: one select in a fixed order, and the filters it knows."""

    def __init__(  # noqa: PLR0913  each is given by name
        self,
        name: str,
        *,
        select: Select[Any],
        filters: Mapping[str, ColumnElement[bool]],
        order: tuple[ColumnElement[Any], ...],
        keys: tuple[Any, ...],
        key: Callable[[T], tuple[Any, ...]],
        item: Callable[[Row], T],
        newest_first: bool = False,
    ) -> None:
        """`order` is unique; `keys` are the types of its columns, `key` takes their values from an item.

        The list rises in that order, unless it begins with the newest.

        A filter is known by its name, which is also that of the parameter in it, if it has one.
        """
        self._name = name
        self._filters = filters
        self._item = item
        self._key = key
        self._decoder = msgspec.json.Decoder(cast("type[tuple[Any, ...]]", GenericAlias(tuple, (str, *keys))))
        self._names = tuple(f"after_{number}" for number in range(len(order)))
        falling = (column.desc() for column in order)
        self._first = select.order_by(*(falling if newest_first else order)).limit(bindparam("limit"))
        after = (bindparam(name, type_=column.type) for name, column in zip(self._names, order, strict=True))
        here, last = tuple_(*order), tuple_(*after)
        self._beyond = here < last if newest_first else here > last
        self._statement = cache(self._compose)

    async def page(
        self,
        connection: Connection,
        filters: Mapping[str, object],
        paging: Paging,
        **values: object,
    ) -> Page[T]:
        """Read one page. Filters that are None are not given; `values` are further parameters. Raises BadCursor."""
        return (await self.stretch(connection, filters, paging, **values)).page

    async def stretch(
        self,
        connection: Connection,
        filters: Mapping[str, object],
        paging: Paging,
        **values: object,
    ) -> Stretch[T]:
        """Read one page, and tell what bounds it; see `page`."""
        given = _given(filters)
        tag = self._tag(given, paging.as_of)
        after = {} if paging.cursor is None else self._after(paging.cursor, tag)
        parameters = {**given, **values, **after, "limit": paging.limit + 1}
        statement = self._statement(frozenset(given), bool(after))
        rows = await connection.fetch(statement, parameters)
        items = [self._item(row) for row in rows]
        page, beyond = items[: paging.limit], items[paging.limit :]
        return Stretch(
            Page(page, _cursor(tag, self._key(page[-1])) if beyond else None),
            tuple(after.values()) or None,
            beyond[0] if beyond else None,
        )

    def begins_after(self, filters: Mapping[str, object], cursor: str) -> tuple[Any, ...]:
        """Return the key that a cursor of this list with these filters holds. Raises BadCursor."""
        return tuple(self._after(cursor, self._tag(_given(filters))).values())

    def cursor_after(self, filters: Mapping[str, object], key: tuple[Any, ...]) -> str:
        """Make the cursor that leads on from the item with a key."""
        return _cursor(self._tag(_given(filters)), key)

    def _compose(self, given: frozenset[str], beyond: bool) -> Select[Any]:  # noqa: FBT001  it is the key of a cache
        conditions = [self._filters[name] for name in sorted(given)]
        return self._first.where(*conditions, *([self._beyond] if beyond else []))

    def _tag(self, given: Mapping[str, object], as_of: int | None = None) -> str:
        said = msgspec.json.encode([self._name, given, *([] if as_of is None else [as_of])], order="sorted")
        return hashlib.blake2b(said, digest_size=6).hexdigest()

    def _after(self, cursor: str, tag: str) -> dict[str, object]:
        try:
            given, *values = self._decoder.decode(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
            values = [each.astimezone(UTC) if isinstance(each, datetime) else each for each in values]
        except (ValueError, OverflowError):
            raise BadCursor from None
        if given != tag:
            raise BadCursor
        return dict(zip(self._names, values, strict=True))


def _given(filters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in filters.items() if value is not None}


def _cursor(tag: str, key: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(msgspec.json.encode((tag, *key))).rstrip(b"=").decode()
