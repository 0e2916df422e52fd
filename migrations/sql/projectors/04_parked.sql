-- Events that a read model could not take in, and those of the same key that came after them: they wait, in their order, until
-- somebody has them tried again or drops them.

create table projections.parked (
    name      text        not null,
    version   integer     not null,
    home      text        not null default 'live',
    key       text        not null,
    position  bigint      not null,
    type      text        not null,
    error     text,
    parked_at timestamptz not null default now(),
    primary key (name, version, home, key, position)
);
comment on column projections.parked.key is
    'What the event is about, as JSON; see keys() of the read model.';
comment on column projections.parked.error is
    'The type of what was raised, never its text; null: it waits for one of its key that stands before it.';

create table projections.wish (
    name     text        not null,
    version  integer     not null,
    key      text        not null,
    kind     text        not null check (kind in ('retry', 'drop')),
    asked_at timestamptz not null default now(),
    primary key (name, version, key)
);
comment on table projections.wish is
    'What an operator wants done with parked events: the projector that holds the read model does it, and takes the wish away.';
