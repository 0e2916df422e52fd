"""The store of tokens, and what is remembered of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import uuid4

import asyncpg
import pytest

from api import tokens
from api.tokens import CalendarKey, NameTaken, Tokens, create_token, list_tokens, revoke_token
from commands.actor import Actor


@pytest.fixture
async def known(database_url: str) -> AsyncIterator[Tokens]:
    """Look-ups in a store."""
    async with aclosing(Tokens(database_url)) as made:
        yield made


async def test_a_token_speaks_for_its_actor(database_url: str, known: Tokens) -> None:
    """A recruiter's token stands for the recruiter's id, any other for its role and name."""
    recruiter_id = uuid4()
    bot = await create_token(database_url, "bot", "telegram")
    recruiter = await create_token(database_url, "recruiter", "Ada's", recruiter_id)

    assert await known.actor(bot) == Actor("bot", "telegram")
    assert await known.actor(recruiter) == Actor("recruiter", str(recruiter_id))
    assert await known.actor(bot[:-1]) is None


async def test_a_calendar_key_speaks_for_nobody(database_url: str, known: Tokens) -> None:
    """It names whose calendar it opens, and a token opens no calendar."""
    recruiter_id = uuid4()
    key = await create_token(database_url, "calendar", "Ada's calendar", recruiter_id)
    token = await create_token(database_url, "recruiter", "Ada's", recruiter_id)

    assert await known.calendar(key) == CalendarKey(recruiter_id)
    assert await known.actor(key) is None
    assert await known.calendar(token) is None
    assert await known.actor(token) is not None


async def test_what_was_looked_up_is_remembered_for_a_while(
    database_url: str, known: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then nobody is asked; a calendar key speaks for nobody here either."""
    bot, key = await create_token(database_url, "bot", "telegram"), "dbk_" + "x" * 43
    calendar = await create_token(database_url, "calendar", "Ada's calendar", uuid4())

    before = known.remembered(bot)
    for each in (bot, key, calendar):
        await known.actor(each)
    after = [known.remembered(each) for each in (bot, key, calendar)]
    monkeypatch.setattr(tokens, "FRESH_SECONDS", 0.0)
    other = await create_token(database_url, "bot", "other")
    await known.actor(other)

    assert (before, after) == (None, [Actor("bot", "telegram"), None, None])
    assert known.remembered(other) is None


async def test_a_token_is_not_stored(database_url: str, owner: asyncpg.Connection) -> None:
    """The table holds no token, and nothing that a token begins with."""
    token = await create_token(database_url, "admin", "root")

    rows = str(await owner.fetch("select * from access.token"))

    assert token not in rows
    assert "dbk_" not in rows


async def test_tokens_are_listed_and_revoked(database_url: str, known: Tokens) -> None:
    """A list shows all there ever were; one that is revoked holds no more, and cannot be revoked again."""
    token = await create_token(database_url, "bot", "old")
    await create_token(database_url, "bot", "new")

    revoked = [await revoke_token(database_url, "old") for _ in range(2)]

    assert revoked == [True, False]
    assert await known.actor(token) is None
    told = {each.name: each.revoked_at is None for each in await list_tokens(database_url)}
    assert (told["old"], told["new"], told["the bot"]) == (False, True, True)


async def test_a_name_is_handed_out_once(database_url: str) -> None:
    """Events name their principal for good, so a name is not used again, not even after it was revoked."""
    await create_token(database_url, "bot", "telegram")
    await revoke_token(database_url, "telegram")

    with pytest.raises(NameTaken):
        await create_token(database_url, "bot", "telegram")


@pytest.mark.parametrize(("role", "with_recruiter"), [("bot", True), ("recruiter", False), ("calendar", False)])
async def test_a_recruiter_s_token_has_a_recruiter_and_no_other(
    database_url: str,
    role: str,
    with_recruiter: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    """The database refuses a recruiter's token or calendar key without a recruiter, and any other with one."""
    with pytest.raises(asyncpg.CheckViolationError):
        await create_token(database_url, role, "x", uuid4() if with_recruiter else None)  # type: ignore[arg-type]


async def test_a_token_is_looked_up_once_while_it_is_fresh(
    database_url: str, known: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred requests at once ask the database once, and later ones not at all until the time is up."""
    token = await create_token(database_url, "bot", "telegram")
    asked = []
    look_up = Tokens._look_up  # noqa: SLF001  what is counted

    async def counting(self: Tokens, token: str) -> Actor | CalendarKey | None:
        asked.append(token)
        return await look_up(self, token)

    monkeypatch.setattr(Tokens, "_look_up", counting)

    await asyncio.gather(*(known.actor(token) for _ in range(100)))
    await known.actor(token)

    assert len(asked) == 1


def test_a_revoked_token_stops_within_seconds() -> None:
    """Nothing that is remembered of a token is older than five seconds."""
    assert tokens.FRESH_SECONDS <= 5


async def test_who_is_cancelled_spoils_no_other_s_look_up(database_url: str, known: Tokens) -> None:
    """Of two who ask for one token at once, the second gets its answer although the first has gone."""
    token = await create_token(database_url, "bot", "telegram")
    first, second = (asyncio.create_task(known.actor(token)) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()

    assert await second == Actor("bot", "telegram")


async def test_no_more_is_remembered_than_the_bound(
    database_url: str, known: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was remembered longest goes first."""
    monkeypatch.setattr(tokens, "REMEMBERED", 2)

    for name in ("a", "b", "c"):
        await known.actor(await create_token(database_url, "bot", name))

    remembered = [found for _, found in known._fresh.values()]  # noqa: SLF001  the memory itself
    assert remembered == [Actor("bot", "b"), Actor("bot", "c")]


async def test_the_application_may_only_revoke(database_url: str, owner: asyncpg.Connection) -> None:
    """The application's role can add tokens and revoke them; it can neither rename nor remove one."""
    await create_token(database_url, "bot", "telegram")
    await owner.execute("set role daybook_app")

    for statement in ("update access.token set role = 'admin'", "delete from access.token"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute(statement)
