-- How far the patrol has found the log whole: the last block of the chain that it has checked. No row: nothing yet.

create schema workers;

create table workers.patrol (
    singleton      boolean     primary key default true check (singleton),
    first_position bigint      not null,
    last_position  bigint      not null,
    recorded_at    timestamptz not null,
    hash           bytea       not null,
    checked_at     timestamptz not null,
    fault          text
) with (fillfactor = 20);  -- rewritten several times a second: room to do it in place
comment on table workers.patrol is
    'How far the patrol has found the log whole: the last block that it has checked, as it stood then.';
comment on column workers.patrol.checked_at is
    'When the patrol last looked for more.';
comment on column workers.patrol.fault is
    'Where the patrol stands still, and why; null while it goes on.';
