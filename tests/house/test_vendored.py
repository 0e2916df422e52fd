"""The vendored browser files: what was fetched is what is here, with its licence."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SWAGGER_UI = ROOT / "api" / "static" / "swagger-ui"
MANIFEST = {
    name: digest
    for digest, name in (line.split("  ") for line in (SWAGGER_UI / "MANIFEST.sha256").read_text().splitlines())
}


@pytest.mark.parametrize("name", MANIFEST)
def test_a_file_is_as_it_was_fetched(name: str) -> None:
    """The bytes of a vendored file have the digest that its manifest holds."""
    digest = hashlib.sha256((SWAGGER_UI / name).read_bytes()).hexdigest()

    assert digest == MANIFEST[name]


def test_there_is_no_other_file() -> None:
    """Nothing lies beside the vendored files that the manifest does not know."""
    names = {path.name for path in SWAGGER_UI.iterdir()}

    assert names == {*MANIFEST, "MANIFEST.sha256"}


def test_it_is_the_named_version_with_its_licence() -> None:
    """The version is the one that `make vendor` fetches, and its licence came along."""
    (wanted,) = re.findall(r"^SWAGGER_UI := (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)

    assert (SWAGGER_UI / "VERSION").read_text().strip() == wanted
    assert {"LICENSE", "NOTICE"} <= MANIFEST.keys()
