-- Append a batch of commands in one round trip: lock, judge, number, insert, link, answer.
--
-- c_*  the commands in order; c_group joins those that must stand or fall together
-- b_*  boundaries, each once: tag, the position up to which it was known
-- k_*  which command depends on which boundary: their numbers
-- q_*  DCB conditions of any shape: command number, query, after (rare; see daybook.matching)
-- e_*  events in order: command number, type, version, tags (joined by U+001F), data, content hash
--
-- Answers one row per command, in order. verdict: 0 written, 1 duplicate (the stored reply comes with it),
-- 2 conflict (nothing of its group was written). A losing command burns no position.

create function daybook.append(
    decided timestamptz,
    c_id uuid[], c_group int[], c_name text[], c_body bytea[], c_fingerprint bytea[], c_actor text[],
    c_outcome text[], c_reply bytea[], c_correlation uuid[], c_causation uuid[], c_trace text[],
    b_tag text[], b_after bigint[], k_ix int[], k_no int[],
    q_ix int[], q_query jsonb[], q_after bigint[],
    e_ix int[], e_type text[], e_version smallint[], e_tags text[], e_data bytea[], e_hash bytea[]
) returns table (ix int, verdict int, first_position bigint, reached bigint,
                 known_fingerprint bytea, known_outcome text, known_reply bytea)
-- A plan made while a table was empty would scan it for ever in this session: indexes only. Every look-up into a table
-- of the log is a scalar or lateral subquery with a limit, which the planner cannot turn into a join over the whole table.
language plpgsql set enable_seqscan = off as $$
#variable_conflict use_column
declare
    head bigint;
    link bytea;
    latest timestamptz;
    moment timestamptz;
    bad_groups int[];
    known int[];
    outdated int[];
begin
    -- One lane: held for server time and the flush, released only after the commit is visible to every reader.
    perform pg_advisory_xact_lock(4711);
    select b.last_position, b.hash, b.recorded_at into strict head, link, latest
        from daybook.block b order by b.last_position desc limit 1;

    known := array(
        select ord::int from unnest(c_id) with ordinality c(id, ord)
        where (select true from daybook.command k where k.command_id = c.id));
    outdated := array(
        select b.no::int from unnest(b_tag, b_after) with ordinality b(tag, after, no)
        where (select t.position from daybook.event_tag t where t.tag_key = daybook.tag_key(b.tag)
               order by t.position desc limit 1) > b.after);
    bad_groups := array(
        select c_group[i] from unnest(known) i
        union
        select c_group[k.ix] from unnest(k_ix, k_no) k(ix, no) where k.no = any (outdated));
    if cardinality(q_ix) > 0 then
        bad_groups := bad_groups || array(
            select c_group[q.ix] from unnest(q_ix, q_query, q_after) q(ix, query, after)
            where exists (select 1 from daybook.matching(q.query, q.after, 1)));
    end if;

    -- Time never runs backwards in the log, whatever the clock does.
    moment := greatest(clock_timestamp(), latest);

    return query
    with settled as materialized (
        select c.ord::int as ix, c.id, c.name, c.body, c.fingerprint, c.actor, c.outcome, c.reply,
               c.correlation, c.causation, c.trace, not c.grp = any (bad_groups) as stands
        from unnest(c_id, c_group, c_name, c_body, c_fingerprint, c_actor, c_outcome, c_reply, c_correlation, c_causation, c_trace)
             with ordinality c(id, grp, name, body, fingerprint, actor, outcome, reply, correlation, causation, trace, ord)
    ), fresh as materialized (
        select e.ix, e.type, e.version, string_to_array(e.tags, E'\x1f') as tags, e.data, e.hash,
               head + row_number() over (order by e.ord) as position
        from unnest(e_ix, e_type, e_version, e_tags, e_data, e_hash) with ordinality e(ix, type, version, tags, data, hash, ord)
        where not c_group[e.ix] = any (bad_groups)
    ), into_event as (
        insert into daybook.event
        select f.position, f.type, f.version, f.tags, f.data, moment, decided,
               s.id, s.actor, s.correlation, s.causation, s.trace, f.hash
        from fresh f join settled s on s.ix = f.ix
    ), into_tag as (
        insert into daybook.event_tag
        select distinct daybook.tag_key(tag), f.position from fresh f, unnest(f.tags) tag
    ), spans as materialized (
        select f.ix, min(f.position) as first, max(f.position) as last from fresh f group by f.ix
    ), running as materialized (
        select s.*, p.first, coalesce(max(p.last) over (order by s.ix), head) as reached
        from settled s left join spans p on p.ix = s.ix
    ), into_command as (
        insert into daybook.command
        select r.id, r.name, r.body, r.fingerprint, r.actor, decided, r.outcome, r.reply, r.first, r.reached, r.ix
        from running r where r.stands
    ), into_block as (
        insert into daybook.block
        select max(f.position), min(f.position), moment,
               sha256(link || int8send(min(f.position)) || int8send(max(f.position))
                      || int8send((extract(epoch from moment) * 1000000)::bigint)
                      || string_agg(f.hash, ''::bytea order by f.position))
        from fresh f having count(*) > 0
    )
    select r.ix, 0, r.first, r.reached, null::bytea, null::text, null::bytea
    from running r where r.stands
    union all
    select r.ix, case when k.command_id is null then 2 else 1 end, k.first_position, k.position, k.fingerprint, k.outcome, k.reply
    from running r
    left join lateral (select * from daybook.command c where c.command_id = r.id limit 1) k on true
    where not r.stands
    order by 1;
end $$;
