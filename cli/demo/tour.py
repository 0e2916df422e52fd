"""The tour at the end: where to look, who may, what to try, and what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import msgspec

from cli.demo.client import Tally
from cli.demo.closing_check import Checked
from cli.demo.rules import SCREENING
from cli.demo.story import ACCEPTED, Landmarks, Story

DONE_WORDS = {
    "cancel-slot": "slots withdrawn",
    "register-candidate": "candidates registered",
    "record-test-result": "tests taken",
    "book-slot": "booked",
    "approve-booking": "approved",
    "decline-booking": "declined",
    "reschedule-booking": "rescheduled",
    "cancel-booking": "cancelled",
    "hold-slot": "seats held",
    "join-waitlist": "waited",
    "offer-seat": "seats offered to them",
    "accept-offer": "accepted",
    "answer-attendance": "answers whether they come",
}
_MILLISECONDS = 1_000


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the tour shows.

    `recruiter_id` is whose token the recruiter's is, `free_slot` the first slot of the landmarks' city from `since` on
    that has a seat. `catch_up` is the seconds from the last command to the read models that show it.
    """

    url: str
    tokens: Mapping[str, str]
    landmarks: Landmarks
    recruiter_id: str
    free_slot: str
    since: str
    tally: Tally
    seconds: float
    position: int
    projections: Sequence[Mapping[str, Any]]
    catch_up: float


def show(sight: Sight) -> None:
    """Print the tour."""
    _title("Daybook")
    _list([("API", sight.url), ("docs", f"{sight.url}/docs"), ("metrics", f"{sight.url}/metrics")])
    _title("Tokens, one for each role")
    _list(sight.tokens.items())
    _title("Try")
    for meaning, line in _curl_lines(sight):
        click.secho(f"  # {meaning}", dim=True)
        click.echo(f"  {line}")
    _title("What happened")
    for text in _what_happened(sight):
        click.echo(f"  {text}")


def show_check(checked: Checked) -> None:
    """Print what the closing check found."""
    if checked.breach:
        click.secho(str(checked.breach), fg="red")
    else:
        click.secho(f"no double booking in {checked.events:,} events", fg="green")


def show_differences(story: Story, tally: Tally) -> bool:
    """Print which answers are not those the story asks for; return whether all are."""
    expected, found = story.outcomes(), tally.outcomes
    for command, outcome in sorted(expected.keys() | found.keys()):
        told, came = expected[command, outcome], found[command, outcome]
        if told != came:
            click.secho(f"{command}: {outcome} {came:,} times, and {told:,} times in the story", fg="red")
    if tally.events != story.events():
        click.secho(f"{tally.events:,} events were written, and {story.events():,} in the story", fg="red")
    return expected == found and tally.events == story.events()


def _curl_lines(sight: Sight) -> list[tuple[str, str]]:
    """Say what to ask, and how. The second line is a command, and whatever is asked after it may wait for its event."""
    marks = sight.landmarks
    next_position = f"min_position={sight.position + 1}"  # nobody else is there
    seat = {"booking_id": str(marks.booking_id), "slot_id": sight.free_slot, "candidate_id": str(marks.guest)}
    slots = f"/v1/slots?city_id={marks.city_id}&stage_id={SCREENING}&from={sight.since}&limit=3"
    why_not = f"/v1/explain/slot?slot_id={marks.coveted}&candidate_id={marks.guest}"
    return [
        ("open slots of a city, soonest first", _curl(sight, "bot", slots)),
        (
            "book the first of them; sent again, it is answered as the first time",
            _curl(sight, "bot", "/v1/commands/book-slot", key=str(marks.booking_id), body=seat),
        ),
        (
            "the booking, as soon as the read model has it",
            _curl(sight, "bot", f"/v1/bookings/{marks.booking_id}?{next_position}"),
        ),
        (
            "a recruiter's agenda, with who is booked and what they answered",
            _curl(sight, "recruiter", f"/v1/recruiters/{sight.recruiter_id}/agenda?from={sight.since}&limit=5"),
        ),
        (
            "everything that happened to a candidate who waited for Saturday",
            _curl(sight, "auditor", f"/v1/candidates/{marks.patient}/timeline"),
        ),
        (
            "who still waits, in the order of their turn",
            _curl(sight, "bot", f"/v1/waitlists/{marks.city_id}/{SCREENING}"),
        ),
        ("why there is no seat on Saturday", _curl(sight, "bot", why_not)),
        ("what was refused, newest first", _curl(sight, "auditor", "/v1/refusals?limit=3")),
    ]


def _curl(sight: Sight, role: str, path: str, key: str | None = None, body: Mapping[str, str] | None = None) -> str:
    parts = ["curl -s", f"-H 'Authorization: Bearer {sight.tokens[role]}'"]
    if body is not None:
        parts += [f"-H 'Idempotency-Key: {key}'", "-H 'Content-Type: application/json'"]
        parts.append(f"-d '{msgspec.json.encode(body).decode()}'")
    return " ".join((*parts, f"'{sight.url}{path}'"))


def _what_happened(sight: Sight) -> list[str]:
    tally = sight.tally
    slots = tally.outcomes["publish-slot", ACCEPTED] + tally.recurring
    done = [f"{slots:,} slots published ({tally.recurring:,} by series)"]
    done += [f"{tally.outcomes[name, ACCEPTED]:,} {words}" for name, words in DONE_WORDS.items()]
    refused = Counter[str]()
    for (_, outcome), times in tally.outcomes.items():
        if outcome != ACCEPTED:
            refused[outcome] += times
    p50, p99 = (tally.quantile(part) * _MILLISECONDS for part in (0.5, 0.99))
    speed = f"{tally.commands:,} commands in {sight.seconds:.1f} s: {tally.commands / sight.seconds:,.0f} per second"
    behind = ", ".join(f"{each['name']} {each['lag_events']}" for each in sight.projections)
    return [
        ", ".join(done),
        f"refused {refused.total():,}: " + ", ".join(f"{code} {times}" for code, times in _by_size(refused)),
        f"sent again {tally.replays:,}, each answered byte for byte as the first time",
        f"{speed}, {tally.events:,} events; those sent one by one: p50 {p50:.1f} ms, p99 {p99:.1f} ms at the client",
        f"position {sight.position:,}, shown by the read models {sight.catch_up * _MILLISECONDS:.0f} ms later",
        f"events that each read model is behind: {behind}",
    ]


def _by_size(counts: Counter[str]) -> list[tuple[str, int]]:
    """Sort by count, then by name: two runs print one line."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _title(text: str) -> None:
    click.secho(f"\n{text}", bold=True)


def _list(rows: Iterable[tuple[str, str]]) -> None:
    for name, value in rows:
        click.echo(f"  {name:<10} {value}")
