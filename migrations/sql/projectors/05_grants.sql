revoke execute on function
    projections.create_schema(text), projections.drop_schema(text), projections.flip_schemas(text),
    projections.return_schemas(text) from public;
grant execute on function
    projections.create_schema(text), projections.drop_schema(text), projections.flip_schemas(text),
    projections.return_schemas(text) to daybook_app;

-- A role that only reads has no use for tables of its own. (Whatever may be asked as it stood then is put into temporary ones.)
do $$ begin
    execute format('revoke temporary on database %I from public', current_database());
    execute format('grant temporary on database %I to daybook_app', current_database());
end $$;

grant delete on projections.checkpoint to daybook_app;
grant select, insert, update, delete on projections.projector, projections.parked, projections.wish to daybook_app;
