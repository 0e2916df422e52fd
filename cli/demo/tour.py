"""The tour at the end: where to look, who may, what to try, and what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import msgspec

from cli.demo.client import Tally
from cli.demo.closing_check import Checked
from cli.demo.story import ACCEPTED, Outcomes, Story

DONE_WORDS = {
    "publish-slot": "slots published",
    "cancel-slot": "slots withdrawn",
    "register-candidate": "candidates registered",
    "record-test-result": "tests taken",
    "book-slot": "booked",
    "reschedule-booking": "rescheduled",
    "cancel-booking": "cancelled",
}
_MILLISECONDS = 1_000


class Guest(msgspec.Struct, frozen=True):
    """What the curl lines are about: a candidate without a booking, and a seat that is free."""

    candidate_id: str
    city_id: str
    booking_id: str
    slot_id: str
    since: str


class Sight(msgspec.Struct, frozen=True):
    """Everything the tour shows. `catch_up` is the seconds from the last command to the read models that show it."""

    url: str
    tokens: Mapping[str, str]
    guest: Guest
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


def show_differences(expected: Outcomes, found: Outcomes) -> None:
    """Print which answers are not those the story asks for."""
    for command, outcome in sorted(expected.keys() | found.keys()):
        told, came = expected[command, outcome], found[command, outcome]
        if told != came:
            click.secho(f"{command}: {outcome} {came:,} times, and {told:,} times in the story", fg="red")


def guest_of(story: Story, slot_id: str, since: str) -> Guest:
    """Lead the story's guest to a seat."""
    return Guest(str(story.guest), story.guest_city, str(story.guest_booking), slot_id, since)


def _curl_lines(sight: Sight) -> list[tuple[str, str]]:
    guest = sight.guest
    bearer = f"-H 'Authorization: Bearer {sight.tokens['bot']}'"
    slots = f"{sight.url}/v1/slots?city_id={guest.city_id}&stage_id=screening&from={guest.since}&limit=3"
    seat = {"booking_id": guest.booking_id, "slot_id": guest.slot_id, "candidate_id": guest.candidate_id}
    body = msgspec.json.encode(seat).decode()
    headers = f"{bearer} -H 'Idempotency-Key: {guest.booking_id}' -H 'Content-Type: application/json'"
    # The next command is the next event: nobody else is there.
    card = f"{sight.url}/v1/bookings/{guest.booking_id}?min_position={sight.position + 1}"
    return [
        ("open slots of a city, soonest first", f"curl -s {bearer} '{slots}'"),
        (
            "book the first of them; sent again, it is answered as the first time",
            f"curl -s {headers} -d '{body}' {sight.url}/v1/commands/book-slot",
        ),
        ("the booking, as soon as the read model has it", f"curl -s {bearer} '{card}'"),
    ]


def _what_happened(sight: Sight) -> list[str]:
    tally = sight.tally
    done = [f"{tally.outcomes[name, ACCEPTED]:,} {words}" for name, words in DONE_WORDS.items()]
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
        f"{speed}; those sent one by one: p50 {p50:.1f} ms, p99 {p99:.1f} ms at the client",
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
