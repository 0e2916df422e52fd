"""The `daybook` command."""

from __future__ import annotations

import click

from cli.audit import audit
from cli.demo.command import demo
from cli.importing.command import import_slots
from cli.serve import api, migrate, projector, serve
from cli.token import token


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="daybook")
def main() -> None:
    """Daybook: an event-sourced booking service for recruiting at volume."""


for command in (serve, api, projector, migrate, token, demo, audit, import_slots):
    main.add_command(command)

if __name__ == "__main__":
    main()
