"""Stretches of the log and their size."""

import msgspec
import pytest

from events.codec import Codec
from projections.batch import LARGEST, SMALLEST, Batch, Pace, Poison
from tests.projections.folding import recorded
from tests.support.deciding import city, slot


def test_event_that_several_want_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that nobody wants is not decoded."""
    decoded: list[str] = []
    decode = Codec.decode

    def counted(codec: Codec, name: str, version: int, data: bytes) -> object:
        decoded.append(name)
        return decode(codec, name, version, data)

    monkeypatch.setattr(Codec, "decode", counted)
    stretch = Batch([recorded(city(), 1), recorded(slot(), 2)])

    wanted = [list(stretch.wanted(frozenset({"SlotPublished"}))) for _ in range(3)]

    assert [event for each in wanted for event, _ in each] == [slot()] * 3
    assert decoded == ["SlotPublished"]


def test_event_that_cannot_be_decoded_is_named_without_its_data() -> None:
    """The position leads to it; its words may be somebody's."""
    broken = msgspec.structs.replace(recorded(city(), 7), data=b'{"name": "secret"}')

    with pytest.raises(Poison) as poison:
        list(Batch([broken]).wanted(frozenset({"CityOpened"})))

    assert str(poison.value) == "ValidationError at position 7 (CityOpened)"


def test_batches_grow_while_they_are_full_and_quick() -> None:
    """Up to a bound."""
    pace = Pace()

    for _ in range(20):
        pace.took(pace.size, 0.01)

    assert pace.size == LARGEST


def test_batches_shrink_when_they_are_slow() -> None:
    """Down to a bound."""
    pace = Pace()
    pace.took(pace.size, 0.01)

    for _ in range(20):
        pace.took(pace.size, 1.0)

    assert pace.size == SMALLEST


def test_batches_that_are_not_full_say_nothing_about_the_size() -> None:
    """A projector that has caught up takes what there is."""
    pace = Pace()

    pace.took(3, 0.001)

    assert pace.size == SMALLEST
