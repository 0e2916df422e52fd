"""No bytes on a connection break the API: it says no, or closes the connection, and goes on serving."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
import pytest

from tests.support.service import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 30.0
UNFINISHED = 40
CHUNKED = b"Transfer-Encoding: chunked"
# A server that stops reading closes the connection; its answer may then be lost with what was on its way to it.
MUCH = 64 * 1024

_HOST = b"Host: daybook\r\n"
_BODY = b'{"city_id":"rome","name":"Roma","time_zone":"Europe/Rome","locale":"it"}'
_MANY = b'{"commands":[{"name":"open-city","idempotency_key":"k","body":%b}]}' % _BODY.replace(b"Roma", b"\xff\xfe")
_CHUNK = b"1000\r\n" + b" " * 0x1000 + b"\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def get(target: bytes, *headers: bytes) -> bytes:
    """A request without a body; `%TOKEN%` stands for a token."""
    return b"GET " + target + b" HTTP/1.1\r\n" + _HOST + b"".join(line + b"\r\n" for line in headers) + b"\r\n"


def command(
    *headers: bytes, body: bytes, key: bytes = b"malformed", target: bytes = b"/v1/commands/open-city"
) -> bytes:
    """A command as it would be, but for these headers, this body and this key."""
    usual = (b"Authorization: Bearer %TOKEN%", b"Idempotency-Key: " + key)
    lines = b"".join(line + b"\r\n" for line in (*usual, *headers))
    return b"POST " + target + b" HTTP/1.1\r\n" + _HOST + lines + b"\r\n" + body


def asking(target: bytes) -> bytes:
    """A request with a token."""
    return get(target, b"Authorization: Bearer %TOKEN%")


def sized(body: bytes, target: bytes = b"/v1/commands/open-city") -> bytes:
    """A command of this body and its true length."""
    return command(b"Content-Length: %d" % len(body), body=body, target=target)


REQUESTS: dict[str, tuple[int, bytes]] = {
    "a TLS handshake": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256))),
    "a version that is none": (400, b"GET /healthz HTTP/9.9\r\n\r\n"),
    "the preface of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a method that is none": (400, b"BREW /healthz HTTP/1.1\r\n\r\n"),
    "no target": (400, b"GET  HTTP/1.1\r\n\r\n"),
    "a space in the target": (400, get(b"/heal thz")),
    "a NUL in the target": (400, get(b"/heal\0thz")),
    "a target of 200 kB": (400, get(b"/" + b"a" * 200_000)),
    "a target that is a proxy's": (400, b"CONNECT daybook:443 HTTP/1.1\r\n\r\n"),
    "a way out of the folder": (404, get(b"/static/../../pyproject.toml")),
    "an encoded way out of the folder": (404, get(b"/static/%2e%2e/%2e%2e/pyproject.toml")),
    "an encoded NUL in an id": (400, asking(b"/v1/slots/%00")),
    "an encoded NUL in a query": (400, asking(b"/v1/slots?city_id=%00")),
    "an encoded NUL in a cursor": (400, asking(b"/v1/bookings?cursor=%00")),
    "an encoded NUL in a tag": (400, asking(b"/v1/history/slot:%00")),
    "an encoded NUL in a tag of the feed": (400, asking(b"/v1/events?tag=%00")),
    "an encoded NUL in a type of the feed": (400, asking(b"/v1/events?type=%00")),
    "an encoding that is none": (400, asking(b"/v1/slots/%zz%f")),
    "bytes that are no text": (400, asking(b"/v1/slots?city_id=%ff%fe")),
    "a header without a colon": (400, get(b"/healthz", b"Host daybook")),
    "a NUL in a header": (400, get(b"/healthz", b"X-Other: a\0b")),
    "lines that end in LF alone": (400, b"GET /healthz HTTP/1.1\nHost: daybook\n\n"),
    "a header of 1 MB": (200, get(b"/healthz", b"X-Other: " + b"a" * 1_000_000)),
    "10,000 headers": (200, get(b"/healthz", *(b"X-%d: a" % number for number in range(10_000)))),
    "a token that is no text": (401, get(b"/v1/slots", b"Authorization: Bearer \xff\xfe")),
    "a key that is no text": (400, command(key=b"\xff\xfe", body=b"")),
    "a trace that is no text": (200, get(b"/healthz", b"traceparent: \xff\xfe")),
    "a position that is no text": (400, command(b"If-Match: \xff", b"Content-Length: 2", body=b"{}")),
    "a length below zero": (400, command(b"Content-Length: -5", body=_BODY)),
    "a length that is no number": (400, command(b"Content-Length: five", body=_BODY)),
    "a length beyond all numbers": (400, command(b"Content-Length: 99999999999999999999999", body=_BODY)),
    "two lengths": (400, command(b"Content-Length: 5", b"Content-Length: 6", body=_BODY)),
    "a length and chunks": (400, command(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n")),
    "more body than its length": (400, command(b"Content-Length: 5", body=_BODY)),
    "a transfer coding that is none": (400, command(b"Transfer-Encoding: gzip, other", body=_BODY)),
    "a chunk whose size is no number": (400, command(CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n")),
    "a chunk whose size is below zero": (400, command(CHUNKED, body=b"-1\r\n{}\r\n0\r\n\r\n")),
    "a chunk beyond all sizes": (400, command(CHUNKED, body=b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
    "a chunk longer than its size": (400, command(CHUNKED, body=b"2\r\n{}{}\r\n0\r\n\r\n")),
    "chunks that never end": (413, command(CHUNKED, body=_CHUNK * 20)),
    "a body of 100 kB": (413, sized(b" " * 100_000)),
    "a body of NULs": (400, sized(b"\0" * 100)),
    "a NUL in a name": (400, sized(_BODY.replace(b"Roma", b"\\u0000"))),
    "half a character in a name": (400, sized(_BODY.replace(b"Roma", b"\\ud800"))),
    "bytes that are no text in a name": (400, sized(_BODY.replace(b"Roma", b"\xff\xfe"))),
    "a NUL in a time zone": (404, sized(_BODY.replace(b"Europe", b"\\u0000"))),
    "bytes that are no text in one of many": (200, sized(_MANY, b"/v1/commands")),
    "60,000 brackets": (400, sized(b"[" * 60_000)),
    "a compressed body": (400, command(b"Content-Encoding: gzip", b"Content-Length: 3", body=b"\x1f\x8b\x08")),
}
# The beginnings of requests, of which the rest does not come.
BEGINNINGS = (
    b"",
    b"\r\n",
    b"POST /v1/comm",
    b"GET /healthz HTTP/1.1\r\nHost: daybook\r\nX-Oth",
    command(b"Content-Length: 500", body=_BODY),
    command(CHUNKED, body=b"48\r\n" + _BODY[:10]),
)


class Line:
    """A bare connection. Made by `connected`."""

    def __init__(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, token: bytes) -> None:
        """Nothing is said yet."""
        self._source = source
        self._sink = sink
        self._token = token

    async def say(self, request: bytes) -> None:
        """Send bytes; whether all of them are taken is the server's affair."""
        self._sink.write(request.replace(b"%TOKEN%", self._token))
        with suppress(ConnectionError):
            await self._sink.drain()

    def hang_up(self) -> None:
        """Say that nothing more will come."""
        self._sink.write_eof()

    async def status(self) -> int:
        """Read the status that is answered; 0 if the connection ends without one."""
        async with asyncio.timeout(PATIENCE):
            try:
                line = await self._source.readuntil(b"\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return 0
        answered = _STATUS.match(line)
        assert answered, line
        return int(answered[1])


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Line]:
    """Connect to the first process of a service."""
    _, _, token = service.clients[0].headers["Authorization"].partition(" ")
    source, sink = await asyncio.open_connection("127.0.0.1", service.clients[0].base_url.port)
    try:
        yield Line(source, sink, token.encode())
    finally:
        sink.close()


async def is_served(service: Service) -> bool:
    """Tell whether a request that makes sense is answered."""
    return (await service.clients[0].get("/readyz")).status_code == httpx.codes.OK


@pytest.mark.parametrize("name", REQUESTS)
async def test_a_malformed_request_is_refused_and_the_next_one_served(service: Service, name: str) -> None:
    """With the status that the table says, and never because something went wrong inside."""
    expected, request = REQUESTS[name]

    async with connected(service) as line:
        await line.say(request)
        status = await line.status()

    assert status in {expected, 0 if len(request) > MUCH else expected}
    assert await is_served(service)


@pytest.mark.parametrize("beginning", BEGINNINGS)
async def test_half_a_request_ends_with_its_connection(service: Service, beginning: bytes) -> None:
    """When the client hangs up, so does the server, and nothing has happened."""
    async with connected(service) as line:
        await line.say(beginning)
        line.hang_up()

        assert await line.status() == 0
    assert await is_served(service)


async def test_requests_that_are_never_finished_hold_nobody_up(service: Service) -> None:
    """While many clients keep their connections open in the middle of a request, all others are served."""
    async with AsyncExitStack() as open_lines:
        for number in range(UNFINISHED):
            line = await open_lines.enter_async_context(connected(service))
            await line.say(BEGINNINGS[number % len(BEGINNINGS)])

        served = [await is_served(service) for _ in range(UNFINISHED)]

    assert all(served)
