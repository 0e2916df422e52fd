"""The ledger of who was erased: lines that stay, whatever happens to who writes them."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from daybook.erasure_ledger import Erased, UnreadableLedger, append, read

ANNA, BEN, CARL = (
    Erased(UUID(int=number), UUID(int=number), datetime(2027, 3, 1, tzinfo=UTC), number) for number in (1, 2, 3)
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Each person once, in the order of the first line; only its owner can read the file."""
    ledger = tmp_path / "apart" / "ledger"

    append(ledger, [ANNA, BEN])
    append(ledger, [BEN, CARL])

    assert read(ledger) == [ANNA, BEN, CARL]
    assert ledger.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("left", range(1, 40))
def test_a_line_that_was_broken_off_harms_no_other(left: int, tmp_path: Path) -> None:
    """It was never acknowledged: it is passed over, and the next line takes its place."""
    ledger = tmp_path / "ledger"
    append(ledger, [ANNA, BEN])
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[: len(whole) - left])

    before = read(ledger)
    append(ledger, [CARL])

    assert before == [ANNA]
    assert read(ledger) == [ANNA, CARL]


def test_the_first_line_may_be_broken_off(tmp_path: Path) -> None:
    """Then nobody was written down yet."""
    ledger = tmp_path / "ledger"
    ledger.write_bytes(b'{"candidate')

    assert read(ledger) == []
    append(ledger, [ANNA])
    assert read(ledger) == [ANNA]


def test_a_line_that_was_altered_is_named(tmp_path: Path) -> None:
    """Nobody is passed over in silence."""
    ledger = tmp_path / "ledger"
    append(ledger, [ANNA, BEN])
    ledger.write_bytes(ledger.read_bytes().replace(b"{", b"[", 1))

    with pytest.raises(UnreadableLedger, match="line 1 of"):
        read(ledger)
