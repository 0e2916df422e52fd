"""The file that checkpoints are published in: one writer, lines that are whole, and the last of them read back."""

import os
from pathlib import Path

import pytest

from workers.published import LONGEST, Taken, Unpublishable, publishing


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    """The last line, also by who opens the file later; its folder is made if there is none."""
    path = tmp_path / "deep" / "down" / "checkpoints"
    with publishing(path) as published:
        assert published.last() is None
        published.add([b"one", b"two"])
        assert published.last() == b"two"

    with publishing(path) as published:
        published.add([b"three"])

        assert published.last() == b"three"
        assert list(published.lines()) == [b"one", b"two", b"three"]
    assert path.read_bytes() == b"one\ntwo\nthree\n"


def test_one_process_publishes(tmp_path: Path) -> None:
    """Another one is told so, and may when the first is done."""
    with publishing(tmp_path / "checkpoints"), pytest.raises(Taken), publishing(tmp_path / "checkpoints"):
        pass

    with publishing(tmp_path / "checkpoints") as published:
        assert published.last() is None


@pytest.mark.parametrize("torn", [b"t", b"two without a line feed", b"x" * LONGEST])
def test_a_line_that_was_never_whole_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    """Its writer died; the next one writes where it began."""
    path = tmp_path / "checkpoints"
    path.write_bytes(b"one\n" + torn)

    with publishing(path) as published:
        assert published.last() == b"one"
        published.add([b"two"])

    assert path.read_bytes() == b"one\ntwo\n"


def test_only_a_torn_line_is_nothing(tmp_path: Path) -> None:
    """Nothing was published."""
    (tmp_path / "checkpoints").write_bytes(b"on")

    with publishing(tmp_path / "checkpoints") as published:
        assert published.last() is None


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """What has no line feed for so long is no torn line of ours."""
    path = tmp_path / "checkpoints"
    path.write_bytes(b"x" * 3 * LONGEST)

    with publishing(path) as published:
        assert published.last() == b"x" * 2 * LONGEST

    assert path.stat().st_size == 3 * LONGEST


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A folder in the place of the file, and a disk that is full."""
    with pytest.raises(Unpublishable, match="Is a directory"), publishing(tmp_path):
        pass

    with publishing(Path("/dev/full")) as published, pytest.raises(Unpublishable, match="No space left"):
        published.add([b"one"])


def test_a_line_that_is_written_in_part_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes some of it takes none of it."""
    writing = os.write
    with publishing(tmp_path / "checkpoints") as published:
        published.add([b"one"])
        monkeypatch.setattr(os, "write", lambda descriptor, data: writing(descriptor, data[:2]))

        with pytest.raises(Unpublishable, match="full"):
            published.add([b"two"])

        assert published.last() == b"one"
