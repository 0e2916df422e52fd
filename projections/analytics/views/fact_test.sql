create view {schema}.fact_test as
select
    candidate_id,
    test_id,
    attempt::int,
    taken_at,
    score,
    passed,
    valid_until,
    scored_by,
    voided,
    not voided and attempt = max(attempt) filter (where not voided) over (partition by candidate_id, test_id) as counts
from {schema}.test_history
cross join rows from (
    jsonb_to_recordset(results) as (
        taken_at timestamptz, score int, passed boolean, valid_until timestamptz, scored_by text, voided boolean
    )
) with ordinality as result (taken_at, score, passed, valid_until, scored_by, voided, attempt);

comment on view {schema}.fact_test is 'One row for each result of a test, voided ones included';
comment on column {schema}.fact_test.candidate_id is 'Whose result it is';
comment on column {schema}.fact_test.test_id is 'Of which test';
comment on column {schema}.fact_test.attempt is
    'Which of their results of this test, by the time it was taken; the first is 1';
comment on column {schema}.fact_test.taken_at is 'When it was taken';
comment on column {schema}.fact_test.score is 'Points; dim_test says out of how many';
comment on column {schema}.fact_test.passed is 'Whether it was a pass by the test as it was defined then';
comment on column {schema}.fact_test.valid_until is 'Until when a pass counts';
comment on column {schema}.fact_test.scored_by is 'The role of who recorded it: admin, recruiter or bot';
comment on column {schema}.fact_test.voided is 'Whether it was taken back';
comment on column {schema}.fact_test.counts is 'Whether it is the one that counts: the last that was not voided';
