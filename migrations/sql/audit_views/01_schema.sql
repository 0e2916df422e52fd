create schema if not exists audit;

-- JSON as it is stored, for reading: null for what is no JSON, or none that jsonb can hold, such as U+0000 in a text.
create function audit.as_jsonb(stored bytea) returns jsonb
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
begin
    return convert_from(stored, 'utf8')::jsonb;
exception when data_exception or program_limit_exceeded then
    return null;
end $$;
revoke execute on function audit.as_jsonb(bytea) from public;
