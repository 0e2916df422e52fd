create view {schema}.slot_use as
with seats as (
    select
        slot_id,
        count(*)                                            as booked,
        count(*) filter (where status = 'attended')         as attended,
        count(*) filter (where status = 'candidate-missed') as missed
    from {schema}.fact_booking
    where status not in ('cancelled', 'declined')
    group by slot_id
)
select
    slot_id,
    recruiter_id,
    city_id,
    stage_id,
    local_date,
    local_date - local_weekday + 1             as week,
    minutes,
    capacity,
    coalesce(booked, 0)                        as booked,
    coalesce(attended, 0)                      as attended,
    coalesce(missed, 0)                        as missed
from {schema}.fact_slot
left join seats using (slot_id)
where status <> 'cancelled';

comment on view {schema}.slot_use is 'One row for each slot that was not withdrawn, with what became of its seats';
comment on column {schema}.slot_use.slot_id is 'The slot';
comment on column {schema}.slot_use.recruiter_id is 'Who offers it';
comment on column {schema}.slot_use.city_id is 'Where';
comment on column {schema}.slot_use.stage_id is 'For which stage';
comment on column {schema}.slot_use.local_date is 'The date of its start on the clock of the city';
comment on column {schema}.slot_use.week is 'The Monday of the ISO week of local_date';
comment on column {schema}.slot_use.minutes is 'From its start to its end, in minutes';
comment on column {schema}.slot_use.capacity is 'Seats';
comment on column {schema}.slot_use.booked is
    'Seats taken by bookings that stand or stood to the end: all but cancelled and declined ones';
comment on column {schema}.slot_use.attended is 'Seats whose candidate came';
comment on column {schema}.slot_use.missed is 'Seats whose candidate did not come';
