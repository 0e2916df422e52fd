"""The processes that are measured from outside: started, awaited, looked at, ended."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.keys import MASTER_KEY
from bench.load import HOST
from daybook import embedded

ECHO: Final = "/echo"
CONSTANT: Final = "/constant"
READY_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.05
END_SECONDS: Final = 15.0


@contextmanager
def api(url: str, redis_url: str = "", **settings: str) -> Iterator[tuple[int, int]]:
    """Run one API process on a database, with further settings by their names; give its port and process id."""
    port = _free_port()
    with _process("cli.main", "api", f"--port={port}", environment={**_told(url, redis_url), **settings}) as process:
        _await_http(port, "/readyz", process)
        yield port, process.pid


@contextmanager
def projector(url: str, redis_url: str = "") -> Iterator[None]:
    """Run one projector process on a database."""
    with _process("cli.main", "projector", environment=_told(url, redis_url)):
        yield


@contextmanager
def worker(url: str, folder: Path, checkpoints: Path) -> Iterator[None]:
    """Run one worker process on a database, which keeps what it needs in a folder, and publishes in a file."""
    told = {"DAYBOOK_DATA_DIR": str(folder), "DAYBOOK_CHECKPOINT_FILE": str(checkpoints)}
    with _process("cli.main", "worker", environment={**_told(url), **told}):
        yield


def carry_out(*command: str, url: str = "") -> str:
    """Run a command to its end, on a database if one is named; return all that it says. It has to succeed."""
    environment = {**os.environ, **(_told(url) if url else {})}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def valkey() -> Iterator[embedded.Server]:
    """Run a Valkey as Daybook runs its own."""
    with tempfile.TemporaryDirectory(prefix="daybook-bench-") as folder, embedded.valkey(Path(folder)) as server:
        yield server


@contextmanager
def echo(size: int = 0) -> Iterator[int]:
    """Run the bare server beside which the API is measured; give its port. `size` is that of the constant answer."""
    port = _free_port()
    with _process("bench.peers.echo", str(port), str(size), environment={}) as process:
        _await_http(port, "/", process)
        yield port


@contextmanager
def fastapi_orm(url: str) -> Iterator[int]:
    """Run the same list by FastAPI and SQLAlchemy's ORM; give its port."""
    port = _free_port()
    with _process("bench.peers.fastapi_orm", str(port), environment=_told(url)) as process:
        _await_http(port, "/", process)
        yield port


@contextmanager
def rebuilding(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Build all read models of a database anew, in a process that ends when that is done."""
    with _process("cli.main", "projections", "rebuild", "--all", environment=_told(url)) as process:
        yield process


def resident_megabytes(pid: int) -> float:
    """Return how much memory a process holds (VmRSS), in 10^6 bytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6


def _told(url: str, redis_url: str = "") -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "DAYBOOK_MASTER_KEY": MASTER_KEY,
        "DAYBOOK_LOG_LEVEL": "error",
    }


@contextmanager
def _process(module: str, *arguments: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    # It ends with us, whatever ends us.
    command = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _await_http(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers anything but that it is not ready."""
    give_up_at = time.monotonic() + READY_SECONDS
    while not _answers(port, path):
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        assert time.monotonic() < give_up_at, f"{process.args!r} is not ready"
        time.sleep(POLL_SECONDS)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
