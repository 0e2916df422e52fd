revoke execute on function
    projections.create_schema(text), projections.drop_schema(text), projections.flip_schemas(text),
    projections.return_schemas(text) from public;
grant execute on function
    projections.create_schema(text), projections.drop_schema(text), projections.flip_schemas(text),
    projections.return_schemas(text) to daybook_app;
grant delete on projections.checkpoint to daybook_app;
grant select, insert, update, delete on projections.projector, projections.parked, projections.wish to daybook_app;
