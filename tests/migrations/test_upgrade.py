"""Migrations: from nothing to the newest schema, as often and as many at once as you like."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psycopg

from migrations.apply import upgrade

# What is in the schemas that are not PostgreSQL's own: columns, constraints, indexes, functions, triggers, grants.
EVERYTHING = """
    select 'column', table_schema, table_name, column_name || ' ' || data_type || ' ' || is_nullable
    from information_schema.columns where table_schema !~ '^(pg_|information_schema)'
    union all
    select 'index', schemaname, tablename, indexdef from pg_indexes where schemaname !~ '^pg_'
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace::regnamespace::text !~ '^(pg_|information_schema)'
    union all
    select 'function', pronamespace::regnamespace::text, proname, pg_get_functiondef(oid)
    from pg_proc where pronamespace::regnamespace::text !~ '^(pg_|information_schema)' and prokind = 'f'
    union all
    select 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select 'grant', relnamespace::regnamespace::text, relname, relacl::text
    from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    order by 1, 2, 3, 4"""


def everything(url: str) -> list[tuple[object, ...]]:
    """Describe the schema of a database."""
    with psycopg.connect(url) as connection:
        return connection.execute(EVERYTHING).fetchall()


def revisions(url: str) -> list[tuple[object, ...]]:
    """Name the revisions a database says it has."""
    with psycopg.connect(url) as connection:
        return connection.execute("select version_num from daybook.alembic_version").fetchall()


def test_an_empty_database_gets_a_log(empty_database_url: str) -> None:
    """From nothing a migration makes a log with the block all chains begin with, and no event."""
    upgrade(empty_database_url)

    with psycopg.connect(empty_database_url) as connection:
        blocks = connection.execute("select last_position, hash = sha256('daybook') from daybook.block").fetchall()
        events = connection.execute("select count(*) from daybook.event").fetchone()
    assert blocks == [(0, True)]
    assert events == (0,)
    assert len(revisions(empty_database_url)) == 1


def test_migrating_again_changes_nothing(database_url: str) -> None:
    """A database with the newest schema is left as it is."""
    before = everything(database_url)
    assert before

    upgrade(database_url)

    assert everything(database_url) == before


def test_one_step_after_another_comes_to_the_same(empty_database_url: str, database_url: str) -> None:
    """A database migrated in steps has the schema of one migrated at once."""
    upgrade(empty_database_url, "0001")
    upgrade(empty_database_url)

    assert everything(empty_database_url) == everything(database_url)


def test_two_may_migrate_at_once(empty_database_url: str, database_url: str) -> None:
    """Of several that start at once one migrates, and the others find it done."""
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        list(pool.map(upgrade, [empty_database_url] * 3))

    assert everything(empty_database_url) == everything(database_url)
    assert len(revisions(empty_database_url)) == 1
