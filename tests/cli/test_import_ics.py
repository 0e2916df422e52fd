"""Reading slots from iCalendar: zones, rules, exceptions, and what nonsense costs."""

from datetime import date

import pytest

from cli.importing.ics_file import Owner, read_calendar
from cli.importing.recurrence import MOST_OCCURRENCES
from cli.importing.rows import RefusedRow, Row, UnreadableFile

RECRUITER = "0c9f6f4e-2f0e-4f7a-9a55-0d6f3b1b7a10"
OWNER = Owner(recruiter=RECRUITER, city="berlin", stage="screening")


def calendar(*events: str) -> bytes:
    """Write a calendar; each event is its content lines."""
    bodies = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test\n{bodies}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def starts(rows: list[Row | RefusedRow]) -> list[str]:
    """Tell each start as it would be sent, and for a refused row its code."""
    return [row.slot.starts_at if isinstance(row, Row) else row.code for row in rows]


@pytest.mark.parametrize(
    ("start", "sent"),
    [
        ("DTSTART:20270325T100000", "2027-03-25T10:00:00"),
        ("DTSTART:20270325T100000Z", "2027-03-25T10:00:00Z"),
        ("DTSTART;TZID=Europe/Berlin:20270325T100000", "2027-03-25T09:00:00Z"),
        ("DTSTART;TZID=Asia/Kathmandu:20270325T100000", "2027-03-25T04:15:00Z"),
        ("DTSTART;TZID=W. Europe Standard Time:20270325T100000", "2027-03-25T09:00:00Z"),
        ("DTSTART;TZID=/vendor.example/Europe/Berlin:20270325T100000", "2027-03-25T09:00:00Z"),
        ("DTSTART;TZID=Europe/Berlin:20261025T023000", "2026-10-25T00:30:00Z"),
    ],
)
def test_a_start_is_sent_as_what_it_means(start: str, sent: str) -> None:
    """A start in a zone is an instant, the first where it comes twice; a floating start stays a wall time."""
    content = calendar(f"UID:a\n{start}")

    rows = read_calendar(content, OWNER, None)

    assert starts(rows) == [sent]


def test_an_event_says_whose_slot_it_is_how_long_and_where() -> None:
    """What the event says comes before what the options say, and its length is in elapsed minutes."""
    content = calendar(
        "UID:a\nDTSTART;TZID=Europe/Berlin:20270328T013000\nDTEND;TZID=Europe/Berlin:20270328T033000\n"
        "X-DAYBOOK-RECRUITER:7a1de4a4-47a5-4cc0-8d2c-0f5f8d1d6b01\nX-DAYBOOK-CITY:munich\nX-DAYBOOK-STAGE:final\n"
        "SUMMARY:Interview\nLOCATION:Room 2\\, second floor",
        "UID:b\nDTSTART:20270328T013000\nDURATION:PT1H30M\nSUMMARY:Interview",
        "UID:c\nDTSTART:20270328T013000",
    )

    rows = read_calendar(content, OWNER, None)

    slots = [row.slot for row in rows if isinstance(row, Row)]
    assert [str(slot.recruiter_id)[:8] for slot in slots] == ["7a1de4a4", "0c9f6f4e", "0c9f6f4e"]
    assert [(slot.city_id, slot.stage_id) for slot in slots] == [("munich", "final"), *[("berlin", "screening")] * 2]
    assert [(slot.duration_minutes or None, slot.location or None) for slot in slots] == [
        (60, "Room 2, second floor"),
        (90, "Interview"),
        (None, None),
    ]


def test_a_rule_keeps_its_wall_time_and_its_gap_is_refused() -> None:
    """Each occurrence is settled in its zone; the one the clocks skip is refused with its neighbours."""
    content = calendar("UID:a\nDTSTART;TZID=Europe/Berlin:20270321T023000\nRRULE:FREQ=WEEKLY;COUNT=3")

    rows = read_calendar(content, OWNER, None)

    assert starts(rows) == ["2027-03-21T01:30:00Z", "no-such-local-time", "2027-04-04T00:30:00Z"]
    assert isinstance(rows[1], RefusedRow)
    assert str(rows[1].place) == "line 4, UID a, 2027-03-28T02:30:00"
    assert rows[1].facts["nearest"] == ("2027-03-28T01:59:00", "2027-03-28T03:00:00")


def test_the_occurrence_in_the_gap_can_be_excluded() -> None:
    """An excluded date is compared as it is written, so that one which does not exist goes too."""
    content = calendar(
        "UID:a\nDTSTART;TZID=Europe/Berlin:20270321T023000\nRRULE:FREQ=WEEKLY;COUNT=3\n"
        "EXDATE;TZID=Europe/Berlin:20270328T023000",
    )

    rows = read_calendar(content, OWNER, None)

    assert starts(rows) == ["2027-03-21T01:30:00Z", "2027-04-04T00:30:00Z"]


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ("RRULE:FREQ=DAILY;COUNT=3", [25, 26, 27]),
        ("RRULE:FREQ=DAILY;UNTIL=20270327T080000Z", [25, 26]),
        ("RRULE:FREQ=DAILY;UNTIL=20270327T090000Z", [25, 26, 27]),
        ("RRULE:FREQ=DAILY;UNTIL=20270327T100000", [25, 26, 27]),
        ("RRULE:FREQ=DAILY;UNTIL=20270327", [25, 26, 27]),
        ("RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3", [25, 27, 29]),
        ("RRULE:FREQ=WEEKLY;BYDAY=TH,FR;COUNT=2", [25, 26]),
        ("RRULE:FREQ=DAILY", [25, 26, 27, 28, 29, 30]),
        ("RRULE:FREQ=DAILY;COUNT=10", [25, 26, 27, 28, 29, 30]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20270326T100000", [25, 27]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20270326T090000Z,20270325T090000Z", [27]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20270326", [25, 27]),
        ("RRULE:FREQ=DAILY;COUNT=2\nRDATE;TZID=Europe/Berlin:20270330T100000", [25, 26, 30]),
        ("RDATE;TZID=Europe/Berlin:20270330T100000\nRDATE:20270329T080000Z", [25, 29, 30]),
        ("RRULE:FREQ=DAILY;COUNT=1\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=2", [25, 28]),
        ("RRULE:FREQ=MONTHLY;BYDAY=7MO", []),
    ],
)
def test_rules_added_and_excluded_dates_make_the_occurrences(rules: str, days: list[int]) -> None:
    """An event happens when its rules and added dates say, but for excluded dates, up to the day of the cut."""
    content = calendar(f"UID:a\nDTSTART;TZID=Europe/Berlin:20270325T100000\n{rules}")

    rows = read_calendar(content, OWNER, date(2027, 3, 30))

    assert [row.place.occurrence for row in rows] == [f"2027-03-{day}T10:00:00" for day in days]


def test_a_changed_occurrence_stands_in_for_the_one_of_the_rule() -> None:
    """An event with a RECURRENCE-ID replaces that occurrence, and a cancelled one takes it away."""
    content = calendar(
        "UID:a\nDTSTART;TZID=Europe/Berlin:20270325T100000\nRRULE:FREQ=DAILY;COUNT=4",
        "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20270326T100000\nDTSTART;TZID=Europe/Berlin:20270326T150000",
        "UID:a\nRECURRENCE-ID:20270327T090000Z\nDTSTART;TZID=Europe/Berlin:20270327T100000\nSTATUS:CANCELLED",
        "UID:b\nRECURRENCE-ID:20270325T090000Z\nDTSTART:20270325T120000Z",
    )

    rows = read_calendar(content, OWNER, None)

    assert starts(rows) == [
        "2027-03-25T09:00:00Z",
        "2027-03-28T08:00:00Z",
        "2027-03-26T14:00:00Z",
        "2027-03-25T12:00:00Z",
    ]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("UID:a", "DTSTART is missing"),
        ("DTSTART:20271328T100000", "DTSTART: "),
        ("DTSTART:20270325T100000\nDTSTART:20270326T100000", "DTSTART is there 2 times"),
        ("DTSTART;VALUE=DATE:20270325", "20270325 has no time of day"),
        ("DTSTART;TZID=Nowhere/Land:20270325T100000", "'Nowhere/Land' is not an IANA time zone"),
        ("DTSTART:19500101T100000Z", "the year 1950 is outside"),
        ("DTSTART:20270325T100000\nthis is no property", "could not be parsed"),
        ("DTSTART:20270325T100000\nDTEND:20270325T090000", "not a whole number of minutes"),
        ("DTSTART:20270325T100000\nDTEND:20270325T100030", "not a whole number of minutes"),
        ("DTSTART:20270325T100000\nDURATION:90", "DURATION: "),
        ("DTSTART:20270325T100000\nDURATION:20270325T100000", "DURATION is not a length"),
        ("DTSTART:20270325T100000\nRRULE:", "FREQ is one of"),
        ("DTSTART:20270325T100000\nRRULE:FREQ=FOO", "RRULE: Expected frequency"),
        ("DTSTART:20270325T100000\nRRULE:FREQ=SECONDLY;COUNT=2", "FREQ is one of"),
        ("DTSTART:20270325T100000\nRRULE:FREQ=DAILY;INTERVAL=0;COUNT=2", "INTERVAL is at least 1"),
        ("DTSTART:20270325T100000\nRRULE:FREQ=DAILY;INTERVAL=-1;COUNT=2", "RRULE: "),
        ("DTSTART:20270325T100000\nRRULE:FREQ=DAILY;COUNT=-1", "RRULE: "),
        ("DTSTART:20270325T100000\nRRULE:FREQ=DAILY;BYHOUR=25;COUNT=1", "RRULE: "),
        ("DTSTART:20270325T100000\nRRULE:FREQ=DAILY;RSCALE=HEBREW;COUNT=1", "RRULE: "),
        ("DTSTART:20270325T100000\nRRULE:FREQ=HOURLY;COUNT=99999999", f"more than {MOST_OCCURRENCES}"),
        ("DTSTART:20270325T100000\nEXDATE:nonsense", "EXDATE: "),
        ("DTSTART:20270325T100000\nEXDATE:20270325T100000Z", "the event's start is in no zone"),
        ("DTSTART:20270325T100000\nEXRULE:FREQ=DAILY;COUNT=2", "EXRULE is not supported"),
        ("DTSTART:20270325T100000\nRDATE;VALUE=PERIOD:20270326T100000/PT1H", "has no time of day"),
        ("DTSTART:20270325T100000\nRECURRENCE-ID;RANGE=THISANDFUTURE:20270325T100000", "RANGE is not supported"),
        ("DTSTART:20270325T100000\nX-DAYBOOK-RECRUITER:someone", "Invalid UUID"),
        ("DTSTART:20270325T100000\nX-DAYBOOK-CITY:Not a slug", "at `$.city_id`"),
    ],
)
def test_a_malformed_event_is_refused_alone(event: str, reason: str) -> None:
    """An event that makes no sense is told with its line and reason, and its neighbours stay."""
    content = calendar("DTSTART:20270325T100000", event, "DTSTART:20270325T100000")

    first, refused, last = read_calendar(content, OWNER, None)

    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(refused, RefusedRow)
    assert refused.place.line == 7
    assert reason in refused.reason


@pytest.mark.parametrize("missing", ["recruiter", "city", "stage"])
def test_an_event_that_names_no_owner_is_refused(missing: str) -> None:
    """Without a property and without an option nobody knows whose slot it is."""
    said = {"recruiter": RECRUITER, "city": "berlin", "stage": "screening"}
    del said[missing]

    (refused,) = read_calendar(calendar("UID:a\nDTSTART:20270325T100000Z"), Owner(**said), None)

    assert isinstance(refused, RefusedRow)
    assert refused.reason == f"no {missing}: neither X-DAYBOOK-{missing.upper()} nor --{missing} says which"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a calendar"),
        (b"recruiter_id,city_id\n", "not a calendar"),
        (bytes(range(256)), "line 2: not UTF-8"),
        (calendar("SUMMARY:Cafe").replace(b"Cafe", b"Caf\xe9"), "line 5: not UTF-8"),
        (calendar("SUMMARY:Interview").decode().encode("utf-16"), "line 1: not UTF-8"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "not a calendar: END"),
        (calendar("UID:a").replace(b"END:VCALENDAR\r\n", b""), "not a calendar: no BEGIN"),
        (calendar("UID:a") + calendar("UID:b").replace(b"END:VCALENDAR\r\n", b""), "2 events begin, but only 1"),
        (calendar("UID:a\nDTSTART:20270325T100000\nRRULE:FREQ=DAILY"), "line 4, UID a: the rule never ends; --until"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_whole(content: bytes, reason: str) -> None:
    """What is not a calendar, is cut off, or has no end gives no slots at all."""
    file = content

    with pytest.raises(UnreadableFile) as refused:
        read_calendar(file, OWNER, None)

    assert reason in str(refused.value)


def test_folded_lines_and_a_byte_order_mark_leave_the_line_numbers_right() -> None:
    """An event's line is that of its BEGIN, whatever the lines before it look like."""
    folded = "UID:a\nDTSTART:20270325T100000\nSUMMARY:Begins\n BEGIN:VEVENT\n here"
    content = b"\xef\xbb\xbf" + calendar(folded, "UID:b\nDTSTART:20270326T100000")

    rows = read_calendar(content, OWNER, None)

    assert [(row.place.line, row.place.uid) for row in rows] == [(4, "a"), (11, "b")]
    assert isinstance(rows[0], Row)
    assert rows[0].slot.location == "BeginsBEGIN:VEVENThere"


def test_a_large_calendar_is_read_whole() -> None:
    """A thousand events are a thousand slots."""
    content = calendar(*["UID:a\nDTSTART:20270325T100000Z"] * 1_000)

    rows = read_calendar(content, OWNER, None)

    assert len(rows) == 1_000
