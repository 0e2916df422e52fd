"""Coverage costs: under it Python takes three times as long, all of it, the libraries and the tests too."""

import pkgutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[2]


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure no coverage meanwhile, if it is measured at all."""
    measuring = Coverage.current()
    if measuring is None:
        yield
        return
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()


def import_all() -> None:
    """Import all modules of ours, but those that do something when they are imported, if coverage is measured."""
    if Coverage.current() is None:
        return
    house = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in house["tool"]["coverage"]["run"]["source"]:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if module.name != "migrations.env":
                import_module(module.name)
