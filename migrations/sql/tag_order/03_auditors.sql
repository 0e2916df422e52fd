-- Auditors find events by tags as everybody does.

create function audit.tag_key(tag text) returns bigint
language sql immutable strict parallel safe security definer set search_path = pg_catalog, pg_temp as $$
    select daybook.tag_key(tag)
$$;
comment on function audit.tag_key(text) is 'The key in audit.event_tag of a tag.';
comment on column audit.event_tag.tag_key is
    'audit.tag_key(tag). Two tags may share one: look into audit.event.tags as well.';
revoke all on function audit.tag_key(text) from public;
grant execute on function audit.tag_key(text) to daybook_auditor;
