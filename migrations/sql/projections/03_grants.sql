grant usage on schema projections to daybook_app;
grant select, insert, update on projections.checkpoint to daybook_app;
grant execute on function projections.create_schema(text) to daybook_app;
