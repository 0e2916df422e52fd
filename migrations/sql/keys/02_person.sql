-- One key for each person; a key that was destroyed leaves its row behind, so that it is never made again.

create table if not exists keys.person (
    person_id    uuid        primary key,
    wrapped      bytea,
    master_id    text        not null,
    created_at   timestamptz not null default now(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
comment on table keys.person is
    'The keys that personal data in the log is sealed under, each wrapped in a master key that is not in this database.';
comment on column keys.person.wrapped is
    'Nonce, ciphertext and tag of AES-256-GCM, bound to the person and the master key. Null: destroyed, for good.';
grant select, insert on keys.person to daybook_app;
