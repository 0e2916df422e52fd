-- How far each version of each read model has come. A row moves in the transaction that writes the read model's rows.

create schema projections;

create table projections.checkpoint (
    name        text        not null,
    version     integer     not null,
    position    bigint      not null default 0,
    recorded_at timestamptz,
    updated_at  timestamptz not null default now(),
    error       text,
    primary key (name, version)
) with (fillfactor = 20);  -- rewritten many times a second: room to do it in place
comment on table projections.checkpoint is
    'How far each version of each read model has come.';
comment on column projections.checkpoint.position is
    'The last position of the log that the rows reflect; 0 before the first.';
comment on column projections.checkpoint.recorded_at is
    'When the event at that position was recorded.';
comment on column projections.checkpoint.error is
    'Why the read model stands still; null while it runs.';
