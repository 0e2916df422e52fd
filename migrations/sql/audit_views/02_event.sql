create view audit.event as
    select position, type, version, tags, audit.as_jsonb(data) as data, recorded_at, decided_at, command_id, actor,
           correlation_id, causation_id, trace, encode(content_hash, 'hex') as content_hash, data as stored
    from daybook.event;

comment on view audit.event is
    'Every event of the log, in its envelope. Personal data is sealed.';
comment on column audit.event.position is
    'Its place in the one order: 1, 2, 3, ... without a gap. A missing number is proof of loss.';
comment on column audit.event.type is
    'What happened, by its explicit name; of another program its topic.';
comment on column audit.event.version is
    'The version of the form in which its data was written.';
comment on column audit.event.tags is
    'The things whose rules it can change, as kind:id; see audit.event_tag for finding by them.';
comment on column audit.event.data is
    'What was written, as jsonb: keys in another order. Null where that is no JSON; see stored.';
comment on column audit.event.recorded_at is
    'When it was appended, by the clock of the database; never earlier than the event before it.';
comment on column audit.event.decided_at is
    'The time by which its command was decided.';
comment on column audit.event.command_id is
    'The command that wrote it; see audit.command.';
comment on column audit.event.actor is
    'Who acted, as role:name; a recruiter by id.';
comment on column audit.event.correlation_id is
    'The conversation that it belongs to.';
comment on column audit.event.causation_id is
    'What caused its command, if not a person.';
comment on column audit.event.trace is
    'The trace that it was written in, as a W3C traceparent.';
comment on column audit.event.content_hash is
    'SHA-256, in hex, of its envelope as a JSON array, a line feed, and stored; linked into audit.block.';
comment on column audit.event.stored is
    'The data, byte for byte, as the hash covers it.';

create view audit.event_tag as
    select tag_key, position from daybook.event_tag;

comment on view audit.event_tag is
    'Which events stand under a tag: the index for finding them in audit.event.';
comment on column audit.event_tag.tag_key is
    'hashtextextended(tag, 0). Two tags may share one: look into audit.event.tags as well.';
comment on column audit.event_tag.position is
    'The event.';
