-- Give keys to those who have none, and answer with everybody's as it stands: another process may have been quicker, and
-- who was erased has none. The second statement sees what the first one met.

create or replace function keys.make(people uuid[], offered bytea[], master text)
returns table (person_id uuid, master_id text, wrapped bytea)
language plpgsql as $$
#variable_conflict use_column
begin
    insert into keys.person (person_id, wrapped, master_id)
    select person, key, master from unnest(people, offered) o(person, key) order by person
    on conflict do nothing;
    return query select p.person_id, p.master_id, p.wrapped from keys.person p where p.person_id = any (people);
end $$;
