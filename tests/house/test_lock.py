"""The lock: names, versions and hashes, in step with pyproject.toml, and nothing that says where from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
HOUSE = tomllib.loads((ROOT / "pyproject.toml").read_text())
DECLARED = [
    Requirement(line)
    for lines in (
        HOUSE["build-system"]["requires"],
        HOUSE["project"]["dependencies"],
        *HOUSE["project"]["optional-dependencies"].values(),
    )
    for line in lines
]
# One entry: the pin, its hashes, and the comments on who asked for it.
ENTRIES = re.findall(r"^\w.*(?:\n[ \t]+.*)*", LOCK, flags=re.MULTILINE)


def pin(entry: str) -> Requirement:
    """Return the pinned requirement that opens `entry`."""
    return Requirement(entry.splitlines()[0].removesuffix("\\"))


def asked_for_here(entry: str) -> bool:
    """Tell whether it is pyproject.toml that asked for `entry`, rather than another package alone."""
    return "daybook (pyproject.toml)" in entry


@pytest.mark.parametrize("word", ["://", "index", "find-links", "file:", "@"])
def test_it_does_not_say_where_from(word: str) -> None:
    """The lock names no address."""
    assert word not in LOCK.lower()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: pin(entry).name)
def test_it_pins_and_hashes(entry: str) -> None:
    """A package is pinned to one version, and its files to their SHA-256."""
    _, *rest = entry.splitlines()

    assert re.fullmatch(r"==[^,*]+", str(pin(entry).specifier))
    assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}( \\)?", rest[0].strip())


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_it_is_in_step(requirement: Requirement) -> None:
    """What pyproject.toml asks for is pinned to a version that it allows."""
    name = canonicalize_name(requirement.name)

    pins = [pin(entry) for entry in ENTRIES if pin(entry).name == name and asked_for_here(entry)]

    assert pins
    for pinned in pins:
        (version,) = pinned.specifier
        assert version.version in requirement.specifier


def test_it_holds_nothing_unasked() -> None:
    """What the lock says pyproject.toml asked for, pyproject.toml does ask for."""
    claimed = {pin(entry).name for entry in ENTRIES if asked_for_here(entry)}

    assert claimed == {canonicalize_name(requirement.name) for requirement in DECLARED}


def test_it_is_the_only_lock() -> None:
    """There is no lock of a kind that writes an address into every line."""
    others = [*ROOT.glob("uv.lock"), *ROOT.glob("pylock*.toml"), *ROOT.glob("poetry.lock"), *ROOT.glob("Pipfile.lock")]

    assert others == []
