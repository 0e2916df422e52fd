create view {schema}.reschedule_chain as
select
    booking_id,
    booking.candidate_id,
    booking.city_id,
    booking.stage_id,
    booking.status,
    count(*)                                                    as moves,
    count(*) filter (where moved_by = 'candidate')              as by_candidate,
    count(*) filter (where moved_by <> 'candidate')             as by_staff,
    (array_agg(from_starts_at order by step))[1] || array_agg(to_starts_at order by step) as starts,
    sum(shift_seconds)::bigint                                  as shift_seconds,
    min(move.notice_seconds)                                    as least_notice_seconds
from {schema}.fact_reschedule as move
join {schema}.fact_booking as booking using (booking_id)
group by 1, 2, 3, 4, 5;

comment on view {schema}.reschedule_chain is 'One row for each booking that was moved: where its moves led';
comment on column {schema}.reschedule_chain.booking_id is 'The booking';
comment on column {schema}.reschedule_chain.candidate_id is 'Whose it is';
comment on column {schema}.reschedule_chain.city_id is 'Where it is now, or was when it ended';
comment on column {schema}.reschedule_chain.stage_id is 'For which stage';
comment on column {schema}.reschedule_chain.status is 'As in fact_booking';
comment on column {schema}.reschedule_chain.moves is 'How often it was moved';
comment on column {schema}.reschedule_chain.by_candidate is 'Of these, how often by the candidate';
comment on column {schema}.reschedule_chain.by_staff is 'Of these, how often by a recruiter or an admin';
comment on column {schema}.reschedule_chain.starts is 'Its starts one after another, the first and that of each move';
comment on column {schema}.reschedule_chain.shift_seconds is
    'How much later all moves together made it, in seconds; negative: earlier';
comment on column {schema}.reschedule_chain.least_notice_seconds is
    'The shortest time from a move to the start that it left, in seconds';
