-- Events whose tags have another key now are entered under it. The old entries stay: nobody looks there.
-- Nobody appends meanwhile.

select pg_advisory_xact_lock(4711);
insert into daybook.event_tag
select distinct daybook.tag_key(tag), position from daybook.event, unnest(tags) tag
where daybook.tag_key(tag) <> hashtextextended(tag, 0)
on conflict do nothing;
