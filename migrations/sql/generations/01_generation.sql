-- The generation of the read models. Answers that are kept depend on events, and on the rows that were made of them: a new
-- generation says that rows have changed without an event. A build has taken the place of another, what was parked was tried
-- again, or somebody has mended a row by hand.
--
-- Its number is above every position that the log had by then. So who was told of that position or a later one, was told of the
-- generation first.

create table projections.generation (
    singleton boolean primary key default true check (singleton),
    number    bigint  not null
);
insert into projections.generation (number) values (0);
comment on table projections.generation is
    'Rises when rows of read models change that no event has changed: what was kept of them is forgotten then.';
comment on column projections.generation.number is
    'Above every position of the log at the time when it began; 0 before the first.';

-- Last of all in the transaction that changes the rows: whoever begins one as well waits until it has ended.
create function projections.begin_generation() returns bigint
    language plpgsql as $$
declare
    begun bigint;
begin
    update projections.generation g
        set number = greatest(g.number, (select b.last_position from daybook.block b order by b.last_position desc limit 1)) + 1
        returning g.number into begun;
    perform pg_notify('daybook_generations', begun::text);
    return begun;
end $$;

grant select, update on projections.generation to daybook_app;
