"""What the tests of the embedded servers share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder yet to be made, with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="daybook-") as name:
        yield Path(name) / "data"
