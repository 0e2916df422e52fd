"""Requests to a place that others named: they go to addresses that may be called, and to those alone."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Final

import httpx

from daybook.networks import Networks

TIMEOUT_SECONDS: Final = 10.0


class Refused(httpx.TransportError):
    """The name leads to an address that must not be called."""


class JudgingTransport(httpx.AsyncHTTPTransport):
    """Looks a name up once for each request, judges every address it has, and connects to one of these.

    To look it up again for the connection would be to trust whoever answers for the name not to change their mind (DNS
    rebinding). The name stays in the Host header, and is what the certificate has to be for. Given to a client, it also
    keeps that from the proxies of the environment, which would look names up by themselves.
    """

    def __init__(self, networks: Networks, *, tls: ssl.SSLContext | None = None) -> None:
        """`networks` may be called although they are not public; `tls` says which certificates are trusted."""
        super().__init__(verify=tls or True)
        self._networks = networks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Try the addresses one after another. Raises Refused, if one of them must not be called, and as httpx does."""
        failure: httpx.TransportError = httpx.ConnectError("the name has no address")
        for address in await self._judged(request.url):
            try:
                return await super().handle_async_request(_bound_for(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _judged(self, url: httpx.URL) -> list[str]:
        addresses = await _look_up(url.raw_host.decode("ascii"))
        for address in addresses:
            if not self._networks.admit(address):
                raise Refused(f"{address} is neither public nor in a network that is allowed")
        return addresses


async def _look_up(host: str) -> list[str]:
    """Return every address of a host once, in the order of the resolver; that of a literal is the literal."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpx.ConnectTimeout("the name was not looked up in time") from error
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError("the name cannot be looked up") from error
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _bound_for(address: str, request: httpx.Request) -> httpx.Request:
    """Direct a request to an address: it keeps the Host header that it has, and the name for TLS."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
    )
