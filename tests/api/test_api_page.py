"""docs/api.md names every error code the API itself can answer with."""

import re
from pathlib import Path

from commands import refusals
from commands.decision import Refusal

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api.md"
# A code stands behind a status, or is the first thing that is told to `unavailable`.
CODE = re.compile(r'(?:Problem\(\s*\d{3}, |unavailable\(\s*|: \()"([a-z-]+)"')


def codes_in(page: str) -> set[str]:
    """The codes of the table of errors."""
    return set(re.findall(r"^\| \d{3} \| `([a-z-]+)` \|", page, flags=re.MULTILINE))


def test_the_page_lists_every_code_of_the_api() -> None:
    """Each code that stands in the API's own code is on the page, and no other."""
    used = {code for path in (ROOT / "api").glob("*.py") for code in CODE.findall(path.read_text())}
    refused = {
        each.code
        for each in vars(refusals).values()
        if isinstance(each, type) and issubclass(each, Refusal) and each is not Refusal
    }

    assert codes_in(PAGE.read_text()) == (used | {"forbidden"}) - (refused - {"forbidden"})
