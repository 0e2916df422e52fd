"""`daybook demo`: start, tell the story, show around, check, stay."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import click
import httpx
import msgspec
from rich.console import Console

from cli.demo.client import Client, NotNow, ReplayDiffers, connect
from cli.demo.closing_check import check_database
from cli.demo.offers import first_monday
from cli.demo.performing import perform
from cli.demo.progress import shown
from cli.demo.rules import SCREENING
from cli.demo.servers import UNBOUND_ROLES, await_ready, free_port, is_used, make_tokens, own_servers
from cli.demo.story import ADMIN, BOT, Story
from cli.demo.telling import tell
from cli.demo.tour import Sight, show, show_check, show_differences
from cli.environment import Failed, data_dir_option, read_settings
from cli.migrate import migrate_all, owner_url
from cli.process_tree import ROLES, ProcessTree
from daybook.logs import configure as configure_logs

FOUND_A_FAULT = 1
FEWEST, MOST = 200, 5_000


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; 0 takes any that is free.")
@click.option("--exit", "exit_after", is_flag=True, help="End after the tour instead of staying up.")
@click.option("--seed", default=7, show_default=True, help="Which story is told; the same seed tells the same one.")
@click.option(
    "--candidates", type=click.IntRange(FEWEST, MOST), default=2_000, show_default=True, help="How many come."
)
@data_dir_option
def demo(*, port: int | None, exit_after: bool, seed: int, candidates: int, data_dir: Path | None) -> None:
    """Show a running Daybook with a realistic recruiting week in it.

    It keeps to the folder `demo` in the data folder, with servers of its own, and begins with an empty database each
    time: what an earlier demo left there is dropped. No other data is touched, whatever addresses are configured.
    """
    settings = read_settings(port=port, data_dir=data_dir)
    settings = msgspec.structs.replace(settings, port=free_port(settings.host, settings.port), log_level="warning")
    configure_logs(settings.log_level, "demo", frozenset())
    # Until it stays up, SIGTERM ends it as Ctrl-C does: everything unwinds, and nothing is left running.
    # Started in the background of a shell, it would ignore what Ctrl-C sends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    if is_used(settings):
        click.echo("The data of an earlier demo is dropped.", err=True)
    started = perf_counter()
    with own_servers(settings) as complete:
        migrate_all(complete)
        with ProcessTree(complete, ROLES) as tree:
            url = str(httpx.URL(scheme="http", host=settings.host, port=settings.port))
            await_ready(url)
            click.echo(f"Daybook is ready at {url} after {perf_counter() - started:.1f} s", err=True)
            story = tell(seed, candidates, datetime.now(UTC))
            if not asyncio.run(_show_week(story, url, owner_url(complete))):
                click.get_current_context().exit(FOUND_A_FAULT)
            if not exit_after:
                click.echo("\nIt stays up until Ctrl-C.")
                tree.watch()


async def _show_week(story: Story, url: str, database_url: str) -> bool:
    """Perform the story, show what came of it, and tell whether all is as it must be."""
    tokens = await make_tokens(database_url, story.recruiters)
    async with connect(url) as connections:
        client = Client(connections, tokens)
        with shown(sum(act.size for act in story.acts), Console(stderr=True)) as announce:
            try:
                seconds = await perform(story, client, announce)
            except (NotNow, ReplayDiffers) as error:
                raise Failed(str(error)) from error
        show(await _look_around(story, client, url, tokens, seconds))
    as_told = show_differences(story, client.tally)
    checked = await check_database(database_url)
    show_check(checked)
    return checked.breach is None and as_told


async def _look_around(story: Story, client: Client, url: str, tokens: Mapping[str, str], seconds: float) -> Sight:
    """Wait until the read models show everything, and find a seat for the guest."""
    last_command = perf_counter()
    since = first_monday(datetime.now(UTC)).strftime("%Y-%m-%dT00:00:00Z")
    position = client.tally.position
    wanted: dict[str, str | int] = {
        "city_id": story.landmarks.city_id,
        "stage_id": SCREENING,
        "from": since,
        "limit": 1,
        "min_position": position,
    }
    slots = await client.get("/v1/slots", BOT, wanted)
    catch_up = perf_counter() - last_command
    projections = await client.get("/v1/projections", ADMIN, {})
    recruiter = str(story.recruiters[0])
    return Sight(
        url=url,
        tokens={str(role): tokens[role] for role in UNBOUND_ROLES} | {"recruiter": tokens[recruiter]},
        landmarks=story.landmarks,
        recruiter_id=recruiter,
        free_slot=slots.items[0]["slot_id"],
        since=since,
        tally=client.tally,
        seconds=seconds,
        position=position,
        projections=projections.items,
        catch_up=catch_up,
    )
