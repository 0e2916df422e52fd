"""Where a command runs: its settings, the servers it needs, and errors as one line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import click
import msgspec

from daybook import embedded
from daybook.master_keys import master_key_file
from daybook.settings import Settings, WrongSetting

WRONG_USAGE: Final = 2
MASTER_KEY_FILE: Final = "master.key"


class Failed(click.ClickException):
    """The command could not do its work; shown as one line."""

    exit_code = 1


class WrongEnvironment(click.ClickException):
    """A setting is wrong; shown as one line."""

    exit_code = WRONG_USAGE


def data_dir_option(command: Callable[..., object]) -> Callable[..., object]:
    """Add `--data-dir`."""
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where the embedded servers keep their data.",
    )(command)


def read_settings(**overrides: object) -> Settings:
    """Read the environment; an option that was given goes before its variable."""
    try:
        settings = Settings.from_environment(os.environ)
    except WrongSetting as error:
        raise WrongEnvironment(str(error)) from error
    return msgspec.structs.replace(settings, **{name: value for name, value in overrides.items() if value is not None})


@contextmanager
def servers(settings: Settings, *, with_valkey: bool = True) -> Iterator[Settings]:
    """Run what the settings do not name as embedded servers, and name them.

    With an embedded PostgreSQL comes a master key, in a file beside its data, if none is given.

    Where another Daybook already runs the servers of this data folder, they are used and left running.
    """
    with ExitStack() as stack:
        if settings.database_url is None:
            url = _started(stack, embedded.postgres(settings.data_dir, settings.postgres_binaries))
            settings = msgspec.structs.replace(settings, database_url=url, owner_url=url)
            if settings.master_key is None:
                key = master_key_file(settings.data_dir / MASTER_KEY_FILE)
                settings = msgspec.structs.replace(settings, master_key=key)
        if with_valkey and settings.redis_url is None:
            url = _started(stack, embedded.valkey(settings.data_dir, settings.valkey_binary))
            settings = msgspec.structs.replace(settings, redis_url=url)
        yield settings


def _started(stack: ExitStack, server: embedded.Server) -> str:
    try:
        stack.enter_context(server)
    except embedded.FolderInUse:
        return server.url
    except embedded.EmbeddedError as error:
        raise Failed(str(error)) from error
    return server.url


def with_master_key(settings: Settings) -> Settings:
    """Return the settings if they hold a master key; raises Failed if not."""
    if settings.master_key is None:
        raise Failed(
            "DAYBOOK_MASTER_KEY is not set: personal data is sealed under it "
            "(DAYBOOK_MASTER_KEY_FILE names a file with the output of `openssl rand -base64 32`)"
        )
    return settings
