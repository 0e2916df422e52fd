"""What the roles of a process tree are told."""

from pathlib import Path

import pytest

from cli.process_tree import environment_of, settings_of
from daybook.settings import Settings


def test_a_role_is_told_the_settings_and_no_file_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that came as a file was read already: a role that got both would refuse to start."""
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database")
    monkeypatch.setenv("DAYBOOK_PORT", "9000")
    monkeypatch.setenv("DAYBOOK_CHECKPOINT_FILE", "/mnt/witness/checkpoints")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "daybook")
    settings = Settings(database_url="postgresql://app@db/daybook", data_dir=Path("here"), port=8001)

    told = environment_of(settings)

    assert not {"DATABASE_URL_FILE", "DAYBOOK_CHECKPOINT_FILE"} & told.keys()
    assert (told["DATABASE_URL"], told["DAYBOOK_PORT"]) == ("postgresql://app@db/daybook", "8001")
    assert told["OTEL_SERVICE_NAME"] == "daybook"
    assert Settings.from_environment(told).port == 8001


@pytest.mark.parametrize(("given", "told"), [(0, {0}), (9000, {9000, 9001})])
def test_roles_of_one_tree_show_their_metrics_on_ports_of_their_own(given: int, told: set[int]) -> None:
    """One port would be the first one's, and the other one would not start."""
    settings = Settings(metrics_port=given)

    assert {settings_of(role, settings).metrics_port for role in ("projector", "worker")} == told
