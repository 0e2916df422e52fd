"""Slots from CSV: one row, one slot, under a header that names the columns in any order."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from cli.importing.rows import Place, RefusedRow, Row, SlotToPublish, UnreadableFile, read_row

COLUMNS: Final = SlotToPublish.__struct_fields__
REQUIRED: Final = ("recruiter_id", "city_id", "stage_id", "starts_at")


def read_csv(content: bytes) -> list[Row | RefusedRow]:
    """Read every row of a CSV file in UTF-8, with or without a byte order mark.

    Blank lines are passed over. Raises UnreadableFile where the header is missing or names a column that is unknown,
    there twice, or lacking.
    """
    # A byte that is not UTF-8 survives as a lone surrogate, so that it costs its own row and not the file.
    records = _records(content.decode("utf-8-sig", errors="surrogateescape"))
    header = _header(records)
    return [_row(Place(line), cells, header) for line, cells in records]


def _records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record that is not blank, or what is wrong with it, with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"not CSV up to line {reader.line_num}: {error}; is there a quote too many or too few?"
            continue
        if cells:
            yield line, cells


def _header(records: Iterator[tuple[int, list[str] | str]]) -> list[str]:
    line, cells = next(records, (1, []))
    if isinstance(cells, str):
        raise UnreadableFile(f"line {line}: {cells}")
    header = [cell.strip() for cell in cells]
    if not header:
        raise UnreadableFile("the file is empty: a header is needed, then one row for each slot")
    for position, name in enumerate(header):
        if name not in COLUMNS:
            raise UnreadableFile(f"line {line}: unknown column {name!r}; known are {', '.join(COLUMNS)}")
        if name in header[:position]:
            raise UnreadableFile(f"line {line}: column {name!r} is there twice")
    for name in REQUIRED:
        if name not in header:
            raise UnreadableFile(f"line {line}: column {name!r} is missing")
    return header


def _row(place: Place, cells: list[str] | str, header: list[str]) -> Row | RefusedRow:
    if isinstance(cells, str):
        return RefusedRow(place, "malformed-row", cells)
    if len(cells) != len(header):
        return RefusedRow(place, "malformed-row", f"{len(cells)} cells under a header of {len(header)}")
    fields = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    if not all(map(_is_encodable, fields.values())):
        return RefusedRow(place, "malformed-row", "not UTF-8")
    return read_row(place, fields)


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
