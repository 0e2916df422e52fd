-- Who may read the read models of then, which are laid out to be asked by SQL. Each grants itself; there is nothing else to read.

do $$ begin
    create role daybook_auditor nologin;
exception when duplicate_object or unique_violation then null;  -- it is the cluster's: another database may have made it
end $$;
