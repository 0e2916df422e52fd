"""The documentation for analysts says what the database says of itself, and its examples run."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from projections.analytics import ANALYTICS, VIEWS
from tests.events.postgres.looking import owner
from tests.support.databases import fresh_database

PAGE = (Path(__file__).parents[2] / "docs" / "analytics.md").read_text()
EXAMPLES = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)
NAMES = [*sorted(table.name for table in ANALYTICS.metadata.sorted_tables), *VIEWS]

COLUMNS = """
    select relname, obj_description(pg_class.oid, 'pg_class') as about,
        attname, format_type(atttypid, atttypmod) as type, col_description(attrelid, attnum) as is
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    where relnamespace = 'analytics'::regnamespace and relkind in ('r', 'v')
    order by array_position($1::text[], relname::text), attnum"""
SHORT = {"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp"}


@pytest.fixture(scope="module")
def database(laid_out_template: str) -> Iterator[str]:
    """The URL of a database with all read models, empty."""
    yield from fresh_database(laid_out_template)


async def described(url: str) -> str:
    """Write out every table and view with its columns, as the page does."""
    async with owner(url) as connection:
        rows = await connection.fetch(COLUMNS, NAMES)
    sections = []
    for (name, about), columns in groupby(rows, key=lambda row: (row["relname"], row["about"])):
        lines = [f"### {name}", "", f"{about}.", "", "| column | type | is |", "|---|---|---|"]
        lines += [f"| `{each['attname']}` | {_short(each['type'])} | {each['is']} |" for each in columns]
        sections.append("\n".join(lines))
    return "\n\n".join(sections)


def _short(kind: str) -> str:
    for long, short in SHORT.items():
        kind = kind.replace(long, short)
    return kind


async def test_every_table_view_and_column_is_described_in_the_same_words(database: str) -> None:
    """Whoever changes a comment changes the page, and the other way round."""
    told = PAGE.partition("## Tables and views\n\n")[2].partition("\n\n## ")[0].strip()

    assert told == await described(database)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0])
async def test_example_runs(database: str, example: str) -> None:
    """Each question can be asked as it stands, by the role."""
    async with owner(database) as connection:
        await connection.execute("set role daybook_analyst")
        await connection.execute(example)
