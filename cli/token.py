"""`daybook token`: who may use the API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import click
import msgspec

from api.tokens import (
    BOUND_ROLES,
    TOKEN_ROLES,
    NameTaken,
    TokenRole,
    create_token,
    list_tokens,
    revoke_token,
)
from cli.environment import Failed, data_dir_option, read_settings, servers


@click.group()
def token() -> None:
    """Make, list and revoke the tokens of the API."""


@token.command()
@click.option("--role", type=click.Choice(TOKEN_ROLES), required=True, help="What the bearer may do.")
@click.option("--recruiter", type=click.UUID, help="Whose it is; goes with the roles recruiter and calendar.")
@click.option("--name", required=True, help="Who the bearer is; stands in the log as the actor.")
@data_dir_option
def create(role: TokenRole, recruiter: UUID | None, name: str, data_dir: Path | None) -> None:
    """Print a new token, and nothing else: it cannot be shown again.

    One of the role calendar is a key for a recruiter's calendar feed (agenda.ics?key=...), and opens nothing else.
    """
    if (role in BOUND_ROLES) != (recruiter is not None):
        raise click.UsageError("--recruiter goes with --role recruiter or calendar, and only with these")
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        try:
            click.echo(asyncio.run(create_token(str(settings.database_url), role, name, recruiter)))
        except NameTaken as error:
            raise Failed(f"a token has or had the name {name!r}: choose another") from error


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@data_dir_option
def list_all(data_dir: Path | None, *, as_json: bool) -> None:
    """List all tokens ever made, without the tokens themselves."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        tokens = asyncio.run(list_tokens(str(settings.database_url)))
    if as_json:
        click.echo(msgspec.json.encode(tokens).decode())
        return
    for each in tokens:
        state = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else "holds"
        click.echo(f"{each.name}\t{each.role}\t{each.recruiter_id or ''}\t{each.created_at:%Y-%m-%d}\t{state}")


@token.command()
@click.argument("name")
@data_dir_option
def revoke(name: str, data_dir: Path | None) -> None:
    """Revoke the token of this name; it is refused within a few seconds."""
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        if not asyncio.run(revoke_token(str(settings.database_url), name)):
            raise Failed(f"no token that holds has the name {name!r}")
