"""Cutting one page of a list out of the pages of its days."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from queries.day_page import DayPage, Key


class Cut(NamedTuple):
    """The JSON of the items, and when the first starts; `last` is the key of the last of them if more follow."""

    items: bytes
    first: int | None
    last: Key | None


class TooFew(Exception):
    """These days do not settle the answer; with later ones they may."""


class Unsettled(Exception):
    """Pages of days do not settle the answer, however many there are."""


class _Span(NamedTuple):
    page: DayPage
    first: int
    end: int

    def key(self, number: int) -> Key:
        return self.page.starts[number], self.page.id_of(number)


def cut(pages: Sequence[DayPage], begins: Key, before: int | None, horizon: int, limit: int) -> Cut:
    """Take the first `limit` items from a key on that start before a moment, None for any.

    `pages` are those of days in a row. Slots of later days start at `horizon` or later, those of earlier days before
    `begins`. Raises TooFew and Unsettled.
    """
    # Of a page that holds only the first slots of its day, nothing is known beyond.
    certain = min([horizon, *(page.cut for page in pages if page.cut is not None)])
    is_whole = before is not None and before <= certain
    stop = before if before is not None and is_whole else certain
    spans = [_Span(page, page.place_of(begins), page.place_of((stop, b""))) for page in pages]
    spans = [span for span in spans if span.first < span.end]
    if any(one.key(one.end - 1)[0] >= other.key(other.first)[0] for one, other in pairwise(spans)):
        raise Unsettled("days overlap where a clock was put back across midnight")
    taken, follows = _take(spans, limit)
    if not (follows or is_whole):
        raise Unsettled("a day has too many slots") if certain < horizon else TooFew
    items = b",".join(each.page.slice(each.first, each.end) for each in taken)
    first = taken[0].key(taken[0].first)[0] if taken else None
    return Cut(items, first, taken[-1].key(taken[-1].end - 1) if follows else None)


def _take(spans: Sequence[_Span], limit: int) -> tuple[list[_Span], bool]:
    """Return the first `limit` items, and whether there are more."""
    taken: list[_Span] = []
    for span in spans:
        if limit == 0:
            return taken, True
        end = min(span.end, span.first + limit)
        limit -= end - span.first
        taken.append(span._replace(end=end))
        if end < span.end:
            return taken, True
    return taken, False
