"""What is held about a person as a page that can be read, printed and handed over; it needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

import msgspec

from queries.person import HeldData

_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What is held about a candidate</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { border: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
</style></head><body>
"""


def person_page(held: HeldData) -> bytes:
    """Write it out as HTML; every value is escaped."""
    parts = [
        _HEAD,
        f"<h1>Candidate {escape(str(held.candidate_id))}</h1><p>As of {escape(held.as_of.isoformat())}.</p>",
        "<h2>What happened</h2>",
        _table(msgspec.to_builtins(held.events)),
        "<h2>What was asked for</h2>",
        _table(msgspec.to_builtins(held.commands)),
    ]
    for name, rows in held.read_models.items():
        if rows:
            parts += [f"<h2>Shown in <code>{escape(name)}</code></h2>", _table(rows)]
    return "".join([*parts, "</body></html>\n"]).encode()


def _table(rows: Iterable[Mapping[str, Any]]) -> str:
    rows = list(rows)
    if not rows:
        return "<p>Nothing.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row.values())}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case dict():
            return "<br>".join(f"{escape(str(name))}: {_cell(each)}" for name, each in value.items())
        case list():
            return "<br>".join(map(_cell, value))
        case _:
            return escape(str(value))
