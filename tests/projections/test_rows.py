"""The rows a projector has in memory."""

from uuid import UUID

import pytest

from projections.candidates import CANDIDATES, ResultRow
from projections.directory import CITY, RECRUITER, CityRow, RecruiterRow
from projections.projection import layout
from projections.rows import AllRows, Key, NoSuchRow, NotRead, Rows


def rows(bound: int = 10) -> Rows:
    """Rows of one table."""
    return Rows([layout(CityRow, CITY)], bound)


def city(city_id: str, at: int = 1) -> CityRow:
    """A row."""
    return CityRow(city_id, city_id, "UTC", "en", None, at)


def test_row_that_was_put_is_found_at_once() -> None:
    """A batch sees its own changes."""
    known = rows()

    known.put(city("rome"))

    assert known.get(CityRow, "rome") == city("rome")
    assert known.changed[CityRow] == {"rome": city("rome")}


def test_row_that_was_not_read_is_no_row_that_does_not_exist() -> None:
    """To look up what was not named beforehand is a bug; what was read and is not there is a fact."""
    known = rows()
    known.learn(CityRow, ["rome"], [])

    with pytest.raises(NotRead):
        known.find(CityRow, "oslo")
    assert known.find(CityRow, "rome") is None
    with pytest.raises(NoSuchRow):
        known.get(CityRow, "rome")


def test_discarded_changes_leave_what_was_known() -> None:
    """A batch that fails leaves nothing behind."""
    known = rows()
    known.learn(CityRow, ["rome"], [city("rome")])

    known.put(city("rome", at=2))
    known.discard()

    assert known.get(CityRow, "rome") == city("rome")
    assert not known.changed[CityRow]


def test_rows_that_changed_longest_ago_are_forgotten_first() -> None:
    """Memory is bounded; what was forgotten is read again."""
    known = rows(bound=4)
    for name in ("a", "b", "c", "d"):
        known.put(city(name))
        known.settle()

    known.put(city("a", at=2))
    known.put(city("e"))
    known.settle()

    unread = known.unread(Key(CityRow, name) for name in ("a", "b", "c", "d", "e"))
    assert set(unread[CityRow]) == {"b", "c"}


def test_unread_rows_are_named_once() -> None:
    """However many events of a batch change a row, it is read once."""
    known = rows()
    known.learn(CityRow, ["rome"], [])

    unread = known.unread([Key(CityRow, "rome"), Key(CityRow, "oslo"), Key(CityRow, "oslo")])

    assert unread == {CityRow: ["oslo"]}


def test_of_all_rows_one_that_was_not_put_does_not_exist() -> None:
    """From the beginning of the log on there is nothing to be read."""
    everything = AllRows([layout(CityRow, CITY)])
    everything.put(city("rome"))

    found, missing = everything.find(CityRow, "rome"), everything.find(CityRow, "oslo")

    assert (found, missing) == (city("rome"), None)
    with pytest.raises(NoSuchRow):
        everything.get(CityRow, "oslo")


@pytest.mark.parametrize("kind", [Rows, AllRows])
def test_row_is_found_by_an_id_that_was_read_elsewhere(kind: type[Rows]) -> None:
    """Two UUIDs that say the same name the same row, alone and as a part of a key."""
    result = ResultRow(UUID(int=7), "logic", None, None, None, None, None, (), 1)
    recruiter = RecruiterRow(
        UUID(int=7), "Ada", (), 0, None, None, "UTC", active=True, search_name=" ada", changed_at_position=1
    )
    rows = kind([*CANDIDATES.layouts, layout(RecruiterRow, RECRUITER)])

    rows.put(result)
    rows.put(recruiter)

    assert rows.get(ResultRow, (UUID(int=7), "logic")) is result
    assert rows.get(RecruiterRow, UUID(int=7)) is recruiter
