grant usage on schema audit to daybook_app;
grant select on audit.log to daybook_app;
grant select, insert on audit.checkpoint to daybook_app;
grant select, insert, update on audit.sealer to daybook_app;
