"""The `daybook` command: every error is one line on stderr; 0 done, 1 refused or found a fault, 2 wrong usage."""

from __future__ import annotations

import sys
from typing import Any, Final

import asyncpg
import click

from cli.loading import Loading
from daybook.database import UNREACHABLE
from events.log import LogUnavailable

# What a database says that is not ours yet: no such database, no such role, no such table.
UNREACHED = (
    LogUnavailable,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidParameterValueError,
    asyncpg.UndefinedTableError,
    *UNREACHABLE,
)


# A command's module is imported when the command is called: neither `daybook token` nor a worker loads a web server.
COMMANDS: Final = {
    "serve": "cli.serve:serve",
    "api": "cli.api:api",
    "projector": "cli.projector:projector",
    "worker": "cli.worker:worker",
    "migrate": "cli.migrate:migrate",
    "token": "cli.token:token",
    "demo": "cli.demo.command:demo",
    "audit": "cli.audit:audit",
    "projections": "cli.read_models:projections",
    "prune": "cli.prune:prune",
    "keys": "cli.keys:keys",
    "erase": "cli.erasing:erase",
    "retention": "cli.erasing:retention",
    "person": "cli.person:person",
    "import": "cli.importing.command:import_slots",
    "export": "cli.exporting.command:export",
}


class Daybook(Loading):
    """The group whose errors are one line each, whatever they are."""

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
            _say(f"the database cannot be used: {str(error) or type(error).__name__}")
            code = 1
        sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    click.echo("daybook: " + " ".join(message.split()), err=True)


@click.group(cls=Daybook, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daybook")
def main() -> None:
    """Daybook: an event-sourced booking service for recruiting at volume."""


if __name__ == "__main__":
    main()
