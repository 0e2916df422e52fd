-- Refusals may be forgotten: they changed nothing. Nothing else in the log is ever removed, and a refusal only by this
-- function, which is for the owner of the database: the application's role has no right to delete, nor to call it.

create function daybook.prune_refusals(before timestamptz) returns bigint
-- The setting is what the trigger looks for; it ends with the function.
language plpgsql set daybook.pruning = 'on' as $$
declare
    pruned bigint;
begin
    delete from daybook.command where outcome <> 'accepted' and decided_at < before;
    get diagnostics pruned = row_count;
    return pruned;
end $$;
revoke execute on function daybook.prune_refusals(timestamptz) from public;

drop trigger append_only on daybook.command;
create trigger append_only before update or truncate on daybook.command
    for each statement execute function daybook.refuse_change();
create trigger append_only_but_for_refusals before delete on daybook.command
    for each row when (old.outcome = 'accepted' or current_setting('daybook.pruning', true) is distinct from 'on')
    execute function daybook.refuse_change();
