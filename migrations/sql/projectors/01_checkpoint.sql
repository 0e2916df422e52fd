-- A row is one shard of one build of one version of a read model: the build that is read ("live"), or the one that it took the
-- place of ("old"). What is being built beside them stands nowhere: if it is interrupted, it begins anew.
--
-- Who holds a shard alone may move it. The epoch rises whenever another takes it over: who was stopped meanwhile, and knows
-- an older epoch, writes nothing.

alter table projections.checkpoint
    add column home       text     not null default 'live' check (home in ('live', 'old')),
    add column shard      smallint not null default 0,
    add column epoch      bigint   not null default 0,
    add column holder     text,
    add column held_until timestamptz,
    drop constraint checkpoint_pkey,
    add primary key (name, version, home, shard);
comment on table projections.checkpoint is
    'How far each shard of each build of each version of a read model has come, and who brings it further.';
comment on column projections.checkpoint.home is
    'live: what is read; old: what it took the place of, kept for the way back.';
comment on column projections.checkpoint.shard is
    'Which part of the keys, from 0.';
comment on column projections.checkpoint.epoch is
    'How often it was taken over; a write that knows an older epoch is refused.';
comment on column projections.checkpoint.holder is
    'The projector that holds it; null: nobody.';
comment on column projections.checkpoint.held_until is
    'When it may be taken over, unless its holder says before that it still lives.';

create table projections.projector (
    holder  text        primary key,
    program text        not null,
    seen_at timestamptz not null
) with (fillfactor = 20);
comment on table projections.projector is
    'The projectors that live; those of one program, which keep the same read models, share them out.';
