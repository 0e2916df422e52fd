-- The key a tag is indexed under. PostgreSQL places rows of hash-partitioned tables by this function, so it does not change
-- from one version to the next.

create function daybook.tag_key(tag text) returns bigint
language sql immutable strict parallel safe as $$ select hashtextextended(tag, 0) $$;
