-- How far the eraser has come: whoever was erased in the log up to here has no key any more, and stands in the ledger. No row:
-- nothing yet.

create table workers.erasure (
    singleton boolean primary key default true check (singleton),
    position  bigint  not null
) with (fillfactor = 20);
comment on table workers.erasure is
    'Up to which position those who were erased in the log have lost their keys and stand in the ledger.';
grant select, insert, update on workers.erasure to daybook_app;
