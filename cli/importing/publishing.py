"""Sending rows through the bulk route, so that a file imported again publishes nothing twice."""

import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Final
from uuid import UUID, uuid5

import httpx
import msgspec

from cli.importing.rows import Place, RefusedRow, Row, SlotToPublish, ready_rows, refused_rows

CHUNK_ROWS: Final = 200
CHUNK_BYTES: Final = 60_000
PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait before asking again, where the service is busy or cannot be reached."""

_NAMESPACE: Final = UUID("6f1d9a0e-58a1-4f0c-9d0b-1d5a0c7f3e42")
_BULK_ROUTE: Final = "/v1/commands"


class Report(msgspec.Struct, frozen=True):
    """What became of the rows of a file: how many could be sent, are new, were there already; and the refused."""

    ready: int
    published: int = 0
    already_there: int = 0
    refused: list[RefusedRow] = []


class Command(msgspec.Struct, frozen=True):
    """One entry of the bulk route."""

    idempotency_key: str
    body: SlotToPublish
    name: str = "publish-slot"


class Problem(msgspec.Struct, frozen=True):
    """The parts of a problem+json that tell a person why."""

    title: str = ""
    detail: str = ""
    code: str = "refused"
    facts: dict[str, object] = {}


class Outcome(msgspec.Struct, frozen=True):
    """How one entry of the bulk route was settled; `replayed` says that an earlier request had settled it."""

    status: int
    replayed: bool
    body: Problem


class Answer(msgspec.Struct, frozen=True):
    """The reply of the bulk route: one outcome for each entry, in order."""

    outcomes: list[Outcome]


class Unanswered(Exception):
    """A whole request came to nothing; `problem` tells why, and `is_temporary` whether asking again may help."""

    def __init__(self, problem: Problem, *, is_temporary: bool) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.is_temporary = is_temporary


def connect(url: str, token: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client that speaks to the service at `url` with the rights of `token`."""
    return httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30.0,
        transport=transport,
    )


def publish(
    rows: Sequence[Row | RefusedRow],
    client: httpx.Client,
    on_settled: Callable[[int], None],
    pauses: Sequence[float] = PAUSES,
) -> Report:
    """Send every row that is ready, in chunks, and report on all of them.

    `on_settled` hears how many more rows are settled. When a chunk stays unanswered, the rows from there on are
    reported as refused with the reason; sending the whole file again is always safe.
    """
    ready, refused = ready_rows(rows), refused_rows(rows)
    replays: list[bool] = []
    settled = 0
    try:
        for chunk in _chunks(ready):
            for row, outcome in zip(chunk, _settle(client, chunk, pauses), strict=True):
                if _is_refusal(outcome):
                    refused.append(_refused(row.place, outcome.body))
                else:
                    replays.append(outcome.replayed)
            settled += len(chunk)
            on_settled(len(chunk))
    except Unanswered as unanswered:
        refused.extend(_refused(row.place, unanswered.problem) for row in ready[settled:])
    refused.sort(key=lambda row: row.place.line)
    return Report(len(ready), published=replays.count(False), already_there=replays.count(True), refused=refused)


def _chunks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in order, in lists short enough for one request."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        length = len(msgspec.json.encode(_command(row.slot, 0)))
        if len(chunk) == CHUNK_ROWS or size + length > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield chunk


def _command(slot: SlotToPublish, attempt: int) -> Command:
    """The command for a slot, under a key that follows from what the slot says."""
    content = msgspec.json.encode(slot, order="sorted").decode()
    return Command(str(uuid5(_NAMESPACE, f"{content}#{attempt}")), slot)


def _settle(client: httpx.Client, rows: Sequence[Row], pauses: Sequence[float]) -> list[Outcome]:
    """The outcome of each row.

    The service keeps refusals as it keeps successes. A refusal that comes back from an earlier import may have lost its
    cause since, so the row is asked for again under its next key. That cannot publish a slot twice: a key comes into
    use only after all before it were refused for good.
    """
    outcomes: dict[int, Outcome] = {}
    attempt = 0
    while len(outcomes) < len(rows):
        waiting = [number for number in range(len(rows)) if number not in outcomes]
        answers = _ask(client, [_command(rows[number].slot, attempt) for number in waiting], pauses)
        outcomes |= {
            number: outcome
            for number, outcome in zip(waiting, answers, strict=True)
            if not (outcome.replayed and _is_refusal(outcome))
        }
        attempt += 1
    return [outcomes[number] for number in range(len(rows))]


def _ask(client: httpx.Client, commands: Sequence[Command], pauses: Sequence[float]) -> list[Outcome]:
    """Send commands, and again with the same keys those for which the service had no time, until pauses run out."""
    outcomes: dict[int, Outcome] = {}
    waiting = list(range(len(commands)))
    for pause in (*pauses, None):
        try:
            outcomes.update(zip(waiting, _post(client, [commands[number] for number in waiting]), strict=True))
        except Unanswered as unanswered:
            if pause is None or not unanswered.is_temporary:
                raise
        else:
            waiting = [number for number in waiting if _is_temporary(outcomes[number].status)]
        if pause is None or not waiting:
            break
        time.sleep(pause)
    return [outcomes[number] for number in range(len(commands))]


def _post(client: httpx.Client, commands: Sequence[Command]) -> list[Outcome]:
    try:
        response = client.post(
            _BULK_ROUTE,
            content=msgspec.json.encode({"commands": commands}),
            headers={"Content-Type": "application/json"},
        )
    except httpx.TransportError as error:
        problem = Problem(code="unreachable", detail=f"{client.base_url} cannot be reached: {error}")
        raise Unanswered(problem, is_temporary=True) from error
    try:
        if response.is_success:
            return msgspec.json.decode(response.content, type=Answer).outcomes
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.DecodeError as error:
        problem = Problem(
            code="not-daybook", detail=f"{response.url} gave status {response.status_code}, and no answer"
        )
        raise Unanswered(problem, is_temporary=_is_temporary(response.status_code)) from error
    raise Unanswered(problem, is_temporary=_is_temporary(response.status_code))


def _is_temporary(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _is_refusal(outcome: Outcome) -> bool:
    return outcome.status >= HTTPStatus.BAD_REQUEST


def _refused(place: Place, problem: Problem) -> RefusedRow:
    return RefusedRow(place, problem.code, problem.detail or problem.title, problem.facts)
