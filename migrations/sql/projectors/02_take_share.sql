-- Say that a projector lives, renew what it holds, and settle its share of the read models it keeps: the shards are dealt
-- out evenly among the projectors of one program. Who holds more than its share lets go of the rest; who holds less takes
-- what nobody holds, or what was not renewed in time. Answers what it holds now.

create function projections.take_share(me text, its_program text, names text[], versions int[], seconds double precision)
    returns setof projections.checkpoint
    language plpgsql as $$
declare
    moment timestamptz;
    share bigint;
    mine bigint;
begin
    perform pg_advisory_xact_lock(4715);  -- one at a time: a share is worked out from what the others hold
    moment := clock_timestamp();
    insert into projections.projector values (me, its_program, moment)
        on conflict (holder) do update set seen_at = excluded.seen_at;
    delete from projections.projector p where p.seen_at < moment - make_interval(secs => seconds);

    -- In the order in which whoever moves them locks them, so that nobody waits in a circle.
    perform from projections.checkpoint c
        where c.home = 'live' and (c.holder = me or exists (
            select from unnest(names, versions) w(name, version) where (w.name, w.version) = (c.name, c.version)))
        order by c.name, c.version, c.shard for update;
    select count(*) filter (where c.holder = me),
           ceil(count(*)::numeric / (select count(*) from projections.projector p where p.program = its_program))
        into mine, share
        from projections.checkpoint c join unnest(names, versions) w(name, version) using (name, version)
        where c.home = 'live';
    if mine > share then
        update projections.checkpoint c set holder = null
            from (
                select k.name, k.version, k.shard from projections.checkpoint k
                where k.home = 'live' and k.holder = me order by k.name desc, k.version desc, k.shard desc limit mine - share
            ) surplus
            where c.home = 'live' and (c.name, c.version, c.shard) = (surplus.name, surplus.version, surplus.shard);
    elsif mine < share then
        update projections.checkpoint c set holder = me, epoch = c.epoch + 1
            from (
                select k.name, k.version, k.shard
                from projections.checkpoint k join unnest(names, versions) w(name, version) using (name, version)
                where k.home = 'live' and k.holder is distinct from me and (k.holder is null or k.held_until < moment)
                order by k.name, k.version, k.shard limit share - mine
            ) free
            where c.home = 'live' and (c.name, c.version, c.shard) = (free.name, free.version, free.shard);
    end if;
    return query
        update projections.checkpoint c set held_until = moment + make_interval(secs => seconds)
        where c.home = 'live' and c.holder = me
        returning c.*;
end $$;
