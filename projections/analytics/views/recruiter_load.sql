create view {schema}.recruiter_load as
select
    recruiter_id,
    local_date,
    count(*)                                                    as slots,
    count(*) filter (where booked > 0)                          as interviews,
    sum(booked)::bigint                                         as bookings,
    sum(missed)::bigint                                         as missed,
    sum(minutes)::bigint                                        as offered_minutes,
    coalesce(sum(minutes) filter (where booked > 0), 0)::bigint as booked_minutes
from {schema}.slot_use
group by recruiter_id, local_date;

comment on view {schema}.recruiter_load is
    'One row for each recruiter and local day with slots that were not withdrawn: what the day holds for them';
comment on column {schema}.recruiter_load.recruiter_id is 'The recruiter';
comment on column {schema}.recruiter_load.local_date is 'The day, on the clock of the city of each slot';
comment on column {schema}.recruiter_load.slots is 'Slots';
comment on column {schema}.recruiter_load.interviews is 'Slots in which anybody has a seat';
comment on column {schema}.recruiter_load.bookings is 'Seats taken by bookings that stand or stood to the end';
comment on column {schema}.recruiter_load.missed is 'Of these, whose candidate did not come';
comment on column {schema}.recruiter_load.offered_minutes is 'How long the slots take together, in minutes';
comment on column {schema}.recruiter_load.booked_minutes is 'How long the interviews take together, in minutes';
