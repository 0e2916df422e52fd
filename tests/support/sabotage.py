"""Ways to break a mechanism of the log, each by one change of its append function."""

from migrations.scripts import SQL
from tests.events.postgres.looking import owner

_JUDGED = "if cardinality(q_ix) > 0 then"
_JUDGED_MILDLY = "bad_groups := array(select c_group[i] from unnest(known) i); if cardinality(q_ix) > 0 then"
_KNOWN = "where (select true from daybook.command k where k.command_id = c.id));"


async def skip_the_conflict_check(url: str) -> None:
    """Append whatever was decided, on whatever it was decided."""
    await _replace(url, _JUDGED, _JUDGED_MILDLY)


async def forget_the_commands(url: str) -> None:
    """Take every command for a new one."""
    await _replace(url, _KNOWN, "where false);", "alter table daybook.command drop constraint command_pkey")


async def _replace(url: str, part: str, other: str, also: str = "") -> None:
    function = (SQL / "log" / "05_append.sql").read_text()
    assert function.count(part) == 1
    changed = function.replace(part, other).replace("create function", "create or replace function", 1)
    async with owner(url) as connection:
        await connection.execute(f"{changed};{also}")
