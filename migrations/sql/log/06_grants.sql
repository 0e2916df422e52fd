-- The application's own role: it may add to the log and read it, nothing else.

do $$ begin
    create role daybook_app nologin;
exception when duplicate_object or unique_violation then null;  -- it is the cluster's: another database may have made it
end $$;
grant daybook_app to current_user;

grant usage on schema daybook to daybook_app;
grant select, insert on daybook.event, daybook.event_tag, daybook.command, daybook.block to daybook_app;
