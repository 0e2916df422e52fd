"""The tree over the events of a checkpoint: that of RFC 9162, and a path from every leaf to its root."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.verify_daybook import climb
from events.log import Hashed
from events.proofs.merkle import leaf_hash, path_to, root_hash
from tests.support.sealing import SIGNED_AT

LEAVES = [sha256(b"%d" % number).digest() for number in range(70)]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """Hash a tree as RFC 9162 defines it: split at the largest power of two below its size."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + by_definition(leaves[:split]) + by_definition(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(70))
def test_the_root_is_that_of_the_rfc(size: int) -> None:
    """Whatever the number of leaves."""
    leaves = LEAVES[:size]

    root = root_hash(leaves)

    assert root == by_definition(leaves)


@pytest.mark.parametrize("size", [*range(1, 20), 64, 65])
def test_a_path_leads_to_the_root(size: int) -> None:
    """From every leaf, and all of the path is needed."""
    leaves = LEAVES[:size]

    for index, leaf in enumerate(leaves):
        path = path_to(leaves, index)

        assert climb(leaf, index, size, path) == root_hash(leaves)
        assert path == []


@given(size=st.integers(2, 40), data=st.data())
def test_another_place_leads_elsewhere(size: int, data: st.DataObject) -> None:
    """A leaf proves its own place, and no other leaf does."""
    leaves = LEAVES[:size]
    index, other = data.draw(st.permutations(range(size)))[:2]
    path = path_to(leaves, index)

    strange = climb(leaves[other], index, size, list(path))

    assert strange != root_hash(leaves)


def test_a_leaf_is_position_moment_and_content() -> None:
    """Each of them changes it, and no inner node is mistaken for a leaf."""
    event = Hashed(7, SIGNED_AT, LEAVES[0])
    others = [
        event._replace(position=8),
        event._replace(recorded_at=SIGNED_AT + timedelta(microseconds=1)),
        event._replace(content_hash=LEAVES[1]),
    ]

    hashes = {leaf_hash(each) for each in [event, *others]}

    assert len(hashes) == 4
    assert sha256(b"\x01" + LEAVES[0] + LEAVES[1]).digest() == root_hash(LEAVES[:2])
