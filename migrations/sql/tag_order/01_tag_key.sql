-- Tags of what is made at one time lie together in the index: the key of a tag that names a time-ordered id (version 7 of RFC
-- 9562) begins with the first 32 bits of that id, which change every 65 seconds, and ends with half of the tag's hash. So an
-- append touches pages that others have just touched, however long the log is. The key of any other tag is its hash.

create or replace function daybook.tag_key(tag text) returns bigint
-- Not strict: only so can it be inlined. Any tag has a key, also one that but looks as if it named such an id.
language sql immutable parallel safe as $$
    select case
        when starts_with(split_part(tag, '-', 3), '7') and right(split_part(tag, '-', 1), 8) ~ '^[0-9a-f]{8}$'
        then ('x' || right(split_part(tag, '-', 1), 8))::bit(32)::bigint << 32 | (hashtextextended(tag, 0) & 4294967295)
        else hashtextextended(tag, 0)
    end
$$;
