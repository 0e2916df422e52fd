"""Every event twice, made from fixed values: with all there can be, and with the least. Each story is a history."""

from typing import Any

from tests.events.story_in_brief import BRIEF
from tests.events.story_in_full import FULL
from tests.events.things import CANDIDATE, OVER_MIDNIGHT

__all__ = ["CANDIDATE", "EXAMPLES", "FULL", "OVER_MIDNIGHT", "STORIES"]

STORIES: dict[str, list[Any]] = {"full": FULL, "minimal": BRIEF}
EXAMPLES = [*FULL, *BRIEF]
