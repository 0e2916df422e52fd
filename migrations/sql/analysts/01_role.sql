-- Who may read the tables for analysts, and nothing else. The read model itself grants what it lays out.

do $$ begin
    create role daybook_analyst nologin;
exception when duplicate_object or unique_violation then null;  -- it is the cluster's: another database may have made it
end $$;
