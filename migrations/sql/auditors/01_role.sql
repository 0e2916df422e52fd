-- Who may look at the log by SQL: hashes, envelopes, checkpoints, and data as far as it stands in the clear. No keys, no tokens, no read
-- model, and none of the tables behind the views.

do $$ begin
    create role daybook_auditor nologin;
exception when duplicate_object or unique_violation then null;  -- it is the cluster's: another database may have made it
end $$;

grant usage on schema audit to daybook_auditor;
grant select on audit.event, audit.event_tag, audit.command, audit.block, audit.read to daybook_auditor;
grant select on audit.log, audit.checkpoint, audit.sealer to daybook_auditor;
grant execute on function audit.as_jsonb(bytea) to daybook_auditor;
