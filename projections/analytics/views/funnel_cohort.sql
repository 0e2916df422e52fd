create view {schema}.funnel_cohort as
with booked as (
    select candidate_id, bool_or(status = 'attended') as attended
    from {schema}.fact_booking
    group by candidate_id
), tested as (
    select candidate_id, bool_or(passed) as passed
    from {schema}.fact_test
    where counts
    group by candidate_id
)
select
    date_trunc('week', registered_at at time zone 'UTC')::date as week,
    city_id,
    count(*)                                        as registered,
    count(tested.candidate_id)                      as tested,
    count(*) filter (where tested.passed)           as passed,
    count(booked.candidate_id)                      as booked,
    count(*) filter (where booked.attended)         as attended,
    count(*) filter (where stages_entered > 1)      as advanced,
    count(*) filter (where status = 'hired')        as hired,
    count(*) filter (where status = 'rejected')     as rejected,
    count(*) filter (where status = 'withdrawn')    as withdrawn,
    count(*) filter (where status = 'active')       as active
from {schema}.fact_candidate
left join booked using (candidate_id)
left join tested using (candidate_id)
group by 1, 2;

comment on view {schema}.funnel_cohort is
    'One row for each week and city in which candidates registered: how many of them came how far by now';
comment on column {schema}.funnel_cohort.week is 'The Monday of the ISO week of registration, in UTC';
comment on column {schema}.funnel_cohort.city_id is 'Where they registered for';
comment on column {schema}.funnel_cohort.registered is 'Candidates who registered then';
comment on column {schema}.funnel_cohort.tested is 'Of these, who have a test result that counts';
comment on column {schema}.funnel_cohort.passed is 'Of these, who have a pass that counts, expired ones included';
comment on column {schema}.funnel_cohort.booked is 'Of these, who ever booked an interview';
comment on column {schema}.funnel_cohort.attended is 'Of these, who came to an interview';
comment on column {schema}.funnel_cohort.advanced is 'Of these, who came to a second stage';
comment on column {schema}.funnel_cohort.hired is 'Of these, who were hired';
comment on column {schema}.funnel_cohort.rejected is 'Of these, who were rejected';
comment on column {schema}.funnel_cohort.withdrawn is 'Of these, who withdrew';
comment on column {schema}.funnel_cohort.active is 'Of these, who are still on their way';
