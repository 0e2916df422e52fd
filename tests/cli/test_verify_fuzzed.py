"""The auditor's program and any bytes at all: a verdict, never a traceback, and never a good word."""

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli import verify_daybook
from tests.cli.evidence import Evidence, Told, run

KINDS: Final = ["bundle", "checkpoints", "proof"]
SLICE: Final = settings(
    max_examples=50, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
NIGHTLY: Final = settings(SLICE, max_examples=30_000, derandomize=False, print_blob=True)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("00" * 32),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["position", "path"]), inner),
    max_leaves=4,
)
A_PROOF = st.fixed_dictionaries(
    {},
    optional={
        "checkpoint": JSON | st.just(Evidence().checkpoints[1].decode()),
        "events": JSON
        | st.lists(
            st.fixed_dictionaries(
                {
                    "position": JSON | st.integers(3, 7) | st.just(10**400),
                    "recorded": JSON | st.integers(),
                    "content": JSON,
                    "path": JSON | st.lists(st.just("00" * 32), max_size=4),
                },
                optional={"envelope": JSON, "data": JSON},
            ),
            min_size=1,
        ),
    },
)


@contextmanager
def honest() -> Iterator[tuple[Path, dict[str, list[str]]]]:
    """Have honest files in a folder; and what the verifier is told to look at each kind of them."""
    with TemporaryDirectory() as name:
        folder, evidence = Path(name), Evidence()
        bundle = evidence.write(folder)
        evidence.prove(5)
        evidence.published = False
        yield folder, {"bundle": bundle, "checkpoints": bundle, "proof": evidence.write(folder)}


def judged(kind: str, content: bytes) -> Told:
    """Put bytes in the place of an honest file."""
    with honest() as (folder, arguments):
        (folder / kind).write_bytes(content)
        return run(verify_daybook.main, arguments[kind])


def check_any_bytes(kind: str, content: bytes) -> None:
    """See that something is wrong, and that it is said in one line."""
    told = judged(kind, content)

    assert told.code == 1
    assert told.said.startswith("FAULT: ")
    assert told.said.count("\n") == 1
    assert "verified" not in told.said


def check_changed(kind: str, places: list[tuple[float, bytes]], *, compressed: bool) -> None:
    """Change some bytes of an honest file; see that what is said of it then is not a good word."""
    with honest() as (folder, arguments):
        plain = (folder / kind).read_bytes()
        content = bytearray(gzip.compress(plain) if compressed and kind != "proof" else plain)
        for place, byte in places:
            at = int(place * len(content))
            content[at : at + 1] = byte
        (folder / kind).write_bytes(content)
        told = run(verify_daybook.main, arguments[kind])
        same = _unpacked(bytes(content)) == plain

    assert told.code in {0, 1}
    assert told.code == (0 if same else 1) or kind == "proof"


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, OSError, zlib.error):
        return b""


KIND = st.sampled_from(KINDS)
PLACES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3)), min_size=1, max_size=3)


@SLICE
@given(kind=KIND, content=st.binary())
def test_any_bytes_are_judged(kind: str, content: bytes) -> None:
    """Whatever they stand for."""
    check_any_bytes(kind, content)


@SLICE
@given(kind=KIND, places=PLACES, compressed=st.booleans())
def test_what_was_changed_anywhere_is_judged(kind: str, places: list[tuple[float, bytes]], *, compressed: bool) -> None:
    """However little it is."""
    check_changed(kind, places, compressed=compressed)


@SLICE
@given(proof=A_PROOF | JSON)
def test_any_json_is_judged(proof: object) -> None:
    """Whatever it holds in the place of a proof."""
    check_any_bytes("proof", _as_json(proof))


@pytest.mark.nightly
@NIGHTLY
@given(kind=KIND, content=st.binary())
def test_any_bytes_are_judged_all_night(kind: str, content: bytes) -> None:
    """The same, longer."""
    check_any_bytes(kind, content)


@pytest.mark.nightly
@NIGHTLY
@given(kind=KIND, places=PLACES, compressed=st.booleans())
def test_what_was_changed_anywhere_is_judged_all_night(
    kind: str, places: list[tuple[float, bytes]], *, compressed: bool
) -> None:
    """The same, longer."""
    check_changed(kind, places, compressed=compressed)


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"1" * 10_000, b'{"checkpoint":"\\ud800","events":[1]}', b"\xff" * 10, b"null"]
)
def test_json_that_breaks_parsers_is_judged(content: bytes) -> None:
    """Depth, length, halves of characters."""
    check_any_bytes("proof", content)


def _as_json(value: object) -> bytes:
    return json.dumps(value).encode()
