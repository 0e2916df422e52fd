-- The read models of then stand together in one schema, as_of_<position> or as_of_<any name>.

create or replace function projections.check_schema(name text) returns void
    language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
    if name !~ '^([a-z][a-z_]*_v[1-9][0-9]*|analytics|as_of_[a-z0-9_]{1,40})$' then
        raise exception '% is no name of a read model''s schema', name using errcode = 'invalid_schema_name';
    end if;
end $$;
