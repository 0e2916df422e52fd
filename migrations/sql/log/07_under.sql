-- What stands under each tag after its position, in order: the tag as asked for, and the event. An event that has another
-- tag with the same key is among the rows: it tells how far the tag was read.

create function daybook.under(tags text[], after bigint[]) returns table (tag text, event daybook.event)
-- Indexes only, as in daybook.append: the offset and the limit keep the planner from joining whole tables.
language plpgsql stable set enable_seqscan = off as $$
begin
    return query
        select wanted.tag, found.event
        from unnest(tags, after) wanted(tag, after)
        cross join lateral (
            select t.position from daybook.event_tag t
            where t.tag_key = daybook.tag_key(wanted.tag) and t.position > wanted.after
            offset 0
        ) place
        cross join lateral (
            select e as event from daybook.event e where e.position = place.position limit 1
        ) found
        order by place.position;
end $$;
