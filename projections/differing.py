"""What differs in the read models between two positions: rows that came, went or changed, column by column.

The log is folded once: up to the one position, and then on to the other. A row that was put anew in between is another
object, so nothing that stayed as it was is looked at twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Table

from events.log import Log
from events.personal import REDACTED
from projections.folding import WHOLE, Folding, Part, Takes, fold_on, takes_of
from projections.projection import Projection, key_text, personal_columns
from projections.rows import AllRows, Layout

Kind = Literal["added", "removed", "changed"]


class Changed(msgspec.Struct, frozen=True):
    """A row that differs: what it was and what it is, by column; of a personal one only that it differs."""

    model: str
    table: str
    key: dict[str, Any]
    kind: Kind
    was: dict[str, Any]
    now: dict[str, Any]


async def differing(  # noqa: PLR0913  how much of it, and whom to tell, are given by name
    log: Log,
    models: Sequence[Projection],
    from_: int,
    to: int,
    *,
    key: str | None = None,
    part: Part = WHOLE,
    passed: Callable[[int], None] = lambda _: None,
) -> AsyncIterator[Changed]:
    """Iterate over the rows that differ, table by table; only those of a key, if one is given.

    Holds the rows of a part of the keys in memory. Where `from_` is the later one, what came is told as gone. Raises
    Unfoldable, LogUnavailable.
    """
    earlier, later = sorted((from_, to))
    folding = Folding(models, takes_of(part) if key is None else _of(key))
    await fold_on(log, folding, 0, earlier, passed)
    before = [{kind: dict(rows) for kind, rows in its.changed.items()} for its in folding.rows]
    await fold_on(log, folding, earlier, later, passed)
    for model, was, rows in zip(models, before, folding.rows, strict=True):
        for layout in model.layouts:
            for each in _rows(model, layout, was[layout.row], rows):
                yield each if from_ <= to else _reversed(each)


def _of(key: str) -> Takes:
    """Take what is of an id: a key of a read model is one, or a tag with it, or has it among its parts."""

    def takes(_: Projection, of: Hashable) -> bool:
        parts = of if isinstance(of, tuple) else (of,)
        return any(key in {str(each), str(each).partition(":")[2]} for each in parts) or key == key_text(of)

    return takes


def _rows(
    model: Projection, layout: Layout, before: dict[Hashable, msgspec.Struct], rows: AllRows
) -> Iterator[Changed]:
    for key, row in rows.changed[layout.row].items():
        old = before.get(key)
        if old is row:
            continue
        columns = [
            name for name in layout.row.__struct_fields__ if old is None or getattr(old, name) != getattr(row, name)
        ]
        if columns:
            told = {name: _plain(getattr(row, name)) for name in layout.primary_key}
            was = {} if old is None else _shown(layout.table, old, columns)
            yield Changed(
                model.name,
                str(layout.table.name),
                told,
                "added" if old is None else "changed",
                was,
                _shown(layout.table, row, columns),
            )


def _reversed(row: Changed) -> Changed:
    kind: Kind = "removed" if row.kind == "added" else row.kind
    return msgspec.structs.replace(row, kind=kind, was=row.now, now=row.was)


def _shown(table: Table, row: msgspec.Struct, columns: Sequence[str]) -> dict[str, Any]:
    personal = personal_columns(table)
    values = ((name, getattr(row, name)) for name in columns)
    return {name: REDACTED if name in personal and value is not None else _plain(value) for name, value in values}


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever a row holds
    return msgspec.to_builtins(value, str_keys=True)
