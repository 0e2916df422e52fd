-- Destroy the keys of people, also of those who have none yet: they get none any more. It answers with those whose key was
-- there. The application may do this, and may not change a key in any other way.

create or replace function keys.destroy(people uuid[]) returns setof uuid
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with had as materialized (
        select p.person_id from keys.person p where p.person_id = any (people) and p.wrapped is not null
    ), destroyed as (
        insert into keys.person as p (person_id, master_id, destroyed_at)
        select distinct person, '', now() from unnest(people) person order by person
        on conflict (person_id) do update set wrapped = null, master_id = '', destroyed_at = now()
        where p.wrapped is not null
    )
    select person_id from had
$$;
revoke execute on function keys.destroy(uuid[]) from public;
grant execute on function keys.destroy(uuid[]) to daybook_app;
