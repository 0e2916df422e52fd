-- Positions after `after` of the events that match a DCB query: [{"types": [...], "tags": [...]}, ...].
-- An event matches an item when its type is among the item's types (or there are none) and it carries all of the
-- item's tags; it matches the query when it matches any item, or the query is empty. At most `bound` per item, ascending.

create function daybook.matching(query jsonb, after bigint, bound bigint) returns setof bigint
language plpgsql stable set enable_seqscan = off as $$
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
                select t.position from daybook.event_tag t join daybook.event e on e.position = t.position
                where t.tag_key = daybook.tag_key(wanted_tags[1]) and t.position > after and e.tags @> wanted_tags
                  and (cardinality(wanted_types) = 0 or e.type = any (wanted_types))
                order by t.position limit bound;
        elsif cardinality(wanted_types) > 0 then
            return query
                select e.position from daybook.event e
                where e.type = any (wanted_types) and e.position > after order by e.position limit bound;
        else
            return query select e.position from daybook.event e where e.position > after order by e.position limit bound;
        end if;
    end loop;
end $$;
