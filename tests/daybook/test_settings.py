"""Settings: what is read, what the defaults are, and which line stops a wrong start."""

from pathlib import Path

import pytest

from daybook.networks import Networks
from daybook.settings import Settings, WrongSetting


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    settings = Settings.from_environment({})

    assert settings == Settings()
    assert settings.data_dir == Path(".daybook")
    assert settings.port == 8000
    assert settings.database_url is None


def test_every_setting_is_read_in_its_own_type() -> None:
    """Numbers, paths and words come from text."""
    environ = {
        "DATABASE_URL": "postgresql://daybook@db/daybook",
        "DAYBOOK_OWNER_URL": "postgresql://owner@db/daybook",
        "REDIS_URL": "redis://cache",
        "DAYBOOK_DATA_DIR": "/var/lib/daybook",
        "DAYBOOK_PG_BIN": "/opt/postgres/bin",
        "DAYBOOK_VALKEY_BIN": "/opt/valkey-server",
        "DAYBOOK_HOST": "::",
        "DAYBOOK_PORT": "80",
        "DAYBOOK_METRICS_PORT": "9100",
        "DAYBOOK_LOG_LEVEL": "debug",
        "DAYBOOK_POOL_SIZE": "3",
        "DAYBOOK_WRITER_BATCH": "10",
        "DAYBOOK_WRITER_QUEUE": "20",
        "DAYBOOK_WRITER_STATES": "30",
        "DAYBOOK_CATCH_UP_SECONDS": "0.5",
        "DAYBOOK_SLOW_STATEMENT_SECONDS": "0.25",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "DAYBOOK_SIGNING_KEY": "c2VlZA==",
        "DAYBOOK_CHECKPOINT_FILE": "/mnt/witness/checkpoints",
        "DAYBOOK_CHECKPOINT_WEBHOOK": "https://witness/checkpoints",
        "DAYBOOK_CHECKPOINT_WEBHOOK_SECRET": "whsec_" + 8 * "c2Vj",
        "DAYBOOK_CHECKPOINT_WEBHOOK_NETWORKS": "10.1.0.0/16, fd00::1",
    }

    settings = Settings.from_environment(environ)

    assert settings == Settings(
        database_url="postgresql://daybook@db/daybook",
        owner_url="postgresql://owner@db/daybook",
        redis_url="redis://cache",
        data_dir=Path("/var/lib/daybook"),
        postgres_binaries=Path("/opt/postgres/bin"),
        valkey_binary=Path("/opt/valkey-server"),
        host="::",
        port=80,
        metrics_port=9100,
        log_level="debug",
        pool_size=3,
        writer_batch=10,
        writer_queue=20,
        writer_states=30,
        catch_up_seconds=0.5,
        slow_statement_seconds=0.25,
        otlp_endpoint="http://collector:4318",
        signing_key="c2VlZA==",
        checkpoint_file=Path("/mnt/witness/checkpoints"),
        checkpoint_webhook="https://witness/checkpoints",
        checkpoint_webhook_secret="whsec_" + 8 * "c2Vj",
        checkpoint_webhook_networks=Networks("10.1.0.0/16,fd00::1/128"),
    )


def test_the_owner_of_the_schema_is_the_user_of_the_database_unless_told_otherwise() -> None:
    """A small installation needs one role only."""
    settings = Settings.from_environment({"DATABASE_URL": "postgresql://one@db/daybook"})

    assert settings.owner_url == "postgresql://one@db/daybook"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """A trailing line break, as editors leave it, is not part of the secret."""
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://daybook:geheim@db/daybook\n")

    settings = Settings.from_environment({"DATABASE_URL_FILE": str(secret)})

    assert settings.database_url == "postgresql://daybook:geheim@db/daybook"


def test_an_empty_variable_counts_as_not_given() -> None:
    """Compose files pass empty text for what is not set."""
    settings = Settings.from_environment({"DATABASE_URL": "", "DATABASE_URL_FILE": "", "DAYBOOK_PORT": ""})

    assert settings == Settings()


def test_variables_of_others_and_of_the_tests_are_ignored() -> None:
    """Only what begins with DAYBOOK_ is Daybook's to judge."""
    settings = Settings.from_environment({"HOME": "/root", "DAYBOOKS": "3", "DAYBOOK_TEST_FOLDER": "/tmp/x"})  # noqa: S108 (never opened)

    assert settings == Settings()


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"DAYBOOK_PROT": "80"}, "DAYBOOK_PROT is no setting of Daybook; the nearest one is DAYBOOK_PORT"),
        (
            {"DAYBOOK_DATADIR_FILE": "x"},
            "DAYBOOK_DATADIR_FILE is no setting of Daybook; the nearest one is DAYBOOK_DATA_DIR_FILE",
        ),
        ({"DAYBOOK_PORT": "http"}, "DAYBOOK_PORT must be a port number, 0 (any free one) to 65535"),
        ({"DAYBOOK_PORT": "65536"}, "DAYBOOK_PORT must be a port number, 0 (any free one) to 65535"),
        ({"DAYBOOK_METRICS_PORT": "65535"}, "DAYBOOK_METRICS_PORT must be a port number, 0 (none) to 65534"),
        ({"DAYBOOK_POOL_SIZE": "0"}, "DAYBOOK_POOL_SIZE must be a whole number, 1 or more"),
        ({"DAYBOOK_WRITER_QUEUE": "2.5"}, "DAYBOOK_WRITER_QUEUE must be a whole number, 1 or more"),
        ({"DAYBOOK_LOG_LEVEL": "loud"}, "DAYBOOK_LOG_LEVEL must be debug, info, warning or error"),
        (
            {"DAYBOOK_CATCH_UP_SECONDS": "nan"},
            "DAYBOOK_CATCH_UP_SECONDS must be a number of seconds, over 0 and up to 3600",
        ),
        ({"DATABASE_URL": "mysql://u:secret@db/x"}, "DATABASE_URL must be a URL that begins with postgresql://"),
        (
            {"REDIS_URL": "cache:6379"},
            "REDIS_URL must be a URL that begins with redis://, rediss:// or unix://",
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector"},
            "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL that begins with http:// or https://",
        ),
        (
            {"DAYBOOK_KEYS_OWNER_URL": "postgresql://db/x"},
            "DAYBOOK_KEYS_OWNER_URL is of use only together with DAYBOOK_KEYS_URL",
        ),
        (
            {"DAYBOOK_MASTER_KEY": "secret"},
            "DAYBOOK_MASTER_KEY must be base64 of 32 bytes, or several of these, one per line or separated by commas",
        ),
        (
            {"DAYBOOK_OWNER_URL": "postgresql://db/x"},
            "DAYBOOK_OWNER_URL is of use only together with DATABASE_URL",
        ),
        (
            {"DAYBOOK_CHECKPOINT_WEBHOOK": "https://witness"},
            "DAYBOOK_CHECKPOINT_WEBHOOK and DAYBOOK_CHECKPOINT_WEBHOOK_SECRET go together",
        ),
        (
            {"DAYBOOK_CHECKPOINT_WEBHOOK": "https://witness", "DAYBOOK_CHECKPOINT_WEBHOOK_SECRET": "whsec_short"},
            "DAYBOOK_CHECKPOINT_WEBHOOK_SECRET must be whsec_ and the base64 of 24 bytes or more",
        ),
        (
            {"DAYBOOK_CHECKPOINT_WEBHOOK_NETWORKS": "127.0.0.1,10.1.0.1/16"},
            (
                "DAYBOOK_CHECKPOINT_WEBHOOK_NETWORKS must be networks such as 10.1.0.0/16, separated by commas: "
                "10.1.0.1/16 has host bits set"
            ),
        ),
        (
            {"DAYBOOK_CHECKPOINT_WEBHOOK_NETWORKS": "localhost"},
            (
                "DAYBOOK_CHECKPOINT_WEBHOOK_NETWORKS must be networks such as 10.1.0.0/16, separated by commas: "
                "'localhost' does not appear to be an IPv4 or IPv6 network"
            ),
        ),
        (
            {"REDIS_URL": "redis://cache", "REDIS_URL_FILE": "/run/secrets/redis"},
            "REDIS_URL and REDIS_URL_FILE are both given: choose one",
        ),
        (
            {"REDIS_URL_FILE": "/nowhere/redis"},
            "REDIS_URL_FILE cannot be read: [Errno 2] No such file or directory: '/nowhere/redis'",
        ),
        ({"REDIS_URL_FILE": "/dev/null"}, "REDIS_URL_FILE names an empty file: /dev/null"),
    ],
)
def test_a_wrong_setting_stops_with_one_line_that_names_it(environ: dict[str, str], line: str) -> None:
    """The line says what is wrong and what would be right, and shows no secret."""
    with pytest.raises(WrongSetting) as stopped:
        Settings.from_environment(environ)

    assert str(stopped.value) == line
