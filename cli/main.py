"""The `daybook` command: every error is one line on stderr; 0 done, 1 refused or found a fault, 2 wrong usage."""

from __future__ import annotations

import sys
from typing import Any

import asyncpg
import click

from cli.audit import audit
from cli.demo.command import demo
from cli.importing.command import import_slots
from cli.serve import api, migrate, projector, serve, worker
from cli.token import token
from daybook.database import UNREACHABLE
from events.log import LogUnavailable

UNREACHED = (LogUnavailable, asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError, *UNREACHABLE)


class OneLineErrors(click.Group):
    """A group whose errors are one line each, whatever they are."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  click's own signature
        """Run the command and exit."""
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            _say(error.format_message())
            code = error.exit_code
        except click.Abort:
            code = 130
        except UNREACHED as error:
            _say(f"the database cannot be used: {error or type(error).__name__}")
            code = 1
        sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    click.echo("daybook: " + " ".join(message.split()), err=True)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daybook")
def main() -> None:
    """Daybook: an event-sourced booking service for recruiting at volume."""


for command in (serve, api, projector, worker, migrate, token, demo, audit, import_slots):
    main.add_command(command)

if __name__ == "__main__":
    main()
