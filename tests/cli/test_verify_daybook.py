"""The auditor's program: what is honest passes, whatever was tampered with is named, and no more is said than is so."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import verify_daybook
from cli.audit import audit
from events.proofs.keys import public_name
from tests.cli.evidence import Evidence, run
from tests.cli.tampered import CASES, HONEST, Case, Tamper
from tests.support.sealing import KEY, LOG, OTHER_KEY


@pytest.fixture
def evidence() -> Evidence:
    """An honest log."""
    return Evidence()


def test_an_honest_log_is_verified(evidence: Evidence, tmp_path: Path) -> None:
    """It is said up to where, by what, and what it does not show."""
    key = public_name(OTHER_KEY)

    told = evidence.verify(tmp_path)

    assert told.code == 0
    assert told.said.splitlines() == [
        f"positions 1 to 8 of the log {LOG}: each follows from the one before, none is missing",
        "verified: positions 1 to 8",
        f"by checkpoint 3 (7 to 8) of the log {LOG}, signed 2027-03-01T09:00:01.500000Z with the key {key}",
        "NOT shown: that what was written is true; which commands were refused; what came later",
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tamper.__name__)
def test_what_was_tampered_with_is_found(case: Case, evidence: Evidence, tmp_path: Path) -> None:
    """With the first bad position, and in words."""
    case.tamper(evidence)

    told = evidence.verify(tmp_path)

    assert told.code == 1
    assert told.said.startswith(case.said)
    assert "verified" not in told.said


@pytest.mark.parametrize("arrange", HONEST, ids=lambda arrange: arrange.__name__)
def test_what_is_honest_raises_no_alarm(arrange: Tamper, evidence: Evidence, tmp_path: Path) -> None:
    """Whatever an auditor has of it."""
    arrange(evidence)

    told = evidence.verify(tmp_path)

    assert told.code == 0, told.said


def test_an_end_without_a_checkpoint_is_not_vouched_for(evidence: Evidence, tmp_path: Path) -> None:
    """It hangs together, which anybody could have arranged."""
    del evidence.checkpoints[2]

    told = evidence.verify(tmp_path)

    assert told.code == 0
    assert "verified: positions 1 to 6\n" in told.said
    assert "NOT shown: that positions 7 to 8 are what was written: no checkpoint covers them" in told.said


def test_without_checkpoints_nothing_is_vouched_for(evidence: Evidence, tmp_path: Path) -> None:
    """The same for all of it."""
    evidence.published, evidence.keys = False, []

    told = evidence.verify(tmp_path)

    assert told.code == 0
    assert "NOT shown: that positions 1 to 8 are what was written" in told.said
    assert "verified" not in told.said


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (1, 3, "verified: positions 1 to 3\n"),
        (2, 6, "verified: positions 2 to 6\n"),
        (4, 8, "verified: positions 4 to 8\n"),
        (2, 5, "verified: positions 2 to 3\n"),
        (4, 5, "NOT shown: that positions 4 to 5 are what was written"),
        (7, 8, "verified: positions 7 to 8\n"),
    ],
)
def test_a_part_is_verified_as_one(evidence: Evidence, tmp_path: Path, first: int, last: int, shown: str) -> None:
    """Wherever its ends lie; what no checkpoint ends in or behind is not vouched for."""
    evidence.part(first, last)

    told = evidence.verify(tmp_path)

    assert told.code == 0, told.said
    assert shown in told.said


def test_checkpoints_may_begin_later_than_the_log_for_a_part(evidence: Evidence, tmp_path: Path) -> None:
    """Who began to collect them on Tuesday can verify from Tuesday on."""
    evidence.part(4, 8)
    del evidence.checkpoints[0]

    told = evidence.verify(tmp_path)

    assert told.code == 0, told.said
    assert "verified: positions 4 to 8\n" in told.said


@pytest.mark.parametrize("keys", [[KEY], [OTHER_KEY], [KEY, OTHER_KEY]])
def test_any_key_of_the_line_vouches_for_all(evidence: Evidence, tmp_path: Path, keys: list[object]) -> None:
    """One key hands over to the other, and the later checkpoint names the earlier one."""
    evidence.keys = [public_name(key) for key in (KEY, OTHER_KEY) if key in keys]

    assert evidence.verify(tmp_path).code == 0


@pytest.mark.parametrize("receipt", [False, True])
@pytest.mark.parametrize("position", range(1, 9))
@pytest.mark.parametrize("with_file", [False, True])
def test_a_proof_shows_one_event(
    evidence: Evidence, tmp_path: Path, position: int, *, receipt: bool, with_file: bool
) -> None:
    """With what it says, or as a receipt with its hash alone; with its checkpoint, or with all that were published."""
    evidence.prove(position, receipt=receipt)
    evidence.published = with_file

    told = evidence.verify(tmp_path)

    assert told.code == 0, told.said
    assert told.said.startswith(f"verified: position {position}, recorded ")
    assert (f'{{"n":{position}}}' in told.said) is not receipt


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("lost", [1, 2, 40, 400])
def test_a_file_that_breaks_off_is_not_whole(
    evidence: Evidence, tmp_path: Path, lost: int, *, compressed: bool
) -> None:
    """Compressed or not, wherever it breaks off."""
    evidence.verify(tmp_path)
    plain = (tmp_path / "bundle").read_bytes()
    whole = gzip.compress(plain) if compressed else plain
    bundle = tmp_path / "cut"
    bundle.write_bytes(whole[:-lost])

    told = run(verify_daybook.main, [str(bundle)])

    assert told.code == 1
    assert told.said.startswith("FAULT: position ")


def test_a_line_without_end_is_given_up(evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one endless line does not fill the memory."""
    monkeypatch.setattr(verify_daybook, "LONGEST_LINE", 1)
    evidence.verify(tmp_path)
    (tmp_path / "bundle").write_bytes(evidence.lines[0] + b"\n" + b"x" * (1 << 20) + b"\n")

    told = run(verify_daybook.main, [str(tmp_path / "bundle")])

    assert told.said == "FAULT: position 1: the file breaks off or is damaged here\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere"],
        ["bundle", "--proof", "proof"],
        ["bundle", "--checkpoints", "checkpoints"],
        ["bundle", "--public-key", "00" * 32],
        ["bundle", "--checkpoints", "checkpoints", "--public-key", "no hex"],
        ["bundle", "--checkpoints", "nowhere", "--public-key", "00" * 32],
        ["--proof", "proof"],
        ["--proof", "nowhere", "--public-key", "00" * 32],
    ],
)
def test_wrong_usage_is_exit_code_2(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """Said on standard error, with how it is used."""
    evidence.verify(tmp_path)
    monkeypatch.chdir(tmp_path)

    told = run(verify_daybook.main, arguments)

    assert told.code == 2
    assert "usage: " in told.said


def test_it_runs_alone(evidence: Evidence, tmp_path: Path) -> None:
    """A copy of the one file, in a folder without Daybook, does all of it."""
    told = evidence.verify(tmp_path)
    alone = tmp_path / "verify_daybook.py"
    alone.write_bytes(Path(verify_daybook.__file__).read_bytes())
    arguments = ["bundle", "--checkpoints", "checkpoints", "--public-key", public_name(KEY)]

    run = subprocess.run(
        [sys.executable, "-I", alone, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (run.returncode, run.stdout) == told, run.stderr


def test_it_is_the_command(evidence: Evidence, tmp_path: Path) -> None:
    """`daybook audit verify` takes the same arguments and says the same."""
    told = evidence.verify(tmp_path)
    arguments = [str(tmp_path / "bundle"), "--checkpoints", str(tmp_path / "checkpoints")]

    run = CliRunner().invoke(audit, ["verify", *arguments, "--public-key", public_name(KEY)])

    assert (run.exit_code, run.stdout) == told
