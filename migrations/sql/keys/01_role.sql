-- The keys that personal data is sealed under. They may lie in the log's own database, or in another one: so this folder is
-- no revision of the log's schema, and runs as a whole whenever a database is migrated; it changes nothing the second time.

do $$ begin
    create role daybook_app nologin;
exception when duplicate_object or unique_violation then null;  -- it is the cluster's: the log may be in the same one
end $$;
grant daybook_app to current_user;

create schema if not exists keys;
grant usage on schema keys to daybook_app;
