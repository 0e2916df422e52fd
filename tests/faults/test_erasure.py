"""P11: erasure erases, and breaks no proof.

People with unmistakable names are registered, half of them are erased, and then everything that is left is searched:
data files, write-ahead log, Redis, logs, exports. An older copy of the database is brought back: they stay erased.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import redis

from api.tokens import create_token
from cli.demo.closing_check import check_database
from commands.redeciding import redecide
from daybook import embedded
from events.postgres import open_keys, open_log
from events.sealed import NoKeys, SealedLog
from migrations.apply import upgrade
from projections.building import verify
from projections.catalogue import PROJECTIONS
from tests.cli.test_commands import daybook
from tests.events.postgres.looking import owner
from tests.support.forking import Api
from tests.support.keys import MASTER_KEY, settings_of
from tests.support.processes import Program, Watched
from tests.support.service import POLICY

# What was overwritten is removed when a test says so, and not before; old files of the write-ahead log are removed.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_recycle": "off",
    "min_wal_size": "32MB",
    "max_wal_size": "64MB",
    "shared_buffers": "32MB",
}
SIZES = [6, pytest.param(1_000, marks=pytest.mark.nightly)]
PLACE = {"city_id": "berlin", "stage_id": "first", "locale": "de"}


class Person(NamedTuple):
    """Somebody who would be recognised anywhere, by each of these."""

    candidate_id: UUID
    name: str
    phone: str
    email: str
    telegram_id: str

    @classmethod
    def new(cls) -> "Person":
        """Nobody is called so twice."""
        mark = uuid4().hex
        number = str(uuid4().int)
        return cls(uuid4(), f"Qx{mark[:16]} Zw{mark[16:]}", f"+49{number[:13]}", f"{mark[::-1]}@x.org", number[13:27])

    @property
    def sought(self) -> bytes:
        """How a part of the name is sought; the log does not have it in this form."""
        return self.name.split()[0].lower().encode()

    @property
    def canaries(self) -> list[bytes]:
        """What must be found nowhere, whole or in part."""
        first, last = self.name.split()
        return [self.sought, *(each.encode() for each in (first, last, self.phone[3:], self.email, self.telegram_id))]

    @property
    def body(self) -> dict[str, str]:
        """As they are registered."""
        return {**{name: str(value) for name, value in self._asdict().items()}, **PLACE}


class Home(NamedTuple):
    """A Daybook that runs, and where all of it is."""

    folder: Path
    url: str
    client: httpx.AsyncClient
    programs: list[Watched]

    async def send(self, command: str, /, **body: object) -> None:
        """Send a command that must be accepted."""
        answer = await self.client.post(f"/v1/commands/{command}", json=body, headers={"Idempotency-Key": str(uuid4())})
        assert answer.status_code == 200, answer.text

    async def get(self, path: str) -> str:
        """Ask for something."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@asynccontextmanager
async def at_home(folder: Path, url: str, cache: str) -> AsyncIterator[Home]:
    """Run all roles on a database, their lines in the folder."""
    token = await create_token(url, "admin", f"faults {uuid4()}")
    said = {"DAYBOOK_LOG_LEVEL": "debug", "REDIS_URL": cache, "DAYBOOK_ERASURE_LEDGER": str(folder.parent / "ledger")}
    api = Api(url, folder / "api.log", None, **said)
    environment = {"DATABASE_URL": url, **said}
    roles = [Program(role, environment=environment, output=folder / f"{role}.log") for role in ("projector", "worker")]
    try:
        base = f"http://127.0.0.1:{await api.listening()}"
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60.0) as client:
            yield Home(folder, url, client, [api, *roles])
    finally:
        for each in (api, *roles):
            each.terminate()
        for each in (api, *roles):
            await each.ended()


async def registered(home: Home, people: Iterable[Person]) -> None:
    """Register people, and look at each of them, so that whoever keeps answers keeps these."""
    await home.send("open-city", city_id="berlin", name="Berlin", time_zone="Europe/Berlin", locale="de")
    rest = {"required_tests": [], "policy": POLICY}
    await home.send("define-stage", stage_id="first", name="First", order=1, duration_minutes=30, **rest)
    for person in people:
        await home.send("register-candidate", **person.body)
        await home.send("change-contact", candidate_id=str(person.candidate_id), phone=person.phone)
        await home.send("link-chat", candidate_id=str(person.candidate_id), telegram_id=person.telegram_id)
    position = await _head(home.url)
    for person in people:
        assert person.name in await home.get(f"/v1/candidates/{person.candidate_id}?min_position={position}")
        await home.get(f"/v1/candidates/{person.candidate_id}?as_of={position}")


async def erased(home: Home, people: Iterable[Person]) -> None:
    """Erase people, and wait until projector and worker have done their part."""
    for person in people:
        await home.send("erase-candidate", candidate_id=str(person.candidate_id), reason="asked for it")
    await shown(home)
    position = await _head(home.url)
    async with owner(home.url) as connection:
        await _until(lambda: _has_erased(connection, position))


async def shown(home: Home) -> None:
    """Wait until the read models show everything."""
    await home.get(f"/v1/candidates?min_position={await _head(home.url)}")


async def cleaned(url: str) -> None:
    """Have PostgreSQL let go of everything that is no longer so, as time would bring it about."""
    async with owner(url) as connection:
        for _ in range(
            2
        ):  # the planner's statistics are values, too; what is in them is overwritten by the first round
            await connection.execute("vacuum (full, analyze)")
            await connection.execute("vacuum full pg_statistic")
        for _ in range(3):
            await connection.execute("select pg_switch_wal()")
            await connection.execute("checkpoint")


def found(folder: Path, people: Iterable[Person]) -> set[tuple[str, bytes]]:
    """Search all files of a folder; return where what was found."""
    canaries = [canary for person in people for canary in person.canaries]
    hits = set[tuple[str, bytes]]()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            hits |= {(str(path.relative_to(folder)), canary) for canary in canaries if canary in content}
    return hits


async def opened(url: str) -> bytes:
    """All that can be read of the log with all keys there are."""
    async with open_log(url) as log, open_keys(settings_of(url)) as keys:
        return b"\n".join([event.data async for event in SealedLog(log, keys).read()])


async def is_proven(url: str) -> None:
    """The chain holds, no rule is broken, decisions come out the same, and every read model equals its rebuild."""
    assert (await check_database(url)).breach is None
    async with open_log(url) as log, open_keys(settings_of(url)) as keys:
        assert (await redecide(SealedLog(log, NoKeys()))).differences == []
        assert not any(each.differences for each in await verify(SealedLog(log, keys), url, PROJECTIONS))


async def keys_that_are_not_destroyed(url: str) -> None:
    """Sabotage."""
    async with owner(url) as connection:
        await connection.execute(
            "create or replace function keys.destroy(people uuid[]) returns setof uuid"
            " language sql as 'select unnest(people)'"
        )


async def rows_that_are_not_overwritten(url: str) -> None:
    """Sabotage: as if the read model did not take the event in."""
    async with owner(url) as connection:
        await connection.execute(
            "create function kept() returns trigger language plpgsql as"
            " $$ begin new.name := old.name; return new; end $$;"
            f"create trigger kept before update on {_CANDIDATE} for each row execute function kept()"
        )


_CANDIDATE = next(
    table.fullname for model in PROJECTIONS for table in model.metadata.sorted_tables if table.name == "candidate"
)


class Left(NamedTuple):
    """What is still there of some people."""

    files: set[tuple[str, bytes]]
    log: set[bytes]


async def left_of(home: Home, cache: str, people: Iterable[Person]) -> Left:
    """Search everything: files of PostgreSQL, Redis's dump, logs; and what can be opened of the log."""
    await cleaned(home.url)
    with redis.Redis.from_url(cache) as client:
        client.config_set("rdbcompression", "no")
        client.save()
    readable = await opened(home.url)
    files = await asyncio.to_thread(found, home.folder, people)
    return Left(files, {canary for person in people for canary in person.canaries if canary in readable})


@pytest.mark.parametrize("size", SIZES)
async def test_who_was_erased_is_found_nowhere_and_stays_erased(folder: Path, size: int) -> None:
    """Nothing of them is left, everything of the others is; all proofs hold, also after an older copy came back."""
    people = [Person.new() for _ in range(size)]
    gone, kept = people[: size // 2], people[size // 2 :]
    place = folder / f"erasure-{size}"
    server, copy = place / "server", place / "copy"
    with embedded.valkey(server) as cache:
        with embedded.postgres(server, options=OPTIONS) as cluster:
            await asyncio.to_thread(upgrade, cluster.url)
            async with at_home(server, cluster.url, cache.url) as home:
                await registered(home, people)
        shutil.copytree(server / "postgres", copy, symlinks=True)
        with embedded.postgres(server, options=OPTIONS) as cluster:
            async with at_home(server, cluster.url, cache.url) as home:
                for person in people:
                    await home.get(f"/v1/candidates/{person.candidate_id}")
                await erased(home, gone)
                left, there = await left_of(home, cache.url, gone), await left_of(home, cache.url, kept)
                of_gone, of_kept = [
                    await home.get(f"/v1/candidates/{each[0].candidate_id}/export") for each in (gone, kept)
                ]
            await is_proven(cluster.url)
        shutil.rmtree(server / "postgres")
        shutil.copytree(copy, server / "postgres", symlinks=True)
        for each in server.glob("*.log"):
            each.unlink()
        with embedded.postgres(server, options=OPTIONS) as cluster:
            forgotten = await opened(cluster.url)
            told = {"DAYBOOK_ERASURE_LEDGER": str(place / "ledger"), "DAYBOOK_MASTER_KEY": MASTER_KEY}
            replayed = await asyncio.to_thread(daybook, "erase", "--replay-ledger", DATABASE_URL=cluster.url, **told)
            async with at_home(server, cluster.url, cache.url) as home:
                await shown(home)
                again = await left_of(home, cache.url, gone)
            assert (await check_database(cluster.url)).breach is None

    assert left == Left(set(), set())
    assert {canary for _, canary in there.files} == {canary for each in kept for canary in each.canaries}
    assert there.log == {canary for each in kept for canary in each.canaries} - {each.sought for each in kept}
    assert not any(canary.decode() in of_gone for each in gone for canary in each.canaries)
    assert kept[0].name in of_kept
    assert gone[0].name.encode() in forgotten
    assert replayed.returncode == 0, replayed
    assert again == Left(set(), set())


@pytest.mark.parametrize(
    "sabotage",
    [keys_that_are_not_destroyed, pytest.param(rows_that_are_not_overwritten, marks=pytest.mark.nightly)],
)
async def test_what_is_not_erased_would_be_found(folder: Path, sabotage: Callable[[str], Awaitable[None]]) -> None:
    """Sabotage: a key that is kept opens the log; a row that is kept stands in a file."""
    people = [Person.new() for _ in range(2)]
    server = folder / sabotage.__name__[:4] / "server"
    with embedded.valkey(server) as cache, embedded.postgres(server, options=OPTIONS) as cluster:
        await asyncio.to_thread(upgrade, cluster.url)
        async with at_home(server, cluster.url, cache.url) as home:
            await registered(home, people)
            await sabotage(cluster.url)
            await erased(home, people[:1])
            left = await left_of(home, cache.url, people[:1])

    assert (bool(left.log), bool(left.files)) in {(True, False), (False, True)}


async def _head(url: str) -> int:
    async with open_log(url) as log:
        return await log.head()


async def _has_erased(connection: asyncpg.Connection, position: int) -> bool:
    return int(await connection.fetchval("select position from workers.erasure") or 0) >= position


async def _until(happened: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await happened():  # noqa: ASYNC110  another process tells nobody
            await asyncio.sleep(0.02)
