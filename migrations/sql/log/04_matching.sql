-- Positions after `after` of the events that match a DCB query: [{"types": [...], "tags": [...]}, ...].
-- An event matches an item when its type is among the item's types (or there are none) and it carries all of the
-- item's tags; it matches the query when it matches any item, or the query is empty. At most `bound` per item, ascending;
-- an event that matches several items comes once for each.

create function daybook.matching(query jsonb, after bigint, bound bigint) returns setof bigint
-- The orders and limits of the inner queries keep the planner from joining whole tables. That it does not scan them either
-- is the callers' business: daybook.append and the sessions that read have sequential scans switched off.
language plpgsql stable as $$
declare
    item jsonb;
    wanted_types text[];
    wanted_tags text[];
begin
    if jsonb_array_length(query) = 0 then
        return query select e.position from daybook.event e where e.position > after order by e.position limit bound;
    end if;
    for item in select * from jsonb_array_elements(query) loop
        wanted_types := array(select jsonb_array_elements_text(item -> 'types'));
        wanted_tags := array(select jsonb_array_elements_text(item -> 'tags'));
        if cardinality(wanted_tags) > 0 then
            return query
                select place.position
                from (
                    select t.position from daybook.event_tag t
                    where t.tag_key = daybook.tag_key(wanted_tags[1]) and t.position > after
                    order by t.position
                ) place
                cross join lateral (select e.type, e.tags from daybook.event e where e.position = place.position limit 1) e
                where e.tags @> wanted_tags and (cardinality(wanted_types) = 0 or e.type = any (wanted_types))
                order by place.position limit bound;
        elsif cardinality(wanted_types) > 0 then
            -- A range instead of `e.type = wanted.type`, which would allow to look for a rare type through all positions.
            return query
                select found.position
                from unnest(wanted_types) wanted(type)
                cross join lateral (
                    select e.position from daybook.event e
                    where (e.type, e.position) > (wanted.type, after) and e.type <= wanted.type
                    order by e.type, e.position limit bound
                ) found
                order by found.position limit bound;
        else
            return query select e.position from daybook.event e where e.position > after order by e.position limit bound;
        end if;
    end loop;
end $$;
