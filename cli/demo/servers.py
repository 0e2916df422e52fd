"""A Daybook of the demo's own: a free port, embedded servers in a folder apart, an empty database, tokens."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import httpx
import msgspec

from api.tokens import create_token
from cli.environment import MASTER_KEY_FILE, Failed
from commands.actor import ROLES, Role
from daybook import embedded
from daybook.master_keys import master_key_file
from daybook.networks import Networks
from daybook.settings import Settings
from workers.postman import DELIVERED
from workers.signing_key import CHECKPOINT_FILE

FOLDER: Final = "demo"
READY_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.05

UNBOUND_ROLES: Final[tuple[Role, ...]] = tuple(role for role in ROLES if role != "recruiter")
"""The roles whose token is not bound to one recruiter."""

_DATABASE: Final = "daybook"


def free_port(host: str, port: int) -> int:
    """Return the port if nobody listens there, and any free one for 0. Raises Failed."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failed(
                f"port {port} on {host} cannot be used ({error.strerror}): choose another with --port"
            ) from error
        return int(probe.getsockname()[1])


@contextmanager
def own_servers(settings: Settings) -> Iterator[Settings]:
    """Run embedded servers in the folder `demo` of the data folder, with an empty database, and name them.

    Configured addresses are left alone: a demo never touches other data. Raises Failed.
    """
    folder = settings.data_dir / FOLDER
    with ExitStack() as stack:
        try:
            database = stack.enter_context(embedded.postgres(folder, settings.postgres_binaries))
            cache = stack.enter_context(embedded.valkey(folder, settings.valkey_binary))
        except embedded.FolderInUse as error:
            raise Failed(f"a demo is running in {folder}: stop it first, or choose another --data-dir") from error
        except embedded.EmbeddedError as error:
            raise Failed(str(error)) from error
        asyncio.run(_empty(database.url))
        _forget_checkpoints(folder)
        yield msgspec.structs.replace(
            settings,
            data_dir=folder,
            database_url=database.url,
            owner_url=database.url,
            keys_url=None,
            keys_owner_url=None,
            master_key=master_key_file(folder / MASTER_KEY_FILE),
            redis_url=cache.url,
            signing_key=None,
            checkpoint_file=None,
            checkpoint_webhook=None,
            checkpoint_webhook_secret=None,
            checkpoint_webhook_networks=Networks(),
        )


def is_used(settings: Settings) -> bool:
    """Tell whether an earlier demo left its data, which the next one drops."""
    return (settings.data_dir / FOLDER / "postgres").is_dir()


def await_ready(url: str) -> None:
    """Wait until the service answers that it is ready. Raises Failed."""
    deadline = time.monotonic() + READY_SECONDS
    with httpx.Client(base_url=url) as client:
        while not _is_ready(client):
            if time.monotonic() > deadline:
                raise Failed(f"{url}/readyz did not answer 200 within {READY_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)


async def make_tokens(url: str, recruiters: Sequence[UUID]) -> dict[str, str]:
    """Make a token for every role and one for every recruiter; by the role's name, or the recruiter's id."""
    tokens = {role: await create_token(url, role, f"demo-{role}") for role in UNBOUND_ROLES}
    return tokens | {
        str(recruiter_id): await create_token(url, "recruiter", f"demo-recruiter-{number}", recruiter_id)
        for number, recruiter_id in enumerate(recruiters, 1)
    }


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False


def _forget_checkpoints(folder: Path) -> None:
    """Remove those of the log that was dropped: nothing would be signed that does not go on from them."""
    for name in (CHECKPOINT_FILE, f"{CHECKPOINT_FILE}{DELIVERED}"):
        (folder / name).unlink(missing_ok=True)


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url, database="postgres")
    try:
        await connection.execute(f"drop database if exists {_DATABASE} with (force)")
        await connection.execute(f"create database {_DATABASE}")
    finally:
        await connection.close()
