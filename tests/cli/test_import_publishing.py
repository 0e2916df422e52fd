"""`daybook import` against a service that keeps its replies as the contract says."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from cli.importing import command
from cli.importing.csv_file import read_csv
from cli.importing.publishing import Report, connect, publish

RECRUITER = "0c9f6f4e-2f0e-4f7a-9a55-0d6f3b1b7a10"
HEADER = "recruiter_id,city_id,stage_id,starts_at,location\n"
RETRIES = (0.0, 0.0)


def written(*rows: str) -> str:
    """Write a CSV file; each row is its start and location."""
    return HEADER + "".join(f"{RECRUITER},berlin,screening,{row}\n" for row in rows)


class Service:
    """A bulk route that publishes one slot for each start, and keeps every reply under its key."""

    def __init__(self) -> None:
        """Nothing is published, and nothing stands in the way."""
        self.starts: list[str] = []
        self.busy_recruiters: set[str] = set()
        self.troubles: list[httpx.Response | httpx.TransportError] = []
        self.requests: list[httpx.Request] = []
        self._kept: dict[str, tuple[int, object]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or show the next trouble."""
        self.requests.append(request)
        if self.troubles:
            trouble = self.troubles.pop(0)
            if isinstance(trouble, httpx.TransportError):
                raise trouble
            return trouble
        commands = json.loads(request.content)["commands"]
        return httpx.Response(200, json={"outcomes": [self._settle(**entry) for entry in commands]})

    def _settle(self, name: str, idempotency_key: str, body: dict[str, str]) -> dict[str, object]:
        assert name == "publish-slot"
        replayed = idempotency_key in self._kept
        if not replayed:
            self._kept[idempotency_key] = self._decide(body)
        status, reply = self._kept[idempotency_key]
        return {"status": status, "replayed": replayed, "body": reply}

    def _decide(self, body: dict[str, str]) -> tuple[int, object]:
        if body["recruiter_id"] in self.busy_recruiters:
            return 409, {"title": "Busy", "status": 409, "code": "recruiter-busy", "facts": {"slot_id": "x"}}
        self.starts.append(body["starts_at"])
        return 200, {"command_id": "c", "position": len(self.starts), "events": []}


@pytest.fixture
def service() -> Service:
    """A service with nothing published."""
    return Service()


def send(service: Service, content: str) -> Report:
    """Publish a CSV text."""
    with connect("http://daybook", "dbk_test", httpx.MockTransport(service)) as client:
        return publish(read_csv(content.encode()), client, lambda _settled: None, RETRIES)


def test_a_file_imported_twice_publishes_once(service: Service) -> None:
    """The second time every row is there already."""
    content = written("2027-03-25T10:00,", "2027-03-25T11:00,")

    reports = send(service, content), send(service, content)

    assert reports == (Report(ready=2, published=2), Report(ready=2, already_there=2))
    assert service.starts == ["2027-03-25T10:00", "2027-03-25T11:00"]


def test_the_key_of_a_row_never_changes(service: Service) -> None:
    """A file imported years ago is still known: the key depends on nothing but what the row says."""
    content = written("2027-03-25T10:00,Room 2")

    send(service, content)

    (sent,) = json.loads(service.requests[0].content)["commands"]
    assert sent["idempotency_key"] == "6edacfdd-ee6b-5786-a645-75b6bbbd95a6"


def test_moving_rows_and_columns_keeps_what_is_published(service: Service) -> None:
    """A slot is known by what its row says, not by where it stands."""
    send(service, written("2027-03-25T10:00,Room 2", "2027-03-25T11:00,"))
    moved = (
        "starts_at,location,stage_id,city_id,recruiter_id\n"
        f"2027-03-25T12:00,,screening,berlin,{RECRUITER}\n"
        f"2027-03-25T10:00,Room 2,screening,berlin,{RECRUITER.upper()}\n"
    )

    report = send(service, moved)

    assert (report.published, report.already_there) == (1, 1)


def test_a_refused_row_is_told_with_its_line_and_code(service: Service) -> None:
    """What the service refuses stands beside what was refused at reading, in the order of the file."""
    service.busy_recruiters.add(RECRUITER)

    report = send(service, written("2027-03-25T10:00,", "tomorrow,", "2027-03-25T11:00,"))

    assert [row.place.line for row in report.refused] == [2, 3, 4]
    assert [row.code for row in report.refused] == ["recruiter-busy", "malformed-row", "recruiter-busy"]
    assert (report.refused[0].reason, report.refused[0].facts) == ("Busy", {"slot_id": "x"})


def test_a_refusal_is_asked_again_once_its_cause_is_gone(service: Service) -> None:
    """A refusal kept from an earlier import does not stick to the row, and the slot is still published once."""
    content = written("2027-03-25T10:00,")
    service.busy_recruiters.add(RECRUITER)
    send(service, content)
    still_refused = send(service, content)
    service.busy_recruiters.clear()

    reports = send(service, content), send(service, content)

    assert [row.code for row in still_refused.refused] == ["recruiter-busy"]
    assert reports == (Report(ready=1, published=1), Report(ready=1, already_there=1))
    assert service.starts == ["2027-03-25T10:00"]


def test_ten_thousand_rows_go_in_bounded_requests(service: Service) -> None:
    """A long file is sent in chunks of at most 200 commands and 64 KiB, and nothing is lost between them."""
    first = datetime(2027, 3, 1, tzinfo=UTC)
    content = written(*[f"{first + timedelta(minutes=n):%Y-%m-%dT%H:%M},{'x' * (n // 20)}" for n in range(10_000)])

    report = send(service, content)

    assert report.published == len(service.starts) == len(set(service.starts)) == 10_000
    assert max(len(request.content) for request in service.requests) < 64 * 1024
    assert max(len(json.loads(request.content)["commands"]) for request in service.requests) <= 200


def test_a_busy_service_is_asked_again(service: Service) -> None:
    """A cut connection, a 503 and a 429 cost time but no row."""
    service.troubles = [httpx.ConnectError("refused"), httpx.Response(503, json={"code": "busy", "detail": "Busy."})]

    report = send(service, written("2027-03-25T10:00,"))

    assert report == Report(ready=1, published=1)
    assert len({request.content for request in service.requests}) == 1


def test_a_row_the_service_had_no_time_for_is_sent_again_alone(service: Service) -> None:
    """Of a chunk only what was not settled is repeated, under the same key."""
    problem = {"code": "busy", "detail": "Busy."}
    settled = {"status": 200, "replayed": False, "body": {"position": 1}}
    outcomes = [settled, {"status": 503, "replayed": False, "body": problem}]
    service.troubles = [httpx.Response(200, json={"outcomes": outcomes})]

    report = send(service, written("2027-03-25T10:00,", "2027-03-25T11:00,"))

    first, second = (json.loads(request.content)["commands"] for request in service.requests)
    assert report == Report(ready=2, published=2)
    assert second == first[1:]


@pytest.mark.parametrize(
    ("trouble", "code", "asked"),
    [
        (httpx.ConnectError("connection refused"), "unreachable", 3),
        (httpx.Response(503, json={"code": "busy", "detail": "Try later."}), "busy", 3),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), "not-daybook", 3),
        (httpx.Response(200, html="<h1>Welcome</h1>"), "not-daybook", 1),
        (httpx.Response(401, json={"code": "unauthorized", "detail": "Who?"}), "unauthorized", 1),
    ],
)
def test_without_an_answer_the_rows_that_are_left_are_told(
    service: Service,
    trouble: httpx.Response | httpx.TransportError,
    code: str,
    asked: int,
) -> None:
    """When a request comes to nothing for good, no further one is tried, and every row left is in the report."""
    content = written(*[f"2027-03-25T10:00:{second:02},{'x' * 3_000}" for second in range(30)])
    service.troubles = [trouble] * 3

    report = send(service, content)

    assert [row.code for row in report.refused] == [code] * 30
    assert len(service.requests) == asked


@pytest.fixture
def run(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command with the service at the other end."""
    monkeypatch.setattr(command, "connect", partial(connect, transport=httpx.MockTransport(service)))
    return lambda *arguments: CliRunner().invoke(command.import_slots, arguments)


def test_the_command_publishes_and_reports(service: Service, run: Callable[..., Result], tmp_path: Path) -> None:
    """All rows in is exit code 0, and the token goes with the request."""
    file = tmp_path / "slots.CSV"
    file.write_text(written("2027-03-25T10:00,"))

    result = run(str(file), "--token", "dbk_test", "--url", "http://daybook:8000/")

    assert (result.exit_code, result.stdout) == (0, "published 1, already there 0, refused 0\n")
    assert [str(request.url) for request in service.requests] == ["http://daybook:8000/v1/commands"]
    assert service.requests[0].headers["Authorization"] == "Bearer dbk_test"


def test_the_command_tells_each_refused_row(run: Callable[..., Result], tmp_path: Path) -> None:
    """A refused row is one line with file, line, code and reason, and makes the exit code 1."""
    file = tmp_path / "slots.csv"
    file.write_text(written("2027-03-25T10:00,", "2027-02-30T10:00,"))

    result = run(str(file), "--token", "dbk_test")

    told, counted = result.stdout.splitlines()
    assert result.exit_code == 1
    assert told.startswith(f"{file}: line 3: malformed-row: '2027-02-30T10:00' is not a time")
    assert counted == "published 1, already there 0, refused 1"


def test_the_command_speaks_json(run: Callable[..., Result], tmp_path: Path) -> None:
    """With --json the report is one document."""
    file = tmp_path / "slots.csv"
    file.write_text(written("2027-03-25T10:00,", "tomorrow,"))

    result = run(str(file), "--token", "dbk_test", "--json")

    report = json.loads(result.stdout)
    assert (report["ready"], report["published"], report["already_there"]) == (1, 1, 0)
    assert [(row["place"]["line"], row["code"]) for row in report["refused"]] == [(3, "malformed-row")]


def test_a_dry_run_sends_nothing(service: Service, run: Callable[..., Result], tmp_path: Path) -> None:
    """A calendar is read and checked without a token and without a request."""
    file = tmp_path / "slots.ics"
    file.write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;TZID=Europe/Berlin:20270321T023000\nRRULE:FREQ=WEEKLY\n"
        "END:VEVENT\nEND:VCALENDAR\n",
    )
    owner = ("--recruiter", RECRUITER, "--city", "berlin", "--stage", "screening")

    result = run(str(file), *owner, "--until", "2027-04-04", "--dry-run")

    assert result.exit_code == 1
    assert "line 2, UID a, 2027-03-28T02:30:00: no-such-local-time: " in result.stdout
    assert result.stdout.endswith("ready 2, refused 1\n")
    assert service.requests == []


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("slots.csv", [], "publishing needs a --token"),
        ("slots.txt", ["--dry-run"], "ends in .csv or .ics"),
        ("slots.csv", ["--dry-run", "--city", "berlin"], "are for calendars"),
        ("slots.csv", ["--dry-run", "--until", "2027-04-04"], "are for calendars"),
        ("slots.ics", ["--dry-run"], "not a calendar"),
        ("slots.csv", ["--dry-run", "--url", "localhost:8000"], "is not the address of a service"),
        ("slots.csv", ["--dry-run", "--url", "http://[::1"], "Invalid"),
        ("slots.csv", ["--token", "dbk_\u00e9"], "a token has no such characters"),
        ("slots.csv", ["--dry-run", "--until", "soon"], "does not match the format"),
        ("missing/slots.csv", ["--dry-run"], "does not exist"),
    ],
)
def test_wrong_usage_is_told(
    run: Callable[..., Result],
    tmp_path: Path,
    name: str,
    options: list[str],
    reason: str,
) -> None:
    """A file or an option that is of no use is exit code 2 and a word on stderr."""
    (tmp_path / Path(name).name).write_text(written("2027-03-25T10:00,"))

    result = run(str(tmp_path / name), *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in result.stderr
