"""Cutting one page of a list out of the pages of its days."""

import pytest

from queries.assembling import Cut, TooFew, Unsettled, cut
from queries.day_page import DayPage

FAR = 1_000


def page(*starts: int, cut: int | None = None) -> DayPage:
    """A page with slots that start at these moments, each shown as its start in JSON."""
    items = [str(start).encode() for start in starts]
    ends = [len(b",".join(items[: number + 1])) for number in range(len(items))]
    return DayPage(None, cut, list(starts), b"".join(map(slot_id, starts)), ends, b",".join(items))


def slot_id(start: int) -> bytes:
    """The id of the slot that starts then."""
    return start.to_bytes(16)


DAYS = [page(10, 20, 30), page(), page(110, 120)]


def test_days_are_strung_together() -> None:
    """What follows is told by the key of the last one taken."""
    assert cut(DAYS, (0, b""), None, FAR, 4) == Cut(b"10,20,30,110", 10, (110, slot_id(110)))


def test_limit_at_the_end_of_a_day_looks_at_the_next() -> None:
    """Whether more follow is known only there."""
    assert cut(DAYS, (0, b""), None, FAR, 3) == Cut(b"10,20,30", 10, (30, slot_id(30)))


@pytest.mark.parametrize(
    ("begins", "items"),
    [((20, b""), b"20,30"), ((20, slot_id(20)), b"20,30"), ((20, slot_id(20) + b"\0"), b"30"), ((21, b""), b"30")],
)
def test_list_begins_at_a_key(begins: tuple[int, bytes], items: bytes) -> None:
    """Just behind a slot is where the page after it begins."""
    assert cut(DAYS[:1], begins, 40, FAR, 5) == Cut(items, int(items[:2]), None)


def test_list_ends_before_a_moment() -> None:
    """Of which all days are known, nothing follows."""
    assert cut(DAYS, (0, b""), 120, FAR, 9) == Cut(b"10,20,30,110", 10, None)
    assert cut(DAYS, (30, b""), 30, FAR, 9) == Cut(b"", None, None)


def test_what_later_days_might_have_is_not_left_out() -> None:
    """A slot of another clock's tomorrow may start before one of today."""
    with pytest.raises(TooFew):
        cut(DAYS, (0, b""), None, 120, 4)
    with pytest.raises(TooFew):
        cut(DAYS, (0, b""), 500, 400, 9)

    assert cut(DAYS, (0, b""), None, 120, 3).last == (30, slot_id(30))


def test_beyond_a_page_that_was_cut_nothing_is_known() -> None:
    """Also of the days after it, which come later in the list."""
    days = [page(10, 20, 30, cut=30), page(110)]

    with pytest.raises(Unsettled):
        cut(days, (0, b""), None, FAR, 2)
    with pytest.raises(Unsettled):
        cut(days, (0, b""), 120, FAR, 9)

    assert cut(days, (0, b""), None, FAR, 1).items == b"10"
    assert cut(days, (0, b""), 30, FAR, 9) == Cut(b"10,20", 10, None)


def test_days_that_overlap_are_not_strung_together() -> None:
    """Where a clock was put back across midnight, the list is asked of PostgreSQL."""
    with pytest.raises(Unsettled):
        cut([page(10, 30), page(20, 40)], (0, b""), 50, FAR, 9)

    assert cut([page(10, 30), page(20, 40)], (0, b""), 20, FAR, 9).items == b"10"
