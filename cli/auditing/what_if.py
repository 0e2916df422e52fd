"""`daybook audit what-if`: what would have been refused or accepted under another policy."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
import msgspec

from cli.environment import data_dir_option, read_settings, servers
from commands.supposing import Judged, NotSupposable, Supposition, suppose, supposition
from events.postgres import open_log
from events.sealed import NoKeys, SealedLog

WARNING: Final = (
    "This replays what was asked for, and predicts nothing: under another policy people would have acted otherwise.",
    "Each command is judged on the recorded history, not on what a changed outcome would have led to.",
)


class Shift(NamedTuple):
    """Commands that come out otherwise in the same way."""

    stage: str | None
    command: str
    recorded: str
    supposed: str


class Otherwise(msgspec.Struct, frozen=True):
    """One command that comes out otherwise; `position` is the log's last once it was settled."""

    position: int
    command_id: str
    shift: Shift


class Outlook(msgspec.Struct):
    """What was judged, how often a command would have come out otherwise and how, and what could not be judged."""

    same: int = 0
    shifts: Counter[Shift] = msgspec.field(default_factory=Counter)
    commands: list[Otherwise] = msgspec.field(default_factory=list)
    not_judged: Counter[str] = msgspec.field(default_factory=Counter)


@click.command("what-if")
@click.option("--policy", type=click.File("rb"), help="A JSON object with the fields of a policy that differ.")
@click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="One of them, as min_notice_minutes=120.")
@click.option("--stage", "stage_id", metavar="ID", help="Of this stage alone.")
@click.option("--list", "listing", is_flag=True, help="Name every command that would come out otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON document.")
@data_dir_option
def what_if(  # noqa: PLR0913  what the command takes
    *,
    policy: Any,  # noqa: ANN401  an open file
    changes: Sequence[str],
    stage_id: str | None,
    listing: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Decide all recorded commands once more under another policy, and count what would have come out otherwise.

    It replays demand and predicts nothing: people would have acted otherwise.
    """
    supposed = _read(policy.read() if policy else b"{}", changes, stage_id)
    with servers(read_settings(data_dir=data_dir), with_valkey=False) as settings:
        outlook = asyncio.run(_judge(str(settings.database_url), supposed, listing=listing))
    click.echo(_as_json(supposed, outlook) if as_json else "\n".join(_told(supposed, outlook)))


def _read(file: bytes, changes: Sequence[str], stage_id: str | None) -> Supposition:
    try:
        wanted = msgspec.json.decode(file, type=dict[str, Any])
        for change in changes:
            name, _, value = change.partition("=")
            wanted[name] = msgspec.json.decode(value)
        if not wanted:
            raise click.UsageError("suppose something: --set FIELD=VALUE, or --policy FILE")
        return supposition(wanted, stage_id)
    except (NotSupposable, msgspec.DecodeError) as error:
        raise click.UsageError(f"that is no policy: {error}") from error


async def _judge(url: str, supposed: Supposition, *, listing: bool) -> Outlook:
    outlook = Outlook()
    async with open_log(url) as log:
        async for judged in suppose(SealedLog(log, NoKeys()), supposed):
            if not isinstance(judged, Judged):
                outlook.not_judged[judged] += 1
            elif judged.is_other:
                command = judged.command
                shift = Shift(judged.stage_id, command.name, command.outcome, judged.supposed)
                outlook.shifts[shift] += 1
                if listing:
                    outlook.commands.append(Otherwise(command.position, str(command.command_id), shift))
            else:
                outlook.same += 1
    return outlook


def _as_json(supposed: Supposition, outlook: Outlook) -> str:
    report = {
        "supposed": supposed,
        "predicts": False,
        "note": " ".join(WARNING),
        "same": outlook.same,
        "otherwise": [{**shift._asdict(), "count": count} for shift, count in _sorted(outlook)],
        "commands": [
            {"position": each.position, "command_id": each.command_id, **each.shift._asdict()}
            for each in outlook.commands
        ],
        "not_judged": outlook.not_judged,
    }
    return msgspec.json.encode(report).decode()


def _told(supposed: Supposition, outlook: Outlook) -> list[str]:
    policy = ", ".join(f"{name}={msgspec.json.encode(value).decode()}" for name, value in supposed.changes.items())
    unjudged = outlook.not_judged
    others = f"{unjudged['conditional']} refused for If-Match, {unjudged['foreign']} of other programs"
    return [
        f"Supposed: {policy}, in {f'the stage {supposed.stage_id}' if supposed.stage_id else 'every stage'}.",
        *WARNING,
        f"{outlook.shifts.total()} commands would have come out otherwise, {outlook.same} the same;",
        f"not judged: {unjudged['by-itself']} of the service's own, {others}.",
        *("\t".join((_place(shift), f"{count} x {_change(shift)}")) for shift, count in _sorted(outlook)),
        *(f"position {each.position}\t{each.command_id}\t{_change(each.shift)}" for each in outlook.commands),
    ]


def _place(shift: Shift) -> str:
    return shift.stage or "no stage"


def _change(shift: Shift) -> str:
    return f"{shift.command}: {shift.recorded}, would be {shift.supposed}"


def _sorted(outlook: Outlook) -> list[tuple[Shift, int]]:
    return sorted(outlook.shifts.items(), key=lambda each: (each[0].stage or "", each[0][1:]))
