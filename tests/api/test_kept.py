"""What is kept is never older than it says, whatever comes in between whatever: see docs/caching.md."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from api import kept as kept_module
from api.auth import READERS
from api.compression import Content
from api.kept import Kept, KeptAnswers
from commands.actor import Actor
from daybook.metrics import Metrics
from projections.topics import Change
from tests.api.keeping import FOR_GOOD, QUESTIONS, Topics, walk

NOW = datetime(2027, 1, 1, tzinfo=UTC)
WALKS = 400


def kept(position: int, *topics: str, until: datetime = FOR_GOOD, body: bytes = b"{}", generation: int = 0) -> Kept:
    """An answer."""
    content = Content(body, b"application/json")
    return Kept(content, "/asked", READERS, None, frozenset(topics), position, generation, until)


def answers(position: int = 0, room: int = 1_000_000, metrics: Metrics | None = None) -> KeptAnswers:
    """Room for answers, to whom everything up to a position is old."""
    return KeptAnswers(room, position, lambda: NOW, metrics or Metrics())


def walk_them_all(topics_of: Topics = QUESTIONS.__getitem__) -> int:
    """Walk through many worlds; how many answers were held against the truth."""
    return sum(walk(seed, topics_of).checked for seed in range(WALKS))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few changes are remembered, so that queries often come back after theirs are forgotten."""
    monkeypatch.setattr(kept_module, "REMEMBERED", 3)


@pytest.mark.usefixtures("forgetful")
def test_every_answer_is_true_at_the_position_it_names() -> None:
    """Queries, changes, expiries, evictions and lost memory in any order: no answer is older than it says."""
    checked = walk_them_all()

    assert checked > WALKS


@pytest.mark.usefixtures("forgetful")
def test_without_the_check_old_answers_would_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: what changed while the query ran is not looked at."""
    monkeypatch.setattr(KeptAnswers, "_is_unchanged", lambda _, __: True)

    with pytest.raises(AssertionError):
        walk_them_all()


@pytest.mark.usefixtures("forgetful")
def test_without_the_floor_forgotten_changes_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: an answer from before what is remembered is kept all the same."""
    monkeypatch.setattr(KeptAnswers, "_floor", property(lambda _: 0, lambda _, __: None), raising=False)

    with pytest.raises(AssertionError):
        walk_them_all()


def test_without_a_look_at_the_clock_expired_holds_would_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: what is kept is served whatever the time."""
    monkeypatch.setattr(KeptAnswers, "find", lambda self, question: self._answers.get(question))

    with pytest.raises(AssertionError):
        walk_them_all()


def test_under_the_wrong_topics_answers_would_outlive_changes() -> None:
    """Sabotage: an answer about two things is kept as one about the first."""
    with pytest.raises(AssertionError):
        walk_them_all(topics_of=lambda question: frozenset(sorted(QUESTIONS[question])[:1]))


def test_answers_of_a_generation_that_is_over_would_outlive_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: a change drops what is of an earlier position, and nothing else."""
    take = KeptAnswers.take

    def take_as_an_event(room: KeptAnswers, changes: Sequence[Change], reached: int) -> None:
        take(room, [change._replace(generation=0) for change in changes], reached)

    monkeypatch.setattr(KeptAnswers, "take", take_as_an_event)

    with pytest.raises(AssertionError):
        walk_them_all()


def test_without_a_look_at_the_generation_a_late_answer_would_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: which generation was known before the query ran is not asked."""
    monkeypatch.setattr(KeptAnswers, "_generation", property(lambda _: 0, lambda _, __: None), raising=False)

    with pytest.raises(AssertionError):
        walk_them_all()


def test_what_is_not_kept_names_its_own_position(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: an answer that was refused is told as of the newest change."""
    monkeypatch.setattr(KeptAnswers, "as_of", lambda self, _, answer: max(self.position, answer.position))

    with pytest.raises(AssertionError):
        walk_them_all()


def test_a_change_drops_what_depends_on_it_and_nothing_else() -> None:
    """By topic; an answer that reflects the change already stays."""
    room = answers()
    room.keep("old", kept(3, "slot:1"))
    room.keep("other", kept(3, "slot:2"))
    room.keep("new", kept(7, "slot:1"))

    room.take([Change(7, frozenset({"slot:1"}))], 9)

    assert [room.find(question) is not None for question in ("old", "other", "new")] == [False, True, True]
    assert room.as_of("other", kept(3)) == 3
    other = room.find("other")
    assert other is not None
    assert room.as_of("other", other) == 9


def test_a_generation_drops_whatever_is_of_an_earlier_one() -> None:
    """Of whatever topic and position; what was asked when it was known stays, and what comes back late is not kept."""
    room = answers()
    room.keep("old", kept(3, "slot:1"))
    room.keep("ahead", kept(9, "slot:2"))
    room.keep("new", kept(3, "slot:2", generation=4))

    room.take([Change(3, frozenset({"*"}), generation=4)], 3)
    room.keep("late", kept(3, "slot:1"))

    assert [room.find(each) is not None for each in ("old", "ahead", "new", "late")] == [False, False, True, False]


def test_an_older_answer_does_not_take_the_place_of_a_newer_one() -> None:
    """Two queries of the same question come back in the wrong order."""
    room, newer = answers(), kept(5, "slot:1")
    room.keep("question", newer)

    room.keep("question", kept(4, "slot:1"))

    assert room.find("question") is newer


def test_the_least_recently_used_go_first() -> None:
    """What is kept is bounded in bytes; everything of what went is forgotten."""
    metrics = Metrics()
    room = answers(room=12_000, metrics=metrics)
    for question in ("first", "second"):
        room.keep(question, kept(1, "slot:1", body=b"x" * 900))
    room.find("first")

    for number in range(2):
        room.keep(number, kept(1, "slot:1", body=b"x" * 900))

    assert [room.find(question) is not None for question in ("first", "second", 0, 1)] == [True, False, True, True]
    room.take([Change(2, frozenset({"slot:1"}))], 2)
    assert "daybook_kept_answers_bytes 0.0" in metrics.render().decode()


def test_nothing_is_kept_without_room() -> None:
    """Zero megabytes switch it off; an answer larger than all the room is not kept either."""
    for room in (answers(room=0), answers(room=10_000)):
        room.keep("question", kept(1, "slot:1", body=b"x" * 10_000))

        assert room.find("question") is None


def test_what_becomes_of_answers_is_counted() -> None:
    """Looked up, refused, dropped for each reason, and the bytes."""
    metrics = Metrics()
    room = answers(5, 6_000, metrics)
    room.keep("from before", kept(4, "a"))
    room.keep("over", kept(5, "a", until=NOW))
    room.find("over")
    room.keep("one", kept(5, "a"))
    room.keep("two", kept(5, "b"))
    room.keep("three", kept(5, "b"))
    room.take([Change(6, frozenset({"b"}))], 6)

    told = metrics.render().decode()

    assert "daybook_kept_answers_missing_total 5.0" in told
    assert "daybook_kept_answers_refused_total 1.0" in told
    assert 'daybook_kept_answers_dropped_total{reason="expired"} 1.0' in told
    assert 'daybook_kept_answers_dropped_total{reason="crowded"} 1.0' in told
    assert 'daybook_kept_answers_dropped_total{reason="changed"} 2.0' in told
    assert "daybook_kept_answers_bytes 0.0" in told


def test_what_is_one_recruiter_s_own_is_not_for_another() -> None:
    """An answer knows who may see it: by role, and if it is a recruiter's own, of recruiters that one alone."""
    ada, grace = UUID(int=1), UUID(int=2)
    own = msgspec.structs.replace(kept(1), own=ada)

    seen = {
        str(actor): own.may_be_seen_by(actor)
        for actor in (Actor("admin", "root"), Actor("recruiter", str(ada)), Actor("recruiter", str(grace)))
    }

    assert seen == {"admin:root": True, f"recruiter:{ada}": True, f"recruiter:{grace}": False}
    assert not kept(1).may_be_seen_by(Actor("analyst", "excel"))
    assert timedelta() < kept_module.MOST_AGE <= timedelta(seconds=10)
