-- What was read is not edited either, and whoever tries is told of which table.

create or replace function daybook.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op
        using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete or truncate on audit.read
    for each statement execute function daybook.refuse_change();

grant usage on schema audit to daybook_app;
grant select, insert on audit.read to daybook_app;
