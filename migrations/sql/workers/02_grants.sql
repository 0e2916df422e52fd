grant usage on schema workers to daybook_app;
grant select, insert, update on workers.patrol to daybook_app;
