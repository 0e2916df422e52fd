-- The application's role may not make, rename or drop schemas. These functions, run with the rights of the database's owner, do
-- it for schemas that are named like a read model's and no others.

create function projections.check_schema(name text) returns void
    language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if name !~ '^([a-z][a-z_]*_v[1-9][0-9]*|analytics)$' then
        raise exception '% is no name of a read model''s schema', name using errcode = 'invalid_schema_name';
    end if;
end $$;

create or replace function projections.create_schema(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform projections.check_schema(regexp_replace(name, '_next$', ''));
    execute format('create schema %I authorization daybook_app', name);
end $$;

create function projections.drop_schema(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform projections.check_schema(regexp_replace(name, '_(next|old)$', ''));
    execute format('drop schema if exists %I cascade', name);
end $$;

-- Let what was built beside a read model take its place: a change of names, which keeps no reader waiting. What stood there
-- becomes the old build. Prepared statements look their tables up anew.
create function projections.flip_schemas(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform projections.check_schema(name);
    execute format('drop schema if exists %I cascade', name || '_old');
    if to_regnamespace(name) is not null then
        execute format('alter schema %I rename to %I', name, name || '_old');
    end if;
    execute format('alter schema %I rename to %I', name || '_next', name);
end $$;

-- And the way back: the old build and the live one change places.
create function projections.return_schemas(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform projections.check_schema(name);
    execute format('drop schema if exists %I cascade', name || '_next');
    execute format('alter schema %I rename to %I', name, name || '_next');
    execute format('alter schema %I rename to %I', name || '_old', name);
    execute format('alter schema %I rename to %I', name || '_next', name || '_old');
end $$;
