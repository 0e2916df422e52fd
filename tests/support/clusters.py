"""Clusters of PostgreSQL for tests that break one: copies of what was made once for all workers of a run."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from daybook import embedded
from migrations.apply import upgrade
from tests.support.databases import FOLDER


def lay_cluster(folder: Path) -> None:
    """Put a cluster at rest, with an empty database, into a data folder."""
    _copy(_made("bare-cluster", lambda _: None), folder)


def lay_migrated_cluster(folder: Path) -> None:
    """Put a cluster at rest, whose database has the newest schema, into a data folder."""
    _copy(_made("migrated-cluster", upgrade), folder)


def _made(name: str, fill: Callable[[str], None]) -> Path:
    """Make a data folder, unless a worker did so before, by what `fill` does to the URL of its database."""
    folder = Path(os.environ[FOLDER]) / name
    done = folder.with_suffix(".made")
    with FileLock(folder.with_suffix(".lock")):
        if not done.exists():
            with embedded.postgres(folder) as server:
                fill(server.url)
            done.touch()
    return folder


def _copy(source: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(source / "postgres", folder / "postgres")
