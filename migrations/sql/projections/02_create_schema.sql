-- Lay out the schema of one version of a read model, owned by the application's role. That role may not create schemas:
-- this function, run with the rights of the database's owner, makes those that are named like a read model and no others.

create function projections.create_schema(name text) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if name !~ '^[a-z][a-z_]*_v[1-9][0-9]*$' then
        raise exception '% is no name of a read model''s schema', name using errcode = 'invalid_schema_name';
    end if;
    execute format('create schema %I authorization daybook_app', name);
end $$;
revoke execute on function projections.create_schema(text) from public;
