create view audit.command as
    select command_id, name, audit.as_jsonb(body) as body, encode(fingerprint, 'hex') as fingerprint, actor, decided_at,
           outcome, first_position, position, reply
    from daybook.command;

comment on view audit.command is
    'Every command that was settled, accepted or refused; refusals may have been pruned.';
comment on column audit.command.command_id is
    'Its idempotency key, or what was made of it.';
comment on column audit.command.name is
    'What was asked for.';
comment on column audit.command.body is
    'What was asked for in particular, as jsonb; nothing personal stands in it in the clear.';
comment on column audit.command.fingerprint is
    'What tells whether a command with the same key is the same, in hex.';
comment on column audit.command.actor is
    'Who asked, as role:name.';
comment on column audit.command.decided_at is
    'The time by which it was decided.';
comment on column audit.command.outcome is
    'accepted, or the code of the refusal.';
comment on column audit.command.first_position is
    'Its first event; null where it wrote none.';
comment on column audit.command.position is
    'The last position of the log once it was settled: its own last event, or what it was decided on.';
comment on column audit.command.reply is
    'The first reply, byte for byte, with a NUL where a position stands.';
