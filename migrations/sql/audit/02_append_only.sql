-- Checkpoints are not edited either, and whoever tries is told of which table.

create or replace function daybook.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, tg_op
        using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete or truncate on audit.log
    for each statement execute function daybook.refuse_change();
create trigger append_only before update or delete or truncate on audit.checkpoint
    for each statement execute function daybook.refuse_change();
