-- What was signed about the log. What counts is the copy outside of this database: these rows serve it.

create schema audit;

create table audit.log (
    singleton boolean primary key default true check (singleton),
    id        uuid    not null default gen_random_uuid()
);
comment on table audit.log is
    'Which log this is: made once, named by every checkpoint, so that those of one log say nothing of another.';
comment on column audit.log.singleton is 'There is one row.';
comment on column audit.log.id is 'Drawn at random when the database was made.';
insert into audit.log default values;

create table audit.checkpoint (
    number         bigint primary key,
    first_position bigint not null,
    last_position  bigint not null,
    line           text   not null
);
create index checkpoint_by_position on audit.checkpoint (last_position, number);
comment on table audit.checkpoint is
    'Signed checkpoints, each as the line that was published; the other columns say where to look.';

comment on column audit.checkpoint.number is '1, 2, 3, ... without a gap.';
comment on column audit.checkpoint.first_position is 'The first position it covers.';
comment on column audit.checkpoint.last_position is
    'The last position it covers; one below the first where it only hands over to another key.';
comment on column audit.checkpoint.line is 'The line as it was signed and published.';

create table audit.sealer (
    singleton  boolean     primary key default true check (singleton),
    position   bigint      not null,
    number     bigint      not null,
    delivered  bigint,
    checked_at timestamptz not null,
    fault      text
) with (fillfactor = 20);  -- rewritten every second: room to do it in place
comment on table audit.sealer is
    'How far the log is sealed and by which checkpoint, when the sealer last looked, why it refuses to sign (null while it
does not), and which checkpoint the webhook took last (null where there is no webhook).';
comment on column audit.sealer.singleton is 'There is one row.';
comment on column audit.sealer.position is 'The last position that a checkpoint covers.';
comment on column audit.sealer.number is 'The number of the last checkpoint.';
comment on column audit.sealer.delivered is 'The number of the last checkpoint that the webhook took; null where there is none.';
comment on column audit.sealer.checked_at is 'When the sealer last looked.';
comment on column audit.sealer.fault is 'Why it refuses to sign; null while it does not.';
