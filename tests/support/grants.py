"""What a role of the database may do, by the catalogue of PostgreSQL: whoever gave it, and in whatever way."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import psycopg
from psycopg.sql import SQL, Identifier

from tests.events.postgres.looking import owner

RELATIONS = """
    select format('%s.%s', nspname, relname), privilege from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
    where nspname !~ '^pg_|^information_schema$' and relkind in ('r', 'v', 'm', 'f', 'p')
        and (has_table_privilege($1::name, pg_class.oid, privilege)
            or privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                and has_any_column_privilege($1::name, pg_class.oid, privilege))
    union all
    select format('%s.%s', nspname, relname), 'sequence' from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname !~ '^pg_|^information_schema$'
        and case relkind when 'S' then has_sequence_privilege($1::name, pg_class.oid, 'USAGE, UPDATE') end"""
SCHEMAS = """
    select nspname, privilege from pg_namespace cross join unnest(array['USAGE', 'CREATE']) privilege
    where nspname !~ '^pg_|^information_schema$'
        and has_schema_privilege($1::name, pg_namespace.oid, privilege)"""
# A function of an extension does what PostgreSQL's own do. One whose schema is closed is out of reach.
FUNCTIONS = """
    select pg_proc.oid::regprocedure::text from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
    where nspname !~ '^pg_|^information_schema$'
        and has_function_privilege($1::name, pg_proc.oid, 'EXECUTE')
        and has_schema_privilege($1::name, pg_namespace.oid, 'USAGE')
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')"""
ROLES = "select rolname from pg_roles where rolname <> $1::name and pg_has_role($1::name, oid, 'MEMBER')"
ATTRIBUTES = """
    select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin,
        has_database_privilege($1::name, current_database(), 'CREATE')
    from pg_roles where rolname = $1::name"""


class Grants(NamedTuple):
    """All that a role may do: relations and schemas with a privilege each, functions, roles, attributes it has."""

    relations: set[tuple[str, str]]
    schemas: set[tuple[str, str]]
    functions: set[str]
    roles: list[object]
    attributes: list[object]

    @property
    def readable(self) -> set[str]:
        """The relations that it may do anything with."""
        return {name for name, _ in self.relations}

    def beyond(self, readable: set[str], schemas: set[str], functions: frozenset[str] = frozenset()) -> list[object]:
        """List what the role may do beyond reading these relations in these schemas, and calling these functions."""
        relations = self.relations - {(name, "SELECT") for name in readable}
        opened = self.schemas - {(name, "USAGE") for name in schemas}
        callable_ = self.functions - functions
        return [*sorted(relations), *sorted(opened), *sorted(callable_), *self.roles, *self.attributes]


async def grants_of(connection: asyncpg.Connection, role: str) -> Grants:
    """Look up what a role may do."""
    return Grants(
        {(row[0], row[1]) for row in await connection.fetch(RELATIONS, role)},
        {(row[0], row[1]) for row in await connection.fetch(SCHEMAS, role)},
        {row[0] for row in await connection.fetch(FUNCTIONS, role)},
        [row[0] for row in await connection.fetch(ROLES, role)],
        [each for row in await connection.fetch(ATTRIBUTES, role) for each in row if each],
    )


@asynccontextmanager
async def looked_at(url: str, widened_by: str = "select 1") -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner, in a transaction that comes to nothing, in which somebody gave more away."""
    async with owner(url) as connection:
        looking = connection.transaction()
        await looking.start()
        await connection.execute(widened_by)
        yield connection
        await looking.rollback()


def member_of(role: str, url: str) -> Iterator[str]:
    """Give the URL of a database for somebody new who has a role, and be rid of them afterwards."""
    name = f"member_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("create role {} login in role {}").format(Identifier(name), Identifier(role)))
        yield url.replace("://postgres@", f"://{name}@")
        connection.execute(SQL("drop role {}").format(Identifier(name)))
