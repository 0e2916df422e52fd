"""`daybook demo` as it is run: the tour works as printed, the story is told as it is written, errors are one line."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import UUID

import httpx
import pytest

from cli.checking.breach import Breach
from cli.demo.client import Tally
from cli.demo.closing_check import Checked
from cli.demo.story import ACCEPTED, Act, Landmarks, Step, Story
from cli.demo.telling import tell
from cli.demo.tour import show_check, show_differences

SEED, FEW = 7, "200"
SECONDS = 120


def command(folder: Path, *arguments: str) -> list[str]:
    """Put the command line together."""
    return [sys.executable, "-m", "cli.main", "demo", "--data-dir", str(folder), *arguments]


def environment(**variables: str) -> dict[str, str]:
    """Leave out what is configured for other Daybooks."""
    configured = ("DAYBOOK_", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(configured)} | variables


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a demo to its end."""
    return subprocess.run(
        command(folder, *arguments),
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def start(folder: Path, told: int | IO[str]) -> subprocess.Popen[str]:
    """Start a demo that stays up, on any port that is free; what it tells on the way goes to `told`."""
    return subprocess.Popen(
        command(folder, "--port", "0", "--candidates", FEW),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=told,
        text=True,
    )


def tour(demo: subprocess.Popen[str]) -> list[str]:
    """Read what a demo prints, until it only waits."""
    assert demo.stdout
    lines = []
    for line in demo.stdout:
        lines.append(line.rstrip("\n"))
        if "stays up" in line:
            break
    return lines


def happened(lines: list[str]) -> tuple[Counter[str], int]:
    """Pick what was refused, by code, and how many requests were sent again."""
    said = " ".join(lines)
    refused = re.search(r"refused [\d,]+: (.*?)  ", said)
    again = re.search(r"sent again ([\d,]+), each answered byte for byte as the first time", said)
    assert refused
    assert again
    codes = Counter({code: int(times) for code, times in re.findall(r"([a-z-]+) (\d+)", refused[1])})
    return codes, int(again[1].replace(",", ""))


def what_happens(story: Story) -> tuple[Counter[str], int]:
    """Say the same of a story."""
    codes = Counter[str]()
    for (_, outcome), times in story.outcomes().items():
        codes[outcome] += times
    del codes[ACCEPTED]
    return codes, story.replays()


def curl(line: str) -> httpx.Response:
    """Do what the printed curl line does."""
    words = iter(shlex.split(line))
    assert [next(words), next(words)] == ["curl", "-s"]
    headers: dict[str, str] = {}
    body, url = None, ""
    for word in words:
        match word:
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words)
            case _:
                url = word
    return httpx.request("POST" if body else "GET", url, content=body, headers=headers)


def processes_of(folder: Path) -> list[bytes]:
    """Find what still runs on the data of a demo."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has just ended
            found.append(process.read_bytes())
    return [line for line in found if os.fsencode(folder) in line]


def story_of(*times: tuple[str, int]) -> Story:
    """Tell a story in which commands are accepted so many times."""
    steps = [Step(command=name, key="", actor="bot", body={}) for name, number in times for _ in range(number)]
    landmarks = Landmarks("almaty", *(UUID(int=number) for number in range(4)))
    return Story((Act("Only act", (tuple(steps),)),), (), landmarks)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_ended_in_the_middle_it_leaves_nothing_and_the_next_one_works_as_printed(tmp_path: Path) -> None:
    """SIGTERM in the story is no traceback; the next demo begins afresh, tells it to the end, and keeps others out."""
    with start(tmp_path, subprocess.PIPE) as broken:
        assert broken.stderr
        assert any(line.startswith("Calendars") for line in broken.stderr)
        broken.send_signal(signal.SIGTERM)
        printed, told = broken.communicate(timeout=SECONDS)
    left = processes_of(tmp_path)
    with (tmp_path / "told").open("w") as sink, start(tmp_path, sink) as demo:
        lines = tour(demo)
        shown = [curl(line.strip()) for line in lines if line.strip().startswith("curl")]
        second = run(tmp_path, "--port", "0", "--exit", "--candidates", FEW)
        demo.send_signal(signal.SIGTERM)
        demo.wait(SECONDS)

    assert (broken.returncode, printed, left) == (130, "", [])
    assert "exception" not in told.lower()
    noted = (tmp_path / "told").read_text()
    assert demo.returncode == 0, noted
    assert "The data of an earlier demo is dropped." in noted
    assert any(line.startswith("no double booking in ") for line in lines)
    assert "\x1b" not in "".join(lines)
    slots, booked, card, *others = shown
    assert [answer.status_code for answer in shown] == [200] * len(shown)
    assert slots.json()["items"][0]["slot_id"] == booked.json()["events"][0]["data"]["slot"]["slot_id"]
    assert card.json()["booking_id"] == booked.json()["booking_id"]
    agenda, timeline, waitlist, why_not, refusals = (answer.json() for answer in others)
    assert all(answer["items"] for answer in (agenda, timeline, waitlist, refusals))
    assert {event["type"] for event in timeline["items"]} >= {"WaitlistJoined", "SeatOffered", "OfferAccepted"}
    assert [reason["code"] for reason in why_not["reasons"]] == ["slot-full", "already-booked"]
    assert (second.returncode, second.stdout) == (1, "")
    assert "a demo is running in" in second.stderr
    assert "not sealed any more" not in noted
    assert happened(lines) == what_happens(tell(SEED, int(FEW), datetime.now(UTC)))


def test_a_port_that_is_taken_is_told_before_anything_is_done(tmp_path: Path, taken_port: int) -> None:
    """One line, and no data folder."""
    done = run(tmp_path / "data", "--port", str(taken_port))

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"port {taken_port}" in done.stderr
    assert not (tmp_path / "data").exists()


def test_missing_binaries_are_told_in_one_line(tmp_path: Path) -> None:
    """It names the variable that says where they are."""
    done = run(tmp_path / "data", "--port", "0", DAYBOOK_PG_BIN=str(tmp_path))

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "DAYBOOK_PG_BIN" in done.stderr


@pytest.mark.parametrize("arguments", [("--candidates", "10"), ("--port", "70000"), ("--seed", "seven")])
def test_a_wrong_option_is_wrong_usage(tmp_path: Path, arguments: tuple[str, str]) -> None:
    """Nothing is begun."""
    done = run(tmp_path / "data", *arguments)

    assert done.returncode == 2
    assert not (tmp_path / "data").exists()


def test_a_breach_is_shown_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """In place of the good news."""
    show_check(Checked(7, 2, Breach(7, "seats within capacity", "slot noon has 1 seats and 2 bookings")))

    shown = capsys.readouterr().out
    assert shown == "seats within capacity broken at position 7: slot noon has 1 seats and 2 bookings\n"


def test_answers_that_are_not_the_story_s_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """And only those; and that something else was written."""
    story, tally = story_of(("book-slot", 3), ("cancel-slot", 1)), Tally()
    for command in ("book-slot",) * 4 + ("cancel-slot",):
        tally.count(command, b'{"events":[{}]}')

    as_told = show_differences(story, tally)

    assert not as_told
    assert capsys.readouterr().out.splitlines() == [
        "book-slot: accepted 4 times, and 3 times in the story",
        "5 events were written, and 4 in the story",
    ]


def test_answers_that_are_the_story_s_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed when all is as it was told."""
    tally = Tally()
    tally.count("book-slot", b'{"events":[{}]}')

    as_told = show_differences(story_of(("book-slot", 1)), tally)

    assert as_told
    assert capsys.readouterr().out == ""
