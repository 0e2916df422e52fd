"""Reading slots from CSV: what is understood, and what nonsense costs."""

from uuid import UUID

import pytest
from msgspec import UNSET

from cli.importing.csv_file import read_csv
from cli.importing.rows import Place, RefusedRow, Row, SlotToPublish, UnreadableFile

RECRUITER = "0c9f6f4e-2f0e-4f7a-9a55-0d6f3b1b7a10"
HEADER = "recruiter_id,city_id,stage_id,starts_at,location\n"
GOOD = f"{RECRUITER},berlin,screening,2027-03-25T10:00,\n"


def lines(rows: list[Row | RefusedRow]) -> tuple[list[int], list[int]]:
    """Split rows into the lines of the good and of the refused ones."""
    good = [row.place.line for row in rows if isinstance(row, Row)]
    return good, [row.place.line for row in rows if isinstance(row, RefusedRow)]


def test_columns_come_in_any_order_and_empty_cells_are_left_out() -> None:
    """A row is read by the names in the header, and what is empty is for the service to work out."""
    content = (
        "starts_at, fold ,capacity,city_id,recruiter_id,stage_id,slot_id,duration_minutes,location\n"
        f"2026-10-25T02:30,1,3,berlin,{RECRUITER},screening,,, Room 2 \n"
    )

    rows = read_csv(content.encode())

    assert rows == [
        Row(
            Place(2),
            SlotToPublish(
                recruiter_id=UUID(RECRUITER),
                city_id="berlin",
                stage_id="screening",
                starts_at="2026-10-25T02:30",
                fold=1,
                capacity=3,
                location="Room 2",
                duration_minutes=UNSET,
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\r\n\r\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"recruiter_id,city_id,stage_id,starts_at,room\n", "line 1: unknown column 'room'"),
        (b"recruiter_id;city_id;stage_id;starts_at\n", "line 1: unknown column 'recruiter_id;city_id"),
        (b"recruiter_id,city_id,stage_id,starts_at,\n", "line 1: unknown column ''"),
        (b"recruiter_id,city_id,city_id,stage_id,starts_at\n", "line 1: column 'city_id' is there twice"),
        (b"\nrecruiter_id,city_id,starts_at\n", "line 2: column 'stage_id' is missing"),
        (b'recruiter_id,"city_id\n', "line 1: not CSV up to line 1"),
        (HEADER.encode("utf-16"), "line 1: unknown column"),
        (bytes(range(256)), "line 1: unknown column"),
    ],
)
def test_a_file_without_a_proper_header_is_refused_whole(content: bytes, reason: str) -> None:
    """Without a header that names the columns no row has a meaning."""
    file = content

    with pytest.raises(UnreadableFile) as refused:
        read_csv(file)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{RECRUITER},berlin,screening,25.03.2027 10:00,", "neither a wall time"),
        (f"{RECRUITER},berlin,screening,2027-02-30T10:00,", "not a time"),
        (f"{RECRUITER},berlin,screening,,", "missing required field `starts_at`"),
        ("someone,berlin,screening,2027-03-25T10:00,", "Invalid UUID - at `$.recruiter_id`"),
        (f"{RECRUITER},Berlin!,screening,2027-03-25T10:00,", "at `$.city_id`"),
        (f"{RECRUITER},berlin,screening,2027-03-25T10:00", "4 cells under a header of 5"),
        (f"{RECRUITER},berlin,screening,2027-03-25T10:00,a,b", "6 cells under a header of 5"),
        (f'{RECRUITER},berlin,screening,2027-03-25T10:00,"a"b', "not CSV up to line 3"),
        (f"{RECRUITER},berlin,screening,2027-03-25T10:00,{'x' * 20_000}", "at `$.location`"),
        (f"{RECRUITER},berlin,screening,2027-03-25T10:00,{'x' * 200_000}", "field larger than field limit"),
    ],
)
def test_a_malformed_row_is_refused_alone(row: str, reason: str) -> None:
    """A row that makes no sense is told with its line and reason, and its neighbours stay."""
    content = f"{HEADER}{GOOD}{row}\n{GOOD}"

    rows = read_csv(content.encode())

    assert lines(rows) == ([2, 4], [3])
    assert [(row.code, reason in row.reason) for row in rows if isinstance(row, RefusedRow)] == [
        ("malformed-row", True)
    ]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("fold", "2"), ("fold", "first"), ("capacity", "0"), ("capacity", "-1"), ("duration_minutes", "1.5")],
)
def test_a_number_out_of_range_is_refused(column: str, cell: str) -> None:
    """A number that cannot be meant is refused by the name of its column."""
    content = (
        f"recruiter_id,city_id,stage_id,starts_at,{column}\n{RECRUITER},berlin,screening,2027-03-25T10:00,{cell}\n"
    )

    rows = read_csv(content.encode())

    assert [row.reason.endswith(f"at `$.{column}`") for row in rows if isinstance(row, RefusedRow)] == [True]


def test_bytes_that_are_not_utf_8_cost_their_own_row() -> None:
    """A row in another encoding is refused, and the rows around it are read."""
    latin = f"{RECRUITER},berlin,screening,2027-03-25T10:00,Café\n".encode("latin-1")
    content = HEADER.encode() + GOOD.encode() + latin + GOOD.encode()

    rows = read_csv(content)

    assert lines(rows) == ([2, 4], [3])
    assert isinstance(rows[1], RefusedRow)
    assert rows[1].reason == "not UTF-8"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_numbers_count_lines_not_rows(newline: str) -> None:
    """Quoted line breaks, blank lines, a byte order mark and any line ending leave the line numbers right."""
    room = f'{RECRUITER},berlin,screening,2027-03-25T10:00,"Room 2\nsecond floor"\n'
    content = f"\ufeff{HEADER}{room}\n{GOOD}nonsense\n{room}{GOOD}".replace("\n", newline)

    rows = read_csv(content.encode())

    assert lines(rows) == ([2, 5, 7, 9], [6])
    assert isinstance(rows[0], Row)
    assert rows[0].slot.location == f"Room 2{newline}second floor"


def test_a_quote_never_closed_tells_what_it_swallowed() -> None:
    """All lines behind an open quote belong to one refused row, which says how far it reaches."""
    content = f'{HEADER}{GOOD}{RECRUITER},berlin,screening,2027-03-25T10:00,"Room\n{GOOD}{GOOD}'

    rows = read_csv(content.encode())

    assert lines(rows) == ([2], [3])
    assert isinstance(rows[1], RefusedRow)
    assert rows[1].reason.startswith("not CSV up to line 5")


def test_a_long_file_is_read_whole() -> None:
    """Ten thousand rows are ten thousand slots."""
    content = HEADER + GOOD * 10_000

    rows = read_csv(content.encode())

    assert lines(rows) == (list(range(2, 10_002)), [])
