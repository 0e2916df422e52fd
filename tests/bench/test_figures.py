"""How samples become figures."""

from typing import Any

from bench.figures import FULL, Figure, Scale, interleaved


def a_figure(**given: Any) -> Figure:
    """A figure of three samples, with a median of 30."""
    return Figure(scenario="s", what="w", unit="commands/s", ours=(10.0, 90.0, 30.0), **given)


def test_a_ratio_is_that_of_the_medians() -> None:
    """One slow repetition does not move a ratio."""
    figure = a_figure(peer="peer", theirs=(10.0, 0.1, 10.0))

    ratio = figure.ratio

    assert ratio == 3.0


def test_a_target_for_the_ratio_is_reached_from_its_value_on() -> None:
    """A target of 3 x is reached by 3.0 and missed by less."""
    targets = (3.0, 3.1)

    reached = [a_figure(peer="peer", theirs=(10.0,), at_least=target).reached for target in targets]

    assert reached == [True, False]


def test_a_bound_is_reached_only_below_it() -> None:
    """A median that equals its bound misses it."""
    bounds = (30.0, 30.1)

    reached = [a_figure(below=bound).reached for bound in bounds]

    assert reached == [False, True]


def test_a_target_that_rises_is_reached_from_its_value_on() -> None:
    """A target for our median alone is reached by that value, and missed by less."""
    targets = (30.0, 30.1)

    reached = [a_figure(above=target).reached for target in targets]

    assert reached == [True, False]


def test_what_may_grow_may_grow_up_to_its_target() -> None:
    """A ratio of 3 keeps to a bound of 3.0 and not to one of less."""
    targets = (3.0, 2.9)

    reached = [a_figure(peer="before", theirs=(10.0,), at_most=target).reached for target in targets]

    assert reached == [True, False]


def test_without_its_peer_a_figure_reaches_nothing() -> None:
    """What could not be compared is neither reached nor missed."""
    figure = a_figure(peer="pgbench", at_least=1.0, note="skipped")

    reached = figure.reached

    assert reached is None


def test_contestants_take_turns_and_the_first_turn_is_not_counted() -> None:
    """Each runs once to warm up; then all run in turn, so many times."""
    turns: list[str] = []

    def contestant(name: str) -> int:
        turns.append(name)
        return len(turns)

    measured = interleaved(2, {"peer": lambda: contestant("peer"), "ours": lambda: contestant("ours")})

    assert turns == ["peer", "ours"] * 3
    assert measured == {"peer": (3, 5), "ours": (4, 6)}


def test_a_load_is_never_scaled_below_one_command_a_client() -> None:
    """Every client has something to do in the smallest run."""
    scales = (FULL, Scale(repetitions=1, part=0.5), Scale(repetitions=1, part=0.001))

    sizes = [scale.of(10_000) for scale in scales]

    assert sizes == [10_000, 5_000, 64]
