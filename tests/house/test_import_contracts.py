"""Who may import whom: the contracts hold, and each of them can be broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = "Layers"
COMMANDS = "Commands never look at read models"
NO_IO = "Facts and decisions do no I/O"
ROOTS_ONLY = "Only composition roots choose the log on PostgreSQL"
LIGHT_ROLES = "Who neither serves nor migrates loads nothing for it"


class Plant(NamedTuple):
    """A statement that a package must not contain, and the contract that says so."""

    package: str
    statement: str
    contract: str


PLANTS = [
    Plant("daybook", "import events", LAYERS),
    Plant("events", "import projections", LAYERS),
    Plant("projections", "import queries", LAYERS),
    Plant("queries", "import api", LAYERS),
    Plant("queries", "import commands", LAYERS),
    Plant("api", "import workers", LAYERS),
    Plant("workers", "import api", LAYERS),
    Plant("api", "import cli", LAYERS),
    Plant("commands", "import projections", COMMANDS),
    Plant("commands", "def late() -> None:\n    import queries", COMMANDS),
    Plant("commands", "import asyncpg", NO_IO),
    Plant("commands", "from redis.asyncio import Redis", NO_IO),
    Plant("commands", "import litestar", NO_IO),
    Plant("events", "import sqlalchemy", NO_IO),
    Plant("events", "from dramatiq import actor", NO_IO),
    Plant("events", "from opentelemetry import trace", NO_IO),
    Plant("commands", "import events.postgres", ROOTS_ONLY),
    Plant("events", "from events import postgres", ROOTS_ONLY),
    Plant("daybook", "import events.postgres", ROOTS_ONLY),
    Plant("projections", "import events.postgres", ROOTS_ONLY),
    Plant("queries", "import events.postgres", ROOTS_ONLY),
    Plant("api", "import events.postgres", ROOTS_ONLY),
    Plant("workers", "import events.postgres", ROOTS_ONLY),
    Plant("migrations", "import events.postgres", ROOTS_ONLY),
]


def copy_house(target: Path) -> Path:
    """Copy the packages and their contracts, to be spoiled at will."""
    house = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in house["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", target)
    return target


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the house."""
    return copy_house(tmp_path)


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of a house with all plants in it, each in a module that nobody imports, by contract."""
    tree = copy_house(tmp_path_factory.mktemp("planted"))
    for number, (package, statement, _) in enumerate(PLANTS):
        plant(tree, f"{package}.planted_{number}", statement)
    return broken_contracts(tree)


def broken_contracts(tree: Path) -> dict[str, str]:
    """Return the names of the contracts that `tree` breaks, and what is said of each."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)", run.stdout, flags=re.MULTILINE))
    assert verdicts, run.stdout + run.stderr
    assert run.returncode == ("BROKEN" in verdicts.values()), run.stdout
    said = re.split(r"^(.+)\n-+$", run.stdout.partition("Broken contracts\n")[2], flags=re.MULTILINE)[1:]
    details = dict(zip(said[::2], said[1::2], strict=True))
    return {name.split(":")[0]: details[name] for name, verdict in verdicts.items() if verdict == "BROKEN"}


def plant(tree: Path, module: str, statement: str) -> None:
    """Add `statement` to `module`, a dotted name; the module is made where there is none."""
    path = tree / Path(*module.split(".")).with_suffix(".py")
    text = path.read_text() if path.exists() else ""
    path.write_text(f"{text}\n{statement}\n")


def test_the_house_keeps_its_contracts(tree: Path) -> None:
    """The code as it stands breaks no contract."""
    assert broken_contracts(tree) == {}


@pytest.mark.parametrize("number", range(len(PLANTS)), ids=lambda number: f"{PLANTS[number][0]}: {PLANTS[number][1]}")
def test_a_planted_import_is_caught(complaints: dict[str, str], number: int) -> None:
    """An import that a contract forbids breaks that contract."""
    planted = PLANTS[number]

    assert f"- {planted.package}.planted_{number} -> " in re.sub(" +", " ", complaints[planted.contract])


def test_input_and_output_by_a_detour_are_caught(tree: Path) -> None:
    """A decision reaches no I/O library through a module that it may import, either."""
    plant(tree, "daybook.planted", "import opentelemetry")
    plant(tree, "commands.planted", "import daybook.planted")

    broken = broken_contracts(tree)

    assert broken.keys() == {NO_IO}


def test_a_role_that_loads_what_another_needs_is_caught(tree: Path) -> None:
    """A worker loads neither a web server nor the means to migrate, by no detour."""
    plant(tree, "daybook.planted", "import alembic")
    plant(tree, "workers.patrol", "import daybook.planted")

    broken = broken_contracts(tree)

    assert broken.keys() == {LIGHT_ROLES}


def test_a_composition_root_chooses_the_log(tree: Path) -> None:
    """A composition root imports the log on PostgreSQL."""
    for module in ("api.app", "workers.broker", "cli.planted"):
        plant(tree, module, "import events.postgres")

    broken = broken_contracts(tree)

    assert broken == {}
