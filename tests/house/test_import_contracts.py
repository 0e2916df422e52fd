"""Who may import whom: the contracts hold, and each of them can be broken."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = "Layers"
COMMANDS = "Commands never look at read models"
NO_IO = "Facts and decisions do no I/O"
ROOTS_ONLY = "Only composition roots choose the log on PostgreSQL"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the packages and their contracts, to be spoiled at will."""
    house = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in house["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(tree: Path) -> set[str]:
    """Return the names of the contracts that `tree` breaks."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)", run.stdout, flags=re.MULTILINE))
    assert verdicts, run.stdout + run.stderr
    assert run.returncode == ("BROKEN" in verdicts.values()), run.stdout
    return {name.split(":")[0] for name, verdict in verdicts.items() if verdict == "BROKEN"}


def plant(tree: Path, module: str, statement: str) -> None:
    """Add `statement` to `module`, a dotted name; the module is made where there is none."""
    path = tree / Path(*module.split(".")).with_suffix(".py")
    text = path.read_text() if path.exists() else ""
    path.write_text(f"{text}\n{statement}\n")


def test_the_house_keeps_its_contracts(tree: Path) -> None:
    """The code as it stands breaks no contract."""
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("daybook.planted", "import events", LAYERS),
        ("events.planted", "import projections", LAYERS),
        ("projections.planted", "import queries", LAYERS),
        ("queries.planted", "import api", LAYERS),
        ("queries.planted", "import commands", LAYERS),
        ("api.planted", "import workers", LAYERS),
        ("workers.planted", "import api", LAYERS),
        ("api.planted", "import cli", LAYERS),
        ("commands.planted", "import projections", COMMANDS),
        ("commands.planted", "def late() -> None:\n    import queries", COMMANDS),
        ("commands.planted", "import asyncpg", NO_IO),
        ("commands.planted", "from redis.asyncio import Redis", NO_IO),
        ("commands.planted", "import litestar", NO_IO),
        ("events.planted", "import sqlalchemy", NO_IO),
        ("events.planted", "from dramatiq import actor", NO_IO),
        ("events.planted", "from opentelemetry import trace", NO_IO),
        ("commands.planted", "import events.postgres", ROOTS_ONLY),
        ("events.planted", "from events import postgres", ROOTS_ONLY),
        ("daybook.planted", "import events.postgres", ROOTS_ONLY),
        ("projections.planted", "import events.postgres", ROOTS_ONLY),
        ("queries.planted", "import events.postgres", ROOTS_ONLY),
        ("api.planted", "import events.postgres", ROOTS_ONLY),
        ("workers.planted", "import events.postgres", ROOTS_ONLY),
        ("migrations.planted", "import events.postgres", ROOTS_ONLY),
    ],
)
def test_a_planted_import_is_caught(tree: Path, module: str, statement: str, contract: str) -> None:
    """An import that a contract forbids breaks that contract."""
    plant(tree, module, statement)

    broken = broken_contracts(tree)

    assert contract in broken


def test_input_and_output_by_a_detour_are_caught(tree: Path) -> None:
    """A decision reaches no I/O library through a module that it may import, either."""
    plant(tree, "daybook.planted", "import opentelemetry")
    plant(tree, "commands.planted", "import daybook.planted")

    broken = broken_contracts(tree)

    assert broken == {NO_IO}


@pytest.mark.parametrize("module", ["api.app", "workers.broker", "cli.planted"])
def test_a_composition_root_chooses_the_log(tree: Path, module: str) -> None:
    """A composition root imports the log on PostgreSQL."""
    plant(tree, module, "import events.postgres")

    broken = broken_contracts(tree)

    assert broken == set()
