"""When calls are still made, and when not."""

import pytest

from daybook.breaker import Breaker


def test_opens_after_failures_in_a_row_however_far_apart() -> None:
    """Nobody is kept waiting a fourth time; the one that opens it says so, once."""
    breaker = Breaker()

    opened = [breaker.failed(now) for now in (0.0, 60.0, 120.0, 180.0)]

    assert (opened, breaker.is_open) == ([False, False, True, False], True)


@pytest.mark.parametrize(("apart", "is_open"), [(0.4, True), (0.6, False)])
def test_opens_after_failures_within_a_second_whatever_is_between(apart: float, is_open: bool) -> None:  # noqa: FBT001  a parameter
    """Of a server that answers one call in two, half the callers would wait in vain."""
    breaker = Breaker()

    for number in range(3):
        breaker.failed(number * apart)
        breaker.succeeded()

    assert breaker.is_open == is_open


def test_an_answer_to_an_earlier_call_does_not_close_it() -> None:
    """What was sent before the server went away says nothing about now."""
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(0.0)

    breaker.succeeded()

    assert breaker.is_open


def test_once_closed_it_holds_nothing_against_the_server() -> None:
    """It takes as many failures as at first to open it again."""
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(0.0)

    breaker.close()
    opened = [breaker.failed(0.1) for _ in range(3)]

    assert opened == [False, False, True]
