-- How far an application of the library `eventsourcing` has processed what it follows. A row moves in the transaction that
-- appends what the application made of it, so that nothing is processed twice.

create schema eventsourcing;

create table eventsourcing.tracking (
    follower        text   not null,
    followed        text   not null,
    notification_id bigint not null,
    primary key (follower, followed)
) with (fillfactor = 20);  -- rewritten with every event that is processed: room to do it in place
comment on table eventsourcing.tracking is
    'How far each application of the library eventsourcing has processed what it follows.';
comment on column eventsourcing.tracking.follower is
    'The application that processes.';
comment on column eventsourcing.tracking.followed is
    'What it follows, by the name that it knows it by.';
comment on column eventsourcing.tracking.notification_id is
    'The last notification that it has processed: of this log, a position.';

-- Move on. What was processed before is a unique violation, which takes the append with it.
create function eventsourcing.track(its_follower text, its_followed text, processed bigint) returns void
language plpgsql as $$
begin
    insert into eventsourcing.tracking as known values (its_follower, its_followed, processed)
        on conflict (follower, followed) do update set notification_id = excluded.notification_id
        where known.notification_id < excluded.notification_id;
    if not found then
        raise exception 'notification % was processed before', processed using errcode = 'unique_violation';
    end if;
end $$;

revoke execute on function eventsourcing.track(text, text, bigint) from public;
grant usage on schema eventsourcing to daybook_app;
grant select, insert, update on eventsourcing.tracking to daybook_app;
grant execute on function eventsourcing.track(text, text, bigint) to daybook_app;
