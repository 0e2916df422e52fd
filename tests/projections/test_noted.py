"""What a process knows of when pages have changed."""

from projections.noted import Noted
from projections.topics import Change

A, B, C = "slots:berlin/first/2027-03-01", "slots:berlin/first/2027-03-02", "slot:1"


def noted(*changes: tuple[int, str], bound: int = 10) -> Noted:
    """Take note of changes, after position 10."""
    made = Noted(10, bound)
    for position, topic in changes:
        made.take([Change(position, frozenset({topic, "slots", "slots:berlin/first", "candidate:1"}))], position)
    return made


def test_page_is_shown_until_its_topic_changes() -> None:
    """Other topics are nothing to it."""
    told = noted((11, A), (12, B))

    assert [told.shows(A, 12, at=at) for at in (10, 11)] == [False, True]
    assert [told.shows(B, 12, at=at) for at in (11, 12)] == [False, True]


def test_of_what_did_not_change_any_page_will_do_that_is_not_from_before_the_beginning() -> None:
    """What changed before it was told of anything it does not know."""
    assert [noted((11, A)).shows(B, 11, at=at) for at in (9, 10)] == [False, True]


def test_page_that_is_as_late_as_asked_for_is_shown() -> None:
    """However late something was told."""
    assert noted((20, A)).shows(A, 15, at=15)


def test_what_it_forgets_may_have_changed() -> None:
    """Of topics it has no room for it takes the worst."""
    told = noted((11, A), (12, B), (13, C), bound=2)

    assert [told.shows("slot:2", 13, at=at) for at in (10, 11)] == [False, True]


def test_change_of_names_or_of_nobody_knows_what_is_one_of_every_page() -> None:
    """Nothing from before it counts."""
    for topic in ("directory", "*"):
        told = noted((11, A), (12, topic))

        assert [told.shows(page, 12, at=11) for page in (A, B, C)] == [False] * 3
        assert [told.shows(page, 12, at=12) for page in (A, B, C)] == [True] * 3
