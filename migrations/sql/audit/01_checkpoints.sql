-- What was signed about the log. What counts is the copy outside of this database: these rows serve it.

create schema audit;

create table audit.log (
    singleton boolean primary key default true check (singleton),
    id        uuid    not null default gen_random_uuid()
);
comment on table audit.log is
    'Which log this is: made once, named by every checkpoint, so that those of one log say nothing of another.';
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
