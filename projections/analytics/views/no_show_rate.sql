create view {schema}.no_show_rate as
with held as (
    select
        *,
        case
            when lead_seconds < 86400 then '00-01 days'
            when lead_seconds < 3 * 86400 then '01-03 days'
            when lead_seconds < 7 * 86400 then '03-07 days'
            when lead_seconds < 14 * 86400 then '07-14 days'
            else '14+ days'
        end as lead_time
    from {schema}.fact_booking
    where status in ('attended', 'candidate-missed', 'recruiter-missed')
)
select
    dimension,
    value,
    count(*)                                            as interviews,
    count(*) filter (where status = 'attended')         as attended,
    count(*) filter (where status = 'candidate-missed') as candidate_missed,
    count(*) filter (where status = 'recruiter-missed') as recruiter_missed,
    count(*) filter (where status = 'candidate-missed')::float8
        / nullif(count(*) filter (where status <> 'recruiter-missed'), 0) as no_show_rate
from held
cross join lateral (
    values
        ('all', 'all'),
        ('city', city_id),
        ('recruiter', recruiter_id::text),
        ('stage', stage_id),
        ('lead time', lead_time),
        ('hour', to_char(local_hour, 'fm00')),
        ('weekday', local_weekday::text),
        ('answer', coalesce(answer, 'none'))
) as counted_by (dimension, value)
group by dimension, value;

comment on view {schema}.no_show_rate is
    'One row for each value of each dimension, over all interviews whose outcome is known; ask for one dimension';
comment on column {schema}.no_show_rate.dimension is
    'What is counted by: all, city, recruiter, stage, lead time, hour, weekday or answer';
comment on column {schema}.no_show_rate.value is
    'An id; days from booking or last move to start; the local hour, 00 to 23; the ISO weekday; the answer, or none';
comment on column {schema}.no_show_rate.interviews is 'Interviews whose outcome is known';
comment on column {schema}.no_show_rate.attended is 'Of these, to which the candidate came';
comment on column {schema}.no_show_rate.candidate_missed is 'Of these, which the candidate missed';
comment on column {schema}.no_show_rate.recruiter_missed is 'Of these, which the recruiter missed';
comment on column {schema}.no_show_rate.no_show_rate is
    'candidate_missed / (attended + candidate_missed), 0 to 1; null: the recruiter missed all of them';
