-- Searching people by a part of their name is quick with trigrams, where the server has them; without, it works, slower.

do $$ begin
    if exists (select from pg_available_extensions where name = 'pg_trgm') then
        create extension if not exists pg_trgm;
    end if;
end $$;
