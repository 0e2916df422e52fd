-- A calendar key opens one recruiter's calendar feed and nothing else: calendar programs put it in an address.

alter table access.token
    drop constraint token_role_check,
    drop constraint token_check,
    add constraint token_role_check check (role in ('admin', 'recruiter', 'bot', 'auditor', 'analyst', 'calendar')),
    add constraint token_check check ((role in ('recruiter', 'calendar')) = (recruiter_id is not null));
