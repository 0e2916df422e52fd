"""The sabotage of the one lane: appends that take positions from a sequence and commit in whatever order they like."""

from migrations.scripts import SQL
from tests.events.postgres.looking import owner

_LOCK = "perform pg_advisory_xact_lock(4711);"
_HEAD = "order by b.last_position desc limit 1;"
_MOMENT = "moment := greatest("
# Room for ten events each.
_NAIVE_HEAD = "head := nextval('daybook.lane') * 10;"
# Now and then a time in which others get ahead, so long that a reader who looks but once in the middle of a load goes
# past somebody. It lies behind the judgement, else who was overtaken would lose to a conflict and write nothing.
_PAUSE = "perform pg_sleep(case when random() < 0.2 then 0.1 else 0 end);"


async def tear_down_the_lane(url: str) -> None:
    """Install a copy of daybook.append that takes no lock and numbers by a sequence."""
    function = (SQL / "log" / "05_append.sql").read_text()
    assert function.count(_LOCK) == 1
    assert function.count(_HEAD) == 1
    assert function.count(_MOMENT) == 1
    naive = function.replace(_LOCK, "").replace(_HEAD, f"{_HEAD} {_NAIVE_HEAD}").replace(_MOMENT, f"{_PAUSE} {_MOMENT}")
    async with owner(url) as connection:
        await connection.execute("create sequence daybook.lane; grant usage on sequence daybook.lane to daybook_app")
        await connection.execute(naive.replace("create function", "create or replace function", 1))
