"""Read models of a database that a command line is tried on."""

import asyncio
from collections.abc import Sequence
from typing import Any

from click.testing import CliRunner, Result

from cli.main import main
from events.postgres import open_log
from projections.building import build_missing
from projections.catalogue import PROJECTIONS
from tests.events.postgres.looking import owner
from tests.projections.running import write_all


def projections(*arguments: str) -> Result:
    """Run a command of `daybook projections`, in this process."""
    return CliRunner().invoke(main, ["projections", *arguments])


def write_history(url: str, history: Sequence[Any]) -> None:
    """Write events."""

    async def write() -> None:
        async with open_log(url) as log:
            await write_all(log, history)

    asyncio.run(write())


def build(url: str) -> None:
    """Build all read models."""

    async def build_them() -> None:
        async with open_log(url) as log:
            await build_missing(log, url, PROJECTIONS)

    asyncio.run(build_them())


def execute(url: str, statement: str, *values: Any) -> None:
    """Change what is in the tables behind everybody's back."""

    async def run() -> None:
        async with owner(url) as connection:
            await connection.execute(statement, *values)

    asyncio.run(run())


def fetch(url: str, query: str) -> Any:
    """Look up one value."""

    async def run() -> Any:
        async with owner(url) as connection:
            return await connection.fetchval(query)

    return asyncio.run(run())
