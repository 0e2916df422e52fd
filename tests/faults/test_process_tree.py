"""`daybook serve` as a whole: its roles live as long as it does, and no longer."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.support.processes import Program, descendants, eventually, gone, is_alive, kill, port_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

STOP_SECONDS = 10.0
# What runs below `daybook serve`, by a part of its command line.
ROLES = ("cli.main api", "cli.main projector", "cli.main worker")
SERVERS = ("bin/postgres", "valkey-server")


class Tree:
    """A `daybook serve` and what runs below it."""

    def __init__(self, folder: Path) -> None:
        """Start it, on any port that is free."""
        environment = {"DAYBOOK_DATA_DIR": str(folder), "DAYBOOK_PORT": "0", "DAYBOOK_LOG_LEVEL": "warning"}
        self.program = Program("serve", environment=environment, output=folder.with_suffix(".log"))

    def find(self, part: str) -> int:
        """The process whose command line holds this; 0 if there is none."""
        found = (pid for pid, line in sorted(descendants(self.program.pid).items()) if part in line)
        return next(found, 0)

    def port(self) -> int:
        """The port of the API; 0 while it has none."""
        return port_of(self.find("cli.main api"))

    def is_ready(self) -> bool:
        """Tell whether the API says that all is well."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port()}/readyz", trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def is_complete(self) -> bool:
        """Tell whether every role and every server is there."""
        return all(map(self.find, (*ROLES, *SERVERS))) and self.port() != 0 and self.is_ready()

    async def end(self) -> None:
        """End it, whatever is left of it."""
        running = set(descendants(self.program.pid))
        self.program.kill()
        await gone(running)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trees() -> AsyncIterator[list[Tree]]:
    """Every Daybook that was started; the last one may still run."""
    started: list[Tree] = []
    yield started
    for tree in started:
        await tree.end()


@pytest_asyncio.fixture(loop_scope="session")
async def tree(trees: list[Tree], folder: Path) -> Tree:
    """A Daybook that is ready: that of the test before if it still runs, else another one on the same data."""
    if not trees or not trees[-1].program.is_running:
        trees.append(Tree(folder / "tree"))
    await eventually(trees[-1].is_complete, "a complete Daybook")
    return trees[-1]


async def test_killed_roles_are_started_again(tree: Tree) -> None:
    """Whichever of them is killed, the others live on."""
    before = {part: tree.find(part) for part in (*ROLES, *SERVERS)}

    for role in ROLES:
        kill(before[role])
        await gone({before[role]})
    await eventually(tree.is_complete, "a complete Daybook")

    after = {part: tree.find(part) for part in before}
    assert {part for part in before if before[part] != after[part]} == set(ROLES)


async def test_told_to_stop_it_ends_with_all_its_processes(tree: Tree) -> None:
    """It ends with 0 within ten seconds, and no process is left."""
    running = set(descendants(tree.program.pid))

    tree.program.terminate()

    assert await tree.program.ended(STOP_SECONDS) == 0
    assert not [pid for pid in running if is_alive(pid)]


async def test_killed_it_leaves_no_process_behind(tree: Tree) -> None:
    """Signal 9 leaves no time to stop anybody; all end all the same."""
    running = set(descendants(tree.program.pid))

    tree.program.kill()

    await gone(running)
