create view audit.block as
    select first_position, last_position, recorded_at, encode(hash, 'hex') as hash,
           (select encode(before.hash, 'hex') from daybook.block before
            where before.last_position = block.first_position - 1) as previous_hash
    from daybook.block;

comment on view audit.block is
    'The links of the chain: one for each append that wrote events. The first holds none.';
comment on column audit.block.first_position is
    'The first event of the append.';
comment on column audit.block.last_position is
    'Its last event; the next block begins behind it.';
comment on column audit.block.recorded_at is
    'When it was appended: the recorded_at of its events.';
comment on column audit.block.hash is
    'SHA-256, in hex, of the previous hash, the positions, recorded_at and the content hashes in order.';
comment on column audit.block.previous_hash is
    'The hash of the block before it, in hex; null for the first.';
