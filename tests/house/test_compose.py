"""The containers: compose.yaml and the image start what exists, as nobody in particular, and tell no secret."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.main import COMMANDS
from daybook.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
ROLES = [name for name, service in SERVICES.items() if "build" in service]
# Each instruction of the last stage of the image, with its continuation lines.
IMAGE = dict(
    re.findall(
        r"^([A-Z]+) ((?:.*\\\n)*.*)$", (ROOT / "Dockerfile").read_text().rpartition("\nFROM")[2], flags=re.MULTILINE
    )
)


def test_the_services() -> None:
    """The servers, the migration and the roles are there."""
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "api", "projector", "worker"}


@pytest.mark.parametrize("name", ROLES)
def test_a_role_is_a_subcommand(name: str) -> None:
    """A container of ours runs a subcommand that `daybook` has."""
    (command,) = SERVICES[name]["command"]

    assert command in COMMANDS


@pytest.mark.parametrize("name", ROLES)
def test_a_role_is_told_what_settings_know(name: str) -> None:
    """A container of ours is given settings that exist, and each secret one as a file that it is also given."""
    service = SERVICES[name]

    for variable, value in service["environment"].items():
        assert variable.removesuffix("_FILE") in Settings.__struct_encode_fields__
        if variable.endswith("_FILE"):
            assert Path(value).name in service["secrets"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_password_in_the_clear(name: str) -> None:
    """No container gets a password, or an address that holds one, but as a file."""
    for variable, value in SERVICES[name].get("environment", {}).items():
        assert "@" not in value
        assert "PASSWORD" not in variable or variable.endswith("_FILE")


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_server_has_a_health_check_and_keeps_its_data(name: str) -> None:
    """A server says when it is ready, and its data are on a named volume."""
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] == "CMD"
    assert {mount.split(":")[0] for mount in service["volumes"]} <= COMPOSE["volumes"].keys()


def test_who_was_erased_outlives_the_container() -> None:
    """The worker's ledger is on a named volume, at a place in the image that is the worker's own."""
    worker = SERVICES["worker"]
    (mount,) = worker["volumes"]
    name, _, place = mount.partition(":")

    assert name in COMPOSE["volumes"]
    assert Path(worker["environment"]["DAYBOOK_ERASURE_LEDGER"]).parent == Path(place)
    assert f"--owner 10001 {place}" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["api", "projector", "worker"])
def test_a_role_waits_for_the_schema(name: str) -> None:
    """A role starts when the migration is done, which itself waits for a healthy PostgreSQL."""
    assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_the_api_is_healthy_when_it_is_ready() -> None:
    """The image asks /readyz, and the API's container keeps that check."""
    assert "/readyz" in json.loads(IMAGE["HEALTHCHECK"].partition("CMD ")[2])[-1]
    assert "healthcheck" not in SERVICES["api"]


def test_the_image_runs_a_subcommand_as_nobody_in_particular() -> None:
    """The image starts `daybook` without a shell around it, and not as root."""
    assert json.loads(IMAGE["ENTRYPOINT"]) == ["daybook"]
    assert json.loads(IMAGE["CMD"])[0] in COMMANDS
    assert IMAGE["USER"].split(":")[0] not in {"root", "0"}


def test_the_image_holds_nothing_but_the_wheel() -> None:
    """What is not needed to build the wheel, secrets first of all, does not reach the builder."""
    denied, *admitted = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#") and not line.startswith("**/")
    ]
    packages = {f"!{path.parent.name}/" for path in ROOT.glob("*/__init__.py")} - {"!bench/"}

    assert denied == "*"
    assert set(admitted) == {"!LICENSE", "!pyproject.toml", "!requirements.lock", *packages}
