-- Secrets of the service itself, by name; today the one that the fingerprints of commands are made with.

create table if not exists keys.secret (
    name       text        primary key,
    wrapped    bytea       not null,
    master_id  text        not null,
    created_at timestamptz not null default now()
);
comment on table keys.secret is
    'Secrets of the service, wrapped as the keys of people are.';
grant select, insert on keys.secret to daybook_app;
