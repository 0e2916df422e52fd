create view {schema}.utilisation as
select
    recruiter_id,
    city_id,
    week,
    count(*)                                                as slots,
    sum(minutes)::bigint                                    as offered_minutes,
    coalesce(sum(minutes) filter (where booked > 0), 0)::bigint as booked_minutes,
    sum(capacity)::bigint                                   as seats,
    sum(booked)::bigint                                     as booked_seats,
    sum(attended)::bigint                                   as attended_seats,
    coalesce(sum(minutes) filter (where booked > 0), 0)::float8 / nullif(sum(minutes), 0) as minutes_rate,
    sum(booked)::float8 / nullif(sum(capacity), 0)          as seats_rate
from {schema}.slot_use
group by recruiter_id, city_id, week;

comment on view {schema}.utilisation is
    'One row for each recruiter, city and week with slots that were not withdrawn: how much of them is used';
comment on column {schema}.utilisation.recruiter_id is 'Who offers the slots';
comment on column {schema}.utilisation.city_id is 'Where';
comment on column {schema}.utilisation.week is 'The Monday of the ISO week, by the clock of the city';
comment on column {schema}.utilisation.slots is 'Slots';
comment on column {schema}.utilisation.offered_minutes is 'How long they take together, in minutes';
comment on column {schema}.utilisation.booked_minutes is
    'How long those take together in which anybody has a seat, in minutes';
comment on column {schema}.utilisation.seats is 'Seats in them';
comment on column {schema}.utilisation.booked_seats is 'Seats taken by bookings that stand or stood to the end';
comment on column {schema}.utilisation.attended_seats is 'Seats whose candidate came';
comment on column {schema}.utilisation.minutes_rate is 'booked_minutes / offered_minutes, 0 to 1';
comment on column {schema}.utilisation.seats_rate is 'booked_seats / seats, 0 to 1';
