"""The root packages: each is the one in this repository, and each has its contract."""

import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
PACKAGES = TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("package", PACKAGES)
def test_it_is_ours(package: str) -> None:
    """A package with a name as common as this one is imported from here, not from a dependency."""
    module = importlib.import_module(package)

    assert module.__file__ == str(ROOT / package / "__init__.py")
    assert module.__doc__


def test_all_are_shipped() -> None:
    """Every folder at the root that is a package is in the wheel, but for the measurements."""
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench"}

    assert folders == set(PACKAGES)


@pytest.mark.parametrize("named", [TOOLS["importlinter"]["root_packages"], TOOLS["coverage"]["run"]["source"]])
def test_all_are_looked_at(named: list[str]) -> None:
    """Every package that is shipped is held to the import contracts and to the floor of coverage."""
    assert named == PACKAGES


def test_no_package_under_tests() -> None:
    """No folder of tests is a package: it would shadow the one it tests."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
