-- Refusals are found by time, and by what the refused command was about.

create index refusal_by_time on daybook.command (decided_at, command_id) where outcome <> 'accepted';
create index refusal_by_candidate on daybook.command (daybook.said(body, 'candidate_id'), decided_at, command_id)
    where outcome <> 'accepted';
create index refusal_by_slot on daybook.command (daybook.said(body, 'slot_id'), decided_at, command_id)
    where outcome <> 'accepted';
create index refusal_by_booking on daybook.command (daybook.said(body, 'booking_id'), decided_at, command_id)
    where outcome <> 'accepted';
