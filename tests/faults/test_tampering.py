"""P10: tampering shows.

A log is sealed while it grows. Then a superuser with triggers off changes one thing in it, or in what the auditor has,
at random; what is exported then is verified offline. Each change is undone, and the next one made.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Final

import pytest
import pytest_asyncio

from tests.cli.evidence import Told
from tests.cli.test_verify_sabotaged import SABOTAGES, named, without
from tests.support.checking import bound
from tests.support.sealed_scene import WHOLE, Auditor, Part, Shape, digest, joined
from tests.support.tampering import Forger, Kind, Window
from tests.support.tampering_desk import KINDS, Desk, desk_on, missed, tampered, undone, unnoticed
from tests.support.tampering_history import ANEW, rewrite

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL: Final = Shape(events=400, append=12, appends=5)
LARGE: Final = Shape(events=100_000, append=30, appends=55, keys=5)
TRIALS: Final = 200
NIGHTLY_TRIALS: Final = 10_000
NIGHTLY_WHOLE: Final = 3
SEEDS: Final = 8

# Columns that are neither exported nor hashed, and what finds changes in them.
NOT_EVIDENCE: Final = {
    "event_tag": "an index; the patrol finds a tag that does not lead to its event; one too many costs a reading",
    "command.command_id": "as below; the events of a command name it, and that is evidence",
    "command.name": "`daybook audit redecide` decides what is said here anew, and compares the events",
    "command.body": "as command.name",
    "command.actor": "as command.name",
    "command.decided_at": "as command.name",
    "command.outcome": "as command.name",
    "command.first_position": "as command.name",
    "command.position": "as command.name",
    "command.ordinal": "as command.name",
    "command.reply": "not covered: it is what is answered to those who ask again",
    "command.fingerprint": "not covered: with another one, whoever asks again is refused",
    "log.singleton": "there is no other value",
    "checkpoint.first_position": "says where to look; a proof that was drawn wrongly does not verify",
    "checkpoint.last_position": "as checkpoint.first_position",
    "alembic_version": "which migrations were made",
    "read": "who read what of people's data: no part of the log",
    "sealer": "what the sealer notes of itself; it takes nothing from here",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A log of some hundred events."""
    async with desk_on(migrated_template, tmp_path_factory.mktemp("tampering"), SMALL, seed=10) as made:
        yield made


async def test_whatever_is_changed_shows(desk: Desk) -> None:
    """Every kind over the whole log and over a part of it; the position is named."""
    found = await unnoticed(desk, TRIALS, whole=1)

    assert not found, f"{bound(TRIALS)}\n" + "\n".join(found)


@pytest.mark.nightly
async def test_whatever_is_changed_shows_all_night(
    migrated_template: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    """The same in a long log, again and again."""
    async with desk_on(migrated_template, tmp_path, LARGE, seed=11) as desk:
        found = await unnoticed(desk, NIGHTLY_TRIALS, NIGHTLY_WHOLE)

    assert not found, f"{bound(NIGHTLY_TRIALS)}\n" + "\n".join(found)
    tell(f"{bound(NIGHTLY_TRIALS)}; each of {len(KINDS)} kinds {NIGHTLY_WHOLE} times or more over the whole log")


@pytest.mark.parametrize("logs", [5, pytest.param(100, marks=pytest.mark.nightly)])
async def test_a_log_that_is_whole_raises_no_alarm(migrated_template: str, tmp_path: Path, logs: int) -> None:
    """Whatever its shape is; as a whole and in parts, and without checkpoints."""
    random = Random(logs)
    for number in range(logs):
        shape = Shape(random.randint(1, 300), random.randint(1, 40), random.randint(1, 9), random.randint(1, 4))
        folder = tmp_path / str(number)
        folder.mkdir()
        async with desk_on(migrated_template, folder, shape, seed=random.getrandbits(32)) as desk:
            told = await of_the_whole_and_of_parts(desk, random)
        assert not [each for each in told if each.code != 0], (bound(logs), shape)


async def of_the_whole_and_of_parts(desk: Desk, random: Random) -> list[Told]:
    """Verify what nobody has changed."""
    published = joined(desk.scene.lines)
    told = [desk.auditor.verify(desk.bundle, each, WHOLE) for each in (published, None)]
    for _ in range(3):
        first, last = sorted(random.randint(1, desk.scene.head) for _ in range(2))
        part = Part(first, last)
        told.append(desk.auditor.verify(await desk.auditor.export(desk.connection, part), published, part))
    return told


# What cannot be shown, and that it is said


async def test_a_tail_that_no_checkpoint_covers_is_not_shown(desk: Desk) -> None:
    """Made anew together with its chain it looks as honest as any; the report names these positions, and no others."""
    random, sealed, head = Random(1), desk.scene.sealed, desk.scene.head
    for position in range(sealed + 1, head + 1):
        async with undone(desk.connection):
            await rewrite(Forger(desk.connection, desk.scene, random, Window(1, sealed)), position)
            bundle = await desk.auditor.export(desk.connection, WHOLE)

        told = desk.auditor.verify(bundle, joined(desk.scene.lines), WHOLE)

        assert digest(bundle) != desk.honest[WHOLE]
        assert told.code == 0
        assert f"verified: positions 1 to {sealed}\n" in told.said
        assert f"NOT shown: that positions {sealed + 1} to {head} are what was written" in told.said


async def test_a_copy_of_the_checkpoints_that_is_too_old_shows_less(desk: Desk) -> None:
    """Whole lines that are missing at its end look like any older copy: so much less is verified, and that is said."""
    checkpoints, lines = desk.scene.checkpoints, desk.scene.lines
    for kept in range(1, len(lines)):
        told = desk.auditor.verify(desk.bundle, joined(lines[:kept]), WHOLE)

        assert told.code == 0
        assert f"NOT shown: that positions {checkpoints[kept - 1].last + 1} to {desk.scene.head} " in told.said


async def test_every_column_is_evidence_or_said_not_to_be(desk: Desk) -> None:
    """A column that is added to the log or its checkpoints must be thought of here."""
    rows = await desk.connection.fetch(
        "select table_schema, table_name, column_name from information_schema.columns"
        " join pg_tables on (schemaname, tablename) = (table_schema, table_name)"
        " where table_schema in ('daybook', 'audit')"
    )
    tables = {row[1] for row in rows}
    changed = {name if "." in name else f"event.{name}" for kind in KINDS for name in kind.columns}
    named_as_none = {name for name in NOT_EVIDENCE if "." in name}

    columns = {f"{table}.{column}" for _, table, column in rows if table not in NOT_EVIDENCE}

    assert {"event", "block", "event_tag", "command", "checkpoint", "log", "sealer"} <= tables
    assert columns == changed | named_as_none
    assert not changed & named_as_none


# The same changes must not be found


@pytest.mark.parametrize("kind", ANEW, ids=lambda kind: kind.name)
async def test_without_checkpoints_a_careful_forger_is_not_found(desk: Desk, kind: Kind) -> None:
    """What they are for: a chain that was made anew follows from itself."""
    case = await tampered(desk, kind, "careful", whole=True)

    without_any = desk.auditor.verify(case.bundle, None, case.part)
    with_them = desk.auditor.verify(case.bundle, case.published, case.part)

    assert (without_any.code, with_them.code) == (0, 1)


# What lets a kind through, or has another position named.
LEFT_OUT: Final = {
    "link.hex() != found[4].decode()": "a bit of the hash of a block",
    "first != position + 1": "a block is deleted",
    "awaited and (not part)": "an older state is brought back",
    "checkpoint.last != block.last": "an event inserted and the chain made anew",
    "checkpoint.chain != block.hash.hex()": "a block cut in two and the chain made anew",
    "first == checkpoint.first and checkpoint.root != root_of(leaves).hex()": "whoever has the key signs another root",
    "not is_signed(found['signed'], found['signature'], found['key'])": "a checkpoint is dated otherwise",
    "found.log != log": "the log is given another name",
    "key and found.key != key": "a key that has handed over signs again",
    "unseen": "all checkpoints from one on signed by a stranger",
}


@pytest.mark.parametrize("check", LEFT_OUT)
async def test_a_verifier_that_leaves_out_a_check_is_caught(desk: Desk, tmp_path: Path, check: str) -> None:
    """Some change gets past it that does not get past the whole one; that each check counts is shown beside it."""
    [sabotage] = [each for each in SABOTAGES if named(each) == check]
    [kind] = [each for each in KINDS if each.name == LEFT_OUT[check]]
    sabotaged = Auditor(desk.scene, tmp_path, without(*sabotage))

    seen, unseen = 0, 0
    for seed in range(SEEDS):
        case = await tampered(desk, kind, f"left out {seed}", whole=True)
        seen += not missed(case, desk.auditor.verify(case.bundle, case.published, case.part))
        unseen += missed(case, sabotaged.verify(case.bundle, case.published, case.part))

    assert seen == SEEDS
    assert unseen > 0
