"""The lean HTTP client of the bench."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from bench.load import Client, Plan, carry_out, get, post
from tests.bench.a_server import a_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FULL = b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nfull"

Answers = Callable[[bytes], list[bytes]]


def answering(answers: Answers) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    """Answer each request with pieces, sent one by one; no pieces: hang up."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        while not reader.at_eof():
            request = await reader.read(65_536)
            pieces = answers(request) if request else []
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if not pieces:
                break

    return serve


async def test_every_request_is_sent_once_and_every_answer_counted() -> None:
    """Many requests over few connections: each is answered, by status, with the bodies of those refused."""
    seen: list[bytes] = []

    def answers(request: bytes) -> list[bytes]:
        seen.append(request)
        return [FULL if b"/full" in request else OK]

    async with a_server(answering(answers)) as port:
        requests = [get(f"/{number}", "token") for number in range(9)] + [get("/full", "token")]
        outcome = await carry_out(Plan(port, 3, requests))

    assert sorted(seen) == sorted(requests)
    assert outcome.statuses == {200: 9, 409: 1}
    assert outcome.refusals == [b"full"]
    assert len(outcome.latencies) == 10


async def test_an_answer_may_come_in_pieces() -> None:
    """An answer counts once it is complete, however it was cut on its way."""
    pieces = [OK[:20], OK[20:-1], OK[-1:]]

    async with a_server(answering(lambda _: pieces)) as port:
        client = await Client.connect(port)
        body = await client.ask(get("/", "token"))
        client.close()

    assert body == b"ok"


async def test_a_server_that_hangs_up_ends_the_run() -> None:
    """A request without an answer is an error, not a silence."""
    async with a_server(answering(lambda _: [])) as port:
        with pytest.raises(ConnectionError, match="hung up"):
            await carry_out(Plan(port, 1, [get("/", "token")]))


def test_a_post_carries_its_body_its_length_its_token_and_its_key() -> None:
    """The request is complete HTTP/1.1."""
    request = post("/v1/commands/book-slot", b"{}", "dbk_x", UUID(int=1))

    head, _, body = request.partition(b"\r\n\r\n")

    assert body == b"{}"
    assert head.splitlines() == [
        b"POST /v1/commands/book-slot HTTP/1.1",
        b"host: 127.0.0.1",
        b"authorization: Bearer dbk_x",
        b"idempotency-key: 00000000-0000-0000-0000-000000000001",
        b"content-type: application/json",
        b"content-length: 2",
    ]
