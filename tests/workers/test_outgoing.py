"""A request goes to an address that was judged, and to no other, whoever answers for the name."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from daybook.networks import Networks
from tests.workers.webhooks import webhook
from workers import outgoing
from workers.outgoing import JudgingTransport, Refused

NAME = "witness.example"
# Stands for the internet: all that is not allowed here is refused.
OUTSIDE, INSIDE = "127.0.0.2", "127.0.0.1"
ALLOWED = Networks(OUTSIDE)

Answers = Callable[..., list[str]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Say what the resolver answers, one time after the other, the last one for ever; tells what it was asked for."""
    resolve = socket.getaddrinfo

    def prepare(*every: list[str]) -> list[str]:
        left, asked = list(every), list[str]()

        def answer(host: str | bytes, port: int | None, *args: Any, **kwargs: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name != NAME:
                return resolve(host, port, *args, **kwargs)
            asked.append(name)
            found = left.pop(0) if len(left) > 1 else left[0]
            families = {4: socket.AF_INET, 6: socket.AF_INET6}
            return [
                (families[ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, port or 0)) for each in found
            ]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        return asked

    return prepare


async def post(url: str, networks: Networks = ALLOWED, tls: ssl.SSLContext | None = None) -> int:
    """Send a request, return the status of the answer."""
    async with httpx.AsyncClient(transport=JudgingTransport(networks, tls=tls), timeout=5) as client:
        return (await client.post(url, content=b"a line")).status_code


async def test_a_name_is_looked_up_once_and_kept(answers: Answers) -> None:
    """The receiver sees the name, not the address."""
    asked = answers([OUTSIDE])
    with webhook(address=OUTSIDE) as hook:
        status = await post(f"http://{NAME}:{hook.port}/checkpoints")

    assert status == 204
    assert asked == [NAME]
    assert hook.requests[0].headers["host"] == f"{NAME}:{hook.port}"


async def rebind(answers: Answers) -> list[bytes]:
    """Ask twice, while the name leads outside the first time, and inside from then on; return what came inside."""
    answers([OUTSIDE], [INSIDE])
    with webhook(address=INSIDE) as inside, webhook(address=OUTSIDE, port=inside.port):
        for _ in range(2):
            with suppress(Refused):
                await post(f"http://{NAME}:{inside.port}/")
    return inside.taken


async def test_who_answers_for_the_name_cannot_change_their_mind(answers: Answers) -> None:
    """DNS rebinding: what was judged is what is called; the next request is judged anew."""
    assert not await rebind(answers)


async def test_without_a_judge_they_could(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same trial finds a transport that judges nothing."""
    monkeypatch.setattr(Networks, "admit", lambda _self, _address: True)

    assert len(await rebind(answers)) == 1


async def test_looking_the_name_up_again_they_could(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same trial finds a transport that judges an address and connects to the name."""
    monkeypatch.setattr(outgoing, "_bound_for", lambda _address, request: request)

    assert len(await rebind(answers)) == 1


@pytest.mark.parametrize("found", [[OUTSIDE, INSIDE], [INSIDE, OUTSIDE], ["1.1.1.1", "::ffff:127.0.0.1"]])
async def test_one_address_that_must_not_be_called_is_enough(answers: Answers, found: list[str]) -> None:
    """Nobody is called, not even at the others."""
    answers(found)
    with (
        webhook(address=INSIDE) as inside,
        webhook(address=OUTSIDE, port=inside.port) as outside,
        pytest.raises(Refused),
    ):
        await post(f"http://{NAME}:{inside.port}/")

    assert not inside.requests
    assert not outside.requests


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "[::1]", "[::ffff:7f00:1]"]
)
async def test_an_address_is_judged_however_it_is_written(host: str) -> None:
    """Whatever the resolver makes of it."""
    with webhook(address=INSIDE) as hook, pytest.raises(Refused):
        await post(f"http://{host}:{hook.port}/")

    assert not hook.requests


async def test_nobody_is_followed_inside() -> None:
    """A redirect is an answer like any other."""
    with webhook(address=INSIDE) as inside, webhook(307, address=OUTSIDE, location=inside.url) as outside:
        status = await post(outside.url)

    assert status == 307
    assert not inside.requests


async def test_a_client_that_follows_is_judged_again() -> None:
    """It is no request without a judge."""
    with webhook(address=INSIDE) as inside, webhook(307, address=OUTSIDE, location=inside.url) as outside:
        async with httpx.AsyncClient(transport=JudgingTransport(ALLOWED), follow_redirects=True) as client:
            with pytest.raises(Refused):
                await client.post(outside.url)

    assert not inside.requests


async def test_the_next_address_is_tried(answers: Answers) -> None:
    """Where nobody listens at the first one."""
    answers(["127.0.0.3", OUTSIDE])
    with webhook(address=OUTSIDE) as hook:
        status = await post(f"http://{NAME}:{hook.port}/", Networks("127.0.0.2,127.0.0.3"))

    assert status == 204


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up by itself."""
    with webhook(address=INSIDE) as proxy, webhook(address=OUTSIDE) as hook:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        await post(hook.url)

    assert not proxy.requests
    assert hook.requests


async def test_a_name_without_an_address_is_a_failure_as_any() -> None:
    """The one that a client knows how to take."""
    for host in ("nobody.invalid", f"{'a' * 64}.example"):
        with pytest.raises(httpx.ConnectError):
            await post(f"http://{host}/")


async def test_the_certificate_is_that_of_the_name(answers: Answers, tmp_path: Path) -> None:
    """It says nothing of the address; one for another name is not taken."""
    answers([OUTSIDE])
    for name, taken in ((NAME, True), ("other.example", False)):
        server, client = certified(name, tmp_path)
        with webhook(address=OUTSIDE, tls=server) as hook:
            url = f"https://{NAME}:{hook.port}/"
            if taken:
                assert await post(url, tls=client) == 204
            else:
                with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
                    await post(url, tls=client)


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for a name: what a server shows, and what a client trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin.replace(year=2120))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = folder / f"{name}.pem"
    chain.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(Encoding.PEM).decode())
