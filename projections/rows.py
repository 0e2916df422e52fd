"""The rows of one read model in memory: what was read, what one batch has changed, and what may be forgotten; or all.

Rows are frozen; a change puts a new one. What a batch has changed lies apart until it is committed, so that a batch
that fails leaves nothing behind. The runner is the only writer (its checkpoint is fenced), so what was read stays true.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import Table, Uuid

R = TypeVar("R", bound=msgspec.Struct)


class Layout(NamedTuple):
    """A row type and the table it is kept in; `primary_key` names its columns."""

    row: type[msgspec.Struct]
    table: Table
    primary_key: tuple[str, ...]

    def named(self, key: Hashable) -> dict[str, Any]:
        """Return the value of a primary key by the names of its columns."""
        values = key if isinstance(key, tuple) else (key,)
        return dict(zip(self.primary_key, values, strict=True))

    def key_of(self) -> Callable[[Any], Hashable]:
        """Return what takes the key out of a row, in the form that `_quick` gives it."""
        if len(self.primary_key) > 1:
            return attrgetter(*self.primary_key)
        (name,) = self.primary_key
        return attrgetter(f"{name}.int" if isinstance(self.table.columns[name].type, Uuid) else name)


class Key(NamedTuple):
    """One row: its type, and the value of its primary key (a tuple where that has several columns)."""

    row: type[msgspec.Struct]
    value: Hashable


class NoSuchRow(Exception):
    """An event changes a row that no earlier event made."""


class NotRead(Exception):
    """A projection looks up a row that it did not name beforehand. A bug."""


def _quick(key: Hashable) -> Hashable:
    """A UUID is hashed and compared in Python, its number is not."""
    return key.int if type(key) is UUID else key


class Rows:
    """The rows of one read model, by type and primary key."""

    def __init__(self, layouts: Sequence[Layout], bound: int = 20_000) -> None:
        """`bound` is how many rows of each table stay in memory between batches."""
        self._bound = bound
        self._key_of = {each.row: each.key_of() for each in layouts}
        self._known: dict[type[msgspec.Struct], dict[Hashable, msgspec.Struct | None]] = {
            each.row: {} for each in layouts
        }
        self._changed: dict[type[msgspec.Struct], dict[Hashable, msgspec.Struct]] = {each.row: {} for each in layouts}
        self._undo: list[tuple[type[msgspec.Struct], Hashable, msgspec.Struct | None]] | None = None

    def get(self, kind: type[R], key: Hashable) -> R:
        """Return a row; NoSuchRow if there is none."""
        row = self.find(kind, key)
        if row is None:
            raise NoSuchRow(kind.__name__)
        return row

    def find(self, kind: type[R], key: Hashable) -> R | None:
        """Return a row, if there is one."""
        key = _quick(key)
        row = self._changed[kind].get(key)
        if row is not None:
            return cast("R", row)
        try:
            return cast("R | None", self._known[kind][key])
        except KeyError:
            raise NotRead(kind.__name__) from None

    def put(self, row: msgspec.Struct) -> None:
        """Add a row, or take the place of the one with the same primary key."""
        kind = type(row)
        key = self._key_of[kind](row)
        changed = self._changed[kind]
        if self._undo is not None:
            self._undo.append((kind, key, changed.get(key)))
        changed[key] = row

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back what was put inside, if that ends with an exception."""
        self._undo = []
        try:
            yield
        except Exception:
            for kind, key, before in reversed(self._undo):
                if before is None:
                    del self._changed[kind][key]
                else:
                    self._changed[kind][key] = before
            raise
        finally:
            self._undo = None

    @property
    def changed(self) -> Mapping[type[msgspec.Struct], Mapping[Hashable, msgspec.Struct]]:
        """What was put since the last `settle` or `discard`."""
        return self._changed

    def unread(self, keys: Iterable[Key]) -> dict[type[msgspec.Struct], list[Hashable]]:
        """Say which of these rows are not at hand."""
        missing: dict[type[msgspec.Struct], set[Hashable]] = {}
        for kind, key in keys:
            if _quick(key) not in self._known[kind]:
                missing.setdefault(kind, set()).add(key)
        return {kind: list(values) for kind, values in missing.items()}

    def learn(self, kind: type[msgspec.Struct], keys: Iterable[Hashable], found: Iterable[msgspec.Struct]) -> None:
        """Take in what was read for these keys; a key without a row is known to have none."""
        known = self._known[kind]
        known.update(dict.fromkeys(map(_quick, keys)))
        known.update((self._key_of[kind](row), row) for row in found)

    def settle(self) -> None:
        """The changes are committed: they are known now. The least recently changed rows go if there are too many."""
        for kind, changed in self._changed.items():
            known = self._known[kind]
            for key in changed:
                known.pop(key, None)
            known.update(changed)
            changed.clear()
            if len(known) > self._bound:
                # In one sweep: taking the first of a dictionary again and again walks over all that went before.
                for key in list(islice(known, len(known) - self._bound * 3 // 4)):
                    del known[key]

    def discard(self) -> None:
        """The changes came to nothing."""
        for changed in self._changed.values():
            changed.clear()

    def forget(self) -> None:
        """Discard the changes, and read everything anew."""
        self.discard()
        for known in self._known.values():
            known.clear()


class AllRows(Rows):
    """The rows of a read model from its beginning: every one was put here, so what is not here does not exist."""

    def __init__(self, layouts: Sequence[Layout]) -> None:
        """There are none yet."""
        super().__init__(layouts)

    def get(self, kind: type[R], key: Hashable) -> R:
        """Return a row; NoSuchRow if there is none."""
        try:
            return cast("R", self._changed[kind][key.int if type(key) is UUID else key])
        except KeyError:
            raise NoSuchRow(kind.__name__) from None

    def find(self, kind: type[R], key: Hashable) -> R | None:
        """Return a row, if there is one."""
        return cast("R | None", self._changed[kind].get(key.int if type(key) is UUID else key))

    def put(self, row: msgspec.Struct) -> None:
        """Add a row, or take the place of the one with the same primary key."""
        kind = type(row)
        self._changed[kind][self._key_of[kind](row)] = row

    def let_go(self, count: int) -> bool:
        """Forget some of what was put, `count` rows of each type; tell whether there is more.

        To free a hundred thousand rows at once takes a tenth of a second.
        """
        for changed in self._changed.values():
            for _ in range(min(count, len(changed))):
                changed.popitem()
        return any(self._changed.values())
