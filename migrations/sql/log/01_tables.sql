-- The log. Positions are dense and given inside daybook.append alone; nothing here is ever changed or removed.

create table daybook.block (
    last_position  bigint      primary key,
    first_position bigint      not null,
    recorded_at    timestamptz not null,
    hash           bytea       not null check (octet_length(hash) = 32)
);
comment on table daybook.block is
    'One link of the chain per append: sha256(previous hash, first and last position, recorded_at, content hashes in order).';

create table daybook.event (
    position       bigint      primary key,
    type           text        not null,
    version        smallint    not null,
    tags           text[]      not null,
    data           bytea       not null,
    recorded_at    timestamptz not null,
    decided_at     timestamptz not null,
    command_id     uuid        not null,
    actor          text        not null,
    correlation_id uuid        not null,
    causation_id   uuid,
    trace          text,
    content_hash   bytea       not null check (octet_length(content_hash) = 32)
);
create index event_by_type on daybook.event (type, position);

create table daybook.event_tag (
    tag_key  bigint not null,
    position bigint not null,
    primary key (tag_key, position)
);
comment on table daybook.event_tag is
    'Which events stand under a tag, by the tag''s 64-bit hash. Two tags with one hash cost a needless reading, never a wrong answer.';

create table daybook.command (
    command_id     uuid        primary key,
    name           text        not null,
    body           bytea       not null,
    fingerprint    bytea       not null,
    actor          text        not null,
    decided_at     timestamptz not null,
    outcome        text        not null,
    reply          bytea       not null,
    first_position bigint,
    position       bigint      not null,
    ordinal        integer     not null
);
create index command_by_position on daybook.command (position, (first_position is null), decided_at, ordinal, command_id);
comment on column daybook.command.position is
    'The last position of the log once this command was settled: its own last event, or, where it wrote none, what it was decided on.';
comment on column daybook.command.reply is
    'The first reply, byte for byte, with a NUL where a position stands (see commands/replies.py).';

insert into daybook.block values (0, 0, '-infinity', sha256('daybook'));
