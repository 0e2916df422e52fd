-- History is not edited. Grants already withhold UPDATE, DELETE and TRUNCATE; the triggers say the same to the owner.

create function daybook.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'daybook.% is append-only: % refused', tg_table_name, tg_op
        using errcode = 'insufficient_privilege';
end $$;

create trigger append_only before update or delete or truncate on daybook.event
    for each statement execute function daybook.refuse_change();
create trigger append_only before update or delete or truncate on daybook.event_tag
    for each statement execute function daybook.refuse_change();
create trigger append_only before update or delete or truncate on daybook.command
    for each statement execute function daybook.refuse_change();
create trigger append_only before update or delete or truncate on daybook.block
    for each statement execute function daybook.refuse_change();
