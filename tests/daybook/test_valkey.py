"""Redis is asked briefly, once, and not at all while it is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import redis.asyncio

from daybook import valkey as valkey_module
from daybook.metrics import Metrics
from daybook.valkey import Away, Script, Valkey
from tests.projections.following import until
from tests.support.hole import Hole, hole_before

ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")


@pytest.fixture
async def hole(valkey_url: str, tmp_path: Path) -> AsyncIterator[Hole]:
    """A way to the server that can turn into a black hole."""
    async with hole_before(Path(urlsplit(valkey_url).path), tmp_path / "hole.sock") as made:
        yield made


@pytest.fixture
async def valkey(valkey_url: str, tmp_path: Path, hole: Hole) -> AsyncIterator[Valkey]:
    """A client that goes this way."""
    assert not hole.is_open
    url = f"unix://{quote(str(tmp_path / 'hole.sock'))}?{urlsplit(valkey_url).query}"
    async with Valkey(url, Metrics()) as made:
        yield made


async def is_away(valkey: Valkey) -> bool:
    """Make a call, and say whether it fails."""
    try:
        await valkey.get_many(["a"])
    except Away:
        return True
    return False


async def test_who_does_not_answer_is_not_asked_again_until_a_probe_is_answered(valkey: Valkey, hole: Hole) -> None:
    """The fourth call fails at once; nobody's call finds out that the server is back."""
    before = await is_away(valkey)
    hole.is_open = True
    lost = [await is_away(valkey) for _ in range(3)]
    asked = hole.bytes_taken
    at_once = await is_away(valkey)

    assert (before, lost, at_once, valkey.is_asked) == (False, [True] * 3, True, False)
    assert hole.bytes_taken == asked

    hole.is_open = False
    await until(lambda: valkey.is_asked)

    assert not await is_away(valkey)


async def test_a_probe_that_is_not_answered_closes_nothing(
    valkey: Valkey, hole: Hole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries again and again."""
    monkeypatch.setattr(valkey_module, "PROBE_SECONDS", 0.01)
    hole.is_open = True
    for _ in range(3):
        await is_away(valkey)

    asked = hole.bytes_taken
    await until(lambda: hole.bytes_taken > asked)

    assert not valkey.is_asked


async def test_script_is_sent_whole_when_the_server_does_not_know_it(valkey: Valkey, valkey_url: str) -> None:
    """It forgets scripts when it restarts."""
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        await client.script_flush()

    assert [await valkey.run(ADD, ["sum"], [2]), await valkey.run(ADD, ["sum"], [3])] == [2, 5]


async def test_error_of_the_server_is_no_answer(valkey: Valkey) -> None:
    """Out of memory, read-only, still loading: whoever asks has another source."""
    with pytest.raises(Away):
        await valkey.run(ADD, ["sum"], ["one"])


async def test_all_keys_are_found_however_many_there_are(
    valkey: Valkey, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come a few at a time."""
    monkeypatch.setattr(valkey_module, "SCANNED_AT_ONCE", 2)
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        await client.mset({f"{{a}}:{number}": "" for number in range(50)} | {"b": ""})

    assert await valkey.keys("{a}:*") == {f"{{a}}:{number}" for number in range(50)}


async def test_cancellation_is_not_lost_whatever_the_call_is_about(valkey: Valkey) -> None:
    """Who is told to stop stops: at each step of the way a call is cancelled once."""
    await is_away(valkey)
    lost = []

    for steps in range(40):
        call = asyncio.create_task(valkey.get_many(["a"]))
        for _ in range(steps):
            await asyncio.sleep(0)
        if call.done():
            continue
        call.cancel()
        await asyncio.wait([call])
        if not call.cancelled():
            lost.append(steps)

    assert lost == []
