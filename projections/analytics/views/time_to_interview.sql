create view {schema}.time_to_interview as
with first_interview as (
    select distinct on (candidate_id, stage_id) candidate_id, stage_id, city_id, starts_at
    from {schema}.fact_booking
    where status = 'attended'
    order by candidate_id, stage_id, starts_at, booking_id
), waited as (
    select
        first_interview.city_id,
        first_interview.stage_id,
        (extract(epoch from starts_at - registered_at) / 86400)::float8 as days
    from first_interview
    join {schema}.fact_candidate using (candidate_id)
)
select
    city_id,
    stage_id,
    count(*)                                          as candidates,
    avg(days)                                         as mean_days,
    percentile_cont(0.5) within group (order by days) as p50_days,
    percentile_cont(0.9) within group (order by days) as p90_days,
    max(days)                                         as max_days
from waited
group by city_id, stage_id;

comment on view {schema}.time_to_interview is
    'One row for each city and stage: from registration to the first interview of the stage that was attended';
comment on column {schema}.time_to_interview.city_id is 'Where the interview was';
comment on column {schema}.time_to_interview.stage_id is 'The stage of the interview';
comment on column {schema}.time_to_interview.candidates is 'Candidates who came to an interview of the stage there';
comment on column {schema}.time_to_interview.mean_days is
    'From their registration to its start, mean, in days of 24 hours';
comment on column {schema}.time_to_interview.p50_days is 'The same, median, in days';
comment on column {schema}.time_to_interview.p90_days is 'The same, 90th percentile, in days';
comment on column {schema}.time_to_interview.max_days is 'The same, longest, in days';
