-- Who read what of the log over HTTP. Nothing personal stands here: of what was asked, only what names things.

create table audit.read (
    number         bigint      generated always as identity primary key,
    read_id        uuid        not null,
    kind           text        not null check (kind in ('answer', 'stream-begun', 'stream-ended')),
    read_at        timestamptz not null,
    role           text        not null,
    token          text        not null,
    route          text        not null,
    parameters     jsonb       not null,
    first_position bigint,
    last_position  bigint,
    trace          text
);
create index read_by_time on audit.read (read_at);
create index read_by_token on audit.read (token, number);

comment on table audit.read is
    'Who read what of the log over HTTP, written before the answer was given.';
comment on column audit.read.number is
    'In the order of writing; a gap says nothing.';
comment on column audit.read.read_id is
    'The read: the beginning and the end of a stream share it.';
comment on column audit.read.kind is
    'answer, stream-begun or stream-ended. A stream without an end was broken off, and may have read anything.';
comment on column audit.read.read_at is
    'When, by the clock of the process that answered.';
comment on column audit.read.role is
    'The role of the token.';
comment on column audit.read.token is
    'The name of the token.';
comment on column audit.read.route is
    'What was asked for, as a template.';
comment on column audit.read.parameters is
    'What was said in the address: known parameters, each with its values; null for one that is not kept.';
comment on column audit.read.first_position is
    'The first event that was shown; of a stream, that from which it was followed; null: none was shown.';
comment on column audit.read.last_position is
    'The last event that was shown, or up to which a stream was followed; as of a moment, that up to which all counted.';
comment on column audit.read.trace is
    'The trace of the request, as a W3C traceparent.';
