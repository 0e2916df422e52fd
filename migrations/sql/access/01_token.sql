-- Who may act. A token itself is shown once and never stored: only its SHA-256 is.

create schema access;

create table access.token (
    hash         bytea       primary key check (octet_length(hash) = 32),
    name         text        not null check (name <> ''),
    role         text        not null check (role in ('admin', 'recruiter', 'bot', 'auditor', 'analyst')),
    recruiter_id uuid        check ((role = 'recruiter') = (recruiter_id is not null)),
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz
);
comment on table access.token is 'Bearer tokens. Events name their bearer as role:name, so a name is never handed out twice.';

create unique index token_by_name on access.token (name);

grant usage on schema access to daybook_app;
grant select, insert, update (revoked_at) on access.token to daybook_app;

-- Whether the schema is the one a program was written for is asked by its readiness.
grant select on daybook.alembic_version to daybook_app;
